//! A Socket.IO v5 connection over WebSocket, packet by packet.

use std::{collections::BTreeMap, time::Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use system_tests::shape::System;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use wire::ops::ServiceName;

use crate::{TIMEOUT, http::packet};

/// Recorded in place of an event that did not come in time.
pub(crate) const NOTHING_MORE: &str = "nothing more";

/// An open connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that were received and not recorded yet: names and bodies.
    events: Vec<(String, Value)>,
}

impl Socket {
    /// Connects, sends the handshake, and returns what the hub answered up to `ready` or a refusal.
    pub(crate) async fn open(system: &System, handshake: &str) -> (Self, Value) {
        let url = system.url(ServiceName::NotificationHub).replacen("http", "ws", 1);
        let (stream, _) = connect_async(format!("{url}/socket.io/?EIO=4&transport=websocket")).await.unwrap();
        let mut socket = Self { stream, events: Vec::new() };
        let mut packets = vec![packet(&socket.next().await.unwrap())];
        socket.send(&format!("40{handshake}")).await;
        loop {
            let text = socket.next().await;
            let Some(text) = text else {
                packets.push(json!("closed"));
                break;
            };
            let received = packet(&text);
            match event(&received) {
                None => packets.push(received.clone()),
                Some((name, body)) if name == "ready" => {
                    packets.push(json!({ "event": name, "body": body }));
                    break;
                }
                // Stock levels and the board are published at any time.
                Some(other) => socket.events.push(other),
            }
            if received["packet"] == "44" {
                break;
            }
        }
        (socket, Value::Array(packets))
    }

    /// Sends a packet.
    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// Returns the events of a name that match `only`, up to the one that matches `until`.
    pub(crate) async fn receive(
        &mut self,
        name: &str,
        only: &BTreeMap<String, Value>,
        until: &BTreeMap<String, Value>,
    ) -> Vec<Value> {
        let (mut found, started) = (Vec::new(), Instant::now());
        let mut known = std::mem::take(&mut self.events).into_iter();
        loop {
            let (event, body) = match known.next() {
                Some(known) => known,
                None => match self.next().await.map(|text| packet(&text)) {
                    Some(received) if started.elapsed() < TIMEOUT => match event(&received) {
                        Some(event) => event,
                        None => continue,
                    },
                    Some(_) | None => {
                        found.push(json!(NOTHING_MORE));
                        return found;
                    }
                },
            };
            if event != name || !matches(&body, only) {
                self.events.push((event, body));
                continue;
            }
            let last = matches(&body, until);
            found.push(body);
            if last {
                self.events.extend(known);
                return found;
            }
        }
    }

    /// Reads up to the disconnect packet, and returns the packets other than events.
    pub(crate) async fn close(&mut self) -> Value {
        let (mut packets, started) = (Vec::new(), Instant::now());
        while let Some(text) = self.next().await.filter(|_| started.elapsed() < TIMEOUT) {
            let received = packet(&text);
            let last = received["packet"] == "41";
            if event(&received).is_none() {
                packets.push(received);
            }
            if last {
                break;
            }
        }
        Value::Array(packets)
    }

    /// Returns the next packet, or nothing once the connection is closed or silent for long. Pings are answered.
    async fn next(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(TIMEOUT, self.stream.next()).await.ok()??.ok()? {
                Message::Text(text) if text.as_str() == "2" => self.send("3").await,
                Message::Text(text) => return Some(text.to_string()),
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}

fn event(packet: &Value) -> Option<(String, Value)> {
    let name = packet["data"][0].as_str().filter(|_| packet["packet"] == "42")?;
    Some((name.to_owned(), packet["data"].get(1).cloned().unwrap_or(Value::Null)))
}

/// Returns whether the value has all of these at their pointers.
pub(crate) fn matches(value: &Value, wanted: &BTreeMap<String, Value>) -> bool {
    wanted.iter().all(|(pointer, wanted)| value.pointer(pointer) == Some(wanted))
}
