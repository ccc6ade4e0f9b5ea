//! A student's tracker: the orders of `app`, merged from snapshots and notifications by the real client, with a record
//! of every status that it showed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use app::orders::{Effect, Orders};
use client::{Client, Event, Failure, Subscription, socket::student_events};
use tokio::{sync::Notify, task::JoinHandle};
use wire::{
    OrderId, OrderStatus,
    event::Notification,
    order::{OrderAccepted, OrderView},
};

use crate::wait;

/// Orders of one page.
const PAGE_SIZE: u32 = 100;
/// Delay before a fetch that failed is tried again.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Tracker that runs until it is dropped.
#[derive(Debug)]
pub struct Tracker {
    screen: Arc<Screen>,
    fetching: JoinHandle<()>,
    _subscription: Subscription,
}

#[derive(Debug, Default)]
struct Screen {
    shown: Mutex<Shown>,
    /// Wakes the task that fetches the snapshot.
    is_stale: Notify,
}

#[derive(Debug, Default)]
struct Shown {
    orders: Orders,
    /// Order that is being placed: its notifications may arrive before the 202.
    placing: Option<OrderId>,
    /// Every status that was shown of an order, with its `seq`.
    steps: BTreeMap<OrderId, Vec<(u32, OrderStatus)>>,
}

impl Shown {
    /// Records the status that an order has now.
    fn record(&mut self, id: &OrderId) {
        let Some(order) = self.orders.order(id) else { return };
        let steps = self.steps.entry(id.clone()).or_default();
        let step = (order.seq, order.status);
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
}

impl Screen {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, event: Event) {
        match event {
            Event::Ready => {
                self.lock().orders.begin_epoch();
                self.is_stale.notify_one();
            }
            Event::Resync => self.is_stale.notify_one(),
            Event::Notification(notification) => self.notification(notification),
            Event::State(_)
            | Event::Stock(_)
            | Event::Menu
            | Event::Board(_)
            | Event::Ticket(_)
            | Event::Ops(_) => {}
        }
    }

    fn notification(&self, notification: Notification) {
        let mut shown = self.lock();
        let id = notification.order_id.clone();
        let is_placing = shown.placing.as_ref() == Some(&id);
        if shown.orders.notification(notification) == Effect::UnknownOrder && !is_placing {
            self.is_stale.notify_one();
        }
        shown.record(&id);
    }

    /// Fetches the snapshot whenever it is needed.
    async fn fetch(&self, client: &Client) {
        loop {
            self.is_stale.notified().await;
            while self.fetch_all(client).await.is_err() {
                wait::pass(RETRY_DELAY).await;
            }
        }
    }

    async fn fetch_all(&self, client: &Client) -> Result<(), Failure> {
        let epoch = self.lock().orders.epoch();
        let mut before = None;
        loop {
            let page = client.orders(PAGE_SIZE, before.as_ref()).await?;
            let is_newest = before.is_none();
            before = page.next.clone();
            let ids: Vec<_> = page.orders.iter().map(|order| order.order_id.clone()).collect();
            let mut shown = self.lock();
            if is_newest {
                shown.orders.newest(epoch, page);
            } else {
                shown.orders.older(epoch, page);
            }
            ids.iter().for_each(|id| shown.record(id));
            if before.is_none() {
                return Ok(());
            }
        }
    }
}

impl Tracker {
    /// Follows the orders of the student whom `client` has signed in.
    #[expect(clippy::disallowed_methods, reason = "a client of the scenario, not a task of a service")]
    pub fn start(client: Client) -> Self {
        let screen = Arc::new(Screen::default());
        let (events, fetches) = (Arc::clone(&screen), Arc::clone(&screen));
        let subscription = client.subscribe(student_events, move |event| events.take(event));
        let fetching = tokio::spawn(async move { fetches.fetch(&client).await });
        Self { screen, fetching, _subscription: subscription }
    }

    /// Expects an order that is being placed.
    pub fn is_placing(&self, id: &OrderId) {
        self.screen.lock().placing = Some(id.clone());
    }

    /// Shows an order that was accepted, if it is not shown yet.
    pub fn is_accepted(&self, accepted: OrderAccepted) {
        let mut shown = self.screen.lock();
        shown.placing = None;
        let id = accepted.order_id;
        if shown.orders.order(&id).is_none() {
            shown.orders.accepted(id.clone(), Vec::new(), accepted.accepted_at);
        }
        shown.record(&id);
    }

    /// Waits until it shows each of these orders as it is, and asserts that no order ever went back.
    ///
    /// # Panics
    /// It does not show them, or an order went back.
    pub async fn showed_all_of(&self, orders: &[OrderView]) {
        wait::until("the tracker to show the end of every order", async || {
            let shown = self.screen.lock();
            let is_missing = |order: &&OrderView| {
                shown.orders.order(&order.order_id).is_none_or(|one| one.seq < order.seq)
            };
            let missing: Vec<_> = orders.iter().filter(is_missing).collect();
            match missing.first() {
                None => Ok(()),
                Some(first) => {
                    let steps = shown.steps.get(&first.order_id);
                    Err(format!("{} are missing, such as {first:?}, shown as {steps:?}", missing.len()))
                }
            }
        })
        .await;
        for (id, steps) in &self.screen.lock().steps {
            assert!(steps.is_sorted_by(|one, next| one.0 < next.0), "{id} went back: {steps:?}");
        }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.fetching.abort();
    }
}
