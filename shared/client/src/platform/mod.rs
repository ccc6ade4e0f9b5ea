//! What browsers and programs have each in their own way: time, chance, tasks, and one way to ask a service.

use std::time::Duration;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::{Portable, now, pause};
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{Portion, Shared, Transport, Unowned, millis, randomize, spawn};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{Portable, now, pause};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{Portion, Shared, Transport, Unowned, randomize, spawn};

/// One request, of whatever kind: there is one way to send them all.
#[derive(Debug)]
pub(crate) struct Ask {
    /// `GET` and the like.
    pub(crate) method: &'static str,
    /// Where to.
    pub(crate) url: String,
    /// What, and of which media type.
    pub(crate) body: Option<(&'static str, String)>,
    /// The revision that has to be there still.
    pub(crate) if_match: Option<u64>,
    /// How long the answer may take, to its end.
    pub(crate) deadline: Duration,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its HTTP status.
    pub(crate) status: u16,
    /// Its `Retry-After`, in seconds.
    pub(crate) retry_after: Option<String>,
    /// Whether it says that the same was answered before.
    pub(crate) replayed: bool,
    /// Its body.
    pub(crate) text: String,
}

/// The header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";
