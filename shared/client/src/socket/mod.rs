//! Events pushed by the hub, and the state of the connection to it.
//!
//! `browser` and `native` keep the connection, over the package `socket.io-client` or an own Socket.IO. Both pass on
//! [`Message`]s, which a [`Decoder`] turns into [`Event`]s.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wire::{
    event::{Notification, StockLevel, names},
    kitchen::{Board, Ticket},
    ops::Heartbeat,
};

use crate::{
    api::Client,
    carried::Push,
    platform::{Guard, Portable},
    random,
    transport::Route,
};

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::Socket;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::Socket;

/// Longest delay before a lost connection is tried again.
const LONGEST_RECONNECT_DELAY: Duration = Duration::from_secs(5);
/// Delay before a connection is tried again whose newest token was refused, varied by 20 %.
const REFUSED_DELAY: Duration = Duration::from_secs(30);
/// Period after a `resync` over which clients spread their fetches.
const RESYNC_PERIOD: Duration = Duration::from_secs(2);

/// State of the connection to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// First attempt under way.
    Connecting,
    /// Events arrive.
    Connected,
    /// Lost; attempts continue.
    Reconnecting,
    /// The hub refuses the newest token or this origin. Attempts continue, rarely.
    Refused,
}

/// Message of the socket, or its state, before it is decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The state changed.
    State(ConnectionState),
    /// The rooms are joined.
    Ready,
    /// Something may have been missed.
    Resync,
    /// An event of the hub.
    Event {
        /// Name.
        name: String,
        /// Body in JSON.
        body: String,
    },
}

#[cfg(target_arch = "wasm32")]
pub(crate) type OnMessage = Box<dyn Fn(Message)>;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type OnMessage = Box<dyn Fn(Message) + Send + Sync>;

/// Event of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The state of the connection changed.
    State(ConnectionState),
    /// From here on every event arrives: fetch the snapshots.
    Ready,
    /// One of the own orders changed.
    Notification(Notification),
    /// The portions left of a dish changed.
    Stock(StockLevel),
    /// The menu changed: fetch it.
    Menu,
    /// The pick-up board changed.
    Board(Board),
    /// A ticket of the kitchen changed.
    Ticket(Ticket),
    /// Stats of a replica, for admins.
    Ops(Box<Heartbeat>),
    /// Something may have been missed: fetch the snapshots. Arrives 0 to 2 s after the hub sent it, at random, so that
    /// clients do not all fetch at once.
    Resync,
}

/// Decoder of an event by its name and its body in JSON; `None` for events that are unknown or not wanted. A page that
/// names its own decoder carries the code for no other events.
pub type Decoder = fn(&str, &str) -> Option<Event>;

/// Decodes public events: dishes and the board.
pub fn public_events(name: &str, body: &str) -> Option<Event> {
    match name {
        names::STOCK => read(body).map(Event::Stock),
        names::MENU => Some(Event::Menu),
        names::BOARD => read(body).map(Event::Board),
        names::RESYNC => Some(Event::Resync),
        _ => None,
    }
}

/// Decodes the events of students: their orders, and public events.
pub fn student_events(name: &str, body: &str) -> Option<Event> {
    match name {
        names::NOTIFICATION => read(body).map(Event::Notification),
        other => public_events(other, body),
    }
}

/// Decodes all events.
pub fn all_events(name: &str, body: &str) -> Option<Event> {
    match name {
        names::TICKET => read(body).map(Event::Ticket),
        names::OPS => read(body).map(|stats| Event::Ops(Box::new(stats))),
        other => student_events(other, body),
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

impl Message {
    fn decode(self, decoder: Decoder) -> Option<Event> {
        match self {
            Self::State(state) => Some(Event::State(state)),
            Self::Ready => Some(Event::Ready),
            Self::Resync => Some(Event::Resync),
            Self::Event { name, body } => decoder(&name, &body),
        }
    }
}

/// Subscription to the hub's events. Dropping it closes the connection.
#[must_use = "dropping a subscription closes its connection"]
pub struct Subscription(#[expect(dead_code, reason = "keeps the connection open")] Guard);

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

impl Client {
    /// Subscribes to the events that `decoder` knows, in the name of the signed-in user or of nobody; follows when that
    /// changes, reconnects, and reports its state. Needs a `tokio` runtime in a program.
    pub fn subscribe(&self, decoder: Decoder, on_event: impl Fn(Event) + Portable + 'static) -> Subscription {
        let on_message = move |message: Message| {
            if let Some(event) = message.decode(decoder) {
                on_event(event);
            }
        };
        Subscription(match self.route() {
            Route::Http(..) => Box::new(Socket::open(self, Box::new(on_message))),
            Route::Carried(carrier) => {
                let client = self.clone();
                carrier.listen(Box::new(move |push| match push {
                    Push::Session(signed_in) => {
                        client.session().adopt(signed_in);
                    }
                    Push::Socket(message) => on_message(message),
                }))
            }
        })
    }

    /// Returns the origin of the socket; none over a carried transport.
    fn socket_origin(&self) -> &str {
        match self.route() {
            Route::Http(endpoints, _) => endpoints.socket(),
            Route::Carried(_) => "",
        }
    }

    /// Returns a token for the socket: a fresh one, or the present one for the hub to judge.
    async fn socket_token(&self) -> Option<String> {
        self.token().await.unwrap_or_else(|_| self.session().token())
    }
}

/// Next step after the hub refused a connection.
enum Verdict {
    /// There is another token: connect with it.
    RetryNow,
    /// The session is over: connect as nobody.
    Anonymous,
    /// Report this state, and connect after the delay.
    RetryLater(ConnectionState, Duration),
}

/// Judges a refusal by its reason, the token it refers to, whether a token was refused just before, and the number of
/// failures so far.
async fn judge(
    client: &Client,
    reason: &str,
    used: Option<String>,
    refused_before: bool,
    failures: u32,
) -> Verdict {
    let reconnecting = || {
        Verdict::RetryLater(ConnectionState::Reconnecting, random::backoff(failures, LONGEST_RECONNECT_DELAY))
    };
    let refused = || Verdict::RetryLater(ConnectionState::Refused, random::jitter(REFUSED_DELAY, 0.2));
    match (reason, used) {
        ("bad_token", Some(used)) if !refused_before => match client.token_after(&used).await {
            Ok(Some(_)) => Verdict::RetryNow,
            Ok(None) => Verdict::Anonymous,
            Err(_) => reconnecting(),
        },
        ("bad_token" | "origin_not_allowed", _) => refused(),
        // The hub has no keys to judge by, or no room.
        (_, _) => reconnecting(),
    }
}
