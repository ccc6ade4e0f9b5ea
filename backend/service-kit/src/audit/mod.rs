//! Who did what: one trail for each service, written with or beside what was done.

pub mod conformance;
mod postgres;
mod sqlite;

use std::time::Duration;

use async_trait::async_trait;
use wire::{
    Time,
    ops::{AuditEntry, AuditPage},
};

use crate::service::Service;

pub use postgres::PgAudit;
pub use sqlite::SqliteAudit;

/// How many deeds one commit forgets, so that nobody waits long for it.
const AT_ONCE: u32 = 1_000;
/// How long the others go first between two of them.
const PAUSE: Duration = Duration::from_millis(100);

/// What is to be written down. The text must hold no secret.
#[derive(Debug, Clone)]
pub struct Deed {
    /// When.
    pub at: Time,
    /// Who: the subject of the token.
    pub actor: String,
    /// What, as in `stock.adjust`.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// How, for people.
    pub detail: String,
}

/// Why the trail cannot be written or read.
pub type AuditError = Box<dyn std::error::Error + Send + Sync>;

/// Where a service keeps its trail. `record` returns once the deed is stored durably.
#[async_trait]
pub trait AuditTrail: Send + Sync + 'static {
    /// Writes a deed down.
    async fn record(&self, deed: Deed) -> Result<(), AuditError>;
    /// At most 100 deeds before this number, newest first.
    async fn page(&self, before: Option<i64>) -> Result<AuditPage, AuditError>;
    /// Forgets what was done before `before`, of the `limit` oldest deeds. Returns how many; none when none of the
    /// oldest is that old.
    async fn forget(&self, before: Time, limit: u32) -> Result<u64, AuditError>;
}

/// Forgets what was done longer ago than `kept`, a bounded number in each commit.
pub async fn forget_after(service: &Service, kept: Duration) {
    let before = service.clock.now().minus(kept);
    loop {
        match service.audit.forget(before, AT_ONCE).await {
            Ok(0) => return,
            Ok(deeds) => tracing::info!(deeds, "old deeds were forgotten"),
            Err(error) => {
                tracing::warn!(error, "old deeds could not be forgotten; it is tried again later");
                return;
            }
        }
        if !service.tasks.pause(PAUSE).await {
            return;
        }
    }
}

/// A row of the trail: id, at, actor, action, subject, detail.
type Row = (i64, i64, String, String, String, String);

/// The page of at most 101 rows, of which the last only says that there are more.
fn page_of(rows: Vec<Row>) -> AuditPage {
    let mut entries: Vec<_> = rows
        .into_iter()
        .map(|(id, at, actor, action, subject, detail)| AuditEntry {
            id,
            at: Time::from_millis(at),
            actor,
            action,
            subject,
            detail,
        })
        .collect();
    let more = entries.len() > 100;
    entries.truncate(100);
    let next = entries.last().filter(|_| more).map(|entry| entry.id);
    AuditPage { entries, next }
}

/// A trail in the logs alone, for services without a database.
#[derive(Debug, Clone, Copy)]
pub struct LoggedAudit;

#[async_trait]
impl AuditTrail for LoggedAudit {
    async fn record(&self, deed: Deed) -> Result<(), AuditError> {
        tracing::info!(
            target: "audit",
            actor = deed.actor, action = deed.action, subject = deed.subject, detail = deed.detail,
            "audit"
        );
        Ok(())
    }

    async fn page(&self, _: Option<i64>) -> Result<AuditPage, AuditError> {
        Ok(AuditPage { entries: Vec::new(), next: None })
    }

    async fn forget(&self, _: Time, _: u32) -> Result<u64, AuditError> {
        Ok(0)
    }
}
