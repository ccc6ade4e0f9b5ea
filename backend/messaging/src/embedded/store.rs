//! The tables of the embedded queue, and what is known of them in memory. Every write goes through [`Store::write`],
//! called by one worker: all that waits in one commit.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::{Mutex, MutexGuard};
use serde_json::json;
use service_kit::{Clock, sqlite::Database};
use sqlx::SqliteConnection;
use tokio::sync::Notify;
use wire::{
    Time, TraceContext,
    kitchen::{DeadLetter, DeadLetters},
};

use super::batch::{Batch, Done};
use crate::{
    Delivery, QueueStats,
    figures::Figures,
    queue::{MAX_LISTED, REASON_CHARACTERS, SHOWN_BYTES, shown},
};

/// With this many acknowledgements at hand they are not kept waiting for company.
const MANY_ACKNOWLEDGEMENTS: usize = 1000;

/// One thing to be written.
#[derive(Debug)]
pub(super) enum Write {
    /// A new message, and the trace it is published in.
    Publish(Vec<u8>, Option<TraceContext>),
    /// A message becomes a dead letter.
    SetAside { tag: i64, reason: String },
    /// A dead letter becomes a message. The answer is whether it was there.
    Redrive(i64),
    /// Nothing but the acknowledgements, which go with every commit.
    Flush,
    /// Something, so that it shows whether writing works.
    Probe,
}

/// Why it was not written.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum WriteError {
    #[error("the queue is full")]
    Full,
    #[error("the storage refuses to write")]
    Away(#[source] Arc<sqlx::Error>),
    #[error("it is not known whether the storage has written")]
    Unknown(#[source] Arc<sqlx::Error>),
}

/// What is known of the tables without asking them.
#[derive(Debug, Default)]
struct State {
    /// Rows of `messages`, those included that are acknowledged but not deleted yet.
    rows: i64,
    /// Rows of `dead_letters`.
    dead_letters: i64,
    /// Every message up to this id has been handed out.
    cursor: i64,
    /// Of those, the ones that are to be handed out again.
    returned: BTreeSet<i64>,
    /// Of those, the ones whose rows the next commit deletes.
    acknowledged: Vec<i64>,
}

impl State {
    fn depth(&self) -> u64 {
        let acknowledged = i64::try_from(self.acknowledged.len()).unwrap_or(i64::MAX);
        u64::try_from(self.rows.saturating_sub(acknowledged)).unwrap_or(0)
    }
}

/// The queue's database and what is known of it.
#[derive(Debug)]
pub(super) struct Store {
    db: Database,
    pub(super) clock: Clock,
    capacity: u64,
    state: Mutex<State>,
    /// Told to all who wait for messages when there may be some, or none ever again.
    pub(super) changed: Notify,
    /// There are acknowledgements to delete.
    pub(super) some_acknowledged: Notify,
    /// There are many.
    pub(super) many_acknowledged: Notify,
    closed: AtomicBool,
    /// The last write failed; the next that succeeds counts the rows anew.
    write_failed: AtomicBool,
    pub(super) figures: Figures,
}

impl Store {
    /// A store over an open database, with the rows counted.
    pub(super) async fn new(
        db: Database,
        capacity: u64,
        clock: Clock,
        figures: Figures,
    ) -> Result<Self, sqlx::Error> {
        let (rows, dead_letters) = count(&mut *db.reader().acquire().await?).await?;
        let store = Self {
            db,
            clock,
            capacity,
            state: Mutex::new(State { rows, dead_letters, ..State::default() }),
            changed: Notify::new(),
            some_acknowledged: Notify::new(),
            many_acknowledged: Notify::new(),
            closed: AtomicBool::new(false),
            write_failed: AtomicBool::new(false),
            figures,
        };
        store.show(&store.state());
        Ok(store)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half way through a change.
        self.state.lock()
    }

    fn show(&self, state: &State) {
        let dead_letters = u64::try_from(state.dead_letters).unwrap_or(0);
        self.figures.show(&QueueStats { depth: state.depth(), oldest: None, dead_letters });
    }

    /// Messages not yet acknowledged.
    pub(super) fn depth(&self) -> u64 {
        self.state().depth()
    }

    /// Dead letters.
    pub(super) fn dead_letter_count(&self) -> u64 {
        u64::try_from(self.state().dead_letters).unwrap_or(0)
    }

    /// Whether as many messages wait as may.
    pub(super) fn is_full(&self) -> bool {
        self.depth() >= self.capacity
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Acquire)
    }

    /// From now on nothing is handed out; who waits is told.
    pub(super) fn end(&self) {
        self.closed.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Closes the database.
    pub(super) async fn close(&self) {
        self.db.close().await;
    }

    /// Whether there are acknowledgements to delete.
    pub(super) fn has_acknowledged(&self) -> bool {
        !self.state().acknowledged.is_empty()
    }

    /// These rows are not needed any more; the next commit deletes them.
    pub(super) fn acknowledge(&self, ids: &[i64]) {
        let mut state = self.state();
        state.acknowledged.extend_from_slice(ids);
        self.show(&state);
        self.some_acknowledged.notify_one();
        if state.acknowledged.len() >= MANY_ACKNOWLEDGEMENTS {
            self.many_acknowledged.notify_one();
        }
    }

    /// These messages are to be handed out again.
    pub(super) fn give_back(&self, ids: impl IntoIterator<Item = i64>) {
        self.state().returned.extend(ids);
        self.changed.notify_waiters();
    }

    /// Hands out at most `max` messages, oldest first; `None` when there is none. An empty answer means that others
    /// were quicker, and that there may be more. Messages are claimed after the last await, so that nothing is lost
    /// when the caller goes away.
    pub(super) async fn take(&self, max: usize) -> Result<Option<Vec<Delivery>>, sqlx::Error> {
        let (returned, cursor): (Vec<i64>, i64) = {
            let state = self.state();
            (state.returned.iter().take(max).copied().collect(), state.cursor)
        };
        if returned.is_empty() {
            let limit = i64::try_from(max).unwrap_or(i64::MAX);
            let mut rows: Vec<Row> =
                sqlx::query_as("SELECT id, body, trace FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2")
                    .bind(cursor)
                    .bind(limit)
                    .fetch_all(self.db.reader())
                    .await?;
            let Some(&(last, ..)) = rows.last() else { return Ok(None) };
            let mut state = self.state();
            // Ids are committed in their order, so nothing can appear below what has been read.
            rows.retain(|(id, ..)| *id > state.cursor);
            state.cursor = state.cursor.max(last);
            return Ok(Some(rows.into_iter().map(delivery).collect()));
        }
        let mut rows: Vec<Row> = sqlx::query_as(
            "SELECT id, body, trace FROM messages WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
        )
        .bind(json!(returned).to_string())
        .fetch_all(self.db.reader())
        .await?;
        let mut state = self.state();
        let claimed: BTreeSet<i64> = returned.into_iter().filter(|id| state.returned.remove(id)).collect();
        rows.retain(|(id, ..)| claimed.contains(id));
        Ok(Some(rows.into_iter().map(delivery).collect()))
    }

    /// When the oldest unacknowledged message was published.
    pub(super) async fn oldest(&self) -> Result<Option<Time>, sqlx::Error> {
        let acknowledged = {
            let state = self.state();
            if state.depth() == 0 {
                return Ok(None);
            }
            json!(state.acknowledged).to_string()
        };
        let oldest: Option<i64> = sqlx::query_scalar(
            "SELECT published_at FROM messages WHERE id NOT IN (SELECT value FROM json_each(?1))
             ORDER BY id LIMIT 1",
        )
        .bind(acknowledged)
        .fetch_optional(self.db.reader())
        .await?;
        Ok(oldest.map(Time::from_millis))
    }

    /// At most `limit` dead letters, never more than 100, oldest first.
    pub(super) async fn dead_letters(&self, limit: u32) -> Result<DeadLetters, sqlx::Error> {
        let mut tx = self.db.reader().begin().await?;
        let rows: Vec<(i64, Vec<u8>, String, i64)> = sqlx::query_as(
            "SELECT id, substr(body, 1, ?2), reason, at FROM dead_letters ORDER BY id LIMIT ?1",
        )
        .bind(limit.min(MAX_LISTED))
        .bind(i64::try_from(SHOWN_BYTES).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        let (_, total) = count(&mut tx).await?;
        let dead_letters = rows
            .into_iter()
            .map(|(id, body, reason, at)| DeadLetter {
                id,
                body: shown(&body),
                reason,
                at: Time::from_millis(at),
            })
            .collect();
        Ok(DeadLetters { dead_letters, total: u64::try_from(total).unwrap_or(0) })
    }

    /// Writes all of it in one commit, together with the acknowledgements at hand. The answers are in the order of
    /// the requests. Only one call may run at a time.
    pub(super) async fn write(&self, requests: Vec<Write>) -> Vec<Result<bool, WriteError>> {
        let (mut room, acknowledged) = {
            let state = self.state();
            (self.capacity.saturating_sub(state.depth()), state.acknowledged.clone())
        };
        let mut batch = Batch { deletes: acknowledged, ..Batch::default() };
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let answer = match request {
                Write::Publish(..) if room == 0 => Err(WriteError::Full),
                Write::Publish(body, trace) => {
                    room -= 1;
                    batch.publish(&body, trace);
                    Ok(true)
                }
                Write::SetAside { tag, reason } => {
                    batch.set_aside.push((tag, reason.chars().take(REASON_CHARACTERS).collect()));
                    Ok(true)
                }
                Write::Redrive(id) => {
                    batch.redrives.push((answers.len(), id));
                    Ok(false)
                }
                Write::Flush => Ok(true),
                Write::Probe => {
                    batch.probe = true;
                    Ok(true)
                }
            };
            answers.push(answer);
        }
        if batch.is_empty() {
            return answers;
        }
        match self.commit(batch).await {
            Ok(redriven) => {
                for index in redriven {
                    if let Some(answer) = answers.get_mut(index) {
                        *answer = Ok(true);
                    }
                }
            }
            Err(error) => {
                for answer in answers.iter_mut().filter(|answer| answer.is_ok()) {
                    *answer = Err(error.clone());
                }
            }
        }
        answers
    }

    /// Returns which of the requests were redrives that found their dead letter.
    async fn commit(&self, batch: Batch) -> Result<Vec<usize>, WriteError> {
        let (published, deleted) = (batch.places.len(), batch.deletes.len());
        let done = match self.transact(batch).await {
            Ok(done) => done,
            Err(error) => {
                if !self.write_failed.swap(true, Ordering::AcqRel) {
                    tracing::error!(error = &error as &dyn std::error::Error, "the order queue cannot write");
                }
                return Err(error);
            }
        };
        if self.write_failed.swap(false, Ordering::AcqRel) {
            tracing::info!("the order queue writes again");
        }
        {
            let mut state = self.state();
            state.acknowledged.drain(..deleted);
            (state.rows, state.dead_letters) =
                done.counted.unwrap_or((state.rows + done.rows, state.dead_letters + done.dead_letters));
            self.show(&state);
        }
        if published > 0 {
            self.figures.committed(published);
        }
        if published > 0 || !done.redriven.is_empty() {
            self.changed.notify_waiters();
        }
        Ok(done.redriven)
    }

    async fn transact(&self, batch: Batch) -> Result<Done, WriteError> {
        let away = |error| WriteError::Away(Arc::new(error));
        let mut tx = self.db.begin().await.map_err(away)?;
        let mut done = batch.apply(&mut tx, self.clock.now()).await.map_err(away)?;
        if self.write_failed() {
            // An outcome that was not known may have left rows that nobody has counted.
            done.counted = Some(count(&mut tx).await.map_err(away)?);
        }
        tx.commit().await.map_err(|error| {
            if is_disk_full(&error) { away(error) } else { WriteError::Unknown(Arc::new(error)) }
        })?;
        Ok(done)
    }
}

/// A message: its id, its body, the trace it was published in.
type Row = (i64, Vec<u8>, Option<String>);

fn delivery((tag, body, trace): Row) -> Delivery {
    Delivery { tag, body, trace: trace.and_then(|trace| trace.parse().ok()) }
}

/// The messages and the dead letters.
async fn count(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM dead_letters)")
        .fetch_one(connection)
        .await
}

/// Whether a commit failed for want of space: then its last frame, the one that commits, was never written, so it can
/// not come back after a crash either. Of other failures (a sync above all) that is not known.
/// <https://www.sqlite.org/rescode.html#full>
fn is_disk_full(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "13")
}
