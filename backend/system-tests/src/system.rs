//! A system in this process, and the real program as a process of its own.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use cafeteria::{settings::Settings, single::System};
use service_kit::{Clock, secret};
use tempfile::TempDir;
use wire::ops::ServiceName;

use crate::{FULL, PICTURES, RECORD, people::Person, wait};

/// Returns settings for scenarios: free ports, a folder of their own, food that is ready at once.
pub fn settings(folder: &Path) -> Settings {
    let mut settings = Settings {
        data_dir: folder.join("data"),
        base_port: 0,
        log: "warn".to_owned(),
        ..Settings::default()
    };
    settings.kitchen.cooking_ms = "0..0".parse().unwrap();
    settings.identity.hashing_threads = 2;
    settings.identity.hashing_queue = 1_000;
    settings.hub.close_over_ms = 0;
    settings
}

/// Addresses of the services of a system.
#[derive(Debug, Clone)]
pub struct Addresses(Vec<(ServiceName, String)>);

impl Addresses {
    /// Makes addresses from a function of the service.
    pub fn of(address: impl Fn(ServiceName) -> String) -> Self {
        Self(ServiceName::ALL.into_iter().map(|name| (name, address(name))).collect())
    }

    /// Returns the address of a service, as in `http://127.0.0.1:3002`.
    pub fn url(&self, name: ServiceName) -> String {
        self.0.iter().find(|(known, _)| *known == name).unwrap().1.clone()
    }

    /// Returns these addresses.
    pub fn addresses(&self) -> &Self {
        self
    }

    /// Returns a person without an account.
    pub fn anybody(&self) -> Person {
        Person::anonymous(self)
    }

    /// Signs a person in.
    pub async fn person(&self, username: &str, password: &str) -> Person {
        Person::sign_in(self, username, password).await
    }

    /// Signs the demo student in.
    pub async fn student(&self) -> Person {
        self.person("student1", "password123").await
    }

    /// Signs the demo admin in.
    pub async fn admin(&self) -> Person {
        self.person("admin", "adminpassword").await
    }

    /// Signs the demo member of staff in.
    pub async fn staff(&self) -> Person {
        self.person("kitchen1", "kitchenpassword").await
    }

    /// Imports `count` students, and signs each of them in.
    pub async fn students(&self, count: usize) -> Vec<Person> {
        Person::many_students(self, &self.admin().await, count).await
    }
}

/// System in this process.
#[derive(Debug)]
pub struct InProcess {
    system: System,
    addresses: Addresses,
    folder: TempDir,
}

impl InProcess {
    /// Starts a system with the settings for scenarios.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a system with some settings changed.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_at(Clock::system(), change).await
    }

    /// Starts a system with this clock, and some settings changed.
    pub async fn start_at(clock: Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        change(&mut settings);
        let system = System::start(settings, clock).await.unwrap();
        let addresses =
            Addresses(ServiceName::ALL.into_iter().map(|name| (name, system.url(name))).collect());
        healthy(&addresses).await;
        Self { system, addresses, folder }
    }

    /// Returns the folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the seed of a service's own key.
    pub fn service_seed(&self, name: ServiceName) -> [u8; 32] {
        let path = self.data().join("secrets").join(format!("{name}.key"));
        assert!(path.is_file(), "the key of {name} is at {}", path.display());
        secret::load_or_create(&path).unwrap()
    }

    /// Returns the origin of its web.
    pub fn web(&self) -> String {
        self.system.web()
    }

    /// Stops the system, and fails if it did not end by itself.
    pub async fn stop(self) {
        assert!(self.system.stop().await, "the system had to be cut off");
    }
}

impl Deref for InProcess {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        &self.addresses
    }
}

/// Waits until every service reports that it is up, and knows the keys of users' tokens.
pub async fn healthy(addresses: &Addresses) {
    let client = reqwest::Client::new();
    for name in ServiceName::ALL {
        let url = format!("{}/health", addresses.url(name));
        wait::until(&format!("{name} to be up"), async || {
            match client.get(&url).timeout(Duration::from_secs(2)).send().await {
                Ok(answer) => {
                    let up = answer.status().is_success();
                    let report = answer.text().await.unwrap_or_default();
                    // A service is up before it has fetched the keys.
                    if up && !report.contains("identity-keys") { Ok(()) } else { Err(report) }
                }
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }
}

/// Real program, as a process of its own. Killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    base_port: u16,
    addresses: Addresses,
    options: Options,
    folder: TempDir,
}

/// Options of a start of the program.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Further arguments of `cafeteria up`.
    pub arguments: Vec<String>,
    /// Settings in the environment.
    pub environment: Vec<(String, String)>,
    /// Command that starts the program, with its arguments: `strace …`, `sh -c …`.
    pub wrapper: Vec<String>,
}

impl Program {
    /// Starts the program on an empty folder, and waits until it is up.
    pub async fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base_port = free_base_port();
        let child = spawn(folder.path(), base_port, &options);
        let addresses = Addresses::of(|name| format!("http://127.0.0.1:{}", base_port + name.port_offset()));
        let program = Self { child, base_port, addresses, options, folder };
        program.up().await;
        program
    }

    /// Waits until every service is up.
    pub async fn up(&self) {
        healthy(self).await;
    }

    /// Returns the port of the web, which the services' ports follow.
    pub fn base_port(&self) -> u16 {
        self.base_port
    }

    /// Returns its folder, in which `data` holds its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns its log, of all its starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap()
    }

    /// Returns its process id (of the wrapper, if there is one).
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the same folder and ports, and waits until it is up.
    pub async fn restart(&mut self) {
        self.revive();
        self.up().await;
    }

    /// Starts it again on the same folder and ports, without waiting.
    pub fn revive(&mut self) {
        self.child = spawn(self.folder.path(), self.base_port, &self.options);
    }

    /// Asks it to stop (SIGTERM), waits, and returns whether it succeeded.
    pub async fn stop(mut self) -> bool {
        self.ends().await
    }

    /// As [`Program::stop`], but its folder is kept.
    pub async fn ends(&mut self) -> bool {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        wait::until("the program to end", async || match self.child.try_wait().unwrap() {
            Some(status) => Ok(status.success()),
            None => Err("it runs"),
        })
        .await
    }
}

impl Deref for Program {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        &self.addresses
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, base_port: u16, options: &Options) -> Child {
    let program = binary();
    let mut command = match options.wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    };
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    command
        .arg("up")
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(["--base-port", &base_port.to_string()])
        .args(&options.arguments)
        .env("CAFETERIA_IDENTITY__HASHING_THREADS", "2")
        .env("CAFETERIA_IDENTITY__HASHING_QUEUE", "1000")
        .env("CAFETERIA_HUB__CLOSE_OVER_MS", "0")
        .envs(options.environment.iter().cloned())
        // Settings of the scenarios are not the program's.
        .env_remove(FULL)
        .env_remove(PICTURES)
        .env_remove(RECORD)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Runs a command of the program to its end: exit code (124 when it does not end within two minutes), standard output,
/// standard error.
pub fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120"])
        .arg(binary())
        .args(arguments)
        .envs(environment.iter().copied())
        // Settings of the scenarios are not the program's.
        .env_remove(FULL)
        .env_remove(PICTURES)
        .env_remove(RECORD)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Returns the path of the program, which cargo has built beside the tests: `target/<profile>/cafeteria`.
///
/// # Panics
/// The program is not built.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().map(|folder| folder.join("cafeteria")).find(|path| path.is_file());
    found.expect("build the program first: cargo build -p cafeteria")
}

/// Returns a base port for a single process, followed by five more, one for each service.
pub fn free_base_port() -> u16 {
    test_support::servers::free_ports(6)
}
