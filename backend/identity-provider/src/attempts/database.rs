//! Login attempts in the identity database, where all replicas count together, by the clock of its server.

use std::time::Duration;

use async_trait::async_trait;
use service_kit::postgres::Database;

use super::{Attempt, AttemptsError, LIMIT, LoginAttempts, Name, WINDOW, name_of};
use crate::store::postgres::PgUserStore;

/// Login attempts in the identity database.
#[derive(Debug, Clone)]
pub struct DatabaseAttempts(Database);

impl DatabaseAttempts {
    /// In the database of this store.
    pub fn new(store: &PgUserStore) -> Self {
        Self(store.database().clone())
    }

    pub(super) async fn count_name(&self, name: &Name) -> Result<Attempt, AttemptsError> {
        let work = async {
            // Who comes second waits for the row, and judges by what the first has left there. An attempt in the near
            // future is from before the clock was set back a little, and counts.
            let counted = sqlx::query(
                "INSERT INTO login_attempts AS known (name, times) VALUES ($1, ARRAY[clock_timestamp()])
                 ON CONFLICT ON CONSTRAINT login_attempts_name DO UPDATE
                 SET times = ARRAY(
                     SELECT at FROM unnest(known.times) AS at
                     WHERE at > clock_timestamp() - make_interval(secs => $2)
                       AND at < clock_timestamp() + make_interval(secs => $2)
                 ) || clock_timestamp()
                 WHERE $3 > (
                     SELECT count(*) FROM unnest(known.times) AS at
                     WHERE at > clock_timestamp() - make_interval(secs => $2)
                       AND at < clock_timestamp() + make_interval(secs => $2)
                 )",
            )
            .bind(&name[..])
            .bind(WINDOW.as_secs_f64())
            .bind(i64::try_from(LIMIT).unwrap_or(i64::MAX))
            .execute(self.0.pool())
            .await?;
            if counted.rows_affected() == 1 {
                return Ok(Attempt::Allowed);
            }
            let wait: Option<i64> = sqlx::query_scalar(
                "SELECT ceil(1000 * extract(epoch FROM
                     min(at) + make_interval(secs => $2) - clock_timestamp()))::bigint
                 FROM login_attempts, unnest(times) AS at
                 WHERE name = $1 AND at > clock_timestamp() - make_interval(secs => $2)",
            )
            .bind(&name[..])
            .bind(WINDOW.as_secs_f64())
            .fetch_one(self.0.pool())
            .await?;
            // None is left when the first has gone out of the window just now.
            let wait = Duration::from_millis(wait.and_then(|wait| u64::try_from(wait).ok()).unwrap_or(0));
            Ok(Attempt::Refused { wait: wait.clamp(Duration::from_millis(1), WINDOW) })
        };
        self.0.within(work).await.map_err(|error| AttemptsError(Box::new(error)))
    }

    pub(super) async fn peek_name(&self, name: &Name) -> Result<Attempt, AttemptsError> {
        let work = sqlx::query_as(
            "SELECT count(*), ceil(1000 * extract(epoch FROM
                 min(at) + make_interval(secs => $2) - clock_timestamp()))::bigint
             FROM login_attempts, unnest(times) AS at
             WHERE name = $1 AND at > clock_timestamp() - make_interval(secs => $2)
               AND at < clock_timestamp() + make_interval(secs => $2)",
        )
        .bind(&name[..])
        .bind(WINDOW.as_secs_f64())
        .fetch_one(self.0.pool());
        let (counted, wait): (i64, Option<i64>) =
            self.0.within(work).await.map_err(|error| AttemptsError(Box::new(error)))?;
        if usize::try_from(counted).is_ok_and(|counted| counted < LIMIT) {
            return Ok(Attempt::Allowed);
        }
        let wait = Duration::from_millis(wait.and_then(|wait| u64::try_from(wait).ok()).unwrap_or(0));
        Ok(Attempt::Refused { wait: wait.clamp(Duration::from_millis(1), WINDOW) })
    }
}

#[async_trait]
impl LoginAttempts for DatabaseAttempts {
    async fn count(&self, username: &str) -> Result<Attempt, AttemptsError> {
        self.count_name(&name_of(username)).await
    }

    async fn peek(&self, name: &str) -> Result<Attempt, AttemptsError> {
        self.peek_name(&name_of(name)).await
    }

    async fn sweep(&self) -> Result<(), AttemptsError> {
        let work = sqlx::query(
            "DELETE FROM login_attempts WHERE name IN (
                 SELECT name FROM login_attempts
                 WHERE times[cardinality(times)] <= clock_timestamp() - make_interval(secs => $1)
                 FOR UPDATE SKIP LOCKED)",
        )
        .bind(WINDOW.as_secs_f64())
        .execute(self.0.pool());
        self.0.within(work).await.map(drop).map_err(|error| AttemptsError(Box::new(error)))
    }

    async fn is_up(&self) -> bool {
        self.0.is_up().await
    }
}
