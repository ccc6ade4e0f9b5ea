//! The project's own commands, as in `cargo xtask test`.
//!
//! The map of the crate:
//! - [`setup`]: installs what a command needs and the machine lacks
//! - [`run`]: `run` and `bench`, which build a release and become it
//! - [`checks`]: `test`, step by step
//! - [`compose`]: `compose-test`, the containers
//! - [`web`]: the pages
//! - [`wasm`]: compiling for the browser
//! - [`tidy`]: the step that holds the rules no compiler knows
//! - [`program`]: starting other programs
//! - [`report`]: headings, durations, the table at the end
#![expect(clippy::print_stdout, reason = "the command line prints")]
#![expect(clippy::print_stderr, reason = "the command line prints its errors")]

mod checks;
mod compose;
mod deny;
mod program;
mod report;
mod run;
mod setup;
mod tidy;
mod wasm;
mod web;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{checks::Step, setup::Purpose};

/// The project's own commands. Each installs what it needs beyond cargo and a C compiler.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask run                            the whole cafeteria, from port 3000 on
  cargo xtask run -- --base-port 4000        arguments after -- go to `cafeteria up`
  cargo xtask test                           everything that has to pass
  cargo xtask test --only fmt,clippy,tidy    some steps only
  cargo test -p order-gateway                the tests of one crate";

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what is missing; the other commands do it for themselves
    ///
    /// Says what it installs and why, and does nothing when all is there: cargo tools with `cargo install`,
    /// programs with apt-get (as root or through sudo), packages of Node with `npm ci`.
    Setup {
        /// Only what this command needs [default: what all of them need]
        #[arg(long = "for", value_name = "COMMAND")]
        purpose: Option<Purpose>,
    },
    /// Build the pages and the release, and run the whole cafeteria in one process
    ///
    /// The same as `cafeteria up`. Ctrl-C stops it; its exit code is passed on.
    Run {
        /// For `cafeteria up`; `cargo xtask run -- --help` lists them
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Build the pages into target/web, which `cafeteria up` serves; `run` and `test` do it for themselves
    ///
    /// Does nothing when no source has changed. Ends with what each page weighs.
    Web {
        /// Quickly, and as large as it comes
        #[arg(long)]
        dev: bool,
        /// The same, again whenever a source changes; open pages show themselves anew
        #[arg(long)]
        watch: bool,
    },
    /// Run all that has to pass: format, lints, documentation, licences, tidiness, tests
    ///
    /// Goes on after a failed step, so that one run shows everything, and ends with a table.
    Test {
        /// The long numbers: 50 kill rounds, 1,000 orders, and so on (the default is a few of each)
        #[arg(long)]
        full: bool,
        /// Only these steps, in their usual order
        #[arg(long, value_name = "STEP", value_delimiter = ',')]
        only: Vec<Step>,
    },
    /// Build the images, boot all containers of compose.yaml, order through the web, scale, take everything away
    ///
    /// Uses the Docker daemon that runs, or starts one for itself (as root). Where no registry of images can be
    /// reached, images made from Debian's packages stand in. Takes about a quarter of an hour the first time.
    ComposeTest {
        /// Instead, run the suites of messaging and the outage scenarios on RabbitMQ 4, PostgreSQL 17 and Redis 8
        ///
        /// The servers come from Debian 13, in a folder under target/ (as root; about 1 GB, made once). No container
        /// is started.
        #[arg(long)]
        scenarios: bool,
    },
    /// Build the release and measure speed and memory; prints, never fails for being slow
    Bench {
        /// For the benchmark; `cargo xtask bench -- --help` lists them
        #[arg(last = true)]
        args: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Task::Setup { purpose } => setup::command(purpose),
        Task::Run { args } => run::cafeteria(args),
        Task::Web { dev, watch } => web::command(dev, watch),
        Task::Test { full, only } => checks::command(full, &only),
        Task::ComposeTest { scenarios } => compose::command(scenarios),
        Task::Bench { args } => run::bench(args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
