//! What every order queue must show.

#![expect(clippy::expect_used, reason = "a check fails by panicking; only tests call it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    num::{NonZeroU64, NonZeroU128},
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::{future::join_all, poll};
use service_kit::telemetry;
use tokio::time::Instant;
use wire::TraceContext;

use super::{LIMIT, patience};
use crate::{Delivery, OrderConsumer, OrderQueue, PublishError, QueueStats};

/// Where the suite gets its queue from: one that is empty at first.
#[async_trait]
pub trait QueueBench: Send {
    /// Opens the bench's queue, the same one each time, for about this many messages.
    async fn open(&mut self, capacity: u64) -> Arc<dyn OrderQueue>;

    /// Everything of ours that holds the queue dies without a word.
    async fn crash(&mut self);

    /// Closes the queue in good order.
    async fn close(&mut self);
}

/// Makes a test of every check in [`queue`](crate::conformance::queue), each with a bench of its own.
#[macro_export]
macro_rules! queue_conformance {
    ($bench:expr) => {
        $crate::queue_conformance!(@ $bench;
            what_is_confirmed_survives_a_crash
            what_is_not_acknowledged_comes_again
            a_hundred_crashes_condemn_nothing
            what_is_acknowledged_does_not_come_again
            oldest_first
            any_bytes_can_be_carried
            a_message_keeps_its_trace
            poison_is_set_aside_and_blocks_nothing
            a_dead_letter_can_be_driven_again
            what_is_given_back_comes_to_anybody
            two_consumers_share
            a_full_queue_refuses_and_loses_nothing
            closing_ends_the_loop
            a_cancelled_receive_loses_nothing
            a_waiting_consumer_is_woken
            many_publish_at_once
            figures_are_true
        );
    };
    (@ $bench:expr; $($check:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                $crate::conformance::queue::$check(&mut $bench).await;
            }
        )*
    };
}

const ROOM: u64 = 100_000;

fn body(number: usize) -> Vec<u8> {
    format!(r#"{{"order":{number}}}"#).into_bytes()
}

async fn publish(queue: &dyn OrderQueue, body: impl Into<Vec<u8>>) {
    patience("a confirmation", queue.publish(body.into())).await.expect("the queue takes the message");
}

/// Receives until there are this many.
async fn take(consumer: &mut dyn OrderConsumer, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let more = patience("messages", consumer.receive(count - taken.len())).await;
        taken.extend(more.expect("the queue is open"));
    }
    assert_eq!(taken.len(), count, "more was handed out than asked for");
    taken
}

fn tags(deliveries: &[Delivery]) -> Vec<i64> {
    deliveries.iter().map(|delivery| delivery.tag).collect()
}

fn bodies(deliveries: &[Delivery]) -> Vec<Vec<u8>> {
    deliveries.iter().map(|delivery| delivery.body.clone()).collect()
}

fn sorted(mut bodies: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    bodies.sort();
    bodies
}

fn numbered(count: usize) -> Vec<Vec<u8>> {
    sorted((0..count).map(body).collect())
}

/// Shows that nothing is left: the next message is one that is published now.
async fn nothing_is_left(queue: &dyn OrderQueue, consumer: &mut dyn OrderConsumer) {
    publish(queue, "marker").await;
    let next = take(consumer, 1).await;
    assert_eq!(String::from_utf8_lossy(&next[0].body), "marker");
    consumer.acknowledge(&tags(&next)).await;
}

/// A confirmed message is there after a crash, once.
pub async fn what_is_confirmed_survives_a_crash(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    for number in 0..3 {
        publish(&*queue, body(number)).await;
    }
    drop(queue);
    bench.crash().await;
    let queue = bench.open(ROOM).await;
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, 3).await;
    assert_eq!(sorted(bodies(&taken)), numbered(3));
    nothing_is_left(&*queue, &mut *consumer).await;
}

/// What a consumer had not acknowledged when it went away comes to another one that waits, and not to nobody.
pub async fn what_is_not_acknowledged_comes_again(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    for number in 0..4 {
        publish(&*queue, body(number)).await;
    }
    let (mut first, mut second) = (queue.consumer(), queue.consumer());
    let taken = take(&mut *first, 4).await;
    let done: Vec<i64> =
        taken.iter().filter(|one| one.body == body(0) || one.body == body(2)).map(|one| one.tag).collect();
    first.acknowledge(&done).await;
    let again = {
        let waiting = take(&mut *second, 2);
        tokio::pin!(waiting);
        assert!(poll!(&mut waiting).is_pending(), "what is held by one is not handed to another");
        drop(first);
        waiting.await
    };
    assert_eq!(sorted(bodies(&again)), [body(1), body(3)]);
    second.acknowledge(&tags(&again)).await;
    nothing_is_left(&*queue, &mut *second).await;
}

/// A crash is not the message's fault, however often it happens.
pub async fn a_hundred_crashes_condemn_nothing(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    publish(&*queue, body(0)).await;
    drop(queue);
    for _ in 0..100 {
        let queue = bench.open(ROOM).await;
        let mut consumer = queue.consumer();
        assert_eq!(bodies(&take(&mut *consumer, 1).await), [body(0)]);
        bench.crash().await;
    }
    let queue = bench.open(ROOM).await;
    let mut consumer = queue.consumer();
    assert_eq!(bodies(&take(&mut *consumer, 1).await), [body(0)]);
    assert_eq!(queue.dead_letters(100).await.expect("listed").total, 0);
}

/// An acknowledged message does not come again: not to another consumer, not after the queue was closed in good order.
pub async fn what_is_acknowledged_does_not_come_again(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    for number in 0..3 {
        publish(&*queue, body(number)).await;
    }
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, 3).await;
    consumer.acknowledge(&tags(&taken)).await;
    drop(consumer);
    nothing_is_left(&*queue, &mut *queue.consumer()).await;
    drop(queue);
    bench.close().await;
    let queue = bench.open(ROOM).await;
    nothing_is_left(&*queue, &mut *queue.consumer()).await;
}

/// One publisher's messages reach one consumer in their order.
pub async fn oldest_first(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    for number in 0..100 {
        publish(&*queue, body(number)).await;
    }
    let mut consumer = queue.consumer();
    for number in 0..100 {
        let taken = take(&mut *consumer, 1).await;
        assert_eq!(bodies(&taken), [body(number)]);
        consumer.acknowledge(&tags(&taken)).await;
    }
}

/// A body is bytes: nothing, no UTF-8, zeros, quotes, 16 KiB; published one by one and all at once.
pub async fn any_bytes_can_be_carried(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let strange = vec![
        Vec::new(),
        vec![0xff, 0xfe, 0x00, 0x80],
        vec![0; 3],
        br#"{"text":"\"quoted\" \\ \u0000 'and' so on"}"#.to_vec(),
        "বিরিয়ানি ☕".into(),
        (0..16_384_u32).map(|n| n.to_le_bytes()[0]).collect(),
    ];
    for one in &strange {
        publish(&*queue, one.clone()).await;
    }
    join_all(strange.iter().map(|one| publish(&*queue, one.clone()))).await;
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, 2 * strange.len()).await;
    let expected = strange.iter().chain(&strange).cloned().collect();
    assert!(sorted(bodies(&taken)) == sorted(expected), "a body was changed on its way");
}

/// Each message keeps the trace it was published in, or none, also when it is delivered again or driven again.
pub async fn a_message_keeps_its_trace(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let trace = |n| Some(TraceContext::new(NonZeroU128::MIN, NonZeroU64::MIN | n));
    let traces = [trace(2), None, trace(4)];
    for (number, trace) in traces.iter().enumerate() {
        telemetry::within(trace.clone(), publish(&*queue, body(number))).await;
    }
    let of = |delivery: &Delivery| (delivery.body.clone(), delivery.trace.clone());
    let wanted: Vec<_> = (0..).map(body).zip(traces).collect();
    let mut consumer = queue.consumer();
    for _ in 0..2 {
        let mut got: Vec<_> = take(consumer.as_mut(), 3).await.iter().map(of).collect();
        got.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(got, wanted);
        drop(consumer);
        consumer = queue.consumer();
    }
    let poison = take(consumer.as_mut(), 3).await;
    for delivery in &poison {
        consumer.set_aside(delivery.tag, "a test").await.expect("it is set aside");
    }
    for letter in queue.dead_letters(3).await.expect("they are listed").dead_letters {
        assert!(queue.redrive(letter.id).await.expect("it is driven again"));
    }
    let mut again: Vec<_> = take(consumer.as_mut(), 3).await.iter().map(of).collect();
    again.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(again, wanted);
}

/// Poison goes to the dead letters with its reason, what follows it is delivered, and a crash changes neither.
pub async fn poison_is_set_aside_and_blocks_nothing(bench: &mut impl QueueBench) {
    let poison: Vec<u8> = [b"\xff is not JSON ".to_vec(), "ক".repeat(6000).into()].concat();
    let shown: String = String::from_utf8_lossy(&poison).chars().take(4096).collect();
    let queue = bench.open(ROOM).await;
    publish(&*queue, poison.clone()).await;
    publish(&*queue, body(1)).await;
    publish(&*queue, "also not JSON").await;
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, 3).await;
    assert_eq!(bodies(&taken), [poison, body(1), b"also not JSON".to_vec()]);
    consumer.set_aside(taken[0].tag, "expected value at line 1").await.expect("set aside");
    consumer.set_aside(taken[2].tag, "no order").await.expect("set aside");
    consumer.acknowledge(&[taken[1].tag]).await;
    nothing_is_left(&*queue, &mut *consumer).await;
    drop((consumer, queue));
    bench.close().await;
    let queue = bench.open(ROOM).await;
    nothing_is_left(&*queue, &mut *queue.consumer()).await;
    let listed = queue.dead_letters(100).await.expect("listed");
    assert_eq!(listed.total, 2);
    let letters: Vec<_> = listed.dead_letters.iter().map(|one| (&*one.body, &*one.reason)).collect();
    assert_eq!(letters, [(&*shown, "expected value at line 1"), ("also not JSON", "no order")]);
    let first = queue.dead_letters(1).await.expect("listed");
    assert_eq!((first.dead_letters.len(), first.total), (1, 2));
    assert_eq!(first.dead_letters[0], listed.dead_letters[0]);
}

/// A dead letter can be put back once, unchanged, and wakes who waits; there is no other of an unknown id.
pub async fn a_dead_letter_can_be_driven_again(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let mut consumer = queue.consumer();
    publish(&*queue, vec![0xff, 1]).await;
    let taken = take(&mut *consumer, 1).await;
    consumer.set_aside(taken[0].tag, "broken").await.expect("set aside");
    let id = queue.dead_letters(1).await.expect("listed").dead_letters[0].id;
    assert!(!queue.redrive(id + 1).await.expect("asked"), "there is no such dead letter");
    let (again, found) = tokio::join!(take(&mut *consumer, 1), queue.redrive(id));
    assert!(found.expect("asked"));
    assert_eq!(bodies(&again), [[0xff, 1]]);
    assert!(!queue.redrive(id).await.expect("asked"), "it was put back already");
    assert_eq!(queue.dead_letters(1).await.expect("listed").total, 0);
    consumer.acknowledge(&tags(&again)).await;
    nothing_is_left(&*queue, &mut *consumer).await;
}

/// What one consumer gives back another one gets.
pub async fn what_is_given_back_comes_to_anybody(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let (mut first, mut second) = (queue.consumer(), queue.consumer());
    publish(&*queue, body(0)).await;
    publish(&*queue, body(1)).await;
    let taken = take(&mut *first, 2).await;
    first.give_back(&tags(&taken)[..1]).await;
    let again = take(&mut *second, 1).await;
    assert_eq!(bodies(&again), [body(0)]);
    first.acknowledge(&tags(&taken)[1..]).await;
    second.acknowledge(&tags(&again)).await;
    nothing_is_left(&*queue, &mut *second).await;
}

/// Each message goes to one of two consumers, none to both.
pub async fn two_consumers_share(bench: &mut impl QueueBench) {
    const COUNT: usize = 1000;
    const END: &[u8] = b"end";
    /// Takes and acknowledges until it is told to end.
    async fn work(mut consumer: Box<dyn OrderConsumer>) -> Vec<Vec<u8>> {
        let mut mine = Vec::new();
        loop {
            // One at a time: then one end ends one consumer.
            let taken = take(&mut *consumer, 1).await;
            consumer.acknowledge(&tags(&taken)).await;
            if taken[0].body == END {
                return mine;
            }
            mine.extend(bodies(&taken));
        }
    }
    let queue = bench.open(ROOM).await;
    let publishing = async {
        join_all((0..COUNT).map(|number| publish(&*queue, body(number)))).await;
        publish(&*queue, END).await;
        publish(&*queue, END).await;
    };
    let ((), first, second) = tokio::join!(publishing, work(queue.consumer()), work(queue.consumer()));
    assert_eq!(sorted([first, second].concat()), numbered(COUNT));
    nothing_is_left(&*queue, &mut *queue.consumer()).await;
}

/// A full queue says so; what it has accepted is all there; it accepts again once there is room.
pub async fn a_full_queue_refuses_and_loses_nothing(bench: &mut impl QueueBench) {
    let queue = bench.open(20).await;
    let answers = join_all((0..2000).map(async |number| (number, queue.publish(body(number)).await))).await;
    let mut accepted = Vec::new();
    for (number, answer) in answers {
        match answer {
            Ok(()) => accepted.push(body(number)),
            Err(error) => assert_eq!(error, PublishError::Full),
        }
    }
    assert!((20..1000).contains(&accepted.len()), "{} were accepted", accepted.len());
    assert_eq!(queue.publish(body(0)).await, Err(PublishError::Full));
    drop(queue);
    bench.crash().await;
    let queue = bench.open(20).await;
    assert_eq!(queue.publish(body(0)).await, Err(PublishError::Full), "it is full after a crash too");
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, accepted.len()).await;
    assert_eq!(sorted(bodies(&taken)), sorted(accepted));
    consumer.acknowledge(&tags(&taken)).await;
    patience("room", async {
        while queue.publish(b"marker".to_vec()).await == Err(PublishError::Full) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(bodies(&take(&mut *consumer, 1).await), [b"marker".to_vec()]);
}

/// A consumer that waits hears that the queue is closed, and so does one that comes later; nothing is taken any more.
pub async fn closing_ends_the_loop(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let mut consumer = queue.consumer();
    assert!(queue.is_up().await);
    let (got, ()) = tokio::join!(patience("the end", consumer.receive(1)), bench.close());
    assert_eq!(got, None);
    assert_eq!(patience("the end", queue.consumer().receive(1)).await, None);
    assert!(queue.publish(body(0)).await.is_err());
    assert!(!queue.is_up().await);
}

/// Whenever the wait for messages is given up, they are there for the next one.
pub async fn a_cancelled_receive_loses_nothing(bench: &mut impl QueueBench) {
    const COUNT: usize = 100;
    let queue = bench.open(ROOM).await;
    let mut consumer = queue.consumer();
    let mut seen: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    let mut got = |deliveries: Vec<Delivery>| {
        for one in deliveries {
            assert!(seen.insert(one.tag, one.body).is_none(), "a held message was handed out again");
        }
        seen.len()
    };
    for number in 0..COUNT {
        publish(&*queue, body(number)).await;
        // Give up at another moment each time.
        let waiting = consumer.receive(2);
        tokio::pin!(waiting);
        for _ in 0..number {
            if let std::task::Poll::Ready(taken) = poll!(&mut waiting) {
                got(taken.expect("the queue is open"));
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    while got(Vec::new()) < COUNT {
        got(patience("messages", consumer.receive(COUNT)).await.expect("the queue is open"));
    }
    assert_eq!(sorted(seen.into_values().collect()), numbered(COUNT));
}

/// No message comes between looking and waiting: each wakes one of the consumers.
pub async fn a_waiting_consumer_is_woken(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    let (mut first, mut second) = (queue.consumer(), queue.consumer());
    for number in 0..100 {
        let receiving = async {
            tokio::select! {
                taken = take(&mut *first, 1) => (taken, true),
                taken = take(&mut *second, 1) => (taken, false),
            }
        };
        let ((taken, by_first), ()) = tokio::join!(receiving, publish(&*queue, body(number)));
        assert_eq!(bodies(&taken), [body(number)]);
        let consumer = if by_first { &mut first } else { &mut second };
        consumer.acknowledge(&tags(&taken)).await;
    }
}

/// Many publishers at once: each confirmed, each message there once.
pub async fn many_publish_at_once(bench: &mut impl QueueBench) {
    const COUNT: usize = 5000;
    const PART: usize = 500;
    let queue = bench.open(ROOM).await;
    join_all((0..COUNT).map(|number| publish(&*queue, body(number)))).await;
    let mut consumer = queue.consumer();
    let mut taken = Vec::new();
    for _ in 0..COUNT / PART {
        let part = take(&mut *consumer, PART).await;
        consumer.acknowledge(&tags(&part)).await;
        taken.extend(part);
    }
    assert_eq!(sorted(bodies(&taken)), numbered(COUNT));
    assert_eq!(tags(&taken).into_iter().collect::<BTreeSet<_>>().len(), COUNT, "tags are distinct");
}

/// Waits for figures that come in a moment, and says what they were when they do not.
async fn figures(queue: &dyn OrderQueue, what: &str, depth: u64, dead_letters: u64) -> QueueStats {
    let began = Instant::now();
    loop {
        let stats = queue.stats().await.expect("figures");
        if (stats.depth, stats.dead_letters) == (depth, dead_letters) {
            return stats;
        }
        assert!(began.elapsed() < LIMIT, "{what}: waited in vain for {depth} and {dead_letters}: {stats:?}");
        tokio::task::yield_now().await;
    }
}

/// The figures count what is not acknowledged, held or not, and the dead letters.
pub async fn figures_are_true(bench: &mut impl QueueBench) {
    let queue = bench.open(ROOM).await;
    assert_eq!(figures(&*queue, "at first", 0, 0).await, QueueStats::default());
    for number in 0..3 {
        publish(&*queue, body(number)).await;
    }
    let stats = figures(&*queue, "published", 3, 0).await;
    assert!(stats.oldest.is_some());
    let mut consumer = queue.consumer();
    let taken = take(&mut *consumer, 3).await;
    figures(&*queue, "a held message is not done", 3, 0).await;
    consumer.acknowledge(&tags(&taken)[..2]).await;
    figures(&*queue, "two are acknowledged", 1, 0).await;
    consumer.set_aside(taken[2].tag, "broken").await.expect("set aside");
    let stats = figures(&*queue, "set aside", 0, 1).await;
    assert_eq!(stats.oldest, None);
    for number in 0..10 {
        publish(&*queue, body(number)).await;
        let taken = take(&mut *consumer, 1).await;
        consumer.acknowledge(&tags(&taken)).await;
    }
    publish(&*queue, body(0)).await;
    figures(&*queue, "what was acknowledged is counted once", 1, 1).await;
}
