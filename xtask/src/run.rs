//! `run` and `bench`: build the release, then become it, so that keys, signals and the exit code are its own.

use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    program,
    report::{Outcome, Report},
    setup::{self, Purpose},
    web,
};

/// The whole cafeteria in one process, with these arguments.
///
/// # Errors
/// It does not build or does not start.
pub(crate) fn cafeteria(args: Vec<OsString>) -> Result<ExitCode> {
    setup::ensure(Purpose::Run.needs())?;
    pages()?;
    build(&["build", "--release", "--package", "cafeteria"])?;
    let start = ["run", "--quiet", "--release", "--package", "cafeteria", "--bin", "cafeteria", "--", "up"];
    replace_by(program::cargo(start).args(args))
}

/// The benchmark, with these arguments.
///
/// # Errors
/// It does not build or does not start.
pub(crate) fn bench(args: Vec<OsString>) -> Result<ExitCode> {
    setup::ensure(Purpose::Bench.needs())?;
    pages()?;
    // The program that is measured as well as the one that measures.
    build(&["build", "--release", "--package", "cafeteria", "--package", "benchmark"])?;
    let start = ["run", "--quiet", "--release", "--package", "benchmark", "--bin", "bench", "--"];
    replace_by(program::cargo(start).args(args))
}

fn pages() -> Result<()> {
    if !Report::default().step("web", "the pages", || web::build(web::Way::Release)) {
        bail!("the pages cannot be built; see above (`cargo run --release -p cafeteria -- up` does without)");
    }
    Ok(())
}

fn build(args: &[&str]) -> Result<()> {
    let about = "the release; the first time takes some minutes, later ones seconds";
    let build = || program::run(&mut program::cargo(args)).map(|()| Outcome::Passed);
    if !Report::default().step("build", about, build) {
        bail!("it does not build; see above");
    }
    println!();
    Ok(())
}

/// Lets the command take this process over: cargo does the same with what it runs, so nothing stands between
/// the terminal and the program.
#[cfg(unix)]
fn replace_by(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let line = program::typed(command);
    Err(command.exec()).with_context(|| format!("cannot start `{line}`"))
}

/// Runs the command and passes its exit code on.
#[cfg(not(unix))]
fn replace_by(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot start `{}`", program::typed(command)))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
