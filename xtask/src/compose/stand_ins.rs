//! The base images: pulled from their registry, or made here from Debian's packages under the same names.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{Bases, Daemon};
use crate::{
    program::{ROOT, output, program, run, succeeds_within},
    setup::{self, Need},
};

/// What all others are made on.
const DEBIAN: &str = "debian:bookworm-slim";
/// This machine's Rust, on its way into the image that stands in for Rust's.
const TOOLCHAIN: &str = "stand-in/toolchain";
/// Where the Dockerfiles of the stand-ins are.
const FOLDER: &str = "xtask/stand-ins";
/// Each Dockerfile, and whose place its image takes in compose.yaml or our Dockerfiles.
const STAND_INS: [(&str, &str); 7] = [
    ("rust", "rust:1.95-slim-bookworm"),
    ("caddy", "caddy:2.11"),
    ("postgres", "postgres:15-bookworm"),
    ("redis", "redis:7.4-bookworm"),
    ("rabbitmq", "rabbitmq:4.1-management"),
    ("prometheus", "prom/prometheus:v3.5.0"),
    ("alertmanager", "prom/alertmanager:v0.28.1"),
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
    let debian = folder.join("debian");
    let mirror = "http://deb.debian.org/debian";
    let log = fs::create_dir_all(folder).and_then(|()| fs::File::create(folder.join("log")))?;
    println!("Debian, by debootstrap");
    let mut bootstrap =
        program("debootstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm"]);
    bootstrap.arg(&debian).arg(mirror).stdout(log);
    run(&mut bootstrap)?;
    import(daemon, &debian, &["."], DEBIAN)?;
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
    for (name, image) in STAND_INS {
        let dockerfile = context.join(format!("{name}.Dockerfile"));
        let mut build = program("docker", ["build", "--quiet", "--tag", image, "--file"]);
        daemon.used_by(build.arg(dockerfile).arg(&context));
        run(&mut build)?;
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
        let without = others.filter(|image| {
            **image != DEBIAN && !STAND_INS.iter().any(|(_, stands_for)| stands_for == image)
        });
        let without: Vec<_> = without.map(|image| image.split(['/', ':']).next().unwrap()).collect();
        assert_eq!(without, ["grafana", "jaegertracing"]);
        for (_, image) in STAND_INS {
            assert!(all.iter().any(|named| named == image), "nobody uses {image}");
        }
    }
}
