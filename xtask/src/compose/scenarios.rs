//! `compose-test --scenarios`: the suites of messaging and the outage scenarios on servers as production runs them, from
//! Debian 13, instead of those that are installed here. Needs no container.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail};

use super::debian::{self, Debian};
use crate::{
    program::{ROOT, cargo, output, run},
    report::{Outcome, Report},
    setup::{self, Need},
};

/// Packages that tests use: the servers, and `kill`.
const PACKAGES: [&str; 4] = ["postgresql", "redis-server", "rabbitmq-server", "procps"];
/// File in a finished system that lists the packages it was made with.
const FINISHED: &str = "etc/cafeteria-packages";

/// Server, the command that prints its version, and the start of that version.
const SERVERS: [(&str, &[&str], &str); 3] = [
    ("PostgreSQL", &["/usr/lib/postgresql/17/bin/postgres", "--version"], "postgres (PostgreSQL) 17."),
    ("Redis", &["redis-server", "--version"], "Redis server v=8."),
    ("RabbitMQ", &["rabbitmqctl", "version"], "4."),
];

/// Step, its description, and the integration tests.
const SUITES: [(&str, &str, &[&str]); 2] = [
    ("messaging", "the order queue and the fan-out", &["rabbitmq", "rabbitmq_outages", "kill", "embedded"]),
    ("outages", "servers are killed, stopped and cut off", &["outages"]),
];

/// Runs the suites.
///
/// # Errors
/// This process is not root. Later failures are in the table and the exit code.
pub(super) fn command() -> Result<ExitCode> {
    if !debian::is_root()? {
        bail!("only root can run servers of another system: run this as root");
    }
    setup::ensure([Need::Debootstrap].into())?;
    let mut report = Report::default();
    steps(&mut report);
    println!("{}", report.table());
    Ok(if report.all_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(report: &mut Report) {
    let target = Path::new(ROOT).join("target");
    let mut system = None;
    let make = || {
        system = Some(find_or_make(&target)?);
        Ok(Outcome::Passed)
    };
    if !report.step("servers", "PostgreSQL, Redis and RabbitMQ of Debian 13", make) {
        return;
    }
    let Some(system) = system else { return };
    let build = || {
        // With tests, as `cargo xtask test` builds it: otherwise dependencies are compiled anew with fewer features.
        let mut command = cargo(["build", "--workspace", "--bin", "cafeteria"]);
        SUITES.iter().for_each(|(_, _, tests)| select(&mut command, tests));
        run(&mut command).map(|()| Outcome::Passed)
    };
    if !report
        .step("versions", "the servers are those that production runs, or the next", || versions(&system))
        || !report.step("build", "the program that the scenarios start", build)
    {
        return;
    }
    for (step, about, tests) in SUITES {
        report.step(step, about, || suite(&system, &target.join("debian-13.ran"), tests));
    }
}

/// Returns the system, made before or now. It is kept under `target/`, about 1 GB.
fn find_or_make(target: &Path) -> Result<Debian> {
    let folder = target.join("debian-13");
    let packages = PACKAGES.join(" ");
    if fs::read_to_string(folder.join(FINISHED)).is_ok_and(|made_with| made_with == packages) {
        println!("made before: {}", folder.display());
        return Ok(Debian::at(folder));
    }
    let unfinished = target.join("debian-13.new");
    for folder in [&folder, &unfinished] {
        remove(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let system = Debian::bootstrap(debian::TRIXIE, unfinished)?;
    system.install(&PACKAGES)?;
    fs::write(system.folder().join(FINISHED), packages)?;
    fs::rename(system.folder(), &folder)?;
    Ok(Debian::at(folder))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() { Ok(fs::remove_dir_all(folder)?) } else { Ok(()) }
}

fn versions(system: &Debian) -> Result<Outcome> {
    for (name, words, start) in SERVERS {
        let printed = output(&mut system.command(words[0], &words[1..]))?;
        println!("{name}: {}", printed.trim());
        expect_version(name, &printed, start)?;
    }
    Ok(Outcome::Passed)
}

fn expect_version(name: &str, printed: &str, start: &str) -> Result<()> {
    if !printed.starts_with(start) {
        bail!("{name} is not \"{start}…\" but {:?}: remove target/debian-13", printed.trim());
    }
    Ok(())
}

/// Adds integration tests to a command of cargo.
fn select(command: &mut Command, tests: &[&str]) {
    command.args(tests.iter().flat_map(|test| ["--test", test]));
}

fn suite(system: &Debian, record: &Path, tests: &[&str]) -> Result<Outcome> {
    fs::write(record, "").with_context(|| record.display().to_string())?;
    let mut command = cargo(["test", "--workspace", "--no-fail-fast", "--config"]);
    select(command.arg(system.cargo_runner(record)), tests);
    run(&mut command)?;
    expect_inside(&fs::read_to_string(record)?)?;
    Ok(Outcome::Passed)
}

/// Checks that test programs ran inside the system: settings of cargo elsewhere can replace ours.
fn expect_inside(record: &str) -> Result<()> {
    match record.lines().count() {
        0 => bail!("cargo ran the tests outside the system, on this machine's own servers"),
        programs => {
            println!("{programs} test programs ran on servers of Debian 13");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_another_version_is_refused() {
        assert!(expect_version("RabbitMQ", "4.0.5\n", "4.").is_ok());
        let error = expect_version("RabbitMQ", "3.10.8\n", "4.").unwrap_err().to_string();
        assert!(error.contains("RabbitMQ is not \"4.…\" but \"3.10.8\""), "{error}");
    }

    #[test]
    fn tests_that_ran_on_this_machines_servers_do_not_count() {
        assert!(expect_inside("/target/debug/deps/outages-1\n").is_ok());
        assert!(expect_inside("").is_err());
    }

    #[test]
    fn the_suites_are_there() {
        let folders = fs::read_dir(Path::new(ROOT).join("backend")).unwrap();
        let folders: Vec<_> = folders.map(|folder| folder.unwrap().path().join("tests")).collect();
        for test in SUITES.iter().flat_map(|(_, _, tests)| *tests) {
            let found = folders.iter().filter(|folder| folder.join(format!("{test}.rs")).is_file()).count();
            assert_eq!(found, 1, "{test}");
        }
    }
}
