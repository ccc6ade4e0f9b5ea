//! Opening the file of the outbox: the lock, the checks, the migrations.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    Connection as _, Row as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    files::{create_folder, sync_folder},
    vault::{Vault, VaultError},
};

/// File of the outbox, in the data folder.
pub const DATABASE_FILE: &str = "outbox.db";
/// File of the lock, in the data folder.
pub const LOCK_FILE: &str = "outbox.lock";
/// Mark of the outbox in the header of an SQLite file: `CfKo`.
pub const APPLICATION_ID: i32 = 0x4366_4b6f;
/// Version of the tables that this program writes.
pub const SCHEMA_VERSION: i32 = 1;

/// Statements that lead from each version to the next. One that was released is never changed.
const MIGRATIONS: [&str; SCHEMA_VERSION as usize] = [include_str!("schema_1.sql")];

/// Time for which a statement waits for the lock of another program, for example of a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for which a call waits for the one connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Purpose and row of the sealed text that shows whether the key is the right one.
const KEY_CHECK: (&str, &str) = ("outbox/key-check", "1");

/// Fault that keeps the outbox from being opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another instance has the data folder open.
    #[error("another kiosk is running on {path}")]
    InUse {
        /// Lock file.
        path: String,
    },
    /// A newer version of the app has written the file.
    #[error("{path} was written by a newer version: its tables have version {found}, this app knows {known}")]
    Newer {
        /// Database.
        path: String,
        /// Version of the tables in the file.
        found: i32,
        /// Newest version that this app knows.
        known: i32,
    },
    /// The file is a database of another program.
    #[error("{path} is not an outbox")]
    Foreign {
        /// Database.
        path: String,
    },
    /// The file is damaged.
    #[error("{path} is damaged: {reason}")]
    Corrupt {
        /// Database.
        path: String,
        /// First fault that was found.
        reason: String,
    },
    /// The orders in the file were sealed with another key.
    #[error("{path} holds orders that were sealed with another key: put the earlier key file back")]
    OtherKey {
        /// Database.
        path: String,
    },
    /// The file or its folder cannot be read or written.
    #[error("{path} cannot be used: {reason}")]
    Storage {
        /// File or folder.
        path: String,
        /// Cause.
        reason: String,
    },
    /// The key cannot seal.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Error of a step, before it is known which variant of [`OpenError`] it is.
struct Fault<'a>(&'a Path);

impl Fault<'_> {
    fn path(&self) -> String {
        self.0.display().to_string()
    }

    fn storage(&self, reason: &dyn std::fmt::Display) -> OpenError {
        OpenError::Storage { path: self.path(), reason: reason.to_string() }
    }

    fn corrupt(&self, reason: impl Into<String>) -> OpenError {
        OpenError::Corrupt { path: self.path(), reason: reason.into() }
    }

    fn database(&self, error: &sqlx::Error) -> OpenError {
        // Primary result codes SQLITE_CORRUPT and SQLITE_NOTADB: https://www.sqlite.org/rescode.html
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        match code.map(|code| code & 0xff) {
            Some(11 | 26) => self.corrupt(error.to_string()),
            _ => self.storage(error),
        }
    }
}

/// Data folder that no other instance uses. It stays locked until this is dropped.
#[derive(Debug)]
pub struct DataFolder {
    pub(super) path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Locks a data folder, and makes it if there is none. Comes before everything that reads or writes in it.
    ///
    /// # Errors
    /// Another instance runs, or the folder cannot be written.
    pub fn lock(path: &Path) -> Result<Self, OpenError> {
        create_folder(path).map_err(|error| Fault(path).storage(&error))?;
        Ok(Self { path: path.to_owned(), _lock: lock(&path.join(LOCK_FILE))? })
    }
}

/// Opens the database in a data folder.
pub(super) async fn open(folder: &Path, vault: &Vault) -> Result<SqlitePool, OpenError> {
    let path = folder.join(DATABASE_FILE);
    let fault = Fault(&path);
    create_file(&path).map_err(|error| fault.storage(&error))?;
    check_header(&path)?;
    let pool = connect(&path).await.map_err(|error| fault.database(&error))?;
    let prepared = async {
        let mut connection = pool.acquire().await.map_err(|error| fault.database(&error))?;
        check(&mut connection, &fault).await?;
        migrate(&mut connection).await.map_err(|error| fault.database(&error))?;
        check_key(&mut connection, vault, &fault).await
    };
    if let Err(error) = prepared.await {
        pool.close().await;
        return Err(error);
    }
    sync_folder(folder).map_err(|error| Fault(folder).storage(&error))?;
    Ok(pool)
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let fault = Fault(path);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| fault.storage(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: fault.path() }),
        Err(TryLockError::Error(error)) => Err(fault.storage(&error)),
    }
}

/// Makes the database's file if there is none, so that it has its mode from the start. SQLite gives the files of its logs
/// the same mode.
fn create_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => restrict(path),
    }
}

#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if std::fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// On Windows, the folder's access list decides.
#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads the header before SQLite opens the file, because SQLite may write to a file that it opens: it merges a log
/// that it finds. <https://www.sqlite.org/fileformat2.html#the_database_header>
fn check_header(path: &Path) -> Result<(), OpenError> {
    let fault = Fault(path);
    // The first page is being made or restored; SQLite finishes that.
    let journal = PathBuf::from(format!("{}-journal", path.display()));
    if journal.exists() {
        return Ok(());
    }
    let mut header = Vec::with_capacity(100);
    let file = File::open(path).map_err(|error| fault.storage(&error))?;
    file.take(100).read_to_end(&mut header).map_err(|error| fault.storage(&error))?;
    let Some((magic, _)) = header.split_first_chunk::<16>() else {
        return if header.is_empty() { Ok(()) } else { Err(fault.corrupt("the header is too short")) };
    };
    if magic != b"SQLite format 3\0" {
        return Err(fault.corrupt("the file is not a database"));
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(i32::from_be_bytes).ok_or_else(|| fault.corrupt("the header is too short"))
    };
    judge(number(68)?, number(60)?, &fault)
}

/// Judges application id and version. Both are zero in a new file.
fn judge(application: i32, version: i32, fault: &Fault<'_>) -> Result<(), OpenError> {
    match (application, version) {
        (0, 0) => Ok(()),
        (APPLICATION_ID, found) if found > SCHEMA_VERSION => {
            Err(OpenError::Newer { path: fault.path(), found, known: SCHEMA_VERSION })
        }
        (APPLICATION_ID, 1..) => Ok(()),
        _ => Err(OpenError::Foreign { path: fault.path() }),
    }
}

async fn connect(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk, not only in the page cache, when it returns.
        .synchronous(SqliteSynchronous::Full)
        // Deleted rows are overwritten with zeros.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cache_size", "-1024");
    // One connection: calls follow each other, and no reader keeps a checkpoint from emptying the log.
    SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options)
        .await
}

/// Checks the file with its log: whether it is an outbox, of a known version, and whole.
async fn check(connection: &mut SqliteConnection, fault: &Fault<'_>) -> Result<(), OpenError> {
    let database = |error| fault.database(&error);
    let application: i32 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(database)?;
    let version = version(connection).await.map_err(database)?;
    judge(application, version, fault)?;
    let result: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *connection).await.map_err(database)?;
    if result != "ok" {
        return Err(fault.corrupt(result));
    }
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(database)?;
    if version == 0 && tables > 0 {
        return Err(OpenError::Foreign { path: fault.path() });
    }
    Ok(())
}

async fn version(connection: &mut SqliteConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}

/// Brings the tables up to date, each version in a transaction with its number.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let present = usize::try_from(version(connection).await?).unwrap_or(0);
    for script in MIGRATIONS.into_iter().skip(present) {
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(script).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Checks that the key opens what is in the file. A file without orders takes over a new key.
async fn check_key(
    connection: &mut SqliteConnection,
    vault: &Vault,
    fault: &Fault<'_>,
) -> Result<(), OpenError> {
    let database = |error| fault.database(&error);
    let row = sqlx::query(
        "SELECT (SELECT sealed FROM key_check) AS sealed, EXISTS (SELECT 1 FROM orders) AS orders",
    );
    let row = row.fetch_one(&mut *connection).await.map_err(database)?;
    let (sealed, orders): (Option<Vec<u8>>, bool) =
        (row.try_get("sealed").map_err(database)?, row.try_get("orders").map_err(database)?);
    let (purpose, id) = KEY_CHECK;
    if sealed.is_some_and(|sealed| vault.open_sealed(purpose, id, &sealed).is_some()) {
        return Ok(());
    }
    if orders {
        return Err(OpenError::OtherKey { path: fault.path() });
    }
    sqlx::query("INSERT OR REPLACE INTO key_check (id, sealed) VALUES (1, ?)")
        .bind(vault.seal(purpose, id, b"")?)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    Ok(())
}
