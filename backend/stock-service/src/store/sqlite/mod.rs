//! The stock on SQLite: one writer, so that a version cannot change between reading and writing; the conditional
//! updates check it all the same.

mod apply;
mod people;
mod retention;

use std::path::Path;

use async_trait::async_trait;
use service_kit::{
    audit::{Deed, SqliteAudit},
    sqlite::{Database, OpenError},
};
use sqlx::SqliteConnection;
use wire::{
    ItemId, Time,
    stock::{Adjust, ItemChange, SeedItem, Seeded, StockItem},
};

use super::{
    Applied, Forgotten, StockStore,
    rows::{self, ItemRow},
};
use crate::domain::{StockError, StorageError, plan::Operation};

/// Read-only connections.
const READERS: u32 = 4;

/// The stock in an SQLite file. Clones are the same one.
#[derive(Debug, Clone)]
pub struct SqliteStock {
    db: Database,
}

impl SqliteStock {
    /// Opens the file, makes it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// The file cannot be made, read or migrated.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let db = Database::open(path, &sqlx::migrate!("migrations/sqlite"), READERS).await?;
        Ok(Self { db })
    }

    /// The trail of what people did, in the same file.
    pub fn audit(&self) -> SqliteAudit {
        SqliteAudit(self.db.clone())
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

#[async_trait]
impl StockStore for SqliteStock {
    async fn items(&self) -> Result<Vec<StockItem>, StorageError> {
        let rows = sqlx::query_as(
            "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision FROM items",
        )
        .fetch_all(self.db.reader())
        .await?;
        Ok(rows::menu(rows)?)
    }

    async fn item(&self, id: &ItemId) -> Result<Option<StockItem>, StorageError> {
        let mut connection = self.db.reader().acquire().await?;
        Ok(find(&mut connection, id).await?)
    }

    async fn apply(&self, batch: &[Operation], at: Time) -> Result<Applied, StorageError> {
        Ok(apply::apply(&self.db, batch, at).await?)
    }

    async fn change(
        &self,
        id: &ItemId,
        expected_revision: u64,
        change: &ItemChange,
        deed: &Deed,
    ) -> Result<StockItem, StockError> {
        people::change(&self.db, id, expected_revision, change, deed).await
    }

    async fn adjust(&self, id: &ItemId, adjust: &Adjust, deed: &Deed) -> Result<StockItem, StockError> {
        people::adjust(&self.db, id, adjust, deed).await
    }

    async fn seed(&self, items: &[SeedItem], deed: &Deed) -> Result<Seeded, StorageError> {
        Ok(people::seed(&self.db, items, deed).await?)
    }

    async fn seed_if_empty(&self, items: &[SeedItem], deed: &Deed) -> Result<Option<Seeded>, StorageError> {
        Ok(people::seed_if_empty(&self.db, items, deed).await?)
    }

    async fn oversold(&self) -> Result<u64, StorageError> {
        Ok(retention::oversold(&self.db).await?)
    }

    async fn forget(&self, keys_before: Time, history_before: Time) -> Result<Forgotten, StorageError> {
        Ok(retention::forget(&self.db, keys_before, history_before).await?)
    }

    async fn is_up(&self) -> bool {
        self.db.is_up().await
    }
}

/// One dish, within or without a transaction.
async fn find(connection: &mut SqliteConnection, id: &ItemId) -> Result<Option<StockItem>, sqlx::Error> {
    let row: Option<ItemRow> = sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision
         FROM items WHERE id = ?1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.map(ItemRow::read).transpose()
}

#[cfg(test)]
mod tests;
