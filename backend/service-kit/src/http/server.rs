//! The HTTP server with its limits: a cap on connections, a timer on headers, a drain at the end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Semaphore,
};

use crate::{
    config::{Check, ConfigError, within},
    http::FrameConfig,
    tasks::Tasks,
};

/// The limits of a service's HTTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Connections at once; further ones wait to be accepted. 1 to 100,000.
    pub max_connections: usize,
    /// Requests under way at once; further ones are answered with 503. 1 to 100,000.
    pub max_in_flight: usize,
    /// How long a client may take to send its headers, in ms. 100 to 600,000.
    pub header_timeout_ms: u64,
    /// Deadline of a request in ms: 100 to 600,000, and longer than the gateway's `confirm_deadline_ms`.
    pub deadline_ms: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { max_connections: 10_000, max_in_flight: 4_096, header_timeout_ms: 10_000, deadline_ms: 10_000 }
    }
}

impl Check for HttpConfig {
    fn check(&self) -> Result<(), ConfigError> {
        within("http.max_connections", self.max_connections, 1..=100_000)?;
        within("http.max_in_flight", self.max_in_flight, 1..=100_000)?;
        within("http.header_timeout_ms", self.header_timeout_ms, 100..=600_000)?;
        within("http.deadline_ms", self.deadline_ms, 100..=600_000)
    }
}

impl HttpConfig {
    /// The bounds that the frame keeps.
    pub fn frame(&self) -> FrameConfig {
        FrameConfig { deadline: Duration::from_millis(self.deadline_ms), max_in_flight: self.max_in_flight }
    }
}

/// How many connections may wait until they are accepted; the system's own bound (`net.core.somaxconn`) may be lower.
/// Students come all at once, and whoever finds no room hears nothing and tries again a second later.
const BACKLOG: u32 = 4096;

/// Listens, with room for many who connect at the same moment.
///
/// # Errors
/// The address cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted service takes its port again though old connections linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the group is asked to stop, then lets the requests under way finish.
pub async fn serve(listener: TcpListener, router: Router, config: &HttpConfig, tasks: &Tasks) {
    let places = Arc::new(Semaphore::new(config.max_connections));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(config.header_timeout_ms))
        .max_buf_size(64 * 1024)
        .keep_alive(true);
    loop {
        let accepted = tokio::select! {
            biased;
            () = tasks.stopping() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: others have to close first.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let group = tasks.clone();
        tasks.spawn_conversation(async move {
            let _place = place;
            tokio::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = group.stopping() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn many_can_connect_before_anybody_is_accepted() {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let all = futures_util::future::join_all((0..400).map(|_| TcpStream::connect(address)));
        // Who finds no room is never heard here, as nobody is accepted.
        let streams = tokio::time::timeout(Duration::from_secs(30), all).await.unwrap();
        assert!(streams.iter().all(Result::is_ok));
    }
}
