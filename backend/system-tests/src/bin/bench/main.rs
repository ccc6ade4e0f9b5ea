//! `cargo xtask bench`: how fast the cafeteria is, how much memory it takes, and how soon it is ready.
//!
//! The real program, built for release, runs beside the load generator on the same machine, on a folder of its own and
//! with food that is ready at once: as one process, or each service as its own on PostgreSQL, Redis and RabbitMQ that
//! run on the same machine too. Figures are printed, never judged.
//!
//! - [`bed`]: the program under measurement, with people, stock, and what is read of it
//! - [`accept`], [`fast_fail`], [`end_to_end`], [`login`], [`memory`], [`startup`]: a section of the report each
//! - [`pages`]: in a real browser, of the single process alone
//! - [`decrements`], [`recovery`]: of the distributed shape alone
//! - [`machine`]: what it ran on
//! - [`report`]: tables, and the summary beside the earlier system and the aims

#![expect(clippy::print_stdout, reason = "a benchmark is a program that prints")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on has failed")]

mod accept;
mod bed;
mod decrements;
mod end_to_end;
mod fast_fail;
mod login;
mod machine;
mod memory;
mod orders;
mod pages;
mod recovery;
mod report;
mod startup;

use std::{io::Write as _, path::PathBuf};

use clap::{Parser, ValueEnum};
use report::Report;

/// How fast the cafeteria is, how much memory it takes, and how soon it is ready.
///
/// Starts the release build of `cafeteria` on a temporary folder (and with `--shape distributed` the servers it needs),
/// once for each section, and puts load on it from this process: open-loop, so that requests are sent when they are due,
/// and a latency counts from then. Prints Markdown.
/// Other work on the machine shows in rates and latencies; the CPU time per request is what it disturbs least.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds instead of minutes: fewer and shorter steps, to see that it works.
    #[arg(long)]
    quick: bool,
    /// One process, or each service as its own.
    #[arg(long, value_enum, default_value = "single")]
    shape: Built,
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

/// Which shape is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Built {
    /// All services in one process, on embedded storage
    Single,
    /// Each service as a process of its own, on PostgreSQL, Redis and RabbitMQ
    Distributed,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Durable orders a second, stepping up the rate
    Accept,
    /// Orders for what is sold out
    Fastfail,
    /// Orders a second from the front door until they are ready
    Endtoend,
    /// Logins a second, and what a storm of them does to ordering
    Login,
    /// Resident memory, idle and under load
    Memory,
    /// From the start of the process until every service answers (single process only)
    Startup,
    /// The pages in a real browser: bytes, seconds, frames (single process only)
    Web,
    /// Portions of one dish a second, beside pgbench on one row (distributed only)
    Decrements,
    /// How soon an order is ready again after each outage (distributed only)
    Recovery,
}

impl Section {
    /// Those of a shape.
    fn of(shape: Built) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|section| match section {
            Self::Startup | Self::Web => shape == Built::Single,
            Self::Decrements | Self::Recovery => shape == Built::Distributed,
            Self::Accept | Self::Fastfail | Self::Endtoend | Self::Login | Self::Memory => true,
        })
        .collect()
    }
}

/// How long, and at which rates: long for figures, short to see that it works.
#[derive(Debug)]
pub(crate) struct Pace {
    shape: Built,
    quick: bool,
    rates: Vec<u64>,
}

impl Pace {
    /// Which shape is measured.
    pub(crate) fn shape(&self) -> Built {
        self.shape
    }

    /// What fits the shape that is measured.
    pub(crate) fn by_shape<T>(&self, single: T, distributed: T) -> T {
        match self.shape {
            Built::Single => single,
            Built::Distributed => distributed,
        }
    }

    /// `short` in a quick run.
    pub(crate) fn of<T>(&self, long: T, short: T) -> T {
        if self.quick { short } else { long }
    }

    /// The rates that were asked for, or the usual ones.
    pub(crate) fn rates<'a>(&'a self, long: &'a [u64], short: &'a [u64]) -> &'a [u64] {
        if self.rates.is_empty() { self.of(long, short) } else { &self.rates }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let pace = Pace { shape: options.shape, quick: options.quick, rates: options.rates };
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
            Section::Accept => accept::measure(&pace, &mut report).await,
            Section::Fastfail => fast_fail::measure(&pace, &mut report).await,
            Section::Endtoend => end_to_end::measure(&pace, &mut report).await,
            Section::Login => login::measure(&pace, &mut report).await,
            Section::Memory => memory::measure(&pace, &mut report).await,
            Section::Startup => startup::measure(&pace, &mut report).await,
            Section::Web => pages::measure(&pace, &mut report).await,
            Section::Decrements => decrements::measure(&pace, &mut report).await,
            Section::Recovery => recovery::measure(&pace, &mut report).await,
        }
    }
    println!("\n{}", report.markdown());
    if let Some(file) = options.json {
        std::fs::write(file, report.json())?;
    }
    Ok(())
}
