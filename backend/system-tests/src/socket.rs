//! A small Socket.IO v5 client over WebSocket: it connects, authenticates, and remembers what it hears.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use wire::event::{Notification, names};

use crate::wait;

/// How long a hub may take to join a socket's rooms.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open ear: everything that the hub said, in order.
#[derive(Debug)]
pub struct Ear {
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    mouth: mpsc::UnboundedSender<String>,
    listening: JoinHandle<()>,
}

impl Ear {
    /// Connects to a hub, and returns once it has said `ready`, or what it said instead.
    ///
    /// # Errors
    /// The connection was refused, with the hub's words.
    #[expect(clippy::disallowed_methods, reason = "a client of the scenario, not a task of a service")]
    pub async fn open(hub: &str, token: Option<&str>) -> Result<Self, String> {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", hub.replacen("http", "ws", 1));
        let (mut wire, _) = connect_async(url).await.map_err(|error| error.to_string())?;
        // Engine.IO: 0 open, 2 ping, 3 pong, 4 message. Socket.IO in a message: 0 connect, 1 disconnect, 2 event, 4 refused.
        next(&mut wire).await.ok_or("closed before it was open")?;
        let hello = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
        wire.send(Message::text(format!("40{hello}"))).await.map_err(|error| error.to_string())?;
        let answer = loop {
            let said = next(&mut wire).await.ok_or("closed without a word")?;
            if said != "2" {
                break said;
            }
            wire.send(Message::text("3")).await.map_err(|error| error.to_string())?;
        };
        if !answer.starts_with("40") {
            return Err(answer);
        }
        let heard = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&heard);
        let (mouth, mut to_say) = mpsc::unbounded_channel::<String>();
        let listening = tokio::spawn(async move {
            loop {
                let text = tokio::select! {
                    Some(words) = to_say.recv() => match wire.send(Message::text(words)).await {
                        Ok(()) => continue,
                        Err(_) => return,
                    },
                    text = next(&mut wire) => match text {
                        Some(text) => text,
                        None => return,
                    },
                };
                if text == "2" {
                    if wire.send(Message::text("3")).await.is_err() {
                        return;
                    }
                } else if text == "41" {
                    return;
                } else if let Some(event) = text.strip_prefix("42")
                    && let Ok(Value::Array(mut parts)) = serde_json::from_str(event)
                {
                    let body = if parts.len() > 1 { parts.remove(1) } else { Value::Null };
                    let name = parts[0].as_str().unwrap_or_default().to_owned();
                    memory.lock().unwrap().push((name, body));
                }
            }
        });
        let ear = Self { heard, mouth, listening };
        let ready = async {
            while ear.heard(names::READY).is_empty() && !ear.is_closed() {
                wait::pass(LOOK).await;
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.map_err(|_| "never ready")?;
        if ear.heard(names::READY).is_empty() {
            Err("closed before it was ready".to_owned())
        } else {
            Ok(ear)
        }
    }

    /// Everything heard so far of this name, in order.
    pub fn heard(&self, name: &str) -> Vec<Value> {
        let all = self.heard.lock().unwrap();
        all.iter().filter(|(heard, _)| heard == name).map(|(_, body)| body.clone()).collect()
    }

    /// Everything heard after the first `known`, with its names.
    pub fn since(&self, known: usize) -> Vec<(String, Value)> {
        self.heard.lock().unwrap().iter().skip(known).cloned().collect()
    }

    /// Waits until something of this name was heard, and returns the last.
    pub async fn hears(&self, name: &str) -> Value {
        wait::until(&format!("to hear {name}"), async || {
            self.heard(name).pop().ok_or_else(|| self.heard.lock().unwrap().clone())
        })
        .await
    }

    /// The notifications heard so far.
    pub fn notifications(&self) -> Vec<Notification> {
        self.heard(names::NOTIFICATION)
            .into_iter()
            .map(|body| serde_json::from_value(body).unwrap())
            .collect()
    }

    /// The names of all that was heard so far.
    pub fn names(&self) -> BTreeSet<String> {
        self.heard.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Sends an event to the hub.
    pub fn says(&self, name: &str, body: &Value) {
        // A connection that is closed is seen by `is_closed`.
        let _ = self.mouth.send(format!("42{}", json!([name, body])));
    }

    /// Whether the hub has closed the connection.
    pub fn is_closed(&self) -> bool {
        self.listening.is_finished()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn next(wire: &mut Wire) -> Option<String> {
    loop {
        match wire.next().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Close(_) => return None,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
