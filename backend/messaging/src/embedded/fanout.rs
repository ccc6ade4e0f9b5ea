//! The notification fan-out inside one process: a ring of events that every subscription reads at its own pace.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;
use wire::event::Event;

use crate::{Fanout, News, PublishError, Subscription, fanout::Ear};

/// How many events a subscription may be behind before it loses the oldest.
pub const DEFAULT_CAPACITY: usize = 4096;

/// More than this is not a bound any more.
pub(crate) const MAX_CAPACITY: usize = 1 << 20;

/// A fan-out that ends when it is dropped.
#[derive(Debug)]
pub struct BroadcastFanout {
    ring: broadcast::Sender<News>,
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
            let _ = self.ring.send(News::Event(Arc::new(event)));
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
