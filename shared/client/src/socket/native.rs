//! Socket of a program: Socket.IO v5 on Engine.IO v4, over a WebSocket, in a task of its own.
//!
//! Engine.IO packets begin with 0 open, 1 close, 2 ping, 3 pong, 4 message; Socket.IO packets, within a message, with
//! 0 connect, 1 disconnect, 2 event, 4 refused. So `42["stock",{…}]` is an event.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message as WebSocketMessage,
};
use wire::event::names;

use super::{ConnectionState, LONGEST_RECONNECT_DELAY, Message, OnMessage, RESYNC_PERIOD, Verdict, judge};
use crate::{
    api::Client,
    platform, random,
    session::{Change, SessionListener},
};

/// Deadline for a connection, its first packets, and each packet sent.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Number of session changes so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Changes {
    /// Changes to another user, or to nobody.
    users: u64,
    /// New tokens of the same user.
    renewals: u64,
}

/// Connection that is kept up until it is dropped.
pub(crate) struct Socket {
    task: JoinHandle<()>,
    _listener: SessionListener,
}

impl Socket {
    #[expect(clippy::disallowed_methods, reason = "a client is not a service")]
    pub(crate) fn open(client: &Client, on_message: OnMessage) -> Self {
        let (sender, changes) = watch::channel(Changes::default());
        let sender = Arc::new(sender);
        let listener = client.session().listen(move |change: &Change| {
            sender.send_modify(|changes| {
                if change.is_renewal {
                    changes.renewals += 1;
                } else {
                    changes.users += 1;
                }
            });
        });
        let connection = Connection { client: client.clone(), on_message, changes, state: None, used: None };
        Self { task: tokio::spawn(connection.run()), _listener: listener }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// End of a connection.
enum End {
    /// It was lost, or never made; `was_ready` if its rooms were joined.
    Lost {
        /// True if the rooms were joined.
        was_ready: bool,
    },
    /// The hub refused it for this reason.
    Refused(String),
    /// Another user is signed in now, or nobody.
    UserChanged,
}

struct Connection {
    client: Client,
    on_message: OnMessage,
    changes: watch::Receiver<Changes>,
    state: Option<ConnectionState>,
    /// Token of the present connection.
    used: Option<String>,
}

impl Connection {
    fn report(&mut self, state: ConnectionState) {
        if self.state.replace(state) != Some(state) {
            (self.on_message)(Message::State(state));
        }
    }

    async fn run(mut self) {
        self.report(ConnectionState::Connecting);
        let (mut failures, mut refused) = (0, false);
        loop {
            let before = *self.changes.borrow_and_update();
            let end = match self.connect(before).await {
                Ok(never) => match never {},
                Err(end) => end,
            };
            let delay = match end {
                End::UserChanged => {
                    (failures, refused) = (0, false);
                    self.report(ConnectionState::Connecting);
                    continue;
                }
                End::Lost { was_ready } => {
                    if was_ready {
                        (failures, refused) = (0, false);
                    }
                    self.report(ConnectionState::Reconnecting);
                    random::backoff(failures, LONGEST_RECONNECT_DELAY)
                }
                End::Refused(reason) => {
                    let used = self.used.take();
                    match judge(&self.client, &reason, used, refused, failures).await {
                        Verdict::RetryNow => {
                            refused = true;
                            continue;
                        }
                        Verdict::Anonymous => {
                            self.report(ConnectionState::Refused);
                            self.report(ConnectionState::Connecting);
                            continue;
                        }
                        Verdict::RetryLater(state, delay) => {
                            self.report(state);
                            delay
                        }
                    }
                }
            };
            failures += 1;
            tokio::select! {
                () = platform::sleep(delay) => {}
                () = user_changed(&mut self.changes, before) => {
                    (failures, refused) = (0, false);
                    self.report(ConnectionState::Connecting);
                }
            }
        }
    }

    /// Connects, and receives until the connection ends.
    async fn connect(&mut self, before: Changes) -> Result<Infallible, End> {
        let token = self.client.socket_token().await;
        self.used.clone_from(&token);
        let origin = self.client.socket_origin().replacen("http", "ws", 1);
        let url = format!("{origin}/socket.io/?EIO=4&transport=websocket");
        let connecting = timeout(HANDSHAKE_TIMEOUT, connect_async(url)).await.map_err(lost)?;
        let (mut stream, _) = connecting.map_err(lost)?;
        let first = timeout(HANDSHAKE_TIMEOUT, next_text(&mut stream)).await.map_err(lost)?;
        let idle_timeout = first.as_deref().and_then(|text| text.strip_prefix('0')).and_then(idle_timeout);
        let idle_timeout = idle_timeout.ok_or(End::Lost { was_ready: false })?;
        let auth = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
        send(&mut stream, format!("40{auth}")).await?;
        self.receive(&mut stream, idle_timeout, before).await
    }

    /// Receives until nothing has arrived for longer than the hub's pings allow.
    async fn receive(
        &mut self,
        stream: &mut Stream,
        idle_timeout: Duration,
        before: Changes,
    ) -> Result<Infallible, End> {
        let (mut ready, mut resync_at, mut renewals) = (false, None, before.renewals);
        loop {
            let text = tokio::select! {
                received = timeout(idle_timeout, next_text(stream)) => match received {
                    Ok(Some(text)) => text,
                    Ok(None) | Err(_) => return Err(End::Lost { was_ready: ready }),
                },
                changed = self.changes.changed() => {
                    let now = *self.changes.borrow_and_update();
                    if changed.is_err() || now.users != before.users {
                        return Err(End::UserChanged);
                    }
                    if ready && now.renewals != renewals {
                        renewals = now.renewals;
                        self.renew(stream).await?;
                    }
                    continue;
                }
                () = sleep_until(resync_at.unwrap_or_else(Instant::now)), if resync_at.is_some() => {
                    resync_at = None;
                    (self.on_message)(Message::Resync);
                    continue;
                }
            };
            if text == "2" {
                send(stream, "3".to_owned()).await?;
            } else if let Some(error) = text.strip_prefix("44") {
                return Err(End::Refused(refusal_reason(error)));
            } else if text == "41" || text == "1" {
                return Err(End::Lost { was_ready: ready });
            } else if let Some((name, body)) = text.strip_prefix("42").and_then(parse_event) {
                match name.as_str() {
                    names::READY => {
                        ready = true;
                        self.report(ConnectionState::Connected);
                        (self.on_message)(Message::Ready);
                        if self.client.session().token() != self.used {
                            self.renew(stream).await?;
                        }
                    }
                    names::RESYNC => {
                        let delay = RESYNC_PERIOD.mul_f64(random::unit());
                        resync_at.get_or_insert_with(|| Instant::now() + delay);
                    }
                    _ => (self.on_message)(Message::Event { name, body }),
                }
            }
        }
    }

    /// Sends the newest token to the hub.
    async fn renew(&mut self, stream: &mut Stream) -> Result<(), End> {
        let Some(token) = self.client.session().token() else { return Ok(()) };
        let packet = format!("42{}", json!([names::RENEW, { "token": token }]));
        self.used = Some(token);
        send(stream, packet).await
    }
}

/// Maps an error before the rooms were joined.
fn lost<E>(_: E) -> End {
    End::Lost { was_ready: false }
}

/// Waits until another user is signed in than `before`.
async fn user_changed(changes: &mut watch::Receiver<Changes>, before: Changes) {
    // The sender lives as long as the socket.
    let _ = changes.wait_for(|now| now.users != before.users).await;
}

async fn send(stream: &mut Stream, packet: String) -> Result<(), End> {
    let sending = stream.send(WebSocketMessage::text(packet));
    timeout(HANDSHAKE_TIMEOUT, sending).await.map_err(lost)?.map_err(lost)
}

/// Receives the next text; `None` when the connection is over.
async fn next_text(stream: &mut Stream) -> Option<String> {
    loop {
        match stream.next().await?.ok()? {
            WebSocketMessage::Text(text) => return Some(text.to_string()),
            WebSocketMessage::Close(_) => return None,
            WebSocketMessage::Binary(_)
            | WebSocketMessage::Ping(_)
            | WebSocketMessage::Pong(_)
            | WebSocketMessage::Frame(_) => {}
        }
    }
}

/// Reads the longest gap between two packets of the hub from its open packet.
fn idle_timeout(open: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Open {
        ping_interval: u64,
        ping_timeout: u64,
    }
    let open: Open = serde_json::from_str(open).ok()?;
    Some(Duration::from_millis(open.ping_interval.saturating_add(open.ping_timeout)))
}

/// Reads the reason of a refusal.
fn refusal_reason(error: &str) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    serde_json::from_str(error).map(|refusal: Refusal| refusal.message).unwrap_or_default()
}

/// Reads the name and the body of an event.
fn parse_event(text: &str) -> Option<(String, String)> {
    let mut parts: Vec<Value> = serde_json::from_str(text).ok()?;
    let body = if parts.len() > 1 { parts.swap_remove(1) } else { Value::Null };
    Some((parts.first()?.as_str()?.to_owned(), body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_the_hub_are_read() {
        let open =
            r#"{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}"#;
        assert_eq!(idle_timeout(open), Some(Duration::from_secs(45)));
        assert_eq!(refusal_reason(r#"{"message":"bad_token"}"#), "bad_token");
        assert_eq!(parse_event(r#"["menu"]"#), Some(("menu".to_owned(), "null".to_owned())));
        assert_eq!(
            parse_event(r#"["ready",{"userId":null}]"#),
            Some(("ready".to_owned(), r#"{"userId":null}"#.to_owned()))
        );
        assert_eq!((parse_event("[]"), parse_event("[1]"), parse_event("x")), (None, None, None));
    }
}
