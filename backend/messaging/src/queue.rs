//! The port of the order queue.
//!
//! - *Durability*: `publish` returns `Ok` only once the message survives the loss of power.
//! - *Delivery*: at least once, to one consumer at a time, roughly oldest first. A message is kept until it is
//!   acknowledged; what a consumer had not acknowledged when it was dropped or crashed is delivered again, however
//!   often that happens: a crash is not the message's fault.
//! - *Holding*: a receiver may hold a thousand messages. While it holds more an adapter may hand out no others, and what
//!   is on its way to a receiver that waits is nobody else's; giving one back gives that back too.
//! - *Acknowledgement*: may be lost in a crash, and the message is then delivered once more.
//! - *Dead letters*: only `set_aside` makes one. It is stored durably before the message is gone from the queue.
//! - *Trace*: a message carries the trace that it is published in ([`service_kit::telemetry::current`]), however often
//!   it is delivered.
//! - *Bound*: a full queue refuses; it never drops what it has accepted.
//! - *Figures*: may be a second old, and count what an adapter can see; its documentation says what that is.

use async_trait::async_trait;
use wire::{Time, TraceContext, kitchen::DeadLetters};

/// So many characters of a dead letter's reason are kept.
pub(crate) const REASON_CHARACTERS: usize = 1000;

/// So many characters of a dead letter's body are shown.
const BODY_CHARACTERS: usize = 4096;

/// So many bytes hold what is shown: UTF-8 takes at most four for a character.
pub(crate) const SHOWN_BYTES: usize = 4 * BODY_CHARACTERS;

/// At most so many dead letters are listed at once.
pub(crate) const MAX_LISTED: u32 = 100;

/// A dead letter's body as it is shown.
pub(crate) fn shown(body: &[u8]) -> String {
    let beginning = body.get(..SHOWN_BYTES).unwrap_or(body);
    String::from_utf8_lossy(beginning).chars().take(BODY_CHARACTERS).collect()
}

/// Why a message was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// As many messages wait as may; it was not accepted.
    #[error("the queue is full")]
    Full,
    /// The queue is known to be away; it was not accepted.
    #[error("the queue is away")]
    Unavailable,
    /// It may or may not have been accepted.
    #[error("it is not known whether the queue accepted the message")]
    Unknown,
}

impl PublishError {
    /// Returns whether the queue has definitely not stored the message.
    pub fn is_refusal(self) -> bool {
        match self {
            Self::Full | Self::Unavailable => true,
            Self::Unknown => false,
        }
    }
}

/// The queue did not do what was asked; nothing has changed.
#[derive(Debug, thiserror::Error)]
#[error("the queue is away")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A message handed to a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What to acknowledge it by, with the consumer that received it.
    pub tag: i64,
    /// What was published.
    pub body: Vec<u8>,
    /// The trace it was published in.
    pub trace: Option<TraceContext>,
}

/// How the queue is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueStats {
    /// Messages not yet acknowledged.
    pub depth: u64,
    /// When the oldest of them was published.
    pub oldest: Option<Time>,
    /// Dead letters.
    pub dead_letters: u64,
}

/// The queue that orders wait in. See the module for its semantics.
#[async_trait]
pub trait OrderQueue: Send + Sync + 'static {
    /// Adds a message; returns once it is durable.
    async fn publish(&self, body: Vec<u8>) -> Result<(), PublishError>;

    /// Someone who receives. Several share the messages.
    fn consumer(&self) -> Box<dyn OrderConsumer>;

    /// At most `limit` dead letters, oldest first.
    async fn dead_letters(&self, limit: u32) -> Result<DeadLetters, QueueError>;

    /// Puts a dead letter back into the queue, in one step. Returns whether there was one of that id.
    async fn redrive(&self, id: i64) -> Result<bool, QueueError>;

    /// How it is.
    async fn stats(&self) -> Result<QueueStats, QueueError>;

    /// Whether it can take and give messages.
    async fn is_up(&self) -> bool;
}

/// One receiver of messages.
#[async_trait]
pub trait OrderConsumer: Send {
    /// Waits for messages and takes at most `max`; `None` once the queue is closed. Cancelling the wait loses
    /// nothing.
    async fn receive(&mut self, max: usize) -> Option<Vec<Delivery>>;

    /// The effects of these messages are committed; they need not be kept. Returns without waiting for the disk.
    async fn acknowledge(&mut self, tags: &[i64]);

    /// These messages could not be handled now; they are delivered again, to anybody.
    async fn give_back(&mut self, tags: &[i64]);

    /// This message can never be handled: keeps it among the dead letters, durably, then drops it from the queue. One
    /// that the connection lost meanwhile is left alone: it comes again. After an error it may be there all the same;
    /// ask again.
    async fn set_aside(&mut self, tag: i64, reason: &str) -> Result<(), QueueError>;
}
