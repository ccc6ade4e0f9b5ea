//! Login attempts that the database judges and Redis remembers: which name is refused, and until when.
//!
//! The database alone lets somebody in, so the limit is exact whether Redis is there, away, or has forgotten. What it
//! has refused stays refused until the first attempt leaves the window, and nothing shortens that; so Redis answers
//! the tries of a storm until then, and the database is not asked.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::Script;
use service_kit::redis::{Redis, RedisError};

use super::{Attempt, AttemptsError, LoginAttempts, Name, WINDOW, database::DatabaseAttempts, name_of};

/// For how long a name is still refused (not above 0 if it is not), and the time by Redis's clock, both in
/// milliseconds.
const LOOK: &str = "
    local time = redis.call('TIME')
    return {redis.call('PTTL', KEYS[1]), time[1] * 1000 + math.floor(time[2] / 1000)}
";

/// Login attempts of all replicas, with Redis in front of the database.
#[derive(Debug, Clone)]
pub struct RedisAttempts {
    redis: Redis,
    database: DatabaseAttempts,
    look: Arc<Script>,
}

impl RedisAttempts {
    /// In front of this database.
    pub fn new(redis: Redis, database: DatabaseAttempts) -> Self {
        Self { redis, database, look: Arc::new(Script::new(LOOK)) }
    }

    async fn look(&self, key: String) -> Result<(i64, i64), RedisError> {
        let script = Arc::clone(&self.look);
        self.redis
            .ask(|connection| Box::pin(async move { script.key(key).invoke_async(connection).await }))
            .await
    }

    /// Remembers that a name is refused until then, by Redis's clock: a command that arrives late does no harm.
    async fn remember(&self, key: String, until: i64) {
        let told = self.redis.ask(|connection| {
            Box::pin(async move {
                redis::cmd("SET").arg(key).arg("").arg("PXAT").arg(until).exec_async(connection).await
            })
        });
        if let Err(error) = told.await {
            tracing::debug!(%error, "Redis does not know that a name is refused");
        }
    }
}

fn key_of(name: &Name) -> String {
    format!("login-refused:{:032x}", u128::from_be_bytes(*name))
}

#[async_trait]
impl LoginAttempts for RedisAttempts {
    async fn count(&self, username: &str) -> Result<Attempt, AttemptsError> {
        let name = name_of(username);
        let looked = self.look(key_of(&name)).await;
        if let Ok((left, _)) = looked
            && let Some(wait) = u64::try_from(left).ok().map(Duration::from_millis)
            && (Duration::from_millis(1)..=WINDOW).contains(&wait)
        {
            return Ok(Attempt::Refused { wait });
        }
        let attempt = self.database.count_name(&name).await?;
        if let (Attempt::Refused { wait }, Ok((_, asked_at))) = (attempt, looked)
            && let Ok(wait) = i64::try_from(wait.as_millis())
        {
            // The database judged after Redis was asked, and rounded up: this is never beyond the true end.
            self.remember(key_of(&name), asked_at.saturating_add(wait - 1)).await;
        }
        Ok(attempt)
    }

    async fn peek(&self, name: &str) -> Result<Attempt, AttemptsError> {
        self.database.peek_name(&name_of(name)).await
    }

    async fn sweep(&self) -> Result<(), AttemptsError> {
        self.database.sweep().await
    }

    /// Without Redis it is as exact, but every try asks the database.
    async fn is_up(&self) -> bool {
        self.redis.is_up().await
    }
}
