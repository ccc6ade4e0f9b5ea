//! What the rows of the store mean, whichever database they are in.

use service_kit::audit::Deed;
use uuid::Uuid;
use wire::{
    Role, Time, UserId,
    identity::{ImportJob, ImportLine, ImportState, User},
};

use super::{Account, IMPORT_SILENCE, SealedKey, StoreError, Turn};

/// How many rows of a kind are swept in one transaction, so that logins do not wait for it.
pub(super) const SWEEP: i64 = 2_000;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}

/// What the database holds cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a row of the user store cannot be read: {0}")]
struct Unreadable(&'static str);

pub(super) fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(Unreadable(what)))
}

/// A user; `Id` is how the database keeps theirs.
#[derive(sqlx::FromRow)]
pub(super) struct AccountRow<Id> {
    pub(super) id: Id,
    username: String,
    name: String,
    role: String,
    password_hash: String,
    disabled: bool,
    generation: i64,
    created_at: i64,
}

impl AccountRow<String> {
    pub(super) fn read(self) -> Result<Account, sqlx::Error> {
        let id = self.id.parse().map_err(|_| unreadable("users.id"))?;
        self.with_id(id)
    }
}

impl AccountRow<Uuid> {
    pub(super) fn read(self) -> Result<Account, sqlx::Error> {
        let id = UserId(self.id);
        self.with_id(id)
    }
}

impl<Id> AccountRow<Id> {
    fn with_id(self, user_id: UserId) -> Result<Account, sqlx::Error> {
        let user = User {
            user_id,
            username: self.username.parse().map_err(|_| unreadable("users.username"))?,
            name: self.name,
            role: Role::parse(&self.role).ok_or_else(|| unreadable("users.role"))?,
            disabled: self.disabled,
            created_at: Time::from_millis(self.created_at),
        };
        Ok(Account { user, password_hash: self.password_hash, generation: self.generation })
    }
}

/// What a name begins with, as a pattern of `LIKE` that escapes with `\`.
pub(super) fn pattern(prefix: &str) -> String {
    format!("{}%", prefix.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"))
}

/// Whether a token that was rotated at this time is repeated within the grace.
pub(super) fn is_repeat(turn: &Turn, rotated_at: i64, successor_is_last: bool) -> bool {
    successor_is_last && turn.now.since(Time::from_millis(rotated_at)) <= turn.grace
}

/// A family was revoked because a token of it was used twice.
pub(super) fn reuse(turn: &Turn, user_id: String) -> Deed {
    Deed {
        at: turn.now,
        actor: user_id.clone(),
        action: "session.reused",
        subject: user_id,
        detail: "a refresh token was used twice; the session was ended".to_owned(),
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct KeyRow {
    kid: String,
    nonce: Vec<u8>,
    sealed: Vec<u8>,
    created_at: i64,
    active_from: i64,
}

impl KeyRow {
    pub(super) fn read(self) -> Result<SealedKey, sqlx::Error> {
        Ok(SealedKey {
            kid: self.kid,
            nonce: self.nonce.try_into().map_err(|_| unreadable("signing_keys.nonce"))?,
            sealed: self.sealed.try_into().map_err(|_| unreadable("signing_keys.sealed"))?,
            created_at: Time::from_millis(self.created_at),
            active_from: Time::from_millis(self.active_from),
        })
    }
}

/// An import: state, total, last sign of life.
#[derive(sqlx::FromRow)]
pub(super) struct ImportRow {
    state: String,
    total: i64,
    beat_at: i64,
}

/// A line of an import. Without a message, the user was created.
#[derive(sqlx::FromRow)]
pub(super) struct LineRow {
    line: i64,
    username: String,
    message: Option<String>,
}

impl ImportRow {
    /// The import with its lines, as it is now.
    pub(super) fn read(self, job: Uuid, lines: Vec<LineRow>, now: Time) -> Result<ImportJob, sqlx::Error> {
        let report = lines
            .into_iter()
            .map(|LineRow { line, username, message }| {
                let line = u32::try_from(line).map_err(|_| unreadable("import_lines.line"))?;
                Ok(ImportLine { line, username, ok: message.is_none(), message })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        let state = match ImportState::parse(&self.state).ok_or_else(|| unreadable("imports.state"))? {
            ImportState::Running if now.since(Time::from_millis(self.beat_at)) > IMPORT_SILENCE => {
                ImportState::Interrupted
            }
            state => state,
        };
        let count =
            |ok| u32::try_from(report.iter().filter(|line| line.ok == ok).count()).unwrap_or(u32::MAX);
        let (created, failed) = (count(true), count(false));
        let total = u32::try_from(self.total).map_err(|_| unreadable("imports.total"))?;
        Ok(ImportJob { job_id: job, state, total, done: created + failed, created, failed, report })
    }
}
