//! The bundler: makes of the compiled programs and of `shared/ui/web` the folder that browsers are served, and the one
//! that the kiosk's app takes along.
//!
//! `cargo xtask web` compiles the programs and starts it. It is a crate of its own, so that xtask stays quick to
//! compile.
//!
//! The map of the crate:
//! - [`surface`]: the four pages, and which files of each come to the browser
//! - [`stage`]: the steps from programs to files, in a folder where nobody looks
//! - [`tools`]: the programs from npm that make files small
//! - [`html`]: the pages themselves, with the names of their files filled in
//! - [`publish`]: putting files into place while browsers are being served
//! - [`sizes`]: what each surface weighs
#![expect(clippy::print_stdout, reason = "the command line prints")]
#![expect(clippy::print_stderr, reason = "the command line prints its errors")]

mod html;
mod publish;
mod sizes;
mod stage;
mod surface;
mod tools;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// Make the folder that browsers are served.
#[derive(Debug, Parser)]
struct Order {
    /// The folder with the compiled programs, student.wasm and so on
    #[arg(long, value_name = "DIR")]
    programs: PathBuf,
    /// The folder with what is not Rust, and its node_modules
    #[arg(long, value_name = "DIR")]
    pages: PathBuf,
    /// The folder to work in; what is in it is removed first
    #[arg(long, value_name = "DIR")]
    stage: PathBuf,
    /// The folder that is served; it may be served while this runs
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The folder that the kiosk's app takes along
    #[arg(long, value_name = "DIR")]
    kiosk_out: PathBuf,
    /// Quickly, and as large as it comes: for development
    #[arg(long)]
    dev: bool,
    /// Let pages show themselves anew when they have been built anew
    #[arg(long)]
    reload: bool,
}

fn main() -> ExitCode {
    let order = Order::parse();
    match stage::build(&order).and_then(|bundle| {
        publish::publish(&bundle.site, &order.out)?;
        publish::publish(&bundle.kiosk, &order.kiosk_out)?;
        sizes::table(&bundle, order.dev)
    }) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
