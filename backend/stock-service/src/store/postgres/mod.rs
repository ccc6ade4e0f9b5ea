//! The stock on PostgreSQL, which replicas share.
//!
//! A batch is read, planned and written with conditional updates that hold nothing but while they write. When another
//! replica was faster, it is done again on rows that are held from the start: then nobody can be faster, and the
//! server hands rows that several wait for to one after the other. Locks are taken in one order (dishes by id, then
//! keys), so that replicas never wait for each other in a circle.

mod apply;
mod people;
mod retention;

use std::time::Duration;

use async_trait::async_trait;
use prometheus::IntCounter;
use service_kit::{
    Tasks,
    audit::{Deed, PgAudit},
    metrics::Metrics,
    postgres::{Database, OpenError, is_contention},
};
use sqlx::{PgExecutor, migrate::Migrator};
use tokio::time::Instant;
use wire::{
    ItemId, Time,
    stock::{Adjust, ItemChange, SeedItem, Seeded, StockItem},
};

use super::{
    Applied, Forgotten, StockStore,
    rows::{self, ItemRow},
};
use crate::domain::{
    StockError, StorageError,
    plan::{Operation, Outcome},
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// For how long something is tried again when other replicas are faster.
const PATIENCE: Duration = Duration::from_secs(2);

/// The stock in a PostgreSQL database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct PgStock {
    db: Database,
    conflicts: IntCounter,
}

/// When rows are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// From when they are written: most often, nobody else wants them.
    ToWrite,
    /// From when they are read: nobody can change them in between.
    ToRead,
}

/// What a try has come to; `None` when another replica was faster, and nothing was done.
type Tried<T> = Result<Option<T>, sqlx::Error>;

impl PgStock {
    /// Opens the database, with at most so many connections; brings its tables up to date.
    ///
    /// # Errors
    /// The database does not come up or refuses, or cannot be migrated.
    pub async fn open(
        url: &str,
        connections: u32,
        tasks: &Tasks,
        metrics: &Metrics,
    ) -> Result<Self, OpenError> {
        let db = Database::open(url, &MIGRATIONS, connections, tasks, metrics).await?;
        let conflicts = metrics.counter(
            "stock_conflicts_total",
            "Times that another replica was faster and something was done again",
        );
        Ok(Self { db, conflicts })
    }

    /// The trail of what people did, in the same database.
    pub fn audit(&self) -> PgAudit {
        PgAudit(self.db.clone())
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Tries until no other replica is faster; `None` when that took too long.
    async fn settle<T, W>(&self, work: impl Fn(Hold) -> W) -> Tried<T>
    where
        W: Future<Output = Tried<T>> + Send,
    {
        let end = Instant::now() + PATIENCE;
        let mut hold = Hold::ToWrite;
        loop {
            match work(hold).await {
                Ok(None) => {}
                Err(error) if is_contention(&error) => {}
                ended => return ended,
            }
            self.conflicts.inc();
            if Instant::now() >= end {
                tracing::warn!("other replicas were faster again and again");
                return Ok(None);
            }
            hold = Hold::ToRead;
        }
    }

    /// As [`PgStock::settle`], where too long is an error. All of it within the deadline of the database.
    async fn insist<T, W>(&self, work: impl Fn(Hold) -> W + Send) -> Result<T, sqlx::Error>
    where
        W: Future<Output = Tried<T>> + Send,
    {
        self.db.within(self.settle(work)).await?.ok_or(sqlx::Error::PoolTimedOut)
    }
}

/// As the database counts; a batch is far from the largest number.
fn is_all<T>(rows: u64, of: &[T]) -> bool {
    rows == of.len() as u64
}

#[async_trait]
impl StockStore for PgStock {
    async fn items(&self) -> Result<Vec<StockItem>, StorageError> {
        let rows = self.db.within(people::all(self.db.pool())).await?;
        Ok(rows::menu(rows)?)
    }

    async fn item(&self, id: &ItemId) -> Result<Option<StockItem>, StorageError> {
        Ok(self.db.within(find(self.db.pool(), id)).await?)
    }

    async fn apply(&self, batch: &[Operation], at: Time) -> Result<Applied, StorageError> {
        let settled = self.settle(|hold| apply::apply(&self.db, batch, at, hold));
        let conflict = || Applied { outcomes: vec![Outcome::Conflict; batch.len()], changed: Vec::new() };
        Ok(self.db.within(settled).await?.unwrap_or_else(conflict))
    }

    async fn change(
        &self,
        id: &ItemId,
        expected_revision: u64,
        change: &ItemChange,
        deed: &Deed,
    ) -> Result<StockItem, StockError> {
        self.insist(|_| people::change(&self.db, id, expected_revision, change, deed)).await?
    }

    async fn adjust(&self, id: &ItemId, adjust: &Adjust, deed: &Deed) -> Result<StockItem, StockError> {
        self.insist(|_| people::adjust(&self.db, id, adjust, deed)).await?
    }

    async fn seed(&self, items: &[SeedItem], deed: &Deed) -> Result<Seeded, StorageError> {
        Ok(self.insist(|_| people::seed(&self.db, items, deed)).await?)
    }

    async fn seed_if_empty(&self, items: &[SeedItem], deed: &Deed) -> Result<Option<Seeded>, StorageError> {
        Ok(self.insist(|_| people::seed_if_empty(&self.db, items, deed)).await?)
    }

    async fn oversold(&self) -> Result<u64, StorageError> {
        Ok(self.db.within(retention::oversold(&self.db)).await?)
    }

    async fn forget(&self, keys_before: Time, history_before: Time) -> Result<Forgotten, StorageError> {
        Ok(self.insist(|_| retention::forget(&self.db, keys_before, history_before)).await?)
    }

    async fn is_up(&self) -> bool {
        self.db.is_up().await
    }
}

/// One dish, within or without a transaction.
async fn find(executor: impl PgExecutor<'_>, id: &ItemId) -> Result<Option<StockItem>, sqlx::Error> {
    let row: Option<ItemRow> = sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision
         FROM items WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(executor)
    .await?;
    row.map(ItemRow::read).transpose()
}

#[cfg(test)]
mod tests;
