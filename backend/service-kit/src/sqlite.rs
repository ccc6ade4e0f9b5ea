//! Opening an SQLite database the one safe way: write-ahead log, a sync in every commit, one writer, a few
//! read-only connections.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};

/// An open database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Database {
    writer: SqlitePool,
    reader: SqlitePool,
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the database {path} cannot be opened: {reason}")]
pub struct OpenError {
    path: String,
    reason: String,
}

impl OpenError {
    /// This file, for this reason.
    pub fn new(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self { path: path.display().to_string(), reason: reason.to_string() }
    }
}

impl Database {
    /// Opens the file, makes it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// The file cannot be made, read or migrated.
    pub async fn open(path: &Path, migrations: &Migrator, readers: u32) -> Result<Self, OpenError> {
        Self::try_open(path, migrations, readers).await.map_err(|error| OpenError::new(path, &error))
    }

    async fn try_open(path: &Path, migrations: &Migrator, readers: u32) -> Result<Self, sqlx::Error> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .pragma("cache_size", "-1024")
            .pragma("temp_store", "MEMORY");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(2))
            .test_before_acquire(false)
            .connect_with(
                options
                    .clone()
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .auto_vacuum(SqliteAutoVacuum::Incremental)
                    // Promise 1: a commit is on the disk, not only in the page cache, when it returns.
                    .synchronous(SqliteSynchronous::Full)
                    // Longer than the default of 1000 pages, so that fewer commits pay for a checkpoint.
                    .pragma("wal_autocheckpoint", "4000")
                    .pragma("journal_size_limit", "67108864"),
            )
            .await?;
        // Of two that start together, the later one fails on a table that the other has just made. Once it looks
        // again, it finds that migration done.
        let mut looks = migrations.iter().count();
        while let Err(error) = migrations.run(&writer).await {
            if looks == 0 {
                return Err(error.into());
            }
            looks -= 1;
        }
        let reader = SqlitePoolOptions::new()
            .max_connections(readers)
            .min_connections(0)
            .idle_timeout(Duration::from_secs(60))
            .acquire_timeout(Duration::from_secs(2))
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true));
        Ok(Self { writer, reader })
    }

    /// Begins a transaction that may write, at once, so that it cannot fail half way for want of the lock.
    ///
    /// # Errors
    /// The database is away or busy.
    pub async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        match self.writer.begin_with("BEGIN IMMEDIATE").await {
            // SQLite rolls back by itself when, say, the disk is full. The driver does not notice, and would refuse
            // this connection every transaction from then on.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with("BEGIN IMMEDIATE").await
            }
            begun => begun,
        }
    }

    /// The connections for reading.
    pub fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// The one connection for writing, for a statement that is a transaction by itself.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Whether it answers.
    pub async fn is_up(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.reader).await.is_ok()
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Copies a database as it is at this moment into a new file, and syncs that. Others may go on writing meanwhile.
///
/// # Errors
/// There is no such database, or the copy cannot be written.
pub async fn copy(from: &Path, to: &Path) -> Result<(), OpenError> {
    let copied = async {
        let options = SqliteConnectOptions::new().filename(from).busy_timeout(Duration::from_secs(30));
        let mut connection = options.connect().await?;
        sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut connection).await?;
        connection.close().await?;
        std::fs::File::open(to)?.sync_all()?;
        Ok::<_, sqlx::Error>(())
    };
    copied.await.map_err(|error| OpenError::new(from, &error))
}

/// Whether an error is a broken rule of the schema (a unique key, a check), not a failure of storage.
pub fn is_constraint(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation() || error.is_check_violation() || error.is_foreign_key_violation()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_sqlite_rolled_back_by_itself_does_not_end_all_writing() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&folder.path().join("test.db"), &Migrator::DEFAULT, 1).await.unwrap();
        sqlx::query("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT").execute(db.writer()).await.unwrap();
        for _ in 0..3 {
            let mut tx = db.begin().await.unwrap();
            sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *tx).await.unwrap();
            // What a full disk does too.
            let twice = sqlx::query("INSERT OR ROLLBACK INTO t VALUES (1)").execute(&mut *tx).await;
            assert!(is_constraint(&twice.unwrap_err()));
        }
        let mut tx = db.begin().await.unwrap();
        sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM t").fetch_one(db.reader()).await.unwrap();
        assert_eq!(left, 1);
    }
}
