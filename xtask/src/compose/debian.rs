//! Debian systems in a folder of their own, made by debootstrap: images are imported from them, and servers run in them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::program::{ROOT, output, program, run};

/// Debian 12, which the program's own image is made on.
pub(super) const BOOKWORM: &str = "bookworm";
/// Debian 13, whose servers are nearest to those that compose.yaml names.
pub(super) const TRIXIE: &str = "trixie";

const MIRROR: &str = "http://deb.debian.org/debian";
/// Runs a program in a system, with this machine's processes, devices and some of its folders.
const INSIDE: &str = "xtask/stand-ins/inside.sh";

/// Returns whether this process has the rights that a system of its own takes.
pub(super) fn is_root() -> Result<bool> {
    Ok(output(&mut program("id", ["-u"]))?.trim() == "0")
}

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

    /// A system that was made before.
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Installs packages, and starts none of their servers.
    pub(super) fn install(&self, packages: &[&str]) -> Result<()> {
        let write = |path: &str, text: &str| {
            let path = self.folder.join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text))
        };
        write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")?;
        run(program("chmod", ["+x"]).arg(self.folder.join("usr/sbin/policy-rc.d")))?;
        write("etc/postgresql-common/createcluster.conf", "create_main_cluster = false\n")?;
        // Erlang looks its own machine up.
        write("etc/hosts", "127.0.0.1 localhost\n")?;
        let log = fs::File::create(self.folder.with_extension("log"))?;
        run(self.command("apt-get", &["update"]).stdout(log.try_clone()?))?;
        let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
        let mut command = self.command("apt-get", &install);
        run(command.env("DEBIAN_FRONTEND", "noninteractive").stdout(log))
    }

    /// A program of this system, running inside it.
    pub(super) fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut command = program("unshare", ["--mount", "sh", INSIDE]);
        command.arg(&self.folder).args(["/dev/null", name]).args(args);
        command
    }

    /// Settings of cargo with which programs of tests run inside the system, each of which adds a line to `record`.
    pub(super) fn cargo_runner(&self, record: &Path) -> String {
        let script = Path::new(ROOT).join(INSIDE);
        let words = ["unshare", "--mount", "sh"].map(str::to_owned).into_iter();
        let paths = [&script, &self.folder, record].map(|path| path.display().to_string());
        let runner = toml::Value::from(words.chain(paths).collect::<Vec<_>>());
        format!("target.'cfg(unix)'.runner = {runner}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_understands_how_tests_run_inside_also_in_a_folder_with_an_odd_name() {
        let debian = Debian::at(PathBuf::from("/tmp/a \"b\" \\c"));
        let text = debian.cargo_runner(Path::new("/tmp/record"));
        let settings: toml::Table = toml::from_str(&text).unwrap();
        let runner = settings["target"]["cfg(unix)"]["runner"].as_array().unwrap();
        let words: Vec<_> = runner.iter().filter_map(toml::Value::as_str).collect();
        assert_eq!(words[..3], ["unshare", "--mount", "sh"]);
        assert!(Path::new(words[3]).is_file(), "{words:?}");
        assert_eq!(words[4..], ["/tmp/a \"b\" \\c", "/tmp/record"]);
    }
}
