//! What watches over the system: Prometheus' configuration, its alerts, Alertmanager, the dashboards, and the list of
//! metrics. Judged by the programs that will read them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a scenario that cannot go on has failed")]

mod alertmanager;
mod configuration;
mod dashboards;
mod metrics;
mod prometheus;
mod sinks;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use test_support::servers::guard;

const INSTALL: &str = "apt-get install prometheus prometheus-alertmanager";

/// Prometheus, and what checks its files; Alertmanager, whose name differs by distribution, and what checks its.
const PROMETHEUS: &[&str] = &["prometheus"];
const PROMTOOL: &[&str] = &["promtool"];
const ALERTMANAGER: &[&str] = &["alertmanager", "prometheus-alertmanager"];
const AMTOOL: &[&str] = &["amtool"];

/// A path of the checkout.
fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(relative).canonicalize().unwrap()
}

/// A text of the checkout.
fn read(relative: &str) -> String {
    fs::read_to_string(path(relative)).unwrap()
}

/// The program of these names that there is.
fn program(names: &[&str]) -> String {
    guard::program(names, INSTALL)
}

/// Runs a program to its end, and returns what it printed, on both outputs.
fn output(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.success(), text)
}

/// As [`output`], of a checker that has to be content.
fn content(names: &[&str], arguments: &[&str]) -> String {
    let (good, text) = output(Command::new(program(names)).args(arguments).current_dir(path("monitoring")));
    assert!(good, "{names:?} {arguments:?}: {text}");
    text
}

/// The names of all alerts, each once.
fn alerts() -> Vec<String> {
    let mut names: Vec<_> = read("monitoring/alerts.yml")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: ").map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}
