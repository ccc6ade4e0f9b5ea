//! Who did what: one trail for each service, written with or beside what was done.

mod postgres;
mod sqlite;

use async_trait::async_trait;
use wire::{
    Time,
    ops::{AuditEntry, AuditPage},
};

pub use postgres::PgAudit;
pub use sqlite::SqliteAudit;

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
}
