//! Opening a PostgreSQL database the one safe way: a bounded pool, deadlines for every statement and every wait,
//! migrations that run once also when replicas start together.

use std::{str::FromStr as _, time::Duration};

use prometheus::IntGauge;
use sqlx::{
    PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Tasks, metrics::Metrics};

/// How long a statement may take at the server; longer than any of ours should.
const STATEMENT: &str = "5s";
/// How long a statement may wait for a lock at the server.
const LOCK: &str = "4s";
/// How long a transaction that does nothing holds its locks.
const IDLE_IN_TRANSACTION: &str = "10s";
/// How long a piece of work may take, with the wait for a connection: what [`Database::within`] holds it to.
const DEADLINE: Duration = Duration::from_secs(6);
/// How long to wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(2);
/// How long a server that is still starting is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to rest between two looks.
const REST: Duration = Duration::from_millis(250);

/// An open database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

/// Why a database cannot be opened: one line, without the password.
#[derive(Debug, thiserror::Error)]
#[error("the database {place} cannot be opened: {reason}")]
pub struct OpenError {
    place: String,
    reason: String,
}

impl Database {
    /// Opens the database at `url` (`postgres://role:password@host:port/name`) with at most `connections`
    /// connections, waits for it up to a minute, and brings its tables up to date.
    ///
    /// # Errors
    /// The address cannot be read, the server does not come up or refuses, or the tables cannot be migrated.
    pub async fn open(
        url: &str,
        migrations: &Migrator,
        connections: u32,
        tasks: &Tasks,
        metrics: &Metrics,
    ) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| OpenError { place: "of the setting".to_owned(), reason: error.to_string() })?;
        let place = format!(
            "{} at {}:{}",
            options.get_database().unwrap_or("-"),
            options.get_host(),
            options.get_port()
        );
        let options = options.application_name("cafeteria").options([
            ("statement_timeout", STATEMENT),
            ("lock_timeout", LOCK),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
            // Promise 1: a commit is on the disk when it returns, whatever the server's own setting.
            ("synchronous_commit", "on"),
            // A plan that was made while the tables were nearly empty is kept, and must still be right in the rush a
            // minute later: rows are found by an index wherever there is one.
            ("enable_seqscan", "off"),
            ("jit", "off"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(Duration::from_secs(300))
            .max_lifetime(Duration::from_secs(1800))
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let database = Self { pool };
        database.migrate(migrations).await.map_err(|error| OpenError { place, reason: error.to_string() })?;
        database.show(tasks, metrics);
        Ok(database)
    }

    /// Migrates, under the lock that the migrator takes; waits while the server is not there yet.
    async fn migrate(&self, migrations: &Migrator) -> Result<(), sqlx::migrate::MigrateError> {
        let began = tokio::time::Instant::now();
        loop {
            match migrations.run(&self.pool).await {
                Err(sqlx::migrate::MigrateError::Execute(error))
                    if is_away(&error) && began.elapsed() < PATIENCE =>
                {
                    tracing::warn!(%error, "the database is not there yet");
                    tokio::time::sleep(REST).await;
                }
                ended => return ended,
            }
        }
    }

    fn show(&self, tasks: &Tasks, metrics: &Metrics) {
        let connections = metrics.gauges(
            "postgres_pool_connections",
            "Connections to PostgreSQL, by whether they are in use",
            "state",
        );
        let (idle, used): (IntGauge, IntGauge) =
            (connections.with_label_values(&["idle"]), connections.with_label_values(&["used"]));
        let (pool, ending) = (self.pool.clone(), tasks.clone());
        tasks.spawn(async move {
            while ending.pause(Duration::from_secs(1)).await {
                let all = i64::from(pool.size());
                let free = i64::try_from(pool.num_idle()).unwrap_or(all).min(all);
                idle.set(free);
                used.set(all - free);
            }
        });
    }

    /// Begins a transaction (read committed).
    ///
    /// # Errors
    /// The database is away or busy.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with("BEGIN").await
    }

    /// Begins a transaction whose commit does not wait for the disk, for what may be lost in a crash of the server. A
    /// later commit that does wait takes it to the disk too.
    ///
    /// # Errors
    /// The database is away or busy.
    pub async fn begin_unsynced(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with("BEGIN; SET LOCAL synchronous_commit = off").await
    }

    async fn begin_with(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        match self.pool.begin_with(statement).await {
            // A connection that the server closed while it was idle; the pool has dropped it.
            Err(error) if is_broken(&error) => self.pool.begin_with(statement).await,
            begun => begun,
        }
    }

    /// The connections, for a statement that is a transaction by itself.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Holds a piece of work to its deadline, so that a server which does not answer at all (paused, or behind a
    /// network that drops everything) is an error like any other. What was under way is rolled back.
    ///
    /// # Errors
    /// Those of the work, and `PoolTimedOut` at the deadline.
    pub async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, sqlx::Error> {
        tokio::time::timeout(DEADLINE, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Whether it answers.
    pub async fn is_up(&self) -> bool {
        self.within(sqlx::query("SELECT 1").execute(&self.pool)).await.is_ok()
    }

    /// Closes every connection and waits until that is done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Whether an error says that the server cannot be spoken to, now or yet.
pub fn is_away(error: &sqlx::Error) -> bool {
    // 57P01 to 57P03: shut down by an admin, crashed, cannot connect now; 53300: too many connections.
    let refused = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P03" | "53300"));
    refused || is_broken(error) || matches!(error, sqlx::Error::PoolTimedOut)
}

/// Whether the server gave up a transaction for the sake of another one, so that it makes sense to do it again at once:
/// it was deadlocked, or could not be serialized.
pub fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

/// Whether the connection itself broke.
fn is_broken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
}

/// The constraint that an error says is broken, by the name that the migrations give it.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}
