//! The trail in a service's own PostgreSQL database.

use async_trait::async_trait;
use sqlx::PgConnection;
use wire::{Time, ops::AuditPage};

use super::{AuditError, AuditTrail, Deed, Row, page_of};
use crate::postgres::Database;

/// A trail in the service's own PostgreSQL database, in the table `audit` that its migrations make.
#[derive(Debug, Clone)]
pub struct PgAudit(pub Database);

impl PgAudit {
    /// Writes a deed down in the caller's transaction.
    ///
    /// # Errors
    /// The database is away.
    pub async fn write(tx: &mut PgConnection, deed: &Deed) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)")
            .bind(deed.at.as_millis())
            .bind(&deed.actor)
            .bind(deed.action)
            .bind(&deed.subject)
            .bind(&deed.detail)
            .execute(tx)
            .await?;
        Ok(())
    }
}

#[async_trait]
impl AuditTrail for PgAudit {
    async fn record(&self, deed: Deed) -> Result<(), AuditError> {
        let work = async {
            let mut tx = self.0.begin().await?;
            Self::write(&mut tx, &deed).await?;
            tx.commit().await
        };
        Ok(self.0.within(work).await?)
    }

    async fn page(&self, before: Option<i64>) -> Result<AuditPage, AuditError> {
        let rows = sqlx::query_as(
            "SELECT id, at, actor, action, subject, detail FROM audit WHERE id < $1 ORDER BY id DESC LIMIT 101",
        )
        .bind(before.unwrap_or(i64::MAX))
        .fetch_all(self.0.pool());
        let rows: Vec<Row> = self.0.within(rows).await?;
        Ok(page_of(rows))
    }

    async fn forget(&self, before: Time, limit: u32) -> Result<u64, AuditError> {
        // They were numbered as they were done, so the oldest are the first. What another replica is at is left to it.
        let work = sqlx::query(
            "DELETE FROM audit WHERE id IN (
                 SELECT id FROM audit WHERE at < $1 AND id IN (SELECT id FROM audit ORDER BY id LIMIT $2)
                 FOR UPDATE SKIP LOCKED)",
        )
        .bind(before.as_millis())
        .bind(i64::from(limit))
        .execute(self.0.pool());
        Ok(self.0.within(work).await?.rows_affected())
    }
}
