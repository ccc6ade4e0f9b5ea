//! RabbitMQ killed, started again, stopped where it stands, cut off, fallen silent, out of memory: what callers are
//! told, that nothing accepted is lost, and that all of it heals by itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, sync::Arc};

use messaging::{
    Fanout as _, News, OrderQueue, PublishError, Subscription,
    conformance::patience,
    rabbitmq::{FanoutConfig, Fanouts, RabbitConfig, RabbitOrderQueue},
};
use service_kit::{Clock, Tasks, metrics::Metrics};
use test_support::{
    servers::{Proxy, RabbitMq, proxy::Network},
    wait::until_true,
};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use wire::{event::Event, kitchen::Board};

static SERVER: OnceCell<Mutex<RabbitMq>> = OnceCell::const_new();

/// The broker, for one test at a time.
async fn server() -> MutexGuard<'static, RabbitMq> {
    SERVER.get_or_init(async || Mutex::new(RabbitMq::start().await)).await.lock().await
}

fn connect(url: &str) -> (Arc<RabbitOrderQueue>, Metrics) {
    let (config, metrics) = (RabbitConfig::new("test"), Metrics::new("test"));
    let queue = RabbitOrderQueue::connect(url, &config, &Tasks::new(), Clock::system(), &metrics).unwrap();
    (queue, metrics)
}

async fn up(queue: &dyn OrderQueue) {
    until_true("the queue", async || queue.is_up().await).await;
}

/// Publishes numbers from `first` on until one is answered like this. Returns what was accepted.
async fn publish_until(
    queue: &dyn OrderQueue,
    first: u32,
    what: &str,
    ends: fn(Result<(), PublishError>) -> bool,
) -> BTreeSet<u32> {
    let mut accepted = BTreeSet::new();
    patience(what, async {
        for number in first.. {
            let answer = queue.publish(number.to_be_bytes().to_vec()).await;
            if answer.is_ok() {
                accepted.insert(number);
            }
            if ends(answer) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    accepted
}

/// Receives until all of these have come.
async fn expect(queue: &dyn OrderQueue, mut missing: BTreeSet<u32>) {
    let mut consumer = queue.consumer();
    while !missing.is_empty() {
        let Ok(taken) = tokio::time::timeout(std::time::Duration::from_secs(60), consumer.receive(500)).await
        else {
            panic!("waited in vain for {} accepted messages", missing.len())
        };
        let taken = taken.unwrap();
        for one in &taken {
            missing.remove(&u32::from_be_bytes(one.body.clone().try_into().unwrap()));
        }
        let tags: Vec<_> = taken.iter().map(|one| one.tag).collect();
        consumer.acknowledge(&tags).await;
    }
}

/// lapin works in threads of its own: each connection has one.
fn connections() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("lapin-io")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_loses_nothing_it_has_confirmed() {
    let mut server = server().await;
    let (queue, metrics) = connect(&server.vhost());
    up(&*queue).await;
    let mut held = queue.consumer();
    for round in 0..2 {
        let first = round * 1_000_000;
        let (publishing, killing) = (
            publish_until(&*queue, first, "the outage", |answer| answer == Err(PublishError::Unavailable)),
            async {
                // In the middle of it, with some of it held.
                patience("a message", held.receive(10)).await.unwrap();
                server.kill();
            },
        );
        let (accepted, ()) = tokio::join!(publishing, killing);
        assert!(!queue.is_up().await);
        until_true("the gauge", async || metrics.values()["queue_up"] == 0.0).await;
        server.restart().await;
        let after = publish_until(&*queue, first + 500_000, "the end of the outage", |answer| answer.is_ok());
        let after = after.await;
        drop(held);
        expect(&*queue, accepted.union(&after).copied().collect()).await;
        held = queue.consumer();
    }
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_there_before_its_broker() {
    let mut server = server().await;
    let url = server.vhost();
    server.kill();
    let (queue, _metrics) = connect(&url);
    assert_eq!(queue.publish(b"early".to_vec()).await, Err(PublishError::Unavailable));
    assert!(queue.dead_letters(1).await.is_err());
    assert!(queue.stats().await.is_err());
    let mut consumer = queue.consumer();
    let receiving = consumer.receive(1);
    tokio::pin!(receiving);
    assert!(futures_util::poll!(&mut receiving).is_pending());
    server.restart().await;
    up(&*queue).await;
    queue.publish(b"order".to_vec()).await.unwrap();
    assert_eq!(patience("the order", receiving).await.unwrap()[0].body, b"order");
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stands_still_is_noticed_and_leaves_nothing_behind() {
    let server = server().await;
    let (queue, _metrics) = connect(&server.vhost());
    up(&*queue).await;
    let mut consumer = queue.consumer();
    queue.publish(7_u32.to_be_bytes().to_vec()).await.unwrap();
    let taken = patience("the order", consumer.receive(1)).await.unwrap();
    server.pause();
    assert_eq!(queue.publish(8_u32.to_be_bytes().to_vec()).await, Err(PublishError::Unknown));
    assert_eq!(queue.publish(9_u32.to_be_bytes().to_vec()).await, Err(PublishError::Unavailable));
    // None of these hangs.
    consumer.acknowledge(&[taken[0].tag]).await;
    assert!(patience("an answer", consumer.set_aside(-1, "never held")).await.is_ok());
    assert!(patience("an answer", queue.dead_letters(1)).await.is_err());
    let mut seen = BTreeSet::new();
    until_true("several attempts", async || {
        seen.insert(attempts());
        seen.len() > 6
    })
    .await;
    assert!(connections() <= 4, "{} threads were left behind", connections());
    server.resume();
    let accepted = publish_until(&*queue, 10, "the broker", |answer| answer.is_ok()).await;
    drop(consumer);
    expect(&*queue, accepted).await;
    queue.close().await;
}

/// Changes with each connection that is made: the kernel numbers threads in their order.
fn attempts() -> Option<String> {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    let lapin = threads.filter(|thread| {
        std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.starts_with("lapin-io"))
    });
    lapin.map(|thread| thread.file_name().to_string_lossy().into_owned()).max()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_cut_or_silent_is_survived() {
    let server = server().await;
    let proxy = Proxy::start(vec![server.address()]).await;
    let (queue, _metrics) = connect(&server.vhost().replace(&server.address(), &proxy.address()));
    let mut accepted = BTreeSet::new();
    for (round, network) in [Network::Cut, Network::Silent].into_iter().cycle().take(4).enumerate() {
        up(&*queue).await;
        let first = u32::try_from(round).unwrap() * 1_000_000;
        let publishing =
            publish_until(&*queue, first, "the outage", |answer| answer == Err(PublishError::Unavailable));
        let cutting = async {
            let stats = patience("figures", queue.stats()).await;
            proxy.set(network);
            stats.unwrap();
        };
        let (before, ()) = tokio::join!(publishing, cutting);
        accepted.extend(before);
        proxy.set(Network::Good);
        let after = publish_until(&*queue, first + 500_000, "the end of the outage", |answer| answer.is_ok());
        accepted.extend(after.await);
    }
    expect(&*queue, accepted).await;
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_memory_takes_nothing_and_still_hands_out() {
    let server = server().await;
    let (queue, metrics) = connect(&server.vhost());
    up(&*queue).await;
    let before = publish_until(&*queue, 0, "a message", |answer| answer.is_ok()).await;
    server.memory_alarm(true);
    // The broker says so to who publishes: one may not know what became of it, the next is told at once.
    let during =
        publish_until(&*queue, 1000, "the alarm", |answer| answer == Err(PublishError::Unavailable)).await;
    assert!(!queue.is_up().await);
    until_true("the gauge", async || metrics.values()["queue_blocked"] == 1.0).await;
    expect(&*queue, before.union(&during).copied().collect()).await;
    for _ in 0..100 {
        assert_eq!(queue.publish(b"shed".to_vec()).await, Err(PublishError::Unavailable));
    }
    server.memory_alarm(false);
    let after = publish_until(&*queue, 2000, "the end of the alarm", |answer| answer.is_ok()).await;
    expect(&*queue, after).await;
    until_true("the gauge", async || metrics.values()["queue_blocked"] == 0.0).await;
    queue.close().await;
}

fn board(seq: u64) -> Event {
    Event::Board(Board { seq, ..Board::default() })
}

async fn hear(ear: &mut dyn Subscription) -> News {
    patience("news", ear.next()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_of_each_gap_before_anything_newer() {
    let mut server = server().await;
    let proxy = Proxy::start(vec![server.address()]).await;
    let (config, metrics) = (FanoutConfig::new("test"), Metrics::new("test"));
    let url = server.vhost().replace(&server.address(), &proxy.address());
    let fanouts = Fanouts::connect(&url, &config, &Tasks::new(), &Clock::system(), &metrics).unwrap();
    let (fanout, mut ear) = (&fanouts.notifications, fanouts.notifications.subscribe());
    assert_eq!(hear(&mut *ear).await, News::Gap);
    for round in 0..4 {
        until_true("the fan-out", async || fanout.is_up().await).await;
        fanout.publish(vec![board(2 * round)]).await.unwrap();
        assert_eq!(hear(&mut *ear).await, News::Event(board(2 * round).into()));
        if round % 2 == 0 {
            proxy.set(Network::Cut);
            until_true("the outage", async || !fanout.is_up().await).await;
            proxy.set(Network::Good);
        } else {
            server.kill();
            until_true("the outage", async || !fanout.is_up().await).await;
            server.restart().await;
        }
        // The relay repeats until it is confirmed; whether anybody listened then is another matter.
        let news = board(2 * round + 1);
        until_true("a confirmation", async || fanout.publish(vec![news.clone()]).await.is_ok()).await;
        assert_eq!(hear(&mut *ear).await, News::Gap);
        until_true("the fan-out", async || fanout.is_up().await).await;
        fanout.publish(vec![board(999)]).await.unwrap();
        loop {
            match hear(&mut *ear).await {
                News::Event(event) if *event == board(999) => break,
                News::Event(event) => assert_eq!(*event, news),
                News::Gap => {}
            }
        }
    }
    fanouts.close().await;
}
