//! The connection to Redis, which only hints: it reconnects by itself, no question takes longer than a measured
//! deadline, and "no answer" is an ordinary answer.

use std::{fmt, sync::Arc, time::Duration};

use prometheus::{Histogram, IntCounter, IntGauge};
use redis::{
    Client, IntoConnectionInfo as _, RedisFuture, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use tokio::time::Instant;

use crate::{breaker::Breaker, metrics::Metrics};

/// How long a question may take, unless it is set otherwise.
pub const DEADLINE: Duration = Duration::from_millis(50);
/// Time for which requests are refused after one without an answer.
const BREAKER_OPEN_FOR: Duration = Duration::from_millis(200);
/// After how long a connection whose bytes nobody acknowledges is given up.
const SILENCE: Duration = Duration::from_secs(2);

/// Redis. Clones share one connection.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    connection: ConnectionManager,
    deadline: Duration,
    breaker: Breaker,
    up: IntGauge,
    unanswered: IntCounter,
    seconds: Histogram,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

/// Redis gave no answer in time, or none that helps.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// No answer within the deadline, or Redis is known to be away.
    #[error("Redis does not answer")]
    Away,
    /// It answered with an error, or something unexpected.
    #[error("Redis answered with an error")]
    Answered(#[source] redis::RedisError),
}

impl Redis {
    /// Redis at `url` (`redis://[:password@]host:port[/db]`). Connects when it is first asked. Must be called within
    /// the runtime.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn new(url: &str, metrics: &Metrics) -> RedisResult<Self> {
        Self::patient(url, DEADLINE, metrics)
    }

    /// As [`Redis::new`], with a deadline other than [`DEADLINE`].
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn patient(url: &str, deadline: Duration, metrics: &Metrics) -> RedisResult<Self> {
        let tcp = TcpSettings::default().set_nodelay(true).set_user_timeout(SILENCE);
        let client = Client::open(url.into_connection_info()?.set_tcp_settings(tcp))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(100))
            .set_max_delay(Duration::from_millis(200))
            .set_connection_timeout(Some(Duration::from_millis(500)))
            .set_response_timeout(Some(deadline * 4));
        Ok(Self(Arc::new(Inner {
            connection: ConnectionManager::new_lazy_with_config(client, config)?,
            deadline,
            breaker: Breaker::new(BREAKER_OPEN_FOR),
            up: metrics.gauge("redis_up", "Whether Redis answered the last question"),
            unanswered: metrics
                .counter("redis_unanswered_total", "Questions to Redis without an answer in time"),
            seconds: metrics.seconds("redis_seconds", "How long Redis took to answer"),
        })))
    }

    /// Asks, within the deadline.
    ///
    /// # Errors
    /// See [`RedisError`].
    pub async fn ask<T: Send>(
        &self,
        question: impl for<'a> FnOnce(&'a mut ConnectionManager) -> RedisFuture<'a, T>,
    ) -> Result<T, RedisError> {
        let inner = &*self.0;
        let Some(permit) = inner.breaker.admit() else { return Err(RedisError::Away) };
        let asked = Instant::now();
        let mut connection = inner.connection.clone();
        match tokio::time::timeout(inner.deadline, question(&mut connection)).await {
            Ok(Ok(answer)) => {
                permit.succeed();
                inner.up.set(1);
                inner.seconds.observe(asked.elapsed().as_secs_f64());
                Ok(answer)
            }
            Ok(Err(error)) if !is_away(&error) => {
                permit.succeed();
                inner.up.set(1);
                Err(RedisError::Answered(error))
            }
            Ok(Err(_)) | Err(_) => {
                permit.fail();
                inner.up.set(0);
                inner.unanswered.inc();
                Err(RedisError::Away)
            }
        }
    }

    /// Whether it answers.
    pub async fn is_up(&self) -> bool {
        self.ask(|connection| Box::pin(async move { redis::cmd("PING").query_async::<()>(connection).await }))
            .await
            .is_ok()
    }
}

/// Whether it is the connection that failed, or a server that is still loading, and not the question.
fn is_away(error: &redis::RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_connection_refusal()
        || matches!(
            error.kind(),
            redis::ErrorKind::Server(
                redis::ServerErrorKind::BusyLoading | redis::ServerErrorKind::MasterDown
            )
        )
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_accepts_and_never_answers_opens_the_breaker() {
        let black_hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (metrics, deadline) = (Metrics::new("test"), BREAKER_OPEN_FOR * 2);
        let url = format!("redis://{}", black_hole.local_addr().unwrap());
        let redis = Redis::patient(&url, deadline, &metrics).unwrap();
        let unanswered = || metrics.values()["redis_unanswered_total"];
        let start = Instant::now();
        assert!(!redis.is_up().await);
        assert!(start.elapsed() >= deadline, "{:?}", start.elapsed());
        assert_eq!(unanswered(), 1.0);
        for _ in 0..3 {
            let start = Instant::now();
            assert!(!redis.is_up().await);
            assert_eq!(start.elapsed(), Duration::ZERO, "at once");
        }
        assert_eq!(unanswered(), 1.0);
        tokio::time::advance(BREAKER_OPEN_FOR).await;
        tokio::join!(redis.is_up(), redis.is_up());
        assert_eq!(unanswered(), 2.0, "one request at a time probes");
    }
}
