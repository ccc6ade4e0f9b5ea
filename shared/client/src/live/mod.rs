//! What the hub pushes, and how the line to it is.
//!
//! - [`merge`]: snapshots brought up to date by events
//! - `browser` and `native`: the line itself, over `socket.io-client` or an own Socket.IO

use std::time::Duration;

use serde::de::DeserializeOwned;
use wire::{
    event::{Notification, StockLevel, names},
    kitchen::{Board, Ticket},
    ops::Heartbeat,
};

use crate::{api::Client, chance, platform::Portable};

#[cfg(target_arch = "wasm32")]
mod browser;
pub mod merge;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
use browser as line;
#[cfg(not(target_arch = "wasm32"))]
use native as line;

pub use merge::{Merge, Snapshot};

/// The longest rest before a line that was lost is tried again.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// The longest rest where a token was not taken that is as new as it gets.
const REFUSED_REST: Duration = Duration::from_secs(30);
/// How long after a `resync` everybody has fetched what they may have missed.
const RESYNC_SPREAD: Duration = Duration::from_secs(2);

/// How the line to the hub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveState {
    /// Not there yet.
    Connecting,
    /// What happens is heard.
    Live,
    /// Lost; it is being tried again.
    Reconnecting,
    /// The hub has not taken the token, nor a new one; or this page may not speak to it. Tried again now and then.
    Refused,
}

/// What is heard over the line, or of it.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveEvent {
    /// The line is another way now.
    State(LiveState),
    /// From here on everything is heard: fetch the snapshots.
    Ready,
    /// News of one of the own orders.
    Notification(Notification),
    /// What is left of a dish.
    Stock(StockLevel),
    /// Fetch the menu again.
    Menu,
    /// The pick-up board.
    Board(Board),
    /// A ticket, for the kitchen.
    Ticket(Ticket),
    /// A replica's beat, for admins.
    Ops(Box<Heartbeat>),
    /// Something may have been missed: fetch the snapshots. It is told 0 to 2 s after the hub said so, by chance, so
    /// that not all come at once.
    Resync,
}

/// Makes an event of its name and its body in JSON; `None` for what is not understood or not wanted. A page that names
/// its own carries the code for no others.
pub type Understands = fn(&str, &str) -> Option<LiveEvent>;

/// Understands what everybody hears: dishes and the board.
pub fn of_everybody(name: &str, body: &str) -> Option<LiveEvent> {
    match name {
        names::STOCK => read(body).map(LiveEvent::Stock),
        names::MENU => Some(LiveEvent::Menu),
        names::BOARD => read(body).map(LiveEvent::Board),
        names::RESYNC => Some(LiveEvent::Resync),
        _ => None,
    }
}

/// Understands what students hear: news of their orders, and what everybody hears.
pub fn of_students(name: &str, body: &str) -> Option<LiveEvent> {
    match name {
        names::NOTIFICATION => read(body).map(LiveEvent::Notification),
        other => of_everybody(other, body),
    }
}

/// Understands all there is.
pub fn of_all(name: &str, body: &str) -> Option<LiveEvent> {
    match name {
        names::TICKET => read(body).map(LiveEvent::Ticket),
        names::OPS => read(body).map(|beat| LiveEvent::Ops(Box::new(beat))),
        other => of_students(other, body),
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

/// A line to the hub. Dropping it closes it.
#[must_use = "a line that is dropped is closed"]
pub struct Live {
    _line: line::Line,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a line to the hub, in the name of whoever is signed in or of nobody; it follows when that changes. It
    /// heals by itself, and tells how it is. A program needs a `tokio` runtime around it.
    pub fn live(&self, on_event: impl Fn(LiveEvent) + Portable + 'static) -> Live {
        self.live_of(of_all, on_event)
    }

    /// As [`Client::live`], understanding only some events.
    pub fn live_of(
        &self,
        understands: Understands,
        on_event: impl Fn(LiveEvent) + Portable + 'static,
    ) -> Live {
        Live { _line: line::Line::open(self, understands, Box::new(on_event)) }
    }
}

/// What to do when the hub has not let a line in.
enum Verdict {
    /// There is another token: connect with it.
    AtOnce,
    /// The session is over: connect as nobody.
    AsNobody,
    /// Be this way, and connect after a rest.
    Later(LiveState, Duration),
}

/// Judges a refusal: its words, the token it is of, whether a token was refused just before, and how many failures
/// there were.
async fn judge(
    client: &Client,
    why: &str,
    used: Option<String>,
    refused_before: bool,
    failures: u32,
) -> Verdict {
    let rest = || chance::rest(failures, LONGEST_REST, chance::dice());
    let refused = || Verdict::Later(LiveState::Refused, chance::spread(REFUSED_REST, 0.2, chance::dice()));
    match (why, used) {
        ("bad_token", Some(used)) if !refused_before => match client.token_after(&used).await {
            Ok(Some(_)) => Verdict::AtOnce,
            Ok(None) => Verdict::AsNobody,
            Err(_) => Verdict::Later(LiveState::Reconnecting, rest()),
        },
        ("bad_token" | "origin_not_allowed", _) => refused(),
        // It may be let in later: there are no keys to judge by, or there is no room.
        (_, _) => Verdict::Later(LiveState::Reconnecting, rest()),
    }
}
