//! The queue and the fan-out between machines, on RabbitMQ 3.10 to 4.x.
//!
//! - [`queue`]: the order queue as its port sees it
//! - [`fanout`]: the fan-out: what is published, and each process's one queue of news
//! - `line`: a connection that is kept: made, watched, given up and made anew by our own worker
//! - `publisher`: messages that share a round of confirms
//! - `consumer`: one receiver of orders, and what it holds
//! - `letters`: the dead letters, read and driven again by one replica at a time
//! - `topology`: what is declared
//! - `header`: what travels beside a body
//!
//! Publishing and consuming have a connection each: the broker stops reading from who publishes when it runs out of
//! memory or disk, and orders must still be acknowledged then. lapin's own recovery stays off.

mod consumer;
pub mod fanout;
mod header;
mod letters;
mod line;
mod publisher;
pub mod queue;
mod topology;

use std::{future::Future, time::Duration};

pub use fanout::{FanoutConfig, Fanouts, RabbitFanout};
pub use line::AddressError;
pub use queue::{RabbitConfig, RabbitOrderQueue};
use service_kit::Tasks;
use tokio::sync::watch;

/// How long the broker may take to answer; whoever takes longer counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// When it is over: once the owner closes it, or the service has served its last.
#[derive(Debug, Clone)]
struct End {
    tasks: Tasks,
    closed: watch::Sender<bool>,
    /// Every worker that talks to the broker holds a receiver.
    working: watch::Sender<()>,
}

impl End {
    fn new(tasks: &Tasks) -> Self {
        Self { tasks: tasks.clone(), closed: watch::Sender::new(false), working: watch::Sender::new(()) }
    }

    /// Ends it, and waits until every worker has said goodbye.
    async fn close(&self) {
        self.closed.send_replace(true);
        self.working.closed().await;
    }

    /// Held by a worker as long as it works.
    fn working(&self) -> watch::Receiver<()> {
        self.working.subscribe()
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Whether nothing new is to be begun.
    fn is_near(&self) -> bool {
        self.is_closed() || self.tasks.is_stopping()
    }

    /// Completes when nothing may be done any more.
    async fn over(&self) {
        tokio::select! {
            () = self.closed() => {}
            () = self.tasks.last_call() => {}
        }
    }

    /// Completes when nothing new is to be begun.
    async fn nearing(&self) {
        tokio::select! {
            () = self.closed() => {}
            () = self.tasks.stopping() => {}
        }
    }

    /// Waits for as long, or until it is over. Returns whether it may go on.
    async fn rest(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.over() => false,
            () = tokio::time::sleep(time) => true,
        }
    }

    async fn closed(&self) {
        // It cannot fail while `self` holds a sender.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }
}

/// The broker did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {PATIENCE:?}")]
struct NoAnswer;

/// Waits for the broker's answer, but not for ever.
async fn within<T>(answer: impl Future<Output = lapin::Result<T>>) -> lapin::Result<T> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, NoAnswer).into()),
    }
}
