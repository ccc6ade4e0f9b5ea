//! A private PostgreSQL server.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::{
    free_port,
    guard::{Guard, is_root, program},
};
use crate::wait::{until, until_blocking};

const INSTALL: &str = "apt-get install postgresql";

/// A server with a data folder of its own.
#[derive(Debug)]
pub struct Postgres {
    guard: Option<Guard>,
    port: u16,
    made: AtomicU32,
    folder: TempDir,
}

impl Postgres {
    /// Makes a data folder and starts a server on it.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("postgres-").unwrap();
        if is_root() {
            // The server refuses to run as root; the folder must then be its own user's.
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let initdb = tool("initdb");
        let data = data(folder.path());
        let mut init = as_server(&initdb);
        init.args(["-D", &data.to_string_lossy(), "-U", "postgres", "--auth=trust", "--no-sync"]);
        run(init.args(["--encoding=UTF8", "--locale=C.UTF-8"]).current_dir("/"));
        let mut server = Self { guard: None, port: free_port(), made: AtomicU32::new(0), folder };
        server.restart().await;
        server
    }

    /// Starts it again on the same port and data, after [`Postgres::kill`], and waits until it answers.
    pub async fn restart(&mut self) {
        let (data, port) = (data(self.folder.path()), self.port.to_string());
        let sockets = self.folder.path().to_string_lossy().into_owned();
        let server = tool("postgres");
        let mut command = prefix();
        let data = data.to_string_lossy();
        command.extend([&*server, "-D", &data, "-p", &port, "-h", "127.0.0.1", "-k", &sockets]);
        command.extend(["-c", "max_connections=300", "-c", "shared_buffers=64MB"]);
        self.guard = None;
        // A killed server's children need a moment to let go of the data.
        let _ = std::fs::remove_file(Path::new(&*data).join("postmaster.pid"));
        self.guard = Some(Guard::start(&command, &[], self.folder.path()));
        let url = self.admin();
        until("PostgreSQL", async || {
            PgConnection::connect(&url).await.map(drop).map_err(|error| {
                format!("{error}; {}", self.guard.as_ref().map(Guard::last_words).unwrap_or_default())
            })
        })
        .await;
    }

    /// Ends it at once and every connection with it (an immediate shutdown, which recovers at the next start as after
    /// a loss of power).
    pub fn kill(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.signal("QUIT");
            let process = Path::new("/proc").join(guard.pid().to_string()).join("exe");
            until_blocking("PostgreSQL to end", || if process.exists() { Err(&process) } else { Ok(()) });
        }
    }

    /// Stops every process of the server where it stands (SIGSTOP). None of them runs when this returns.
    pub fn pause(&self) {
        self.guard.as_ref().unwrap().pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.guard.as_ref().unwrap().resume();
    }

    /// Process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.guard.as_ref().unwrap().pid()
    }

    /// Runs one of its tools, such as `pg_dump`, as the administrator who came with the server.
    pub fn tool(&self, name: &str, arguments: &[&str]) {
        let port = self.port.to_string();
        let way = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres"];
        run(Command::new(tool(name)).args(way).args(arguments));
    }

    /// Returns its address, as in `127.0.0.1:5432`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The administrator's way in.
    pub fn admin(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Makes an empty database with an owner of its own, as each service has one, and returns its URL.
    pub async fn database(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.named_database(&format!("test{number}")).await
    }

    /// Makes an empty database of this name with an owner of the same name, and returns its URL. The name must be one
    /// lower-case word.
    pub async fn named_database(&self, name: &str) -> String {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
        let mut admin = PgConnection::connect(&self.admin()).await.unwrap();
        for statement in [
            format!("CREATE ROLE {name} LOGIN PASSWORD 'secret'"),
            format!("CREATE DATABASE {name} OWNER {name}"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut admin).await.unwrap();
        }
        format!("postgres://{name}:secret@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn tool(name: &str) -> String {
    let versions: Vec<_> =
        (13..=20).rev().map(|version| format!("/usr/lib/postgresql/{version}/bin/{name}")).collect();
    let mut candidates: Vec<_> = versions.iter().map(String::as_str).collect();
    candidates.push(name);
    program(&candidates, INSTALL)
}

fn prefix() -> Vec<&'static str> {
    if is_root() { vec!["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] } else { vec![] }
}

fn as_server(tool: &str) -> Command {
    match prefix().split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(tool);
            command
        }
        None => Command::new(tool),
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
