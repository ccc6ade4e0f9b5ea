//! `web`: makes what browsers are served, in `target/web`, and the kiosk's page, in `kiosk-app/dist`. The programs are
//! compiled here, the rest is the bundler's. Nothing is done when no source has changed.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    program::{self, ROOT},
    report::{Outcome, Report},
    setup::{self, Purpose},
    wasm::{Compiler, TARGET},
};

/// What is served.
const OUT: &str = "target/web";
/// Folder of the page that the kiosk's app embeds.
const KIOSK_OUT: &str = "kiosk-app/dist";
/// Where the bundler works.
const STAGE: &str = "target/web-stage";
/// What the pages were last made of.
const MADE_OF: &str = "target/web-made-of";
/// What the pages are made of.
const SOURCES: [&str; 6] =
    ["Cargo.lock", "Cargo.toml", "shared", "xtask/bundler", "xtask/src/web.rs", "xtask/src/wasm.rs"];
/// What is in these folders is made by others.
const NOT_SOURCES: [&str; 2] = ["node_modules", "target"];
/// How often it is looked whether a source has changed.
const LOOK: Duration = Duration::from_millis(300);

/// How the pages are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As small as can be.
    Release,
    /// As quickly as can be.
    Dev,
    /// The same, with pages that show themselves anew when they have been built anew.
    Watched,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
            Self::Watched => "watched",
        }
    }

    fn profile(self) -> &'static str {
        match self {
            Self::Release => "web",
            Self::Dev | Self::Watched => "web-dev",
        }
    }
}

/// `cargo xtask web`.
///
/// # Errors
/// Something that it needs is missing and cannot be installed.
pub(crate) fn command(dev: bool, watch: bool) -> Result<ExitCode> {
    setup::ensure(Purpose::Web.needs())?;
    if watch {
        return watched();
    }
    let mut report = Report::default();
    let way = if dev { Way::Dev } else { Way::Release };
    let good = report.step("web", "the pages", || build(way));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds again whenever a source has changed, until Ctrl-C.
fn watched() -> Result<ExitCode> {
    let mut tried = None;
    println!("serve {OUT} with `cargo run -p cafeteria -- up`; pages show themselves anew; Ctrl-C ends it");
    loop {
        let sources = fingerprint(Way::Watched)?;
        if tried.as_ref() != Some(&sources) {
            Report::default().step("web", "the pages", || build(Way::Watched));
            tried = Some(sources);
        }
        thread::sleep(LOOK);
    }
}

/// Makes the pages, if they are not made of these sources already.
///
/// # Errors
/// A source does not compile, or something else is wrong with it.
pub(crate) fn build(way: Way) -> Result<Outcome> {
    let sources = fingerprint(way)?;
    let made_of = Path::new(ROOT).join(MADE_OF);
    // An app that was built before its page has a placeholder there, without assets.
    let is_there = [OUT, KIOSK_OUT].iter().all(|out| Path::new(ROOT).join(out).join("assets").is_dir());
    if is_there && fs::read_to_string(&made_of).is_ok_and(|made_of| made_of == sources) {
        println!("{OUT} is up to date");
        return Ok(Outcome::Passed);
    }
    let compiler = match Compiler::find()? {
        Ok(compiler) => compiler,
        Err(why) => bail!("{why}"),
    };
    // In a folder that is known, whatever else cargo is told about folders.
    let profile = way.profile();
    let args = ["--package", "ui", "--bins", "--profile", profile, "--target-dir", "target"];
    program::run(&mut compiler.cargo("build", &args))?;
    let programs = format!("target/{TARGET}/{profile}");
    let mut bundler = program::cargo(["run", "--quiet", "--package", "bundler", "--"]);
    bundler.args(["--programs", &programs, "--pages", "shared/ui/web", "--stage", STAGE, "--out", OUT]);
    bundler.args(["--kiosk-out", KIOSK_OUT]);
    match way {
        Way::Release => &mut bundler,
        Way::Dev => bundler.arg("--dev"),
        Way::Watched => bundler.args(["--dev", "--reload"]),
    };
    program::run(&mut bundler)?;
    fs::write(&made_of, sources).with_context(|| format!("cannot write {}", made_of.display()))?;
    Ok(Outcome::Passed)
}

/// A text that is another one when a source, or the way, is another one.
fn fingerprint(way: Way) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    hasher.write(way.name().as_bytes());
    for source in SOURCES {
        add(&mut hasher, &Path::new(ROOT).join(source))?;
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn add(hasher: &mut DefaultHasher, path: &Path) -> Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    if !path.is_dir() {
        hasher.write(path.as_os_str().as_encoded_bytes());
        hasher.write(&fs::read(path).with_context(unreadable)?);
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name();
        if !NOT_SOURCES.iter().any(|not| name == *not) {
            inside.push(entry.path());
        }
    }
    inside.sort();
    inside.iter().try_for_each(|path| add(hasher, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &Path) -> u64 {
        let mut hasher = DefaultHasher::new();
        add(&mut hasher, folder).unwrap();
        hasher.finish()
    }

    #[test]
    fn a_change_in_a_source_is_noticed_and_one_elsewhere_is_not() {
        let folder = std::env::temp_dir().join(format!("xtask-web-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("src/lib.rs"), "1").unwrap();
        let before = of(&folder);
        fs::write(folder.join("node_modules/other.js"), "1").unwrap();
        assert_eq!(of(&folder), before);
        fs::write(folder.join("src/lib.rs"), "2").unwrap();
        assert_ne!(of(&folder), before);
        fs::write(folder.join("src/lib.rs"), "1").unwrap();
        assert_eq!(of(&folder), before, "what counts is what is in it");
        fs::write(folder.join("src/main.rs"), "").unwrap();
        assert_ne!(of(&folder), before);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_sources_are_there() {
        for source in SOURCES {
            assert!(Path::new(ROOT).join(source).exists(), "{source}");
        }
        assert_ne!(fingerprint(Way::Dev).unwrap(), fingerprint(Way::Release).unwrap());
    }
}
