//! `compose-test`: compose.yaml is understood, its images build, its containers boot and become healthy, food can be
//! ordered through the web, and services can be scaled. Takes everything away again at the end.
//!
//! Where images can be pulled it runs all thirteen containers on the daemon that is there. Where no registry can be
//! reached it starts a daemon of its own, in which images made from Debian's packages stand in for the base images.
//!
//! The map of the module:
//! - [`daemon`]: the Docker daemon
//! - [`stand_ins`]: the base images, pulled or made
//! - [`debian`]: Debian systems in a folder
//! - [`tear_down`]: the end, which leaves nothing
//! - [`scenarios`]: `--scenarios`, without containers

mod daemon;
mod debian;
mod scenarios;
mod stand_ins;
mod tear_down;

use std::{
    process::{Command, ExitCode},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use self::daemon::Daemon;
use crate::{
    program::{cargo, output, program, run, succeeds},
    report::{Outcome, Report},
    setup::{self, Purpose},
};

/// A loopback address of its own, so that the ports are free whatever else runs on this machine.
const ADDRESS: &str = "127.0.0.83";
/// The name of everything that belongs to the test.
const PROJECT: &str = "cafeteria-compose-test";
/// What has no package in Debian.
const WITHOUT_STAND_IN: [&str; 2] = ["grafana", "jaeger"];
/// What `--scale` asks for.
const SCALED: [&str; 4] = ["order-gateway=3", "kitchen-queue=2", "stock-service=2", "notification-hub=2"];
/// How long containers may take to become healthy.
const PATIENCE: Duration = Duration::from_secs(240);
/// How often it is looked whether they are.
const LOOK: Duration = Duration::from_secs(2);

/// `cargo xtask compose-test`: the containers, or, when `scenarios` is set, the scenarios on servers of Debian 13.
///
/// # Errors
/// A requirement is missing and cannot be installed. Later failures are in the table and the exit code.
pub(crate) fn command(scenarios: bool) -> Result<ExitCode> {
    if scenarios {
        return scenarios::command();
    }
    setup::ensure(Purpose::ComposeTest.needs())?;
    let mut report = Report::default();
    steps(&mut report);
    println!("{}", report.table());
    Ok(if report.all_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(report: &mut Report) {
    if !report.step("config", "compose.yaml and its settings are understood", config) {
        return;
    }
    let mut daemon = None;
    let start = || {
        daemon = Some(Daemon::find_or_start()?);
        Ok(Outcome::Passed)
    };
    if !report.step("daemon", "a Docker daemon", start) {
        return;
    }
    let Some(mut daemon) = daemon else { return };
    containers(report, &daemon);
    report.step("down", "everything is taken away again", || tear_down::tear_down(&mut daemon));
}

/// Makes the images, boots the containers and orders through them.
fn containers(report: &mut Report, daemon: &Daemon) {
    let stage = Stage { daemon };
    let mut bases = Bases::Pulled;
    let find = || {
        bases = stand_ins::pull_or_make(daemon)?;
        Ok(match bases {
            Bases::Pulled => Outcome::Passed,
            Bases::StandIns => Outcome::Skipped(format!(
                "no registry of images can be reached; Debian's packages stand in, and {} have none: not booted",
                WITHOUT_STAND_IN.join(" and ")
            )),
        })
    };
    if !report.step("bases", "the images that ours are made from and run beside", find)
        || !report.step("images", "backend/Dockerfile and web/Dockerfile", || stage.build(bases))
    {
        return;
    }
    if report.step("boot", "the containers start and become healthy", || stage.boot(bases))
        && report.step("seed", "the menu", || stage.seed())
        && report.step("smoke", "an order through the web", || stage.smoke(&[]))
        && report.step("scale", "more replicas start beside the others", || stage.scale(bases))
    {
        report
            .step("replicas", "an order through the web, and every replica answers", || stage.smoke(&SCALED));
    }
    if !report.all_good() {
        // It is read by people, after a failure: that it cannot be had as well changes nothing.
        drop(run(&mut stage.compose(&["logs", "--no-color", "--tail", "30"])));
    }
}

/// Where the base images come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bases {
    /// From their registry.
    Pulled,
    /// Made here.
    StandIns,
}

/// Compose: the plugin of newer installations, or the program of older ones.
fn compose_program() -> Command {
    if succeeds(&mut program("docker", ["compose", "version"])) {
        program("docker", ["compose"])
    } else {
        program("docker-compose", [""; 0])
    }
}

fn config() -> Result<Outcome> {
    let valid = |settings: &[&str]| {
        let mut command = compose_program();
        run(command.args(settings).args(["config", "--quiet"]).env("DOMAIN", "cafeteria.example.org"))
    };
    // With the developer's own settings or none, with those of the example, and with a domain.
    valid(&[])?;
    valid(&["--env-file", ".env.example"])?;
    valid(&["--env-file", ".env.example", "-f", "compose.yaml", "-f", "deploy/compose.tls.yaml"])?;
    Ok(Outcome::Passed)
}

struct Stage<'a> {
    daemon: &'a Daemon,
}

impl Stage<'_> {
    /// Compose with the settings of the test, whatever the developer's own are.
    fn compose(&self, args: &[&str]) -> Command {
        let mut command = compose_program();
        command
            .args(["--env-file", ".env.example", "--project-name", PROJECT])
            .args(args)
            .env("BIND", ADDRESS)
            .env("BIND_TOOLS", ADDRESS);
        self.daemon.used_by(&mut command);
        command
    }

    /// Every container but the one-off ones; with stand-ins, those that have one.
    fn services(&self, bases: Bases) -> Result<Vec<String>> {
        let all = output(&mut self.compose(&["config", "--services"]))?;
        let left_out = |name: &str| bases == Bases::StandIns && WITHOUT_STAND_IN.contains(&name);
        Ok(all.lines().filter(|name| *name != "seed" && !left_out(name)).map(str::to_owned).collect())
    }

    fn build(&self, bases: Bases) -> Result<Outcome> {
        println!("the program and the pages are compiled within; that takes some minutes");
        for (image, dockerfile) in
            [("cafeteria:local", "backend/Dockerfile"), ("cafeteria-web:local", "web/Dockerfile")]
        {
            let mut command = program("docker", ["build", "--tag", image, "--file", dockerfile]);
            if bases == Bases::StandIns {
                // On a machine that is cut off, speed at run time counts less than minutes of compiling.
                command.args(["--build-arg", "CARGO_PROFILE_RELEASE_LTO=off"]);
                command.args(["--build-arg", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16"]);
            }
            self.daemon.used_by(&mut command);
            run(command.arg("."))?;
        }
        Ok(Outcome::Passed)
    }

    fn boot(&self, bases: Bases) -> Result<Outcome> {
        self.up(bases, &[])
    }

    fn scale(&self, bases: Bases) -> Result<Outcome> {
        self.up(bases, &SCALED)
    }

    fn up(&self, bases: Bases, scale: &[&str]) -> Result<Outcome> {
        let services = self.services(bases)?;
        let mut command = self.compose(&["up", "--detach", "--no-build"]);
        command.args(scale.iter().flat_map(|scale| ["--scale", scale])).args(&services);
        run(&mut command)?;
        let more: usize =
            scale.iter().filter_map(|scale| scale.split_once('=')?.1.parse::<usize>().ok()).sum();
        self.healthy(services.len() - scale.len() + more)?;
        Ok(Outcome::Passed)
    }

    /// Waits until so many containers run, all of them healthy.
    fn healthy(&self, count: usize) -> Result<()> {
        let start = Instant::now();
        loop {
            let label = format!("label=com.docker.compose.project={PROJECT}");
            let mut list = program("docker", ["ps", "--all", "--filter", &label]);
            list.args(["--format", "{{.Names}}: {{.Status}}"]);
            self.daemon.used_by(&mut list);
            let containers = output(&mut list)?;
            let healthy = containers.lines().filter(|line| line.ends_with("(healthy)")).count();
            if healthy == count && containers.lines().count() == count {
                println!("{count} containers are healthy after {} s", start.elapsed().as_secs());
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                bail!("{healthy} of {count} containers are healthy:\n{containers}");
            }
            thread::sleep(LOOK);
        }
    }

    fn seed(&self) -> Result<Outcome> {
        run(&mut self.compose(&["run", "--rm", "seed"]))?;
        Ok(Outcome::Passed)
    }

    fn smoke(&self, replicas: &[&str]) -> Result<Outcome> {
        let web = format!("http://{ADDRESS}:3000");
        let order = format!("smoke-{}-{}", std::process::id(), replicas.len());
        let mut command = cargo(["run", "--quiet", "--package", "system-tests", "--bin", "smoke", "--"]);
        command.args(["--web", &web, "--order-id", &order]);
        command.args(replicas.iter().flat_map(|replicas| ["--replicas", replicas]));
        run(&mut command)?;
        Ok(Outcome::Passed)
    }
}
