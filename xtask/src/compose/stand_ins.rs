//! The base images: pulled from their registry, or made here from Debian's packages under the same names. The program
//! is compiled and runs on Debian 12, as in production; the servers come from Debian 13, whose versions are nearest to
//! those that compose.yaml names.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{
    Bases, Daemon,
    debian::{BOOKWORM, Debian, TRIXIE},
};
use crate::{
    program::{ROOT, output, program, run, succeeds_within},
    setup::{self, Need},
};

/// Base of the program's own image.
const DEBIAN: &str = "debian:bookworm-slim";
/// Base of the servers' stand-ins.
const DEBIAN_13: &str = "debian:trixie-slim";
/// This machine's Rust, on its way into the image that stands in for Rust's.
const TOOLCHAIN: &str = "stand-in/toolchain";
/// Where the Dockerfiles of the stand-ins are.
const FOLDER: &str = "xtask/stand-ins";
/// Image made here in place of one that compose.yaml or our Dockerfiles name.
struct StandIn {
    /// Name of its Dockerfile.
    name: &'static str,
    /// Image whose name it takes.
    image: &'static str,
    /// Command that prints the version.
    version: &'static [&'static str],
}

impl StandIn {
    const fn new(name: &'static str, image: &'static str, version: &'static [&'static str]) -> Self {
        Self { name, image, version }
    }
}

const STAND_INS: [StandIn; 7] = [
    StandIn::new("rust", "rust:1.95-slim-bookworm", &["rustc", "--version"]),
    StandIn::new("caddy", "caddy:2.11", &["caddy", "version"]),
    StandIn::new("postgres", "postgres:15-bookworm", &["postgres", "--version"]),
    StandIn::new("redis", "redis:7.4-bookworm", &["redis-server", "--version"]),
    StandIn::new("rabbitmq", "rabbitmq:4.1-management", &["rabbitmqctl", "version"]),
    StandIn::new("prometheus", "prom/prometheus:v3.5.0", &["prometheus", "--version"]),
    StandIn::new("alertmanager", "prom/alertmanager:v0.28.1", &["alertmanager", "--version"]),
];
/// How long pulling the first image may take before there is no registry.
const PULLED_WITHIN: Duration = Duration::from_secs(120);

/// Finds out whether images can be pulled; if not, makes them.
///
/// # Errors
/// They can neither be pulled nor made.
pub(super) fn pull_or_make(daemon: &Daemon) -> Result<Bases> {
    let mut pull = program("docker", ["pull", DEBIAN]);
    daemon.used_by(&mut pull);
    if succeeds_within(&mut pull, PULLED_WITHIN) {
        return Ok(Bases::Pulled);
    }
    if !daemon.is_own() {
        bail!(
            "no registry of images can be reached, and images of other names than their own are not put into a \
             daemon that others use: stop it, and the test starts one for itself"
        );
    }
    setup::ensure([Need::Debootstrap].into())?;
    let folder = std::env::temp_dir().join(format!("cafeteria-stand-ins-{}", std::process::id()));
    let made = make(daemon, &folder);
    // It is only in the way.
    drop(fs::remove_dir_all(&folder));
    made.map(|()| Bases::StandIns)
}

fn make(daemon: &Daemon, folder: &Path) -> Result<()> {
    for (suite, image) in [(BOOKWORM, DEBIAN), (TRIXIE, DEBIAN_13)] {
        let debian = Debian::bootstrap(suite, folder.join(suite))?;
        import(daemon, debian.folder(), &["."], image)?;
    }
    let sysroot = output(&mut program("rustc", ["--print", "sysroot"]))?;
    import(daemon, Path::new(sysroot.trim()), &["bin", "lib"], TOOLCHAIN)?;

    // What is built from: the project's files, and the certificates that this machine trusts.
    let context = folder.join("context");
    fs::create_dir_all(&context)?;
    for file in fs::read_dir(Path::new(ROOT).join(FOLDER))? {
        let file = file?;
        fs::copy(file.path(), context.join(file.file_name()))?;
    }
    let certificates = "/etc/ssl/certs/ca-certificates.crt";
    fs::copy(certificates, context.join("ca-certificates.crt")).context(certificates)?;
    for StandIn { name, image, .. } in STAND_INS {
        let dockerfile = context.join(format!("{name}.Dockerfile"));
        let mut build = program("docker", ["build", "--quiet", "--tag", image, "--file"]);
        daemon.used_by(build.arg(dockerfile).arg(&context));
        run(&mut build)?;
    }
    for StandIn { image, version, .. } in STAND_INS {
        let mut ask =
            program("docker", ["run", "--rm", "--network", "none", "--entrypoint", version[0], image]);
        daemon.used_by(ask.args(&version[1..]));
        let printed = output(&mut ask)?;
        println!("{image}: {}", printed.lines().next().unwrap_or_default());
    }
    Ok(())
}

/// Makes an image of folders.
fn import(daemon: &Daemon, root: &Path, folders: &[&str], image: &str) -> Result<()> {
    let mut tar = Command::new("tar")
        .arg("-C")
        .arg(root)
        .arg("-c")
        .args(folders)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start tar")?;
    let mut import = program("docker", ["import", "-", image]);
    daemon.used_by(&mut import);
    if let Some(tarred) = tar.stdout.take() {
        import.stdin(tarred);
    }
    let imported = run(&mut import);
    if !tar.wait()?.success() {
        bail!("tar failed in {}", root.display());
    }
    imported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_that_is_named_has_a_stand_in_or_none_on_purpose() {
        let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
        let named = |path: &str, word: &str| {
            let text = read(path);
            let lines =
                text.lines().filter_map(|line| line.trim().strip_prefix(word)?.split_whitespace().next());
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let all = [
            named("compose.yaml", "image:"),
            named("backend/Dockerfile", "FROM"),
            named("web/Dockerfile", "FROM"),
        ]
        .concat();
        let others = all.iter().filter(|image| !image.starts_with("cafeteria"));
        let without = others
            .filter(|image| **image != DEBIAN && !STAND_INS.iter().any(|stand_in| stand_in.image == *image));
        let without: Vec<_> = without.map(|image| image.split(['/', ':']).next().unwrap()).collect();
        assert_eq!(without, ["grafana", "jaegertracing"]);
        for StandIn { image, .. } in STAND_INS {
            assert!(all.iter().any(|named| named == image), "nobody uses {image}");
        }
    }

    #[test]
    fn servers_come_from_debian_13_and_the_compiler_from_the_debian_of_the_programs_image() {
        for StandIn { name, .. } in STAND_INS {
            let path = Path::new(ROOT).join(FOLDER).join(format!("{name}.Dockerfile"));
            let text = fs::read_to_string(path).unwrap();
            let bases: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
            assert_eq!(bases, [if name == "rust" { DEBIAN } else { DEBIAN_13 }], "{name}");
        }
    }
}
