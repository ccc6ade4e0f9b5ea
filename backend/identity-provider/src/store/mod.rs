//! The port of users, their sessions, signing keys and imports.
//!
//! - *Durability*: a method that changes something returns once the change survives the loss of power.
//! - *Atomicity*: each method is one transaction; a deed handed to it is written into the audit trail in the same.
//! - *Replicas*: several processes may use one store; each method says what happens when they meet. What touches the
//!   sessions of a user passes one at a time, so that none outlives the end of all.
//! - *Failure*: nothing has changed, or, when the connection was lost at the very end, everything has. To ask again
//!   is safe; what was done already then looks as if somebody else had done it.

pub mod conformance;
pub mod kiosk;
pub mod postgres;
mod rows;
pub mod sqlite;

use std::time::Duration;

use async_trait::async_trait;
use service_kit::audit::Deed;
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    id::Username,
    identity::{ImportJob, ImportLine, ImportState, User},
};

/// After how long without a sign of life an import counts as interrupted.
pub const IMPORT_SILENCE: Duration = Duration::from_secs(60);

/// The store has not said that it did what was asked. See the module.
#[derive(Debug, thiserror::Error)]
#[error("the user store is away")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A user, and what is needed to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub user: User,
    /// An argon2id or bcrypt hash.
    pub password_hash: String,
    /// Grows whenever all sessions of the user end.
    pub generation: i64,
}

/// A user that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Never changes.
    pub user_id: UserId,
    /// Unique.
    pub username: Username,
    /// Checked.
    pub name: String,
    /// Any but `service`.
    pub role: Role,
    /// An argon2id or bcrypt hash.
    pub password_hash: String,
    /// Now.
    pub created_at: Time,
}

/// What is to change of a user; `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// A checked name.
    pub name: Option<String>,
    /// Any but `service`.
    pub role: Option<Role>,
    /// `true` ends all sessions.
    pub disabled: Option<bool>,
    /// Ends all sessions.
    pub password_hash: Option<String>,
    /// Only if the user still has this generation.
    pub only_generation: Option<i64>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// This is the user now.
    Done(User),
    /// There is no such user, or they have another generation.
    NoSuchUser,
    /// No enabled admin would be left; nothing has changed.
    LastAdmin,
}

/// SHA-256 of a refresh token.
pub type TokenHash = [u8; 32];

/// What becomes of a refresh token that is presented.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The token presented.
    pub presented: TokenHash,
    /// The one that follows it.
    pub successor: TokenHash,
    /// Now.
    pub now: Time,
    /// When the successor ends.
    pub expires_at: Time,
    /// For how long a repeat gets the same successor.
    pub grace: Duration,
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The successor is good, for this user; also when this was a repeat within the grace.
    Done(User),
    /// There is no such token, it has ended, or its user is disabled.
    Unknown,
    /// It was used before, for too long ago: its family is revoked, and that is in the audit trail.
    Reused,
}

/// A signing key, as stored: the private half is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Its name.
    pub kid: String,
    /// The nonce it was sealed with.
    pub nonce: [u8; 12],
    /// The sealed seed: 32 bytes and a tag of 16.
    pub sealed: [u8; 48],
    /// When it was made.
    pub created_at: Time,
    /// From when it is used.
    pub active_from: Time,
}

/// The store. See the module for its semantics.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// The account of this user name, compared exactly.
    async fn by_username(&self, username: &Username) -> Result<Option<Account>, StoreError>;

    /// The account of this id.
    async fn by_id(&self, user_id: UserId) -> Result<Option<Account>, StoreError>;

    /// At most `limit` users by user name, after `after`, whose user name or name begins with `prefix` (letters of
    /// either case).
    async fn page(&self, limit: u32, after: Option<&Username>, prefix: &str)
    -> Result<Vec<User>, StoreError>;

    /// Whether there is an admin who may sign in.
    async fn has_admin(&self) -> Result<bool, StoreError>;

    /// Makes a user; returns whether the user name was free. Of two at once, one gets it.
    async fn create(&self, user: &NewUser, deed: &Deed) -> Result<bool, StoreError>;

    /// Changes a user. Of two at once that would each leave the other's as the last admin, one is refused.
    async fn change(&self, user_id: UserId, change: &Change, deed: &Deed) -> Result<Changed, StoreError>;

    /// Replaces a hash by one of the same password, if it is still the one there. Sessions stay.
    async fn replace_hash(&self, user_id: UserId, from: &str, to: &str) -> Result<(), StoreError>;

    /// Begins a family of refresh tokens, if the user is enabled and still has that generation. Returns whether it
    /// did.
    async fn begin_session(
        &self,
        user_id: UserId,
        generation: i64,
        family: Uuid,
        token: TokenHash,
        expires_at: Time,
    ) -> Result<bool, StoreError>;

    /// Puts the successor in the place of the token presented. Of two at once, one rotates and the other is a
    /// repeat.
    async fn rotate(&self, turn: &Turn) -> Result<Rotation, StoreError>;

    /// Ends the family of this token, if there is one.
    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError>;

    /// All signing keys, by the time they come into use.
    async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError>;

    /// Adds a key if the newest one is still `newest` (`None`: if there is none). Returns whether it did: of two
    /// replicas that add at once, one does.
    async fn add_signing_key(&self, key: &SealedKey, newest: Option<&str>) -> Result<bool, StoreError>;

    /// Drops a key.
    async fn remove_signing_key(&self, kid: &str) -> Result<(), StoreError>;

    /// Begins an import of so many lines, of which these are refused already.
    async fn begin_import(
        &self,
        job: Uuid,
        total: u32,
        refused: &[ImportLine],
        deed: &Deed,
    ) -> Result<(), StoreError>;

    /// Makes the users of some lines of an import. A user name that is in use is reported, and not overwritten. The
    /// same lines again change nothing.
    async fn import(&self, job: Uuid, users: &[(u32, NewUser)], now: Time) -> Result<(), StoreError>;

    /// Says how an import ended.
    async fn end_import(&self, job: Uuid, state: ImportState, deed: &Deed) -> Result<(), StoreError>;

    /// An import and its report. One that has given no sign of life for [`IMPORT_SILENCE`] is interrupted.
    async fn import_job(&self, job: Uuid, now: Time) -> Result<Option<ImportJob>, StoreError>;

    /// Drops some of the refresh tokens that have ended, and of the imports from before `imports_before`. Returns
    /// whether there may be more.
    async fn sweep(&self, now: Time, imports_before: Time) -> Result<bool, StoreError>;

    /// Whether it answers.
    async fn is_up(&self) -> bool;
}
