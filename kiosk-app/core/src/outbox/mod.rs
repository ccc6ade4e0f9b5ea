//! Orders that are kept until the server has answered them.
//!
//! - [`Outbox`]: the orders, in an SQLite database whose every commit is synced
//! - [`sender`]: sends the orders in the order of keeping, each with its unchanged key
//! - `database`: opening the file: lock, checks, migrations
//!
//! [`Outbox::keep`] returns after the sync, so a kiosk may say "kept here" from then on. A row holds nothing of the student
//! but a text sealed by the [`Vault`]; deleted rows are overwritten with zeros.

mod database;
pub mod sender;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use app::kiosk::Language;
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, Sqlite, SqlitePool, Transaction, sqlite::SqliteRow};
use wire::{
    ErrorCode, OrderId, Time,
    identity::{Secret, SessionUser},
    order::{PlaceOrder, PricedLine},
};

pub use database::{APPLICATION_ID, DATABASE_FILE, DataFolder, LOCK_FILE, OpenError, SCHEMA_VERSION};

use crate::vault::{Vault, VaultError};

/// Most orders that are kept, those included that staff have not cleared yet.
pub const MAX_ORDERS: u32 = 10_000;
/// Most rows that [`Outbox::list`] returns.
pub const MAX_LISTED: u32 = 200;
/// Most entries of the log of cleared orders. Beyond it, the oldest is dropped.
pub const MAX_CLEARED: u32 = 1_000;
/// Most characters of the reason for clearing an order.
pub const MAX_REASON: usize = 200;

/// Purpose of the seal of a row.
const PURPOSE: &str = "outbox/order";

/// Order with everything that is needed to send it, to show it to staff and to print its slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOrder {
    /// Body for the server. It has an order id, which never changes.
    pub order: PlaceOrder,
    /// Token of the student's session at this kiosk.
    pub token: Secret,
    /// Expiry of the token.
    pub token_expires_at: Time,
    /// The student.
    pub user: SessionUser,
    /// Lines with the names and prices that the student saw.
    pub lines: Vec<PricedLine>,
    /// Sum that the student saw, in poisha.
    pub total_poisha: u64,
    /// Language of the student.
    pub language: Language,
    /// Time from which the order is not sent any more.
    pub expires_at: Time,
}

/// State of an order in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// The server refused it for good, or the row cannot be opened ([`ErrorCode::Unknown`]).
    Refused(ErrorCode),
    /// It waited too long.
    Expired,
}

/// Row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position in the order of keeping.
    pub seq: i64,
    /// Order.
    pub order_id: OrderId,
    /// Time of keeping.
    pub kept_at: Time,
    /// Time from which it is not sent any more.
    pub expires_at: Time,
    /// State.
    pub state: State,
    /// Attempts to send it whose outcome is not known. If there were any, the server may have the order.
    pub attempts: u32,
    /// Content; `None` if it cannot be opened with this kiosk's key.
    pub content: Option<KeptOrder>,
}

/// Numbers of orders in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders to be sent.
    pub waiting: u32,
    /// Orders that the server refused.
    pub refused: u32,
    /// Orders that waited too long.
    pub expired: u32,
}

/// Entry of the log of cleared orders. It holds nothing of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// Order.
    pub order_id: OrderId,
    /// Reason that staff gave.
    pub reason: String,
    /// Time of clearing.
    pub at: Time,
}

/// Failure of reading or writing the outbox.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be read or written: a full disk, a failing disk, a damaged file.
    #[error("the outbox cannot be read or written: {0}")]
    Database(#[from] sqlx::Error),
    /// A row cannot be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A row holds something that no version writes.
    #[error("the outbox holds an unreadable row")]
    Row,
}

/// Failure of keeping an order.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The outbox holds [`MAX_ORDERS`].
    #[error("the outbox is full: it holds {MAX_ORDERS} orders")]
    Full,
    /// The order has no id.
    #[error("the order has no id")]
    NoId,
    /// Another order is kept under this id.
    #[error("another order is kept under the same id")]
    Conflict,
    /// The order may or may not be kept. Keeping it again under the same id is safe.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for KeepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Open outbox. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Outbox {
    pool: SqlitePool,
    vault: Vault,
    /// Locked until the last clone is dropped.
    _folder: Arc<DataFolder>,
}

impl Outbox {
    /// Opens the outbox of a locked data folder. Makes the file if there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// The file was written by a newer version, is damaged, belongs to another program or key, or cannot be read or
    /// written. It is left as it is.
    pub async fn open(folder: DataFolder, vault: Vault) -> Result<Self, OpenError> {
        let pool = database::open(&folder.path, &vault).await?;
        Ok(Self { pool, vault, _folder: Arc::new(folder) })
    }

    /// Closes the database. Every later call fails; the lock is held until the last clone is dropped.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Keeps an order. It is on the disk, synced, when this returns. An order that is kept already stays as it is.
    ///
    /// # Errors
    /// The outbox is full, the order has no id or the id of another one, or the disk cannot be written.
    pub async fn keep(&self, order: &KeptOrder, now: Time) -> Result<(), KeepError> {
        let order_id = order.order.order_id.as_ref().ok_or(KeepError::NoId)?;
        let sealed = self.seal(order_id, order)?;
        let mut tx = self.begin().await?;
        let earlier: Option<SqliteRow> = sqlx::query("SELECT sealed FROM orders WHERE order_id = ?")
            .bind(order_id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = earlier {
            let same = self.open_content(order_id, row.try_get("sealed")?).as_ref() == Some(order);
            return if same { Ok(()) } else { Err(KeepError::Conflict) };
        }
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&mut *tx).await?;
        if count >= i64::from(MAX_ORDERS) {
            return Err(KeepError::Full);
        }
        sqlx::query(
            "INSERT INTO orders (order_id, sealed, kept_at, expires_at, state) VALUES (?, ?, ?, ?, 'waiting')",
        )
        .bind(order_id.as_str())
        .bind(sealed)
        .bind(now.as_millis())
        .bind(order.expires_at.as_millis())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Returns the waiting order that was kept first. Rows that cannot be opened are refused with
    /// [`ErrorCode::Unknown`] and skipped.
    ///
    /// # Errors
    /// The disk cannot be read or written.
    pub async fn next_waiting(&self) -> Result<Option<Entry>, StorageError> {
        loop {
            let row = sqlx::query("SELECT * FROM orders WHERE state = 'waiting' ORDER BY seq LIMIT 1");
            let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
            let entry = self.entry(&row)?;
            if entry.content.is_some() {
                return Ok(Some(entry));
            }
            // Each turn takes one row out of this state, so the loop ends.
            self.refused(&entry.order_id, ErrorCode::Unknown).await?;
        }
    }

    /// Returns the row of an order.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub async fn get(&self, order_id: &OrderId) -> Result<Option<Entry>, StorageError> {
        let row = sqlx::query("SELECT * FROM orders WHERE order_id = ?").bind(order_id.as_str());
        row.fetch_optional(&self.pool).await?.map(|row| self.entry(&row)).transpose()
    }

    /// Deletes an order that the server has accepted. Returns false if it was gone.
    ///
    /// # Errors
    /// The disk cannot be written. The order is still there; sending it again under the same id is safe.
    pub async fn sent(&self, order_id: &OrderId) -> Result<bool, StorageError> {
        let deleted = sqlx::query("DELETE FROM orders WHERE order_id = ?").bind(order_id.as_str());
        let deleted = deleted.execute(&self.pool).await?.rows_affected() == 1;
        self.truncate_log_if_empty().await;
        Ok(deleted)
    }

    /// Marks a waiting order as refused for good. Returns false if it was not waiting.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub async fn refused(&self, order_id: &OrderId, code: ErrorCode) -> Result<bool, StorageError> {
        let update = sqlx::query(
            "UPDATE orders SET state = 'refused', code = ? WHERE order_id = ? AND state = 'waiting'",
        );
        let done = update.bind(code.as_str()).bind(order_id.as_str()).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Counts an attempt to send an order whose outcome is not known.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub async fn attempted(&self, order_id: &OrderId) -> Result<(), StorageError> {
        let update =
            sqlx::query("UPDATE orders SET attempts = min(attempts + 1, 1000000) WHERE order_id = ?");
        update.bind(order_id.as_str()).execute(&self.pool).await?;
        Ok(())
    }

    /// Marks waiting orders whose time has passed as expired, and returns them, oldest first.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub async fn expire(&self, now: Time) -> Result<Vec<OrderId>, StorageError> {
        let update = sqlx::query(
            "UPDATE orders INDEXED BY orders_to_expire SET state = 'expired' WHERE state = 'waiting' AND expires_at <= ? \
             RETURNING seq, order_id",
        );
        let rows = update.bind(now.as_millis()).fetch_all(&self.pool).await?;
        let mut expired = rows
            .iter()
            .map(|row| Ok((row.try_get::<i64, _>("seq")?, order_id(row)?)))
            .collect::<Result<Vec<_>, StorageError>>()?;
        expired.sort_unstable();
        Ok(expired.into_iter().map(|(_, order_id)| order_id).collect())
    }

    /// Deletes an order in whatever state, and writes its id and the reason into the log of cleared orders. Returns false
    /// if it was gone. Reasons are cut after [`MAX_REASON`] characters.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub async fn clear(&self, order_id: &OrderId, reason: &str, now: Time) -> Result<bool, StorageError> {
        let reason: String = reason.chars().take(MAX_REASON).collect();
        let mut tx = self.begin().await?;
        let deleted = sqlx::query("DELETE FROM orders WHERE order_id = ?").bind(order_id.as_str());
        if deleted.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO cleared (order_id, reason, at) VALUES (?, ?, ?)")
            .bind(order_id.as_str())
            .bind(reason)
            .bind(now.as_millis())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM cleared WHERE n <= (SELECT max(n) FROM cleared) - ?")
            .bind(i64::from(MAX_CLEARED))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.truncate_log_if_empty().await;
        Ok(true)
    }

    /// Returns the log of cleared orders, newest first.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub async fn cleared(&self) -> Result<Vec<Cleared>, StorageError> {
        let rows = sqlx::query("SELECT order_id, reason, at FROM cleared ORDER BY n DESC");
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let at = Time::from_millis(row.try_get("at")?);
                Ok(Cleared { order_id: order_id(row)?, reason: row.try_get("reason")?, at })
            })
            .collect()
    }

    /// Returns at most [`MAX_LISTED`] orders: first those that staff have to look at, then the waiting ones; each part
    /// oldest first.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub async fn list(&self) -> Result<Vec<Entry>, StorageError> {
        let rows = sqlx::query("SELECT * FROM orders ORDER BY state = 'waiting', seq LIMIT ?")
            .bind(i64::from(MAX_LISTED))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| self.entry(row)).collect()
    }

    /// Returns the numbers of orders by state.
    ///
    /// # Errors
    /// The disk cannot be read.
    pub async fn counts(&self) -> Result<Counts, StorageError> {
        let rows = sqlx::query("SELECT state, count(*) AS n FROM orders GROUP BY state");
        let mut counts = Counts::default();
        for row in rows.fetch_all(&self.pool).await? {
            let count = u32::try_from(row.try_get::<i64, _>("n")?).unwrap_or(u32::MAX);
            match row.try_get::<String, _>("state")?.as_str() {
                "waiting" => counts.waiting = count,
                "refused" => counts.refused = count,
                "expired" => counts.expired = count,
                _ => return Err(StorageError::Row),
            }
        }
        Ok(counts)
    }

    fn seal(&self, order_id: &OrderId, order: &KeptOrder) -> Result<Vec<u8>, StorageError> {
        let plain = serde_json::to_vec(order).map_err(|_| StorageError::Row)?;
        Ok(self.vault.seal(PURPOSE, order_id.as_str(), &plain)?)
    }

    fn open_content(&self, order_id: &OrderId, sealed: &[u8]) -> Option<KeptOrder> {
        let plain = self.vault.open_sealed(PURPOSE, order_id.as_str(), sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    fn entry(&self, row: &SqliteRow) -> Result<Entry, StorageError> {
        let order_id = order_id(row)?;
        let state = match row.try_get::<String, _>("state")?.as_str() {
            "waiting" => State::Waiting,
            "refused" => {
                let code: String = row.try_get("code")?;
                State::Refused(ErrorCode::parse(&code).unwrap_or(ErrorCode::Unknown))
            }
            "expired" => State::Expired,
            _ => return Err(StorageError::Row),
        };
        Ok(Entry {
            seq: row.try_get("seq")?,
            kept_at: Time::from_millis(row.try_get("kept_at")?),
            expires_at: Time::from_millis(row.try_get("expires_at")?),
            state,
            attempts: u32::try_from(row.try_get::<i64, _>("attempts")?).map_err(|_| StorageError::Row)?,
            content: self.open_content(&order_id, row.try_get("sealed")?),
            order_id,
        })
    }

    /// Begins a transaction that may write.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        match self.pool.begin_with("BEGIN IMMEDIATE").await {
            // SQLite rolls back by itself when the disk is full. The driver does not notice, and would refuse this
            // connection every later transaction.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.pool.acquire().await?.close().await?;
                self.pool.begin_with("BEGIN IMMEDIATE").await
            }
            begun => begun,
        }
    }

    /// Empties the write-ahead log once no order is left: it holds earlier states of the rows.
    async fn truncate_log_if_empty(&self) {
        let truncated = async {
            let left: bool =
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM orders)").fetch_one(&self.pool).await?;
            if !left {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&self.pool).await?;
            }
            Ok::<_, sqlx::Error>(())
        };
        // The order is deleted and the log is sealed text; the next time makes up for it.
        if let Err(error) = truncated.await {
            tracing::warn!(%error, "the log of the outbox cannot be emptied");
        }
    }
}

fn order_id(row: &SqliteRow) -> Result<OrderId, StorageError> {
    row.try_get::<String, _>("order_id")?.parse().map_err(|_| StorageError::Row)
}
