//! Finding out what a command needs and the machine lacks, and installing it. Does nothing, and says nothing but
//! to `setup` itself, when all is there.

use std::{collections::BTreeSet, fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::{program, wasm};

/// Something that has to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// `cargo fmt`.
    Rustfmt,
    /// `cargo clippy`.
    Clippy,
    /// `cargo deny`: licences, sources, advisories.
    CargoDeny,
    /// `cargo machete`: unused dependencies.
    CargoMachete,
    /// `strace`, which sees what reaches the disk.
    Strace,
    /// `curl`, with which the smoke test is written.
    Curl,
    /// `jq`, with which the smoke test is written.
    Jq,
    /// `node` and `npm`, for a Socket.IO client of another make.
    Node,
    /// The packages of that client.
    NodePackages,
    /// What the pages take from npm.
    PagePackages,
    /// A compiler for the browser.
    WasmCompiler,
    /// `caddy`, which is the web.
    Caddy,
    /// Chromium, and the program that drives it.
    Chromium,
    /// WebKitGTK with its headers, which the desktop apps are compiled against.
    WebKit,
    /// A screen in memory and the driver of WebKitGTK, for windows in tests.
    Windows,
    /// Docker, compose, and what a daemon needs of the system.
    Docker,
    /// `debootstrap`, where images cannot be pulled.
    Debootstrap,
    /// `prometheus`, with `promtool`.
    Prometheus,
    /// Alertmanager, with `amtool`.
    Alertmanager,
    /// PostgreSQL, with `pgbench` and `pg_dump`.
    Postgres,
    /// `redis-server`.
    Redis,
    /// `rabbitmq-server`.
    RabbitMq,
}

/// How one gets it.
enum Way {
    /// A component of the Rust toolchain.
    Component(&'static str),
    /// A tool of cargo's, and the version that is known to work.
    CargoTool { name: &'static str, version: &'static str },
    /// Packages of Debian.
    Debian(&'static [&'static str]),
    /// `npm ci` in a folder.
    Npm(&'static str),
}

const SOCKETIO_CLIENT: &str = "backend/system-tests/socketio-client";
const PAGES: &str = "shared/ui/web";

impl Need {
    /// What the pages are built with.
    pub(crate) const PAGES: [Self; 3] = [Self::Node, Self::PagePackages, Self::WasmCompiler];

    fn why(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt checks the format",
            Self::Clippy => "clippy checks the code",
            Self::CargoDeny => "cargo-deny checks licences and sources of the dependencies",
            Self::CargoMachete => "cargo-machete finds dependencies that nothing uses",
            Self::Strace => "strace shows that an order is on the disk before it is accepted",
            Self::Curl => "curl runs the README's smoke test",
            Self::Jq => "jq runs the README's smoke test",
            Self::Node => "node makes the pages small, and runs a Socket.IO client of another make",
            Self::NodePackages => "the Socket.IO client of another make comes from npm",
            Self::PagePackages => "the pages' fonts, Socket.IO client and bundler come from npm",
            Self::WasmCompiler => {
                "the pages are programs for the browser; where rustup cannot fetch its library, Debian's compiler does"
            }
            Self::Caddy => "caddy is the web, with the rules in web/Caddyfile",
            Self::Chromium => "chromium is the browser that the pages are tested in",
            Self::WebKit => "the kiosk is compiled against WebKitGTK",
            Self::Windows => "Xvfb and WebKitWebDriver open and drive the kiosk's window in tests",
            Self::Docker => "docker and compose run the containers",
            Self::Debootstrap => "debootstrap makes a Debian for containers, since no image can be pulled",
            Self::Prometheus => "prometheus and promtool judge the alerts and the dashboards' queries",
            Self::Alertmanager => "alertmanager and amtool show where alerts go",
            Self::Postgres => "PostgreSQL keeps the truth of the distributed shape",
            Self::Redis => "Redis keeps the hints of the distributed shape",
            Self::RabbitMq => "RabbitMQ carries the orders of the distributed shape",
        }
    }

    fn way(self) -> Way {
        match self {
            Self::Rustfmt => Way::Component("rustfmt"),
            Self::Clippy => Way::Component("clippy"),
            Self::CargoDeny => Way::CargoTool { name: "cargo-deny", version: "0.20.2" },
            Self::CargoMachete => Way::CargoTool { name: "cargo-machete", version: "0.9.2" },
            Self::Strace => Way::Debian(&["strace"]),
            Self::Curl => Way::Debian(&["curl"]),
            Self::Jq => Way::Debian(&["jq"]),
            Self::Node => Way::Debian(&["nodejs", "npm"]),
            Self::NodePackages => Way::Npm(SOCKETIO_CLIENT),
            Self::PagePackages => Way::Npm(PAGES),
            Self::WasmCompiler => Way::Debian(&wasm::DEBIAN_PACKAGES),
            Self::Caddy => Way::Debian(&["caddy"]),
            Self::Chromium => Way::Debian(&["chromium", "chromium-driver"]),
            Self::WebKit => Way::Debian(&["libwebkit2gtk-4.1-dev", "pkgconf"]),
            Self::Windows => Way::Debian(&["xvfb", "webkit2gtk-driver"]),
            Self::Docker => Way::Debian(&["docker.io", "docker-compose", "iptables"]),
            Self::Debootstrap => Way::Debian(&["debootstrap"]),
            Self::Prometheus => Way::Debian(&["prometheus"]),
            Self::Alertmanager => Way::Debian(&["prometheus-alertmanager"]),
            Self::Postgres => Way::Debian(&["postgresql"]),
            Self::Redis => Way::Debian(&["redis-server"]),
            Self::RabbitMq => Way::Debian(&["rabbitmq-server"]),
        }
    }

    fn is_there(self) -> bool {
        let answers = |name: &str, args: &[&str]| program::succeeds(&mut program::program(name, args));
        let is_file = |path: &str| Path::new(path).is_file();
        match self {
            Self::Rustfmt => answers("cargo", &["fmt", "--version"]),
            Self::Clippy => answers("cargo", &["clippy", "--version"]),
            Self::CargoDeny => answers("cargo", &["deny", "--version"]),
            Self::CargoMachete => answers("cargo", &["machete", "--version"]),
            Self::Strace => answers("strace", &["--version"]),
            Self::Curl => answers("curl", &["--version"]),
            Self::Jq => answers("jq", &["--version"]),
            Self::Node => answers("node", &["--version"]) && answers("npm", &["--version"]),
            Self::NodePackages => node_packages_are_there(&Path::new(program::ROOT).join(SOCKETIO_CLIENT)),
            Self::PagePackages => node_packages_are_there(&Path::new(program::ROOT).join(PAGES)),
            Self::WasmCompiler => wasm::Compiler::find().is_ok_and(|found| found.is_ok()),
            Self::Caddy => answers("caddy", &["version"]),
            Self::Chromium => answers("chromium", &["--version"]) && answers("chromedriver", &["--version"]),
            Self::WebKit => answers("pkg-config", &["--exists", "webkit2gtk-4.1"]),
            Self::Windows => is_file("/usr/bin/Xvfb") && is_file("/usr/bin/WebKitWebDriver"),
            Self::Docker => {
                let compose =
                    answers("docker-compose", &["version"]) || answers("docker", &["compose", "version"]);
                answers("docker", &["--version"]) && answers("dockerd", &["--version"]) && compose
            }
            Self::Debootstrap => answers("debootstrap", &["--version"]),
            Self::Prometheus => answers("prometheus", &["--version"]) && answers("promtool", &["--version"]),
            Self::Alertmanager => {
                // Debian's name, and the project's own.
                let server = ["prometheus-alertmanager", "alertmanager"];
                server.iter().any(|name| answers(name, &["--version"])) && answers("amtool", &["--version"])
            }
            // Their programs are where the tests look for them.
            Self::Postgres => {
                answers("initdb", &["--version"])
                    || (13..=20).any(|version| is_file(&format!("/usr/lib/postgresql/{version}/bin/initdb")))
            }
            Self::Redis => answers("redis-server", &["--version"]),
            Self::RabbitMq => {
                ["/usr/lib/rabbitmq", "/opt/rabbitmq"].iter().any(|folder| Path::new(folder).is_dir())
                    || answers("rabbitmqctl", &["--version"])
            }
        }
    }
}

/// The command that things are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// `cargo xtask run`: what the pages need
    Run,
    /// `cargo xtask web`: node, packages of npm, a compiler for the browser
    Web,
    /// `cargo xtask test`: checkers, strace, curl, jq, node, WebKitGTK, Xvfb, prometheus, alertmanager, caddy, PostgreSQL, Redis,
    /// RabbitMQ
    Test,
    /// `cargo xtask compose-test`: Docker
    ComposeTest,
    /// `cargo xtask bench`: what the pages need, a browser, PostgreSQL, Redis, RabbitMQ
    Bench,
}

impl Purpose {
    /// What it needs.
    pub(crate) fn needs(self) -> BTreeSet<Need> {
        match self {
            Self::Run | Self::Web => Need::PAGES.into(),
            Self::Bench => Need::PAGES
                .into_iter()
                .chain([Need::Chromium, Need::Postgres, Need::Redis, Need::RabbitMq])
                .collect(),
            Self::ComposeTest => Need::PAGES.into_iter().chain([Need::Docker]).collect(),
            Self::Test => crate::checks::Step::ALL.iter().flat_map(|step| step.needs()).copied().collect(),
        }
    }
}

/// `cargo xtask setup`.
///
/// # Errors
/// Something is missing and cannot be installed.
pub(crate) fn command(purpose: Option<Purpose>) -> Result<ExitCode> {
    let purposes = purpose.as_ref().map_or(Purpose::value_variants(), std::slice::from_ref);
    let needs: BTreeSet<_> = purposes.iter().flat_map(|purpose| purpose.needs()).collect();
    let installed = ensure(needs)?;
    println!("{}", if installed { "Now everything is there." } else { "Everything is there already." });
    Ok(ExitCode::SUCCESS)
}

/// Installs those that are missing. True when there was one.
///
/// # Errors
/// One cannot be installed; the message says how to do it by hand.
pub(crate) fn ensure(needs: BTreeSet<Need>) -> Result<bool> {
    let missing: Vec<_> = needs.into_iter().filter(|need| !need.is_there()).collect();
    for need in &missing {
        println!("missing: {}", need.why());
    }
    let ways: Vec<_> = missing.iter().map(|need| need.way()).collect();
    // First what may ask for a password, then what takes long; npm itself comes before its packages.
    install_from_debian(&debian_packages(&ways))?;
    for way in &ways {
        match *way {
            Way::Debian(_) => {}
            Way::Component(name) => {
                program::run(&mut program::program("rustup", ["component", "add", name]))
                    .with_context(|| format!("install {name} the way Rust was installed here"))?;
            }
            Way::CargoTool { name, version } => install_cargo_tool(name, version)?,
            Way::Npm(folder) => {
                program::run(
                    program::program("npm", ["ci", "--no-audit", "--no-fund"])
                        .current_dir(Path::new(program::ROOT).join(folder)),
                )
                .with_context(|| format!("npm has to be able to fetch the packages of {folder}"))?;
            }
        }
    }
    Ok(!missing.is_empty())
}

fn debian_packages(ways: &[Way]) -> Vec<&'static str> {
    let packages = ways.iter().filter_map(|way| match way {
        Way::Debian(packages) => Some(*packages),
        Way::Component(_) | Way::CargoTool { .. } | Way::Npm(_) => None,
    });
    packages.flatten().copied().collect()
}

fn install_from_debian(packages: &[&'static str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let by_hand = format!("install {} by hand (on Debian: apt-get install {0})", packages.join(" "));
    if !program::succeeds(&mut program::program("apt-get", ["--version"])) {
        bail!("this system has no apt-get; {by_hand}");
    }
    let is_root = program::output(&mut program::program("id", ["-u"]))?.trim() == "0";
    if !is_root && !program::succeeds(&mut program::program("sudo", ["--version"])) {
        bail!("apt-get needs root or sudo; {by_hand}");
    }
    let apt_get = |args: &[&str]| {
        let prefix: &[&str] = if is_root { &[] } else { &["sudo"] };
        let words: Vec<_> = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], args].concat();
        program::run(&mut program::program(words[0], &words[1..])).with_context(|| by_hand.clone())
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// A checker that works for a second a day does not repay minutes of optimization.
fn install_cargo_tool(name: &str, version: &str) -> Result<()> {
    println!("{name} is compiled from source, which takes a few minutes, once");
    let install = ["install", "--locked", "--version", version, name];
    let mut command = program::cargo(install);
    command
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    program::run(&mut command).with_context(|| format!("install {name} {version} or a newer one by hand"))
}

/// Whether what npm installed last is what the lock file asks for now. A folder without a lock file asks for nothing.
fn node_packages_are_there(folder: &Path) -> bool {
    let changed = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified());
    let Ok(wanted) = changed("package-lock.json") else {
        println!(
            "skipped: without {}/package-lock.json there is nothing for npm to install",
            folder.display()
        );
        return true;
    };
    // npm writes this file after each installation.
    changed("node_modules/.package-lock.json").is_ok_and(|installed| installed >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_needs_what_the_pages_need_and_testing_everything() {
        assert_eq!(Purpose::Run.needs(), BTreeSet::from(Need::PAGES));
        let all = [
            Need::Rustfmt,
            Need::Clippy,
            Need::CargoDeny,
            Need::CargoMachete,
            Need::Strace,
            Need::Curl,
            Need::Jq,
            Need::Node,
            Need::NodePackages,
            Need::PagePackages,
            Need::WasmCompiler,
            Need::Chromium,
            Need::WebKit,
            Need::Windows,
            Need::Prometheus,
            Need::Alertmanager,
            Need::Caddy,
            Need::Postgres,
            Need::Redis,
            Need::RabbitMq,
        ];
        assert!(Purpose::Bench.needs().is_subset(&BTreeSet::from(all)));
        assert_eq!(Purpose::Test.needs(), BTreeSet::from(all));
    }

    #[test]
    fn all_packages_of_debian_come_in_one_installation() {
        let ways = [Need::Strace.way(), Need::CargoDeny.way(), Need::Node.way(), Need::NodePackages.way()];
        assert_eq!(debian_packages(&ways), ["strace", "nodejs", "npm"]);
    }

    #[test]
    fn npm_is_called_when_the_lock_file_is_newer() {
        let folder = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        assert!(node_packages_are_there(&folder), "nothing is asked for");

        let lock = fs::File::create(folder.join("package-lock.json")).unwrap();
        assert!(!node_packages_are_there(&folder), "nothing is installed");

        let installed = fs::File::create(folder.join("node_modules/.package-lock.json")).unwrap();
        let time = lock.metadata().unwrap().modified().unwrap();
        installed.set_modified(time).unwrap();
        assert!(node_packages_are_there(&folder), "what is installed is as new");

        lock.set_modified(time + std::time::Duration::from_secs(1)).unwrap();
        assert!(!node_packages_are_there(&folder), "the lock file changed since");
        fs::remove_dir_all(&folder).unwrap();
    }
}
