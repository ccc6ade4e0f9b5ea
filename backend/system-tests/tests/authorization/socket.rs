//! Raw Socket.IO v5 over a WebSocket: sends what no client of ours sends, and records events by name.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use system_tests::wait;
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use wire::event::{Notification, names};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Open socket, with every event since it was opened.
#[derive(Debug)]
pub(crate) struct RawSocket {
    events: Arc<Mutex<Vec<(String, Value)>>>,
    packets: mpsc::UnboundedSender<String>,
    task: JoinHandle<()>,
}

impl RawSocket {
    /// Connects to a hub, and returns once the rooms are joined, or the reason for which the hub refused.
    pub(crate) async fn open(hub: &str, token: Option<&str>) -> Result<Self, String> {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", hub.replacen("http", "ws", 1));
        let (mut stream, _) = connect_async(url).await.map_err(|error| error.to_string())?;
        // Engine.IO: 0 open, 2 ping, 3 pong, 4 message. Socket.IO in a message: 0 connect, 1 disconnect, 2 event, 4 refused.
        next(&mut stream).await.ok_or("closed before it was open")?;
        let auth = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
        stream.send(Message::text(format!("40{auth}"))).await.map_err(|error| error.to_string())?;
        let answer = loop {
            let packet = next(&mut stream).await.ok_or("closed without a reason")?;
            if packet != "2" {
                break packet;
            }
            stream.send(Message::text("3")).await.map_err(|error| error.to_string())?;
        };
        if !answer.starts_with("40") {
            return Err(answer);
        }
        let events = Arc::default();
        let (packets, to_send) = mpsc::unbounded_channel();
        let task = tokio::spawn(run(stream, Arc::clone(&events), to_send));
        let socket = Self { events, packets, task };
        wait::until("the rooms to be joined", async || {
            let is_over = socket.is_closed() || socket.names().contains(names::READY);
            if is_over { Ok(()) } else { Err(socket.names()) }
        })
        .await;
        if socket.is_closed() { Err("closed before it was ready".to_owned()) } else { Ok(socket) }
    }

    /// Returns the bodies of all events of this name, in their order.
    pub(crate) fn heard(&self, name: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|(heard, _)| heard == name).map(|(_, body)| body.clone()).collect()
    }

    /// Waits for an event of this name.
    pub(crate) async fn hears(&self, name: &str) {
        wait::until(&format!("to hear {name}"), async || {
            if self.names().contains(name) { Ok(()) } else { Err(self.names()) }
        })
        .await;
    }

    /// Returns the notifications so far.
    pub(crate) fn notifications(&self) -> Vec<Notification> {
        let bodies = self.heard(names::NOTIFICATION).into_iter();
        bodies.map(|body| serde_json::from_value(body).unwrap()).collect()
    }

    /// Returns the names of all events so far.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.events.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Sends an event to the hub.
    pub(crate) fn says(&self, name: &str, body: &Value) {
        // A closed connection is seen by `is_closed`.
        let _ = self.packets.send(format!("42{}", json!([name, body])));
    }

    /// Returns whether the hub has closed the connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for RawSocket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    mut stream: Stream,
    events: Arc<Mutex<Vec<(String, Value)>>>,
    mut to_send: mpsc::UnboundedReceiver<String>,
) {
    loop {
        let reply = tokio::select! {
            Some(packet) = to_send.recv() => packet,
            packet = next(&mut stream) => match packet.as_deref() {
                Some("2") => "3".to_owned(),
                None | Some("41") => return,
                Some(packet) => {
                    if let Some(event) = packet.strip_prefix("42") {
                        let (name, body) = event_of(event);
                        events.lock().unwrap().push((name, body));
                    }
                    continue;
                }
            },
        };
        if stream.send(Message::text(reply)).await.is_err() {
            return;
        }
    }
}

fn event_of(text: &str) -> (String, Value) {
    let mut parts: Vec<Value> = serde_json::from_str(text).unwrap();
    let body = if parts.len() > 1 { parts.remove(1) } else { Value::Null };
    (parts[0].as_str().unwrap().to_owned(), body)
}

async fn next(stream: &mut Stream) -> Option<String> {
    loop {
        match stream.next().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Close(_) => return None,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
