//! The port of the notification fan-out.
//!
//! - *Delivery*: each event goes to every subscription that is open when it is published, in the order of
//!   publication, at least once, as long as the subscriber keeps up. What was on its way when a subscription began it
//!   may hear as well.
//! - *Gap*: a subscription that lagged or was cut off is told so with [`News::Gap`] before anything newer.
//! - *Bound*: a subscription holds a bounded number of events; the oldest go first.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast::{self, error::RecvError};
use wire::event::Event;

use crate::PublishError;

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// An event.
    Event(Arc<Event>),
    /// Something may have been missed.
    Gap,
}

/// Tells every subscriber.
#[async_trait]
pub trait Fanout: Send + Sync + 'static {
    /// Publishes events in this order; returns once they are handed over.
    async fn publish(&self, events: Vec<Event>) -> Result<(), PublishError>;

    /// Hears everything from now on.
    fn subscribe(&self) -> Box<dyn Subscription>;

    /// Whether it can carry events.
    async fn is_up(&self) -> bool;
}

/// One subscriber's ear.
#[async_trait]
pub trait Subscription: Send {
    /// The next news; `None` once the fan-out is closed.
    async fn next(&mut self) -> Option<News>;
}

/// A subscription that reads a ring of news at its own pace.
pub(crate) struct Ear(pub(crate) broadcast::Receiver<News>);

#[async_trait]
impl Subscription for Ear {
    async fn next(&mut self) -> Option<News> {
        match self.0.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(News::Gap),
            Err(RecvError::Closed) => None,
        }
    }
}
