//! Handing an order over to the queue: a deadline for its confirm, and a breaker so that an outage that is known
//! is answered at once. While the outage lasts, one order at a time tries whether it is over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use messaging::{OrderQueue, PublishError};
use tokio::time::Instant;

/// How long after one that failed the next order tries whether the queue is back.
const BREAK: Duration = Duration::from_secs(1);

/// The way into the queue. Clones are the same.
#[derive(Clone)]
pub struct Handover {
    queue: Arc<dyn OrderQueue>,
    deadline: Duration,
    started: Instant,
    /// While the queue counts as away, the milliseconds after `started` at which the next order may try it; else 0.
    away_until: Arc<AtomicU64>,
}

impl std::fmt::Debug for Handover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handover")
    }
}

impl Handover {
    /// Into this queue, which confirms within `deadline` or counts as away.
    pub fn new(queue: Arc<dyn OrderQueue>, deadline: Duration) -> Self {
        Self { queue, deadline, started: Instant::now(), away_until: Arc::default() }
    }

    /// Publishes, and returns once the queue has confirmed.
    ///
    /// # Errors
    /// It was not accepted, or that is not known.
    pub async fn publish(&self, message: Vec<u8>) -> Result<(), PublishError> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let pause = u64::try_from((self.deadline + BREAK).as_millis()).unwrap_or(u64::MAX);
        let until = self.away_until.load(Ordering::Relaxed);
        if until != 0 {
            let next = now.saturating_add(pause);
            let tries = now >= until
                && self
                    .away_until
                    .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if !tries {
                return Err(PublishError::Unavailable);
            }
        }
        match tokio::time::timeout(self.deadline, self.queue.publish(message)).await {
            Ok(answer) => {
                if self.away_until.load(Ordering::Relaxed) != 0 {
                    self.away_until.store(0, Ordering::Relaxed);
                }
                answer
            }
            Err(_) => {
                self.away_until.store(now.saturating_add(pause).max(1), Ordering::Relaxed);
                Err(PublishError::Unknown)
            }
        }
    }
}
