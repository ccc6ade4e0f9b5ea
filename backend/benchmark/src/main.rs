//! `cargo xtask bench`: speed, memory and start-up time of the cafeteria.
//!
//! The release build runs beside the load generator on the same machine, on a folder of its own and with food that is
//! ready at once: as one process, or each service as a process of its own, on PostgreSQL, Redis and RabbitMQ of the same
//! machine. The results are printed, and never fail a run.
//!
//! - [`fixture`]: the deployment under measurement, with students, stock, and the metrics that are read from it
//! - [`accept`], [`fast_fail`], [`end_to_end`], [`login`], [`memory`], [`startup`]: a section of the report each
//! - [`pages`]: the pages in a real browser, for the single process alone
//! - [`decrements`], [`recovery`]: for the distributed shape alone
//! - [`machine`]: the machine of the measurement
//! - [`report`]: tables, and the summary beside the earlier system and the aims

#![expect(clippy::print_stdout, reason = "a benchmark is a program that prints")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on has failed")]

mod accept;
mod decrements;
mod end_to_end;
mod fast_fail;
mod fixture;
mod login;
mod machine;
mod memory;
mod pages;
mod recovery;
mod report;
mod startup;

use std::{io::Write as _, path::PathBuf};

use clap::{Parser, ValueEnum};
use report::Report;

/// Measures speed, memory and start-up time of the cafeteria.
///
/// Starts the release build of `cafeteria` on a temporary folder (and with `--shape distributed` the servers it needs),
/// once for each section, and sends open-loop load from this process: requests are sent when they are due, and a latency
/// counts from then. Prints Markdown.
/// Other work on the machine disturbs rates and latencies most, and the CPU time per request least.
#[derive(Debug, Parser)]
struct Options {
    /// Run fewer and shorter steps: seconds instead of minutes, to try it out.
    #[arg(long)]
    quick: bool,
    /// Shape to measure: one process, or one for each service.
    #[arg(long, value_enum, default_value = "single")]
    shape: Shape,
    /// Only these sections, separated by commas.
    #[arg(long, value_name = "SECTION", value_delimiter = ',', value_enum)]
    only: Vec<Section>,
    /// Other rates for `accept`, `fastfail` and the steady load of `endtoend`, in requests a second, separated by commas.
    #[arg(long, value_name = "RATE", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    rates: Vec<u64>,
    /// Write every figure into this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Measured shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// All services in one process, on embedded storage
    Single,
    /// Each service as a process of its own, on PostgreSQL, Redis and RabbitMQ
    Distributed,
}

/// Section of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Durable orders a second, stepping up the rate
    Accept,
    /// Orders for a sold-out dish
    Fastfail,
    /// Orders a second from acceptance until they are ready
    Endtoend,
    /// Logins a second, and their effect on ordering
    Login,
    /// Resident memory, idle and under load
    Memory,
    /// From the start of the process until every service answers (single process only)
    Startup,
    /// The pages in a real browser: bytes, seconds, frames (single process only)
    Web,
    /// Portions of one dish a second, beside pgbench on one row (distributed only)
    Decrements,
    /// Seconds until an order is ready again after each outage (distributed only)
    Recovery,
}

impl Section {
    /// Returns the sections of a shape.
    fn of(shape: Shape) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|section| match section {
            Self::Startup | Self::Web => shape == Shape::Single,
            Self::Decrements | Self::Recovery => shape == Shape::Distributed,
            Self::Accept | Self::Fastfail | Self::Endtoend | Self::Login | Self::Memory => true,
        })
        .collect()
    }
}

/// Load profile: shape, durations and rates.
#[derive(Debug)]
pub(crate) struct Profile {
    shape: Shape,
    quick: bool,
    rates: Vec<u64>,
}

impl Profile {
    /// Returns the measured shape.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns the value for the measured shape.
    pub(crate) fn by_shape<T>(&self, single: T, distributed: T) -> T {
        match self.shape {
            Shape::Single => single,
            Shape::Distributed => distributed,
        }
    }

    /// Returns `short` in a quick run, `long` otherwise.
    pub(crate) fn of<T>(&self, long: T, short: T) -> T {
        if self.quick { short } else { long }
    }

    /// Returns the rates of the command line, or the default ones.
    pub(crate) fn rates<'a>(&'a self, long: &'a [u64], short: &'a [u64]) -> &'a [u64] {
        if self.rates.is_empty() { self.of(long, short) } else { &self.rates }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let profile = Profile { shape: options.shape, quick: options.quick, rates: options.rates };
    let known = Section::of(options.shape);
    let sections = if options.only.is_empty() { &known } else { &options.only };
    if let Some(other) = sections.iter().find(|section| !known.contains(section)) {
        anyhow::bail!("{other:?} is not measured on the {:?} shape", options.shape);
    }
    let mut report = Report::default();
    report.machine(&machine::facts());
    for section in sections {
        let name = section.to_possible_value().expect("every section has a name");
        println!("Measuring {} …", name.get_name());
        std::io::stdout().flush()?;
        match section {
            Section::Accept => accept::measure(&profile, &mut report).await,
            Section::Fastfail => fast_fail::measure(&profile, &mut report).await,
            Section::Endtoend => end_to_end::measure(&profile, &mut report).await,
            Section::Login => login::measure(&profile, &mut report).await,
            Section::Memory => memory::measure(&profile, &mut report).await,
            Section::Startup => startup::measure(&profile, &mut report).await,
            Section::Web => pages::measure(&profile, &mut report).await,
            Section::Decrements => decrements::measure(&profile, &mut report).await,
            Section::Recovery => recovery::measure(&profile, &mut report).await,
        }
    }
    println!("\n{}", report.markdown());
    if let Some(file) = options.json {
        std::fs::write(file, report.json())?;
    }
    Ok(())
}
