//! The order queue of one machine, on SQLite: publishers share commits, consumers share one cursor in memory, a crash
//! of either leaves the rows where they are.

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use service_kit::{
    Clock, Tasks,
    batcher::{BatchError, Batcher},
    metrics::Metrics,
    sqlite::{Database, OpenError},
    telemetry,
};
use tokio::time::Instant;
use wire::kitchen::DeadLetters;

use super::store::{Store, Write, WriteError};
use crate::{Delivery, OrderConsumer, OrderQueue, PublishError, QueueError, QueueStats, figures::Figures};

/// How many unacknowledged messages the queue takes when nothing else is said.
pub const DEFAULT_CAPACITY: u64 = 100_000;

/// At most so many writes wait for the disk.
const MAX_WAITING: usize = 20_000;

/// At most so many of them share a commit.
const MAX_BATCH: usize = 1024;

/// Connections for reading: one for the consumers, one for whoever looks.
const READERS: u32 = 2;

/// How long an acknowledgement waits for a commit to ride with, before it gets its own.
const ACKNOWLEDGE_AFTER: Duration = Duration::from_millis(100);

/// How long to wait after the storage failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// How often the age of the oldest message is shown.
const AGE_PERIOD: Duration = Duration::from_secs(1);

type Writer = Batcher<Write, Result<bool, WriteError>>;

/// The queue. Its workers belong to the [`Tasks`] it was opened with; [`SqliteOrderQueue::close`] is for after these
/// have ended.
#[derive(Debug)]
pub struct SqliteOrderQueue {
    store: Arc<Store>,
    writer: Writer,
    tasks: Tasks,
}

impl SqliteOrderQueue {
    /// Opens the queue in this file, makes it if it is not there. What was not acknowledged before is delivered again.
    /// `capacity` is how many unacknowledged messages it takes.
    ///
    /// # Errors
    /// The file cannot be made, read or migrated.
    pub async fn open(
        path: &Path,
        capacity: u64,
        tasks: &Tasks,
        clock: Clock,
        metrics: &Metrics,
    ) -> Result<Arc<Self>, OpenError> {
        let db = Database::open(path, &sqlx::migrate!("migrations/sqlite"), READERS).await?;
        let store = Store::new(db, capacity, clock, Figures::new(metrics))
            .await
            .map_err(|error| OpenError::new(path, &error))?;
        let store = Arc::new(store);
        let written = Arc::clone(&store);
        let writer = Batcher::start(tasks, "order-queue", MAX_WAITING, MAX_BATCH, move |requests| {
            let store = Arc::clone(&written);
            async move { store.write(requests).await }
        });
        tasks.spawn_worker(
            "order-queue-acknowledgements",
            flush(Arc::clone(&store), writer.clone(), tasks.clone()),
        );
        tasks.spawn_worker("order-queue-age", show_age(Arc::clone(&store), tasks.clone()));
        Ok(Arc::new(Self { store, writer, tasks: tasks.clone() }))
    }

    /// Ends every `receive`, writes the last acknowledgements, closes the database.
    pub async fn close(&self) {
        self.store.end();
        // Once its worker has ended nobody else writes.
        if let Err(BatchError::Closed) = self.writer.submit(Write::Flush).await {
            self.store.write(vec![Write::Flush]).await;
        }
        self.store.close().await;
    }
}

#[async_trait]
impl OrderQueue for SqliteOrderQueue {
    async fn publish(&self, body: Vec<u8>) -> Result<(), PublishError> {
        if self.store.is_closed() {
            return Err(PublishError::Unavailable);
        }
        if self.store.is_full() {
            return Err(PublishError::Full);
        }
        // An outage that is known is said clearly: whether a message was written that has not even been tried is known.
        if !self.is_up().await {
            return Err(PublishError::Unavailable);
        }
        let start = Instant::now();
        match self.writer.submit(Write::Publish(body, telemetry::current())).await {
            Ok(Ok(_)) => {
                self.store.figures.confirm.observe(start.elapsed().as_secs_f64());
                Ok(())
            }
            Ok(Err(WriteError::Full)) | Err(BatchError::Full) => Err(PublishError::Full),
            Ok(Err(WriteError::Away(_))) => Err(PublishError::Unavailable),
            Ok(Err(WriteError::Unknown(_))) | Err(BatchError::Closed) => Err(PublishError::Unknown),
        }
    }

    fn consumer(&self) -> Box<dyn OrderConsumer> {
        Box::new(Consumer {
            store: Arc::clone(&self.store),
            writer: self.writer.clone(),
            tasks: self.tasks.clone(),
            held: HashSet::new(),
        })
    }

    async fn dead_letters(&self, limit: u32) -> Result<DeadLetters, QueueError> {
        self.store.dead_letters(limit).await.map_err(away)
    }

    async fn redrive(&self, id: i64) -> Result<bool, QueueError> {
        self.writer.submit(Write::Redrive(id)).await.map_err(away)?.map_err(away)
    }

    async fn stats(&self) -> Result<QueueStats, QueueError> {
        Ok(QueueStats {
            depth: self.store.depth(),
            oldest: self.store.oldest().await.map_err(away)?,
            dead_letters: self.store.dead_letter_count(),
        })
    }

    async fn is_up(&self) -> bool {
        if self.store.is_closed() {
            return false;
        }
        // After a failure only a write shows that writing works again.
        !self.store.write_failed() || matches!(self.writer.submit(Write::Probe).await, Ok(Ok(_)))
    }
}

struct Consumer {
    store: Arc<Store>,
    writer: Writer,
    tasks: Tasks,
    /// Received, and neither acknowledged nor given back.
    held: HashSet<i64>,
}

#[async_trait]
impl OrderConsumer for Consumer {
    async fn receive(&mut self, max: usize) -> Option<Vec<Delivery>> {
        loop {
            // Made before looking, so that no message slips in between.
            let changed = self.store.changed.notified();
            if self.store.is_closed() || self.tasks.is_stopping() {
                return None;
            }
            match self.store.take(max.max(1)).await {
                Ok(Some(deliveries)) if deliveries.is_empty() => {}
                Ok(Some(deliveries)) => {
                    self.held.extend(deliveries.iter().map(|delivery| delivery.tag));
                    return Some(deliveries);
                }
                Ok(None) => tokio::select! {
                    () = changed => {}
                    () = self.tasks.stopping() => {}
                },
                Err(error) => {
                    if self.store.is_closed() {
                        return None;
                    }
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the order queue cannot be read; it is tried again"
                    );
                    self.tasks.pause(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn acknowledge(&mut self, tags: &[i64]) {
        let mine: Vec<i64> = tags.iter().copied().filter(|tag| self.held.remove(tag)).collect();
        if !mine.is_empty() {
            self.store.acknowledge(&mine);
        }
    }

    async fn give_back(&mut self, tags: &[i64]) {
        let mine: Vec<i64> = tags.iter().copied().filter(|tag| self.held.remove(tag)).collect();
        self.store.give_back(mine);
    }

    async fn set_aside(&mut self, tag: i64, reason: &str) -> Result<(), QueueError> {
        if !self.held.contains(&tag) {
            return Err(QueueError("this consumer does not hold the message".into()));
        }
        let write = Write::SetAside { tag, reason: reason.to_owned() };
        self.writer.submit(write).await.map_err(away)?.map_err(away)?;
        self.held.remove(&tag);
        Ok(())
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.store.give_back(self.held.drain());
    }
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> QueueError {
    QueueError(Box::new(error))
}

/// Deletes acknowledged messages when no commit has come by that took them along.
async fn flush(store: Arc<Store>, writer: Writer, tasks: Tasks) {
    loop {
        tokio::select! {
            () = store.some_acknowledged.notified() => {}
            () = tasks.last_call() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(ACKNOWLEDGE_AFTER) => {}
            () = store.many_acknowledged.notified() => {}
            () = tasks.last_call() => return,
        }
        if store.has_acknowledged() && !matches!(writer.submit(Write::Flush).await, Ok(Ok(_))) {
            // They are kept, and tried again.
            store.some_acknowledged.notify_one();
            if !tasks.pause(PAUSE_AFTER_FAILURE).await {
                return;
            }
        }
    }
}

/// Shows how long the oldest message has waited.
async fn show_age(store: Arc<Store>, tasks: Tasks) {
    while tasks.pause(AGE_PERIOD).await {
        match store.oldest().await {
            Ok(oldest) => {
                let age = oldest.map_or(Duration::ZERO, |oldest| store.clock.now().since(oldest));
                store.figures.oldest.set(age.as_secs_f64());
            }
            Err(_) if store.is_closed() => return,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the age of the oldest order is not known"
            ),
        }
    }
}
