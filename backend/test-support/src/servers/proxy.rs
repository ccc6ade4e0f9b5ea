//! A TCP proxy: spreads connections over replicas, and can cut them off.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// State of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// As it should be.
    Good,
    /// Connections are closed, and new ones refused as far as a proxy can: closed at once.
    Cut,
    /// Nothing passes, and nobody is told: what is sent waits.
    Silent,
}

/// A proxy on a free port of loopback. Dropping it ends its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    upstreams: Arc<RwLock<Vec<String>>>,
    network: watch::Sender<Network>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// In front of these addresses, as in `127.0.0.1:5432`. Each connection goes to the next one that takes it.
    pub async fn start(upstreams: Vec<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstreams = Arc::new(RwLock::new(upstreams));
        let network = watch::Sender::new(Network::Good);
        let (known, changes) = (Arc::clone(&upstreams), network.clone());
        #[expect(clippy::disallowed_methods, reason = "a test's own, ended when the proxy is dropped")]
        let accepting = tokio::spawn(async move {
            let mut conversations = JoinSet::new();
            for turn in 0.. {
                let Ok((client, _)) = listener.accept().await else { continue };
                while conversations.try_join_next().is_some() {}
                let known = known.read().unwrap_or_else(PoisonError::into_inner).clone();
                conversations.spawn(carry(client, known, turn, changes.subscribe()));
            }
        });
        Self { port, upstreams, network, accepting }
    }

    /// Returns its address, as in `127.0.0.1:5432`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sets how the network is from now on.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// Sends new connections to these from now on.
    pub fn lead_to(&self, upstreams: Vec<String>) {
        *self.upstreams.write().unwrap_or_else(PoisonError::into_inner) = upstreams;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(
    client: TcpStream,
    upstreams: Vec<String>,
    turn: usize,
    mut network: watch::Receiver<Network>,
) {
    if network.wait_for(|now| *now != Network::Silent).await.is_ok_and(|now| *now == Network::Cut) {
        return;
    }
    let mut server = None;
    for tried in 0..upstreams.len() {
        let address = &upstreams[(turn + tried) % upstreams.len()];
        let connecting = tokio::time::timeout(Duration::from_secs(2), TcpStream::connect(address));
        if let Ok(Ok(stream)) = connecting.await {
            server = Some(stream);
            break;
        }
    }
    let Some(server) = server else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut cut = network.clone();
    tokio::select! {
        _ = cut.wait_for(|now| *now == Network::Cut) => {}
        () = async {
            tokio::join!(
                pass(from_client, to_server, network.clone()),
                pass(from_server, to_client, network.clone()),
            );
        } => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut network: watch::Receiver<Network>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if network.wait_for(|now| *now != Network::Silent).await.is_err() {
            break;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
