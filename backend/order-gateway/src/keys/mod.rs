//! The port of the idempotency keys: who has ordered what already.
//!
//! - *Atomicity*: [`IdempotencyKeys::begin`] is one step; of many at once with one key, one is new.
//! - *Durability*: none is promised. A key may be forgotten, and the kitchen's unique key is then the judge. A repeat
//!   of an accepted order may then be refused when a dish has sold out meanwhile; the order stands all the same.
//! - *Replicas*: those that keep their keys in one place share them.
//! - *Expiry*: a key is remembered for its time (24 h by default), from when it was first seen.
//! - *Release*: a key that no attempt may have published is free again. Every attempt that [`IdempotencyKeys::begin`]
//!   lets publish holds the key until it releases it; an attempt of unknown outcome never does.

#[cfg(test)]
mod conformance;
pub mod memory;
pub mod redis;

use async_trait::async_trait;
use uuid::Uuid;
use wire::{OrderKey, Time, UserId, message::Fingerprint};

/// The keys cannot be asked; the order goes on without them.
#[derive(Debug, thiserror::Error)]
#[error("the idempotency keys are away")]
pub struct KeysError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A request for one key.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// Whose, and which.
    pub key: &'a OrderKey,
    /// Identifier of this attempt among all that use the key.
    pub id: Uuid,
    /// Of its lines.
    pub fingerprint: Fingerprint,
    /// When it is accepted, if it is the first.
    pub accepted_at: Time,
    /// What is published for it; `None` when it is to be refused if it is the first.
    pub message: Option<&'a [u8]>,
}

/// What a key is known for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is the first, and is remembered now, unconfirmed.
    New,
    /// It would be the first, and is to be refused; nothing is remembered.
    Refused,
    /// The same was sent before and is not confirmed: publish this again.
    Again {
        /// When it was first accepted.
        accepted_at: Time,
        /// What was published for it then.
        message: Vec<u8>,
    },
    /// The same was answered with a 202 before.
    Replay {
        /// When it was accepted.
        accepted_at: Time,
    },
    /// The key was used for another order.
    Contradiction,
}

/// Who has ordered what already. See the module for the semantics.
#[async_trait]
pub trait IdempotencyKeys: Send + Sync + 'static {
    /// Looks the key up, and remembers it if it is new and not to be refused.
    async fn begin(&self, attempt: Attempt<'_>) -> Result<Begun, KeysError>;

    /// The queue has confirmed it. Returns whether this was the first confirm.
    async fn confirm(&self, key: &OrderKey) -> Result<bool, KeysError>;

    /// Ends the hold of one attempt whose message was definitely not stored. Frees the key once no attempt holds it,
    /// unless the key is confirmed. Does nothing for an attempt that does not hold the key. Returns whether the key is
    /// free now because of this call.
    async fn release(&self, key: &OrderKey, attempt: Uuid) -> Result<bool, KeysError>;

    /// The message of one confirmed key.
    async fn confirmed(&self, key: &OrderKey) -> Result<Option<Vec<u8>>, KeysError>;

    /// The messages of a student's confirmed keys accepted at or after `since`, at most 100, newest first.
    async fn confirmed_of(&self, user: UserId, since: Time) -> Result<Vec<Vec<u8>>, KeysError>;

    /// Forgets what is over; called once a second.
    async fn sweep(&self, now: Time);

    /// Whether it answers.
    async fn is_up(&self) -> bool;
}
