//! The Docker daemon: the one that runs, or one of the test's own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::debian;
use crate::program::{output, program, succeeds};

/// How long a daemon may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(200);

/// A daemon that answers.
#[derive(Debug)]
pub(super) struct Daemon {
    own: Option<Own>,
}

/// A daemon of the test's own. When dropped it is stopped, and everything it kept is removed.
#[derive(Debug)]
struct Own {
    process: Child,
    folder: PathBuf,
}

impl Daemon {
    /// The daemon that runs on this machine, or a new one.
    ///
    /// # Errors
    /// None runs, and none can be started.
    pub(super) fn find_or_start() -> Result<Self> {
        if succeeds(&mut program("docker", ["info"])) {
            println!("the daemon that runs here");
            return Ok(Self { own: None });
        }
        let daemon = Self { own: Some(Own::start()?) };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    /// Stops the test's own daemon and starts it again on what it keeps. Leaves another one alone.
    ///
    /// # Errors
    /// It does not start again.
    pub(super) fn restart(&mut self) -> Result<()> {
        let Some(own) = &mut self.own else { return Ok(()) };
        own.stop();
        own.process = Own::spawn(&own.folder)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&self) -> Result<()> {
        let start = Instant::now();
        loop {
            let mut ask = program("docker", ["info", "--format", "{{.Driver}}"]);
            self.used_by(&mut ask);
            if let Ok(storage) = output(&mut ask) {
                println!("a daemon of the test's own, with storage by {}", storage.trim());
                return Ok(());
            }
            if start.elapsed() > STARTS_WITHIN {
                bail!("dockerd did not start: {}", self.last_words());
            }
            thread::sleep(LOOK);
        }
    }

    /// Whether it is the test's own, in which anything may have any name.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Lets a command talk to this daemon.
    pub(super) fn used_by(&self, command: &mut Command) {
        if let Some(own) = &self.own {
            command.env("DOCKER_HOST", own.address());
        }
    }

    fn last_words(&self) -> String {
        let log = self.own.as_ref().map(|own| own.folder.join("log"));
        let log = log.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    }
}

impl Own {
    fn start() -> Result<Self> {
        if !debian::is_root()? {
            bail!("no Docker daemon answers, and only root can start one: start Docker, or run this as root");
        }
        let folder = std::env::temp_dir().join(format!("cafeteria-docker-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { process: Self::spawn(&folder)?, folder })
    }

    /// Starts dockerd on what `folder` keeps.
    fn spawn(folder: &Path) -> Result<Child> {
        let log = fs::File::options().create(true).append(true).open(folder.join("log"))?;
        let path = |name: &str| folder.join(name).display().to_string();
        program("dockerd", ["--host", &format!("unix://{}", path("docker.sock"))])
            .args(["--data-root", &path("data"), "--exec-root", &path("run")])
            .args(["--pidfile", &path("pid"), "--mtu", &smallest_mtu().to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start dockerd")
    }

    fn stop(&mut self) {
        // Nothing depends on how it ends.
        drop(program("kill", [self.process.id().to_string()]).status());
        let start = Instant::now();
        while !matches!(self.process.try_wait(), Ok(Some(_))) && start.elapsed() < ENDS_WITHIN {
            thread::sleep(LOOK);
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }

    fn address(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.display())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.stop();
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            println!("{} is left: {error}", self.folder.display());
        }
    }
}

/// What the network here carries at once: containers that send more to the outside are not heard.
fn smallest_mtu() -> u32 {
    let devices = fs::read_dir(Path::new("/sys/class/net")).into_iter().flatten().flatten();
    let mtus = devices
        .filter_map(|device| fs::read_to_string(device.path().join("mtu")).ok()?.trim().parse::<u32>().ok());
    mtus.min().unwrap_or(1500).min(1500)
}
