//! What every fan-out must show.

#![expect(clippy::expect_used, reason = "a check fails by panicking; only tests call it")]

use std::sync::Arc;

use async_trait::async_trait;
use wire::{event::Event, kitchen::Board};

use super::patience;
use crate::{Fanout, News, Subscription};

/// Where the suite gets a fan-out from.
#[async_trait]
pub trait FanoutBench: Send {
    /// Opens a fan-out whose subscriptions hold about this many events.
    async fn open(&mut self, capacity: usize) -> Arc<dyn Fanout>;

    /// Ends it; the suite has let go of it by then.
    async fn close(&mut self);
}

/// Makes a test of every check in [`fanout`](crate::conformance::fanout), each with a bench of its own.
#[macro_export]
macro_rules! fanout_conformance {
    ($bench:expr) => {
        $crate::fanout_conformance!(@ $bench;
            everybody_hears_everything_in_order
            who_lags_is_told_before_anything_newer
            nobody_listening_is_no_failure
            the_end_is_heard_after_the_last_event
        );
    };
    (@ $bench:expr; $($check:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                $crate::conformance::fanout::$check(&mut $bench).await;
            }
        )*
    };
}

fn event(seq: u64) -> Event {
    Event::Board(Board { seq, ..Board::default() })
}

fn seq(news: &News) -> Option<u64> {
    match news {
        News::Event(event) => match &**event {
            Event::Board(board) => Some(board.seq),
            other => panic!("nobody published {other:?}"),
        },
        News::Gap => None,
    }
}

async fn hear(ear: &mut dyn Subscription) -> News {
    patience("news", ear.next()).await.expect("the fan-out is open")
}

/// Each subscription hears each event, in the order of publication.
pub async fn everybody_hears_everything_in_order(bench: &mut impl FanoutBench) {
    let fanout = bench.open(1024).await;
    let mut ears = [fanout.subscribe(), fanout.subscribe(), fanout.subscribe()];
    for first in (0..500).step_by(5) {
        fanout.publish((first..first + 5).map(event).collect()).await.expect("published");
    }
    for ear in &mut ears {
        for expected in 0..500 {
            assert_eq!(seq(&hear(&mut **ear).await), Some(expected));
        }
    }
    assert!(fanout.is_up().await);
}

/// A subscription is bounded: who does not listen loses the oldest, hears of the gap first, then only newer events up
/// to the newest. Others are not disturbed.
pub async fn who_lags_is_told_before_anything_newer(bench: &mut impl FanoutBench) {
    let fanout = bench.open(16).await;
    let (mut slow, mut quick) = (fanout.subscribe(), fanout.subscribe());
    for number in 0..1000 {
        fanout.publish(vec![event(number)]).await.expect("published");
        assert_eq!(seq(&hear(&mut *quick).await), Some(number));
    }
    assert_eq!(hear(&mut *slow).await, News::Gap);
    let mut heard = Vec::new();
    while heard.last() != Some(&999) {
        heard.extend(seq(&hear(&mut *slow).await));
    }
    assert!(heard.len() <= 64, "{} events were held for one subscription", heard.len());
    let first = heard[0];
    assert!(first > 0, "the oldest go first");
    assert_eq!(heard, (first..1000).collect::<Vec<_>>());
}

/// Without subscriptions an event is gone, and that is fine.
pub async fn nobody_listening_is_no_failure(bench: &mut impl FanoutBench) {
    let fanout = bench.open(16).await;
    fanout.publish(vec![event(1)]).await.expect("published");
    let mut ear = fanout.subscribe();
    fanout.publish(vec![event(2)]).await.expect("published");
    let mut heard = seq(&hear(&mut *ear).await);
    if heard == Some(1) {
        // It was still on its way.
        heard = seq(&hear(&mut *ear).await);
    }
    assert_eq!(heard, Some(2), "a subscription hears what comes after it");
}

/// What was published is heard, then `None` says that the fan-out has ended.
pub async fn the_end_is_heard_after_the_last_event(bench: &mut impl FanoutBench) {
    let fanout = bench.open(16).await;
    let mut ear = fanout.subscribe();
    fanout.publish(vec![event(1)]).await.expect("published");
    drop(fanout);
    bench.close().await;
    let mut heard = Vec::new();
    while let Some(news) = patience("the end", ear.next()).await {
        heard.extend(seq(&news));
    }
    assert_eq!(heard, [1]);
}
