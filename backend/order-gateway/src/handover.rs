//! Handing an order over to the queue: a deadline for its confirm, and a breaker so that an outage that is known
//! is answered at once. While the outage lasts, one order at a time tries whether it is over.

use std::{sync::Arc, time::Duration};

use messaging::{OrderQueue, PublishError};
use service_kit::breaker::Breaker;

/// Time after an unconfirmed order before the next one probes whether the queue is back.
const BREAKER_OPEN_FOR: Duration = Duration::from_secs(1);

/// The way into the queue. Clones are the same.
#[derive(Clone)]
pub struct Handover {
    queue: Arc<dyn OrderQueue>,
    deadline: Duration,
    breaker: Breaker,
}

impl std::fmt::Debug for Handover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handover")
    }
}

impl Handover {
    /// Into this queue, which confirms within `deadline` or counts as away.
    pub fn new(queue: Arc<dyn OrderQueue>, deadline: Duration) -> Self {
        Self { queue, deadline, breaker: Breaker::new(BREAKER_OPEN_FOR) }
    }

    /// Publishes, and returns once the queue has confirmed.
    ///
    /// # Errors
    /// It was not accepted, or that is not known.
    pub async fn publish(&self, message: Vec<u8>) -> Result<(), PublishError> {
        let Some(permit) = self.breaker.admit() else { return Err(PublishError::Unavailable) };
        match tokio::time::timeout(self.deadline, self.queue.publish(message)).await {
            Ok(answer) => {
                permit.succeed();
                answer
            }
            Err(_) => {
                permit.fail();
                Err(PublishError::Unknown)
            }
        }
    }
}
