//! A real Caddy with the project's Caddyfile, in front of any services.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use system_tests::{
    smoke,
    system::{Addresses, free_base_port},
    wait,
};
use tempfile::TempDir;
use test_support::servers::free_port;
use wire::ops::ServiceName;

const CADDYFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/Caddyfile");

/// Running Caddy. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Web {
    process: Child,
    base_port: u16,
    tls: Tls,
    folder: TempDir,
    _site: TempDir,
}

/// Ports for the domain `localhost`, whose certificate Caddy issues itself.
#[derive(Debug)]
struct Tls {
    port: u16,
    /// Port that redirects to TLS.
    plain: u16,
}

impl Web {
    /// Starts Caddy in front of these services, on free ports, with one empty page, and waits until it responds. It finds
    /// the replicas by name, as in the containers.
    pub(crate) async fn in_front_of(addresses: &Addresses) -> Self {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("index.html"), "<!doctype html><title>Cafeteria</title>").unwrap();
        Self::showing(site, addresses).await
    }

    /// As [`Web::in_front_of`], with these pages.
    pub(crate) async fn showing(site: TempDir, addresses: &Addresses) -> Self {
        let (folder, base_port) = (tempfile::tempdir().unwrap(), free_base_port());
        let tls = Tls { port: free_port(), plain: free_port() };
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("caddy");
        command
            .args(["run", "--adapter", "caddyfile", "--config", CADDYFILE])
            .env("WEB_ADDRESSES", format!("http://127.0.0.1:{base_port} https://localhost:{}", tls.port))
            .env("HTTP_PORT", tls.plain.to_string())
            .env("WEB_ROOT", site.path())
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        for name in ServiceName::ALL {
            let variable = name.as_str().replace('-', "_").to_uppercase();
            let url: reqwest::Url = addresses.url(name).parse().unwrap();
            let port = base_port + name.port_offset();
            command
                .env(&variable, format!("{} {}", url.host_str().unwrap(), url.port().unwrap()))
                .env(format!("{variable}_ADDRESS"), format!("http://127.0.0.1:{port}"));
        }
        let process = command.spawn().expect("caddy is missing; install it: cargo xtask setup");
        let web = Self { process, base_port, tls, folder, _site: site };
        let client = reqwest::Client::new();
        wait::until("the web to answer", async || {
            match client.get(web.url()).timeout(Duration::from_secs(2)).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.text().await.unwrap_or_default()),
                Err(error) => Err(format!("{error}; {}", web.log())),
            }
        })
        .await;
        web
    }

    /// Returns its origin, as in `http://127.0.0.1:3000`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.base_port)
    }

    /// Returns its origin with TLS.
    pub(crate) fn tls_url(&self) -> String {
        format!("https://localhost:{}", self.tls.port)
    }

    /// Returns the origin of the same domain without TLS.
    pub(crate) fn plain_url(&self) -> String {
        format!("http://localhost:{}", self.tls.plain)
    }

    /// Returns the certificate of the authority that issued its own.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("caddy/pki/authorities/local/root.crt")
    }

    /// Returns the addresses of the services on their own ports of the web.
    pub(crate) fn own_ports(&self) -> Addresses {
        smoke::own_ports("127.0.0.1", self.base_port)
    }

    /// Returns its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns an address at which nobody listens.
pub(crate) fn closed_address() -> String {
    format!("http://127.0.0.1:{}", free_port())
}
