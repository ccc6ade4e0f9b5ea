//! The stock on SQLite: one writer, so that a version cannot change between reading and writing; the conditional
//! updates check it all the same.

mod apply;
mod people;
mod retention;

use std::{error::Error, path::Path, sync::Arc};

use async_trait::async_trait;
use service_kit::{
    audit::{Deed, SqliteAudit},
    sqlite::{Database, OpenError},
};
use sqlx::SqliteConnection;
use wire::{
    ItemId, Time,
    stock::{Adjust, Category, ItemChange, SeedItem, Seeded, StockItem},
};

use super::{Applied, Forgotten, StockStore};
use crate::domain::{StockError, StorageError, item::in_menu_order, plan::Operation};

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
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision FROM items",
        )
        .fetch_all(self.db.reader())
        .await?;
        let mut items = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
        in_menu_order(&mut items);
        Ok(items)
    }

    async fn item(&self, id: &ItemId) -> Result<Option<StockItem>, StorageError> {
        let mut connection = self.db.reader().acquire().await?;
        find(&mut connection, id).await
    }

    async fn apply(&self, batch: &[Operation], at: Time) -> Result<Applied, StorageError> {
        apply::apply(&self.db, batch, at).await
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
        people::seed(&self.db, items, deed).await
    }

    async fn oversold(&self) -> Result<u64, StorageError> {
        retention::oversold(&self.db).await
    }

    async fn forget(&self, keys_before: Time, history_before: Time) -> Result<Forgotten, StorageError> {
        retention::forget(&self.db, keys_before, history_before).await
    }

    async fn is_up(&self) -> bool {
        self.db.is_up().await
    }
}

/// One dish, within or without a transaction.
async fn find(connection: &mut SqliteConnection, id: &ItemId) -> Result<Option<StockItem>, StorageError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, name, category, price_poisha, picture, available, quantity, version, revision
         FROM items WHERE id = ?1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.map(Row::read).transpose()
}

/// A dish as it is stored.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    category: String,
    price_poisha: i64,
    picture: String,
    available: bool,
    quantity: i64,
    version: i64,
    revision: i64,
}

impl Row {
    fn read(self) -> Result<StockItem, StorageError> {
        Ok(StockItem {
            id: self.id.parse().map_err(unreadable)?,
            name: self.name,
            category: Category::parse(&self.category).ok_or_else(|| unreadable(self.category))?,
            price_poisha: self.price_poisha.try_into().map_err(unreadable)?,
            picture: self.picture,
            available: self.available,
            quantity: self.quantity.try_into().map_err(unreadable)?,
            version: self.version.try_into().map_err(unreadable)?,
            revision: self.revision.try_into().map_err(unreadable)?,
        })
    }
}

/// The database holds something that this code never writes.
fn unreadable(what: impl std::fmt::Display) -> StorageError {
    StorageError(Arc::from(Box::<dyn Error + Send + Sync>::from(format!(
        "a stored value cannot be read: {what}"
    ))))
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<serde_json::Error> for StorageError {
    fn from(error: serde_json::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<sqlx::Error> for StockError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<serde_json::Error> for StockError {
    fn from(error: serde_json::Error) -> Self {
        Self::Storage(error.into())
    }
}

#[cfg(test)]
mod tests;
