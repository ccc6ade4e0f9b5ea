//! One receiver of orders: a worker that has the broker push messages to it, up to a bound, and the hand that holds
//! them until they are settled.
//!
//! What is given back is given back with everything that the receiver has not seen yet, and the broker pushes nothing
//! more until the next `receive`: whoever cannot work does not sit on what others could do.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use lapin::{
    Channel, Consumer as Pushed,
    message::Delivery as Message,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions},
    types::FieldTable,
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, watch};
use wire::{Time, TraceContext};

use super::{End, header, letters::Letters, line::Line, topology::ORDERS, within};
use crate::{Delivery, OrderConsumer, QueueError};

/// How long to wait after a channel has failed while its connection lives.
const PAUSE: Duration = Duration::from_millis(100);

/// What one receiver holds.
#[derive(Debug, Default)]
pub(super) struct Hand {
    state: Mutex<Held>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Held {
    /// Where what is held is settled; none while there is no connection.
    channel: Option<Channel>,
    /// The next tag: a receiver's tags are never used twice, unlike a channel's.
    next: i64,
    unsettled: BTreeMap<i64, Unsettled>,
    /// Of those, what has not been received yet, oldest first.
    fresh: VecDeque<Delivery>,
}

#[derive(Debug)]
struct Unsettled {
    delivery_tag: u64,
    published: Option<Time>,
    body: Vec<u8>,
    trace: Option<TraceContext>,
}

/// A settlement: the channel's tag, and whether it is for all unsettled ones up to it.
type Settlement = (u64, bool);

impl Hand {
    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing that holds the lock can panic half way through a change.
        self.state.lock()
    }

    /// How many messages it holds, and when the oldest was published.
    pub(super) fn count(&self) -> (u64, Option<Time>) {
        let held = self.held();
        let oldest = held.unsettled.values().filter_map(|one| one.published).min();
        (u64::try_from(held.unsettled.len()).unwrap_or(u64::MAX), oldest)
    }

    fn take(&self, message: Message) {
        let mut held = self.held();
        let tag = held.next;
        held.next += 1;
        let trace = header::trace(&message.properties);
        let unsettled = Unsettled {
            delivery_tag: message.delivery_tag,
            published: header::time(&message.properties, header::PUBLISHED),
            body: message.data.clone(),
            trace: trace.clone(),
        };
        held.unsettled.insert(tag, unsettled);
        held.fresh.push_back(Delivery { tag, body: message.data, trace });
        self.arrived.notify_one();
    }

    /// The connection is gone: what was held will come again.
    fn lose(&self) {
        let mut held = self.held();
        held.channel = None;
        held.unsettled.clear();
        held.fresh.clear();
    }

    fn receive(&self, max: usize) -> Vec<Delivery> {
        let mut held = self.held();
        let count = max.min(held.fresh.len());
        held.fresh.drain(..count).collect()
    }

    /// Lets go of these. Returns how to tell the broker; nothing for what was lost meanwhile.
    fn settle(&self, tags: &[i64]) -> Option<(Channel, Vec<Settlement>)> {
        let mut held = self.held();
        let channel = held.channel.clone()?;
        let mut settled: Vec<(i64, u64)> = tags
            .iter()
            .filter_map(|tag| held.unsettled.remove(tag).map(|one| (*tag, one.delivery_tag)))
            .collect();
        settled.sort_unstable();
        // All up to the first that stays can be told at once.
        let stays = held.unsettled.first_key_value().map_or(i64::MAX, |(tag, _)| *tag);
        let together = settled.partition_point(|(tag, _)| *tag < stays);
        let first = together.checked_sub(1).and_then(|last| settled.get(last)).map(|one| (one.1, true));
        let rest = settled.iter().skip(together).map(|one| (one.1, false));
        Some((channel, first.into_iter().chain(rest).collect()))
    }

    /// Lets go of all that has not been received.
    fn settle_fresh(&self) -> Option<(Channel, Vec<Settlement>)> {
        let tags: Vec<i64> = self.held().fresh.drain(..).map(|one| one.tag).collect();
        self.settle(&tags)
    }

    /// A copy of one message that it holds.
    fn copy(&self, tag: i64) -> Option<(Vec<u8>, Option<TraceContext>)> {
        self.held().unsettled.get(&tag).map(|one| (one.body.clone(), one.trace.clone()))
    }

    async fn acknowledge(&self, tags: &[i64]) {
        let Some((channel, settlements)) = self.settle(tags) else { return };
        for (tag, multiple) in settlements {
            // When it fails the connection is gone, and the message comes again.
            let _ = within(channel.basic_ack(tag, BasicAckOptions { multiple })).await;
        }
    }
}

async fn give_back(settled: Option<(Channel, Vec<Settlement>)>) {
    let Some((channel, settlements)) = settled else { return };
    for (tag, multiple) in settlements {
        let options = BasicNackOptions { multiple, requeue: true };
        // When it fails the connection is gone, and the message comes again.
        let _ = within(channel.basic_nack(tag, options)).await;
    }
}

/// Has messages pushed into `hand` while somebody wants them, until that somebody is gone.
pub(super) async fn attend(
    hand: Arc<Hand>,
    mut lines: watch::Receiver<Option<Arc<Line>>>,
    mut wanted: watch::Receiver<bool>,
    prefetch: u16,
    end: End,
) {
    loop {
        let line = tokio::select! {
            line = lines.wait_for(Option::is_some) => match line {
                Ok(line) => line.clone(),
                Err(_) => return,
            },
            () = gone(wanted.clone()) => return,
            () = end.over() => return,
        };
        let Some(line) = line else { continue };
        let served = tokio::select! {
            served = push(&hand, &line, &mut wanted, prefetch) => served,
            () = end.over() => return,
        };
        match served {
            Ok(()) => return,
            Err(error) => tracing::debug!(%error, "a receiver of orders starts anew"),
        }
        hand.lose();
        // If it is the channel alone that failed, the queue may have to be declared again.
        line.cut();
        if !end.rest(PAUSE).await {
            return;
        }
    }
}

/// Completes when nobody is left to want anything.
async fn gone(mut wanted: watch::Receiver<bool>) {
    while wanted.changed().await.is_ok() {}
}

/// Ends well once nobody is left who receives.
async fn push(
    hand: &Hand,
    line: &Line,
    wanted: &mut watch::Receiver<bool>,
    prefetch: u16,
) -> lapin::Result<()> {
    let channel = line.channel().await?;
    within(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
    hand.held().channel = Some(channel.clone());
    while wanted.wait_for(|wanted| *wanted).await.is_ok() {
        let consuming = channel.basic_consume(
            ORDERS.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let mut pushed = within(consuming).await?;
        {
            let mut unwanted = pin!(wanted.wait_for(|wanted| !*wanted));
            loop {
                tokio::select! {
                    biased;
                    _ = &mut unwanted => break,
                    next = pushed.next() => match next {
                        Some(message) => hand.take(message?),
                        None => return Err(cancelled()),
                    }
                }
            }
        }
        detach(hand, &channel, pushed).await?;
    }
    // What is held comes to others.
    within(channel.close(200, "OK".into())).await
}

/// Stops the pushing, and gives back what has not been received.
async fn detach(hand: &Hand, channel: &Channel, mut pushed: Pushed) -> lapin::Result<()> {
    within(channel.basic_cancel(pushed.tag(), BasicCancelOptions::default())).await?;
    // What was on its way.
    while let Some(message) = pushed.next().await {
        hand.take(message?);
    }
    give_back(hand.settle_fresh()).await;
    Ok(())
}

/// The broker has ended the pushing, as it does when the queue is deleted.
fn cancelled() -> lapin::Error {
    std::io::Error::from(std::io::ErrorKind::NotConnected).into()
}

/// The receiving end of a hand.
pub(super) struct Consumer {
    pub(super) hand: Arc<Hand>,
    pub(super) wanted: watch::Sender<bool>,
    pub(super) letters: Letters,
    pub(super) end: End,
}

#[async_trait]
impl OrderConsumer for Consumer {
    async fn receive(&mut self, max: usize) -> Option<Vec<Delivery>> {
        loop {
            if self.end.is_near() {
                return None;
            }
            let received = self.hand.receive(max.max(1));
            if !received.is_empty() {
                return Some(received);
            }
            self.wanted.send_if_modified(|wanted| !std::mem::replace(wanted, true));
            tokio::select! {
                () = self.hand.arrived.notified() => {}
                () = self.end.nearing() => {}
            }
        }
    }

    async fn acknowledge(&mut self, tags: &[i64]) {
        self.hand.acknowledge(tags).await;
    }

    async fn give_back(&mut self, tags: &[i64]) {
        self.wanted.send_if_modified(|wanted| std::mem::replace(wanted, false));
        give_back(self.hand.settle(tags)).await;
    }

    async fn set_aside(&mut self, tag: i64, reason: &str) -> Result<(), QueueError> {
        // What was lost meanwhile comes again, and is set aside then.
        let Some((body, trace)) = self.hand.copy(tag) else { return Ok(()) };
        self.letters.keep(body, trace.as_ref(), reason).await?;
        self.hand.acknowledge(&[tag]).await;
        Ok(())
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // Nobody wants anything any more: not even what it wanted last.
        self.wanted.send_replace(false);
    }
}
