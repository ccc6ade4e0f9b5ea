//! Port of kiosks and cards. Durability, atomicity, replicas and failure are as in [`store`](super).
//!
//! A kiosk is a user with the role `kiosk`, however the account was created. Its password is the kiosk's secret.

pub mod conformance;
mod postgres;
mod rows;
mod sqlite;

use async_trait::async_trait;
use service_kit::audit::Deed;
use wire::{
    Time, UserId,
    identity::User,
    kiosk::{KioskMessage, KioskReport},
};

use super::{NewUser, StoreError};

/// Last report of a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Time of arrival, by the service's clock.
    pub at: Time,
    /// Milliseconds by which the kiosk's clock was ahead of the service's.
    pub clock_skew_ms: i64,
    /// The report.
    pub report: KioskReport,
}

/// A kiosk, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKiosk {
    /// Its account.
    pub user: User,
    /// False if it is to show that it is closed.
    pub open: bool,
    /// Message that it is to show.
    pub message: Option<KioskMessage>,
    /// Last report, if there was one.
    pub heartbeat: Option<Heartbeat>,
}

/// Changes of a kiosk; `None` keeps the value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KioskChange {
    /// Checked display name.
    pub name: Option<String>,
    /// `true` disables the account and ends its sessions.
    pub revoked: Option<bool>,
    /// False to close it.
    pub open: Option<bool>,
    /// Checked message; two empty texts remove it.
    pub message: Option<KioskMessage>,
    /// Hash of a new secret; ends its sessions.
    pub secret_hash: Option<String>,
}

impl KioskChange {
    fn ends_sessions(&self) -> bool {
        self.revoked == Some(true) || self.secret_hash.is_some()
    }

    fn message(&self) -> Option<(&str, &str)> {
        self.message.as_ref().map(|message| (message.en.as_str(), message.bn.as_str()))
    }
}

/// HMAC of a card number.
pub type CardNumber = [u8; 32];

/// A card of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The student.
    pub user_id: UserId,
    /// Argon2id hash of the PIN.
    pub pin_hash: String,
    /// Expiry of the card.
    pub expires_at: Option<Time>,
}

/// Outcome of setting a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardSet {
    /// The user has this card and no other.
    Done,
    /// Another user has this card.
    Taken,
    /// There is no such user.
    NoSuchUser,
    /// The user is not a student.
    NotStudent,
}

/// Store of kiosks and cards. See the module for its semantics.
#[async_trait]
pub trait KioskStore: Send + Sync + 'static {
    /// Creates a kiosk. Returns whether the user name was free.
    async fn create_kiosk(&self, account: &NewUser, event: &Deed) -> Result<bool, StoreError>;

    /// Returns the kiosk of this id.
    async fn kiosk(&self, kiosk_id: UserId) -> Result<Option<StoredKiosk>, StoreError>;

    /// Returns kiosks by name and user name, at most `limit`.
    async fn kiosks(&self, limit: u32) -> Result<Vec<StoredKiosk>, StoreError>;

    /// Changes a kiosk and returns it; `None` if there is no such kiosk.
    async fn change_kiosk(
        &self,
        kiosk_id: UserId,
        change: &KioskChange,
        event: &Deed,
    ) -> Result<Option<StoredKiosk>, StoreError>;

    /// Keeps the last report of a kiosk and returns the kiosk; `None`, with nothing kept, if there is no such kiosk or
    /// its account is disabled. Of two heartbeats at once, the one with the later time stays.
    async fn record_heartbeat(
        &self,
        kiosk_id: UserId,
        heartbeat: &Heartbeat,
    ) -> Result<Option<StoredKiosk>, StoreError>;

    /// Sets the card of a student in place of an earlier one. Of two students who get one card at once, one does.
    async fn set_card(&self, number: &CardNumber, card: &Card, event: &Deed) -> Result<CardSet, StoreError>;

    /// Returns the card of this number.
    async fn card(&self, number: &CardNumber) -> Result<Option<Card>, StoreError>;
}
