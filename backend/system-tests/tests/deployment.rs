//! What lies around the containers: the demo's secrets are those that the program knows and refuses, and the servers
//! that are not ours refuse them in production too.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use cafeteria::distributed::secrets::Secrets;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");

fn demo() -> PathBuf {
    Path::new(DEPLOY).join("secrets/demo")
}

/// What is in the files of a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files
        .map(|file| {
            let text = std::fs::read_to_string(file.path()).unwrap();
            (file.file_name().into_string().unwrap(), text)
        })
        .collect()
}

#[test]
fn the_demo_s_secrets_are_those_that_the_program_makes() {
    let folder = tempfile::tempdir().unwrap();
    Secrets::demo().write(&folder.path().join("demo"), false).unwrap();
    let made = files(&folder.path().join("demo"));
    assert_eq!(
        files(&demo()),
        made,
        "write them anew: cafeteria secrets deploy/secrets/demo --demo --replace"
    );
}

#[test]
fn a_server_starts_with_the_demo_s_secrets_but_not_in_production() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    Secrets::random().write(&own, false).unwrap();
    let starts = |mode: &str, secret: &Path| {
        let output = Command::new("sh")
            .arg(Path::new(DEPLOY).join("start.sh"))
            .arg(secret)
            .args(["--", "echo", "started"])
            .env("CAFETERIA_MODE", mode)
            .output()
            .unwrap();
        let (said, error) = (output.stdout, String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.success(), said == b"started\n", "{error}");
        assert_eq!(output.status.success(), error.is_empty(), "{error}");
        output.status.success()
    };
    for name in ["postgres-admin.password", "redis.password", "rabbitmq.url", "grafana-admin.password"] {
        assert!(starts("demo", &demo().join(name)), "{name}");
        assert!(!starts("production", &demo().join(name)), "{name}");
        assert!(starts("production", &own.join(name)), "{name}");
    }
    assert!(!starts("production", &own.join("no-such-file")), "what is missing is no secret");
}
