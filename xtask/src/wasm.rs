//! The step that shows that `shared/wire` builds for the browser, with whichever compiler can be had here.

use std::{process::Command, time::Duration};

use anyhow::Result;

use crate::{
    program::{cargo, output, program, run, succeeds, succeeds_within},
    report::Outcome,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// How long fetching the target may take.
const TARGET_WITHIN: Duration = Duration::from_secs(60);

/// Debian's compiler with its own library source, for where rustup's server cannot be reached, and rustup's name
/// for it.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_TOOLCHAIN: &str = "debian-web";

/// Checks the wire for WebAssembly.
///
/// # Errors
/// It does not build.
pub(crate) fn step() -> Result<Outcome> {
    let mut check = cargo(["check", "--package", "wire", "--target", TARGET]);
    if target_is_installed()
        || succeeds_within(&mut program("rustup", ["target", "add", TARGET]), TARGET_WITHIN)
    {
        run(&mut check)?;
    } else if debian_compiler_is_ready() {
        run(with_debian_compiler(&mut check)?)?;
    } else {
        let why = format!(
            "{TARGET} cannot be had here: `rustup target add` fails, {DEBIAN_PACKAGES:?} are not installed"
        );
        return Ok(Outcome::Skipped(why));
    }
    Ok(Outcome::Passed)
}

fn target_is_installed() -> bool {
    output(&mut program("rustup", ["target", "list", "--installed"]))
        .is_ok_and(|list| list.lines().any(|line| line == TARGET))
}

/// Whether Debian's compiler is installed, and rustup knows it.
fn debian_compiler_is_ready() -> bool {
    DEBIAN_PACKAGES.iter().all(|package| succeeds(&mut program("dpkg", ["--status", package])))
        && succeeds(&mut program("rustup", ["toolchain", "link", DEBIAN_TOOLCHAIN, "/usr"]))
}

fn with_debian_compiler(check: &mut Command) -> Result<&mut Command> {
    // Debian has no linker for WebAssembly beside its compiler; the usual toolchain has one.
    let sysroot = output(&mut program("rustc", ["--print", "sysroot"]))?;
    let host = output(&mut program("rustc", ["--print", "host-tuple"]))?;
    let linker = format!("{}/lib/rustlib/{}/bin/rust-lld", sysroot.trim(), host.trim());
    Ok(check
        .env("RUSTUP_TOOLCHAIN", DEBIAN_TOOLCHAIN)
        // Building the standard library is not yet stable, and Debian ships it as source.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker))
}
