//! The step `deny`: licences, sources, bans and advisories of the dependencies.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    program::{cargo, program, run, succeeds_within},
    report::Outcome,
};

/// Time within which the advisory database has to be fetched.
const FETCH_TIMEOUT: Duration = Duration::from_secs(90);

/// Checks everything. Licences, sources and bans need no network. Advisories do: without it, the step says so and goes
/// on.
///
/// # Errors
/// A dependency is refused.
pub(crate) fn step() -> Result<Outcome> {
    run(&mut cargo(["deny", "check", "bans", "licenses", "sources"]))?;
    advisories(&|args| program("cargo", [&["deny"], args].concat()))
}

/// Fetches the advisory database and checks the dependencies against it. `deny` makes a call of cargo-deny with these
/// arguments.
///
/// # Errors
/// An advisory hits a dependency.
fn advisories(deny: &dyn Fn(&[&str]) -> Command) -> Result<Outcome> {
    let mut fetch = deny(&["fetch", "db"]);
    // Nobody is there to be asked for a password.
    fetch.env("GIT_TERMINAL_PROMPT", "0");
    if !succeeds_within(&mut fetch, FETCH_TIMEOUT) {
        let why = "advisories only: the database cannot be fetched here (`cargo deny fetch db` shows why)";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    // It has just been fetched. `--offline` belongs to cargo-deny, and stands before the command.
    run(&mut deny(&["--offline", "check", "advisories"]))
        .context("update what the advisory names, or ignore it in deny.toml with the reason and the date")?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use toml::{Table, Value};

    use super::*;
    use crate::program::{ROOT, output};

    /// The address that the database of a test is fetched from; git is told to take a folder instead.
    const DATABASE_URL: &str = "https://advisories.test/db";

    /// A folder with an advisory database, and a copy of deny.toml that points there. Removed when dropped.
    struct Fixture(PathBuf);

    impl Fixture {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("xtask-deny-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("db")).unwrap();
            let fixture = Self(folder);
            // The branch that cargo-deny asks for.
            fixture.git(&["init", "--quiet", "--initial-branch", "main"]);
            fixture.publish("RUSTSEC-2026-9001", "a-crate-that-nothing-here-uses");
            let mut config = deny_toml();
            let advisories = config["advisories"].as_table_mut().unwrap();
            let databases = fixture.path("fetched").to_string_lossy().into_owned();
            advisories.insert("db-path".to_owned(), databases.into());
            advisories.insert("db-urls".to_owned(), vec![DATABASE_URL].into());
            fs::write(fixture.path("deny.toml"), toml::to_string(&config).unwrap()).unwrap();
            fixture
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        fn git(&self, args: &[&str]) {
            output(program("git", args).current_dir(self.path("db"))).unwrap();
        }

        /// Adds to the database an advisory that hits every version of a crate.
        fn publish(&self, id: &str, package: &str) {
            let folder = self.path("db/crates").join(package);
            fs::create_dir_all(&folder).unwrap();
            let advisory = format!(
                "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-01-01\"\n\n\
                 [versions]\npatched = []\n```\n\n# A test\n\nNo fault of the crate.\n"
            );
            fs::write(folder.join(format!("{id}.md")), advisory).unwrap();
            self.git(&["add", "--all"]);
            let author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
            self.git(&[&author[..], &["commit", "--quiet", "--message", "An advisory"]].concat());
        }

        fn check(&self) -> Result<Outcome> {
            advisories(&|args| {
                let config = self.path("deny.toml").to_string_lossy().into_owned();
                let mut command = program("cargo", [&["deny", "--config", &config], args].concat());
                let folder = format!("url.file://{}.insteadOf", self.path("db").display());
                command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", folder);
                command.env("GIT_CONFIG_VALUE_0", DATABASE_URL);
                command
            })
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn deny_toml() -> Table {
        fs::read_to_string(Path::new(ROOT).join("deny.toml")).unwrap().parse().unwrap()
    }

    /// Ids and reasons of the advisories that are ignored.
    fn ignored() -> Vec<(String, String)> {
        let config = deny_toml();
        let entries =
            config["advisories"].get("ignore").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
        entries.iter().map(|entry| (text(entry, "id"), text(entry, "reason"))).collect()
    }

    #[test]
    fn an_advisory_for_a_dependency_fails_the_step_and_others_do_not() {
        let fixture = Fixture::new("hit");
        assert_eq!(fixture.check().unwrap(), Outcome::Passed, "a crate that is not ours");
        fixture.publish("RUSTSEC-2026-9002", "serde");
        let error = format!("{:#}", fixture.check().unwrap_err());
        assert!(error.contains("--offline check advisories` failed"), "{error}");
    }

    #[test]
    fn an_ignored_advisory_does_not_fail_the_step() {
        let fixture = Fixture::new("ignored");
        for (id, _) in ignored() {
            fixture.publish(&id, "serde");
        }
        assert_eq!(fixture.check().unwrap(), Outcome::Passed);
    }

    #[test]
    fn without_the_database_the_step_says_so_and_goes_on() {
        let fixture = Fixture::new("absent");
        fs::remove_dir_all(fixture.path("db")).unwrap();
        let Outcome::Skipped(why) = fixture.check().unwrap() else { panic!("it was checked") };
        assert!(why.contains("cannot be fetched"), "{why}");
    }

    #[test]
    fn every_ignored_advisory_says_why_and_since_when() {
        for (id, reason) in ignored() {
            let is_date = |word: &str| {
                let numbers: Vec<_> = word.split('-').map(str::len).collect();
                numbers == [4, 2, 2] && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
            };
            let mut words = reason.split(|letter: char| letter != '-' && !letter.is_ascii_digit());
            assert!(words.any(is_date), "{id}: the reason has no date: {reason}");
        }
    }
}
