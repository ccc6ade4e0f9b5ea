//! A private Redis server. It keeps nothing on disk: what it knows are hints.

use redis::Client;
use tempfile::TempDir;

use super::{
    free_port,
    guard::{Guard, program},
};
use crate::wait::until;

const INSTALL: &str = "apt-get install redis-server";

/// A server.
#[derive(Debug)]
pub struct Redis {
    guard: Option<Guard>,
    port: u16,
    folder: TempDir,
}

impl Redis {
    /// Starts one.
    pub async fn start() -> Self {
        let mut server =
            Self { guard: None, port: free_port(), folder: TempDir::with_prefix("redis-").unwrap() };
        server.restart().await;
        server
    }

    /// Starts it again on the same port, empty, after [`Redis::kill`], and waits until it answers.
    pub async fn restart(&mut self) {
        let server = program(&["redis-server"], INSTALL);
        let port = self.port.to_string();
        let command = [&*server, "--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        self.guard = None;
        self.guard = Some(Guard::start(&command, &[], self.folder.path()));
        let client = self.client();
        until("Redis", async || {
            let answer =
                client.get_connection().and_then(|mut it| redis::cmd("PING").query::<String>(&mut it));
            answer.map(drop).map_err(|error| error.to_string())
        })
        .await;
    }

    /// Ends it at once; what it knew is gone.
    pub fn kill(&mut self) {
        self.guard = None;
    }

    /// Stops it where it stands (SIGSTOP). No thread of it runs when this returns.
    pub fn pause(&self) {
        self.guard.as_ref().unwrap().pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.guard.as_ref().unwrap().resume();
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.guard.as_ref().unwrap().pid()
    }

    /// Makes it forget everything.
    pub fn flush_all(&self) {
        redis::cmd("FLUSHALL").exec(&mut self.client().get_connection().unwrap()).unwrap();
    }

    /// Returns its address, as in `127.0.0.1:6379`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn client(&self) -> Client {
        Client::open(self.url()).unwrap()
    }
}
