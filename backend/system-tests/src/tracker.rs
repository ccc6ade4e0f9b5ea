//! A student's tracker, as every client has one: it listens, fetches what it may have missed, and shows what is newer
//! than what it shows.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::task::JoinHandle;
use wire::{
    OrderStatus,
    event::{Notification, names},
    order::OrderView,
};

use crate::{people::Person, socket::Ear, wait};

type Shown = Arc<Mutex<BTreeMap<String, Vec<(u32, OrderStatus)>>>>;

/// How long it rests before it connects again, or asks again.
const REST: Duration = Duration::from_millis(100);

/// A tracker that runs until it is dropped.
#[derive(Debug)]
pub struct Tracker {
    shown: Shown,
    watching: JoinHandle<()>,
}

impl Tracker {
    /// Watches somebody's orders.
    #[expect(clippy::disallowed_methods, reason = "a client of the scenario, not a task of a service")]
    pub fn watch(person: Person) -> Self {
        let shown = Shown::default();
        let watching = tokio::spawn(watch(person, Arc::clone(&shown)));
        Self { shown, watching }
    }

    /// Waits until it shows each order as it is, and asserts that it showed each status once and in order.
    ///
    /// # Panics
    /// It never does, or it went back.
    pub async fn showed_all_of(&self, orders: &[OrderView]) {
        wait::until("the tracker to show the end of every order", async || {
            let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let missing: Vec<_> = orders
                .iter()
                .filter(|order| {
                    let last = shown.get(order.order_id.as_str()).and_then(|steps| steps.last());
                    last.is_none_or(|(seq, _)| *seq < order.seq)
                })
                .map(|order| (order, shown.get(order.order_id.as_str()).cloned()))
                .collect();
            match missing.first() {
                None => Ok(()),
                Some(first) => Err(format!("{} are missing, such as {first:?}", missing.len())),
            }
        })
        .await;
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (order_id, steps) in shown.iter() {
            let rising = steps.windows(2).all(|pair| pair[0].0 < pair[1].0);
            assert!(rising, "{order_id} went back: {steps:?}");
        }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn watch(person: Person, shown: Shown) {
    loop {
        if let Ok(ear) = person.tries_to_listen().await {
            follow(&person, &ear, &shown).await;
        }
        wait::pass(REST).await;
    }
}

/// Follows one connection to its end.
async fn follow(person: &Person, ear: &Ear, shown: &Shown) {
    let (mut known, mut fetch) = (0, true);
    while !ear.is_closed() {
        let news: Vec<(String, Value)> = ear.since(known);
        known += news.len();
        fetch |= news.iter().any(|(event, _)| event == names::RESYNC);
        // What came while the snapshot was fetched is applied after it.
        if fetch {
            let Some(orders) = person.tries_to_see_all_orders().await else {
                wait::pass(REST).await;
                known -= news.len();
                continue;
            };
            fetch = false;
            for order in orders {
                for step in order.history {
                    show(shown, order.order_id.as_str(), step.seq, step.status);
                }
            }
        }
        for (event, body) in news {
            if event == names::NOTIFICATION {
                let news: Notification = serde_json::from_value(body).unwrap();
                show(shown, news.order_id.as_str(), news.seq, news.status);
            }
        }
        wait::pass(REST / 5).await;
    }
}

fn show(shown: &Shown, order_id: &str, seq: u32, status: OrderStatus) {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let steps = shown.entry(order_id.to_owned()).or_default();
    if steps.last().is_none_or(|(last, _)| *last < seq) {
        steps.push((seq, status));
    }
}
