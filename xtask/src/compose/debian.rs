//! Debian systems in a folder of their own, made by debootstrap: images are imported from them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::program::{program, run};

/// Debian 12, which the program's own image is made on.
pub(super) const BOOKWORM: &str = "bookworm";
/// Debian 13, whose servers are nearest to those that compose.yaml names.
pub(super) const TRIXIE: &str = "trixie";

const MIRROR: &str = "http://deb.debian.org/debian";

/// A system in a folder.
#[derive(Debug)]
pub(super) struct Debian {
    folder: PathBuf,
}

impl Debian {
    /// Makes a minimal system of `suite` in a new folder. Takes about a minute.
    pub(super) fn bootstrap(suite: &str, folder: PathBuf) -> Result<Self> {
        println!("Debian {suite}, by debootstrap");
        let parent = folder.parent().context("a system needs a folder")?;
        let log = fs::create_dir_all(parent).and_then(|()| fs::File::create(folder.with_extension("log")))?;
        // In a namespace of its own for mounts, so that none is left when it is interrupted.
        let words = ["--mount", "debootstrap", "--variant=minbase", "--include=ca-certificates", suite];
        let mut bootstrap = program("unshare", words);
        run(bootstrap.arg(&folder).arg(MIRROR).stdout(log))?;
        Ok(Self { folder })
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}
