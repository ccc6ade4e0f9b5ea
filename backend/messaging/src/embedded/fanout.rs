//! The notification fan-out inside one process: a ring of events that every subscription reads at its own pace.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast::{self, error::RecvError};
use wire::event::Event;

use crate::{Fanout, News, PublishError, Subscription};

/// How many events a subscription may be behind before it loses the oldest.
pub const DEFAULT_CAPACITY: usize = 4096;

/// More than this is not a bound any more.
const MAX_CAPACITY: usize = 1 << 20;

/// A fan-out that ends when it is dropped.
#[derive(Debug)]
pub struct BroadcastFanout {
    ring: broadcast::Sender<Arc<Event>>,
}

impl BroadcastFanout {
    /// A fan-out whose subscriptions may be this many events behind: 1 to 2^20, rounded up to a power of two.
    pub fn new(capacity: usize) -> Self {
        Self { ring: broadcast::Sender::new(capacity.clamp(1, MAX_CAPACITY)) }
    }
}

impl Default for BroadcastFanout {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

#[async_trait]
impl Fanout for BroadcastFanout {
    async fn publish(&self, events: Vec<Event>) -> Result<(), PublishError> {
        for event in events {
            // It fails when nobody listens, which is no failure.
            let _ = self.ring.send(Arc::new(event));
        }
        Ok(())
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        Box::new(Ear(self.ring.subscribe()))
    }

    async fn is_up(&self) -> bool {
        true
    }
}

struct Ear(broadcast::Receiver<Arc<Event>>);

#[async_trait]
impl Subscription for Ear {
    async fn next(&mut self) -> Option<News> {
        match self.0.recv().await {
            Ok(event) => Some(News::Event(event)),
            Err(RecvError::Lagged(_)) => Some(News::Gap),
            Err(RecvError::Closed) => None,
        }
    }
}
