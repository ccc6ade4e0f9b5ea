//! Handing an order over to the queue: a deadline for its confirm, and a breaker so that an outage that is known
//! is answered at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use messaging::{OrderQueue, PublishError};
use tokio::time::Instant;

/// After the queue let a deadline pass, for how long it counts as away.
const BREAK: Duration = Duration::from_secs(1);

/// The way into the queue. Clones are the same.
#[derive(Clone)]
pub struct Handover {
    queue: Arc<dyn OrderQueue>,
    deadline: Duration,
    started: Instant,
    /// Milliseconds after `started` until which the queue counts as away.
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
        if now < self.away_until.load(Ordering::Relaxed) {
            return Err(PublishError::Unavailable);
        }
        match tokio::time::timeout(self.deadline, self.queue.publish(message)).await {
            Ok(published) => published,
            Err(_) => {
                let pause = self.deadline + BREAK;
                let until = now.saturating_add(u64::try_from(pause.as_millis()).unwrap_or(0));
                self.away_until.store(until, Ordering::Relaxed);
                Err(PublishError::Unknown)
            }
        }
    }
}
