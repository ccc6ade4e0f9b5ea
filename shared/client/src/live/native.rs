//! The line of a program: Socket.IO v5 on Engine.IO v4, over a WebSocket, in a task of its own.
//!
//! Engine.IO's packets begin with 0 open, 1 close, 2 ping, 3 pong, 4 message; Socket.IO's, within a message, with
//! 0 connect, 1 disconnect, 2 event, 4 refused. So `42["stock",{…}]` is an event.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use wire::event::names;

use super::{LONGEST_REST, LiveEvent, LiveState, RESYNC_SPREAD, Understands, Verdict, judge};
use crate::{
    api::Client,
    chance, platform,
    session::{Change, Link},
};

/// How long a connection, and its first words, may take.
const GREETING: Duration = Duration::from_secs(10);

type OnEvent = Box<dyn Fn(LiveEvent) + Send + Sync>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How often the session has changed: to somebody else, and to a new token of the same person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Changes {
    others: u64,
    renewals: u64,
}

/// A line that is kept up until it is dropped.
pub(super) struct Line {
    task: JoinHandle<()>,
    _link: Arc<Link>,
}

impl Line {
    #[expect(clippy::disallowed_methods, reason = "a client is no service")]
    pub(super) fn open(client: &Client, understands: Understands, on_event: OnEvent) -> Self {
        let (tell, changes) = watch::channel(Changes::default());
        let link: Arc<Link> = Arc::new(move |change| {
            tell.send_modify(|changes| match change {
                Change::Renewed => changes.renewals += 1,
                Change::Other => changes.others += 1,
            });
        });
        client.session().link(Arc::downgrade(&link));
        let talk = Talk { client: client.clone(), understands, on_event, changes, state: None, used: None };
        Self { task: tokio::spawn(talk.go_on()), _link: link }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a connection ended.
enum End {
    /// It was lost, or never there. Whether it had been ready.
    Lost(bool),
    /// The hub has not let it in, and why.
    Refused(String),
    /// Somebody else is signed in now, or nobody.
    Changed,
}

struct Talk {
    client: Client,
    understands: Understands,
    on_event: OnEvent,
    changes: watch::Receiver<Changes>,
    state: Option<LiveState>,
    /// The token of the present connection.
    used: Option<String>,
}

impl Talk {
    fn is_now(&mut self, state: LiveState) {
        if self.state.replace(state) != Some(state) {
            (self.on_event)(LiveEvent::State(state));
        }
    }

    async fn go_on(mut self) {
        self.is_now(LiveState::Connecting);
        let (mut failures, mut refused) = (0, false);
        loop {
            let began = *self.changes.borrow_and_update();
            let end = match self.connect(began).await {
                Ok(never) => match never {},
                Err(end) => end,
            };
            let rest = match end {
                End::Changed => {
                    (failures, refused) = (0, false);
                    self.is_now(LiveState::Connecting);
                    continue;
                }
                End::Lost(was_ready) => {
                    if was_ready {
                        (failures, refused) = (0, false);
                    }
                    self.is_now(LiveState::Reconnecting);
                    chance::rest(failures, LONGEST_REST, chance::dice())
                }
                End::Refused(why) => {
                    let verdict = judge(&self.client, &why, self.used.take(), refused, failures).await;
                    match verdict {
                        Verdict::AtOnce => {
                            refused = true;
                            continue;
                        }
                        Verdict::AsNobody => {
                            self.is_now(LiveState::Refused);
                            self.is_now(LiveState::Connecting);
                            continue;
                        }
                        Verdict::Later(state, rest) => {
                            self.is_now(state);
                            rest
                        }
                    }
                }
            };
            failures += 1;
            tokio::select! {
                () = platform::pause(rest) => {}
                () = somebody_else(&mut self.changes, began) => {
                    (failures, refused) = (0, false);
                    self.is_now(LiveState::Connecting);
                }
            }
        }
    }

    /// Connects, and listens until that ends.
    async fn connect(&mut self, began: Changes) -> Result<std::convert::Infallible, End> {
        // A token that ends, and no other to be had: the hub judges the one there is.
        let token = self.client.token().await.unwrap_or_else(|_| self.client.session().token());
        self.used.clone_from(&token);
        let url = format!(
            "{}/socket.io/?EIO=4&transport=websocket",
            self.client.endpoints().socket().replacen("http", "ws", 1)
        );
        let (mut socket, _) = timeout(GREETING, connect_async(url)).await.map_err(lost)?.map_err(lost)?;
        let open = timeout(GREETING, next(&mut socket)).await.map_err(lost)?.ok_or(End::Lost(false))?;
        let patience = open.strip_prefix('0').and_then(patience).ok_or(End::Lost(false))?;
        let hello = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
        say(&mut socket, format!("40{hello}")).await?;
        self.listen(&mut socket, patience, began).await
    }

    /// Hears until nothing was heard for longer than the hub's pings allow.
    async fn listen(
        &mut self,
        socket: &mut Socket,
        patience: Duration,
        began: Changes,
    ) -> Result<std::convert::Infallible, End> {
        let (mut ready, mut resync_at, mut renewals) = (false, None, began.renewals);
        loop {
            let text = tokio::select! {
                heard = timeout(patience, next(socket)) => match heard {
                    Ok(Some(text)) => text,
                    Ok(None) | Err(_) => return Err(End::Lost(ready)),
                },
                changed = self.changes.changed() => {
                    let now = *self.changes.borrow_and_update();
                    if changed.is_err() || now.others != began.others {
                        return Err(End::Changed);
                    }
                    if ready && now.renewals != renewals {
                        renewals = now.renewals;
                        self.renew(socket).await?;
                    }
                    continue;
                }
                () = sleep_until(resync_at.unwrap_or_else(Instant::now)), if resync_at.is_some() => {
                    resync_at = None;
                    (self.on_event)(LiveEvent::Resync);
                    continue;
                }
            };
            if text == "2" {
                say(socket, "3".to_owned()).await?;
            } else if let Some(error) = text.strip_prefix("44") {
                return Err(End::Refused(why(error)));
            } else if text == "41" || text == "1" {
                return Err(End::Lost(ready));
            } else if let Some((name, body)) = text.strip_prefix("42").and_then(event) {
                match name.as_str() {
                    names::READY => {
                        ready = true;
                        self.is_now(LiveState::Live);
                        (self.on_event)(LiveEvent::Ready);
                        if self.client.session().token() != self.used {
                            self.renew(socket).await?;
                        }
                    }
                    names::RESYNC => {
                        let after = RESYNC_SPREAD.mul_f64(chance::dice());
                        resync_at.get_or_insert_with(|| Instant::now() + after);
                    }
                    name => {
                        if let Some(event) = (self.understands)(name, &body) {
                            (self.on_event)(event);
                        }
                    }
                }
            }
        }
    }

    /// Shows the hub the newest token.
    async fn renew(&mut self, socket: &mut Socket) -> Result<(), End> {
        let Some(token) = self.client.session().token() else { return Ok(()) };
        let words = format!("42{}", json!([names::RENEW, { "token": token }]));
        self.used = Some(token);
        say(socket, words).await
    }
}

/// Before it was ready.
fn lost<E>(_: E) -> End {
    End::Lost(false)
}

/// Waits until somebody else is signed in than was.
async fn somebody_else(changes: &mut watch::Receiver<Changes>, began: Changes) {
    // The sender lives as long as the line.
    let _ = changes.wait_for(|now| now.others != began.others).await;
}

async fn say(socket: &mut Socket, words: String) -> Result<(), End> {
    timeout(GREETING, socket.send(Message::text(words))).await.map_err(lost)?.map_err(lost)
}

/// The next text; `None` when the connection is over.
async fn next(socket: &mut Socket) -> Option<String> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Close(_) => return None,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// How long the hub may be silent, by its own account.
fn patience(open: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Open {
        ping_interval: u64,
        ping_timeout: u64,
    }
    let open: Open = serde_json::from_str(open).ok()?;
    Some(Duration::from_millis(open.ping_interval.saturating_add(open.ping_timeout)))
}

/// Why the hub has refused a connection.
fn why(error: &str) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    serde_json::from_str(error).map(|refusal: Refusal| refusal.message).unwrap_or_default()
}

/// The name and the body of an event.
fn event(text: &str) -> Option<(String, String)> {
    let mut parts: Vec<Value> = serde_json::from_str(text).ok()?;
    let body = if parts.len() > 1 { parts.swap_remove(1) } else { Value::Null };
    Some((parts.first()?.as_str()?.to_owned(), body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_says_is_read() {
        let open =
            r#"{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}"#;
        assert_eq!(patience(open), Some(Duration::from_secs(45)));
        assert_eq!(why(r#"{"message":"bad_token"}"#), "bad_token");
        assert_eq!(event(r#"["menu"]"#), Some(("menu".to_owned(), "null".to_owned())));
        assert_eq!(
            event(r#"["ready",{"userId":null}]"#),
            Some(("ready".to_owned(), r#"{"userId":null}"#.to_owned()))
        );
        assert_eq!((event("[]"), event("[1]"), event("x")), (None, None, None));
    }
}
