//! The dead letters. AMQP can only take from a queue, not look into it: whoever reads them has all of them delivered,
//! and gives them back. So that two readers do not each see half, one reads at a time, in this process and among the
//! replicas; a queue that only one connection may hold says whose turn it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt as _;
use lapin::{
    Channel,
    message::Delivery as Message,
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    protocol::AMQPSoftError,
    types::FieldTable,
};
use service_kit::{Clock, Tasks};
use tokio::{
    sync::{Mutex, oneshot, watch},
    time::{Instant, timeout_at},
};
use wire::{
    Time, TraceContext,
    kitchen::{DeadLetter, DeadLetters},
};

use super::{
    PATIENCE,
    header::{self, Headers},
    line::Line,
    publisher::{Message as Publication, Publisher, To},
    topology::{DEAD, DEAD_READER, ORDERS, is, look},
    within,
};
use crate::{
    PublishError, QueueError,
    queue::{MAX_LISTED, REASON_CHARACTERS, shown},
};

/// How long to wait before asking again whose turn it is, or how many letters are back.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait for one's turn.
const TURN: Duration = Duration::from_secs(5);

/// The way to the dead letters. Clones are the same.
#[derive(Clone)]
pub(super) struct Letters(Arc<Inner>);

struct Inner {
    publisher: Publisher,
    lines: watch::Receiver<Option<Arc<Line>>>,
    tasks: Tasks,
    clock: Clock,
    reading: Mutex<()>,
    /// The newest id that was given here.
    newest: AtomicI64,
}

/// What a reader has seen.
struct Seen {
    letters: Vec<Message>,
    /// How many there are.
    total: u64,
    /// Whether the one that was looked for was there, and is an order again; why not, when the queue did not take it.
    driven: Result<bool, PublishError>,
}

/// An order for the queue.
pub(super) fn order(body: Vec<u8>, trace: Option<&TraceContext>, now: Time) -> Publication {
    let headers = Headers::default().time(header::PUBLISHED, now).trace(trace);
    Publication { to: To::Queue(ORDERS), headers, body }
}

impl Letters {
    pub(super) fn new(
        publisher: Publisher,
        lines: watch::Receiver<Option<Arc<Line>>>,
        tasks: Tasks,
        clock: Clock,
    ) -> Self {
        let (reading, newest) = (Mutex::new(()), AtomicI64::new(0));
        Self(Arc::new(Inner { publisher, lines, tasks, clock, reading, newest }))
    }

    /// Keeps a message among the dead letters.
    pub(super) async fn keep(
        &self,
        body: Vec<u8>,
        trace: Option<&TraceContext>,
        reason: &str,
    ) -> Result<(), QueueError> {
        let now = self.0.clock.now();
        // Microseconds of the time it is set aside, or the next that is free.
        let least = now.as_millis().saturating_mul(1000);
        let update = |newest: i64| Some(least.max(newest.saturating_add(1)));
        let newest = self.0.newest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        let id = newest.ok().and_then(update).unwrap_or(least);
        let reason: String = reason.chars().take(REASON_CHARACTERS).collect();
        let headers = Headers::default()
            .number(header::ID, id)
            .text(header::REASON, &reason)
            .time(header::SET_ASIDE, now)
            .trace(trace);
        let letter = Publication { to: To::Queue(DEAD), headers, body };
        self.0.publisher.publish(letter).await.map_err(failed)
    }

    /// At most `limit` of them, never more than 100, oldest first.
    pub(super) async fn list(&self, limit: u32) -> Result<DeadLetters, QueueError> {
        let seen = self.read(limit.min(MAX_LISTED), None).await?;
        Ok(DeadLetters { dead_letters: seen.letters.iter().map(letter).collect(), total: seen.total })
    }

    /// Publishes one as an order again, and drops it. Returns whether it was there.
    pub(super) async fn redrive(&self, id: i64) -> Result<bool, QueueError> {
        self.read(u32::MAX, Some(id)).await?.driven.map_err(failed)
    }

    /// Reads so many of them, or until it finds the one to drive again. It goes through even when nobody waits for the
    /// answer any more: half way, nobody else could read.
    async fn read(&self, limit: u32, drive: Option<i64>) -> Result<Seen, QueueError> {
        let (answer, result) = oneshot::channel();
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            let _ = answer.send(inner.read(limit, drive).await);
        });
        let read = result.await.map_err(failed)?;
        read.map_err(failed)
    }
}

impl Inner {
    async fn read(&self, limit: u32, drive: Option<i64>) -> lapin::Result<Seen> {
        let _reading = self.reading.lock().await;
        let Some(line) = self.lines.borrow().clone() else {
            return Err(std::io::Error::from(std::io::ErrorKind::NotConnected).into());
        };
        let seen = async {
            let turn = self.turn(&line).await?;
            let seen = self.look_through(&line, limit, drive).await?;
            within(turn.queue_delete(DEAD_READER.into(), QueueDeleteOptions::default())).await?;
            lapin::Result::Ok(seen)
        };
        let seen = seen.await;
        if seen.is_err() {
            // The turn ends with the connection, and so does the delivery of what was not given back.
            line.cut();
        }
        seen
    }

    /// Waits until nobody else reads. Returns the channel to say so on when we do not either.
    async fn turn(&self, line: &Line) -> lapin::Result<Channel> {
        let until = Instant::now() + TURN;
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        loop {
            let channel = line.channel().await?;
            let holding = channel.queue_declare(DEAD_READER.into(), options, FieldTable::default());
            match within(holding).await {
                Ok(_) => return Ok(channel),
                Err(error) if is(&error, &AMQPSoftError::RESOURCELOCKED) && Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn look_through(&self, line: &Line, limit: u32, drive: Option<i64>) -> lapin::Result<Seen> {
        let channel = line.channel().await?;
        let (total, _) = look(&channel, DEAD).await?;
        let count = total.min(limit.into());
        let mut seen = Seen { letters: Vec::new(), total, driven: Ok(false) };
        if count == 0 {
            return Ok(seen);
        }
        let prefetch = u16::try_from(count).unwrap_or(u16::MAX);
        within(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let mut pushed = within(channel.basic_consume(DEAD.into(), "".into(), options, none)).await?;
        let (until, mut last, mut found) = (Instant::now() + PATIENCE, None, None);
        for _ in 0..count {
            let Ok(Some(message)) = timeout_at(until, pushed.next()).await else { break };
            let message = message?;
            if drive == Some(id(&message)) {
                found = Some(message);
                break;
            }
            last = Some(message.delivery_tag);
            if drive.is_none() {
                seen.letters.push(message);
            }
        }
        within(channel.basic_cancel(pushed.tag(), BasicCancelOptions::default())).await?;
        while let Some(message) = pushed.next().await {
            last = Some(message?.delivery_tag);
        }
        if let Some(message) = found {
            let trace = header::trace(&message.properties);
            let again = order(message.data, trace.as_ref(), self.clock.now());
            seen.driven = self.publisher.publish(again).await.map(|()| true);
            if seen.driven.is_ok() {
                within(channel.basic_ack(message.delivery_tag, BasicAckOptions::default())).await?;
            } else {
                last = last.max(Some(message.delivery_tag));
            }
        }
        if let Some(last) = last {
            let options = BasicNackOptions { multiple: true, requeue: true };
            within(channel.basic_nack(last, options)).await?;
        }
        // The next reader is to find them where they were.
        let left = total.saturating_sub(u64::from(seen.driven == Ok(true)));
        while look(&channel, DEAD).await?.0 < left && Instant::now() < until {
            tokio::time::sleep(PAUSE).await;
        }
        within(channel.close(200, "OK".into())).await?;
        Ok(seen)
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> QueueError {
    QueueError(Box::new(error))
}

/// A letter's id. What the broker has put there by itself has none; it is known by the time it was published.
fn id(message: &Message) -> i64 {
    let properties = &message.properties;
    let published =
        || header::time(properties, header::PUBLISHED).map(|time| time.as_millis().saturating_mul(1000));
    header::number(properties, header::ID).or_else(published).unwrap_or_default()
}

fn letter(message: &Message) -> DeadLetter {
    let properties = &message.properties;
    let time = |name| header::time(properties, name);
    let reason = header::text(properties, header::REASON)
        .unwrap_or_else(|| "RabbitMQ gave it up after too many deliveries".to_owned());
    DeadLetter {
        id: id(message),
        body: shown(&message.data),
        reason,
        at: time(header::SET_ASIDE)
            .or_else(|| time(header::PUBLISHED))
            .unwrap_or_else(|| Time::from_millis(0)),
    }
}
