//! `test`: what has to pass, step by step. A failed step does not stop the others, so that one run shows everything.
//!
//! What is compiled, and how often: clippy and rustdoc share the metadata of the dependencies where their features
//! are equal; `build` compiles everything once for the debug profile, and `tests` only runs it. Build and tests
//! select the same targets, for otherwise features differ and dependencies are compiled again.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::{
    deny,
    program::{cargo, run},
    report::{Outcome, Report},
    setup::{self, Need},
    tidy, wasm, web,
};

/// Tells the scenario tests to use the long numbers.
const FULL: &str = "CAFETERIA_TEST_FULL";

/// One of the things that have to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// The format: cargo fmt
    Fmt,
    /// Lints, warnings being errors: cargo clippy
    Clippy,
    /// The documentation builds without a warning: cargo doc
    Rustdoc,
    /// Licences, sources and advisories of the dependencies: cargo deny
    Deny,
    /// No unused dependencies: cargo machete
    Machete,
    /// The rules no compiler knows
    Tidy,
    /// shared/wire builds for WebAssembly
    Wasm,
    /// The pages: cargo xtask web
    Web,
    /// Everything builds: cargo build
    Build,
    /// All tests: cargo test
    Tests,
}

impl Step {
    /// All of them, in their order.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Fmt,
        Self::Clippy,
        Self::Rustdoc,
        Self::Deny,
        Self::Machete,
        Self::Tidy,
        Self::Wasm,
        Self::Web,
        Self::Build,
        Self::Tests,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Rustdoc => "rustdoc",
            Self::Deny => "deny",
            Self::Machete => "machete",
            Self::Tidy => "tidy",
            Self::Wasm => "wasm",
            Self::Web => "web",
            Self::Build => "build",
            Self::Tests => "tests",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Fmt => "the format",
            Self::Clippy => "lints; warnings are errors",
            Self::Rustdoc => "the documentation builds without a warning",
            Self::Deny => "licences, sources and advisories of the dependencies",
            Self::Machete => "no unused dependencies",
            Self::Tidy => "the rules no compiler knows",
            Self::Wasm => "shared/wire builds for WebAssembly",
            Self::Web => "the pages, as browsers are served them",
            Self::Build => "everything, with the binary that the scenarios start",
            Self::Tests => "all tests",
        }
    }

    /// What has to be installed for it.
    pub(crate) fn needs(self) -> &'static [Need] {
        match self {
            Self::Fmt => &[Need::Rustfmt],
            Self::Clippy => &[Need::Clippy, Need::WebKit],
            Self::Deny => &[Need::CargoDeny],
            Self::Machete => &[Need::CargoMachete],
            Self::Rustdoc | Self::Build => &[Need::WebKit],
            Self::Tidy | Self::Wasm => &[],
            Self::Web => &Need::PAGES,
            Self::Tests => &[
                Need::Strace,
                Need::Curl,
                Need::Jq,
                Need::Node,
                Need::NodePackages,
                Need::PagePackages,
                Need::Chromium,
                Need::WebKit,
                Need::Windows,
                Need::Prometheus,
                Need::Alertmanager,
                Need::Caddy,
                Need::Postgres,
                Need::Redis,
                Need::RabbitMq,
            ],
        }
    }
}

/// `cargo xtask test`.
///
/// # Errors
/// None: what fails is in the table, and in the exit code.
pub(crate) fn command(full: bool, only: &[Step]) -> Result<ExitCode> {
    let chosen: Vec<_> =
        Step::ALL.iter().copied().filter(|step| only.is_empty() || only.contains(step)).collect();
    let mut report = Report::default();
    report.step("setup", "what these steps need and this machine lacks", || {
        setup::ensure(chosen.iter().flat_map(|step| step.needs()).copied().collect()).map(|_| Outcome::Passed)
    });
    let mut builds = true;
    for step in chosen {
        let good = report.step(step.name(), step.about(), || match step {
            Step::Fmt => passed(cargo(["fmt", "--all", "--check"])).context("run `cargo fmt --all`"),
            Step::Clippy => {
                let args = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
                passed(cargo(args))
            }
            Step::Rustdoc => {
                let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
                doc.env("RUSTDOCFLAGS", "-D warnings");
                passed(doc)
            }
            Step::Deny => deny::step(),
            Step::Machete => passed(cargo(["machete"])).context("remove these dependencies"),
            Step::Tidy => tidy::step(),
            Step::Wasm => wasm::step(),
            Step::Web => web::build(web::Way::Release),
            Step::Build => build(),
            Step::Tests if !builds => bail!("not run, because it does not build"),
            Step::Tests => tests(full),
        });
        builds &= good || step != Step::Build;
    }
    println!("{}", report.table());
    Ok(if report.all_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn passed(mut command: Command) -> Result<Outcome> {
    run(&mut command).map(|()| Outcome::Passed)
}

fn build() -> Result<Outcome> {
    passed(cargo(["build", "--workspace", "--all-targets"]))
}

fn tests(full: bool) -> Result<Outcome> {
    // Scenarios start the program `cafeteria`, which `cargo test` does not build for another crate's tests.
    build()?;
    let mut tests = cargo(["test", "--workspace", "--no-fail-fast"]);
    if full {
        tests.env(FULL, "1");
    } else {
        tests.env_remove(FULL);
    }
    passed(tests).context("one crate alone: `cargo test -p <crate>`")
}
