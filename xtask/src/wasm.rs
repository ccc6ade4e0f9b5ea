//! Compiling for the browser, with whichever compiler can be had here; and the step that shows that `shared/wire`
//! does.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Result;

use crate::{
    program::{cargo, output, program, run, succeeds, succeeds_within},
    report::Outcome,
};

/// What browsers run.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How long fetching the target may take.
const TARGET_WITHIN: Duration = Duration::from_secs(60);

/// Debian's compiler with its own library source, for where rustup's server cannot be reached, and rustup's name
/// for it.
pub(crate) const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_TOOLCHAIN: &str = "debian-web";

/// A compiler for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// The usual one, with the library for the target.
    Usual,
    /// Debian's, which builds the library as well, with the linker of the usual one.
    Debians { linker: String },
}

impl Compiler {
    /// The one that is to be had here, or why there is none.
    ///
    /// # Errors
    /// The toolchain that is there does not answer.
    pub(crate) fn find() -> Result<Result<Self, String>> {
        if target_is_installed()
            || succeeds_within(&mut program("rustup", ["target", "add", TARGET]), TARGET_WITHIN)
        {
            return Ok(Ok(Self::Usual));
        }
        if !debian_compiler_is_ready() {
            return Ok(Err(format!(
                "{TARGET} cannot be had here: `rustup target add` fails, {DEBIAN_PACKAGES:?} are not installed"
            )));
        }
        // Debian has no linker for WebAssembly beside its compiler; the usual toolchain has one.
        let sysroot = output(&mut program("rustc", ["--print", "sysroot"]))?;
        let host = output(&mut program("rustc", ["--print", "host-tuple"]))?;
        let linker = format!("{}/lib/rustlib/{}/bin/rust-lld", sysroot.trim(), host.trim());
        Ok(Ok(Self::Debians { linker }))
    }

    /// Cargo, for the browser: `cargo <command> --target … <args>`.
    pub(crate) fn cargo(&self, command: &str, args: &[&str]) -> Command {
        let mut cargo = cargo([&[command, "--target", TARGET], args].concat());
        if let Self::Debians { linker } = self {
            cargo
                .env("RUSTUP_TOOLCHAIN", DEBIAN_TOOLCHAIN)
                // Building the standard library is not yet stable, and Debian ships it as source.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        cargo
    }
}

/// Checks the wire for WebAssembly.
///
/// # Errors
/// It does not build.
pub(crate) fn step() -> Result<Outcome> {
    match Compiler::find()? {
        Ok(compiler) => run(&mut compiler.cargo("check", &["--package", "wire"])).map(|()| Outcome::Passed),
        Err(why) => Ok(Outcome::Skipped(why)),
    }
}

fn target_is_installed() -> bool {
    output(&mut program("rustc", ["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Whether Debian's compiler is installed, and rustup knows it.
fn debian_compiler_is_ready() -> bool {
    DEBIAN_PACKAGES.iter().all(|package| succeeds(&mut program("dpkg", ["--status", package])))
        && succeeds(&mut program("rustup", ["toolchain", "link", DEBIAN_TOOLCHAIN, "/usr"]))
}
