//! Who did what: one trail for each service, written with or beside what was done.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use wire::{
    Time,
    ops::{AuditEntry, AuditPage},
};

use crate::sqlite::Database;

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

/// A trail in the service's own SQLite database, in the table `audit` that its migrations make.
#[derive(Debug, Clone)]
pub struct SqliteAudit(pub Database);

/// Writes a deed down in the caller's transaction.
///
/// # Errors
/// The database is away.
pub async fn record(tx: &mut SqliteConnection, deed: &Deed) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(deed.at.as_millis())
        .bind(&deed.actor)
        .bind(deed.action)
        .bind(&deed.subject)
        .bind(&deed.detail)
        .execute(tx)
        .await?;
    Ok(())
}

#[async_trait]
impl AuditTrail for SqliteAudit {
    async fn record(&self, deed: Deed) -> Result<(), AuditError> {
        let mut tx = self.0.begin().await?;
        record(&mut tx, &deed).await?;
        Ok(tx.commit().await?)
    }

    async fn page(&self, before: Option<i64>) -> Result<AuditPage, AuditError> {
        let rows: Vec<(i64, i64, String, String, String, String)> = sqlx::query_as(
            "SELECT id, at, actor, action, subject, detail FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT 101",
        )
        .bind(before.unwrap_or(i64::MAX))
        .fetch_all(self.0.reader())
        .await?;
        let entries: Vec<_> = rows
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
        Ok(page_of(entries))
    }
}

fn page_of(mut entries: Vec<AuditEntry>) -> AuditPage {
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
