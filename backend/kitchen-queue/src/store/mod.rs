//! The port of the kitchen's store: orders, their history, and the outbox.
//!
//! - *Durability*: every method that changes something returns once the change survives the loss of power; only
//!   claims and [`KitchenStore::relayed`] may be lost, and the work is then done again. After an error either all
//!   of it has happened or nothing; asking again is safe.
//! - *Claims*: an order that was claimed is claimed by nobody else until it is settled, released or put down, or
//!   until the claim has ended: with the crash of the one process (SQLite), or with its lease (PostgreSQL, which
//!   replicas share). Who has lost a claim can still settle: a change happens only where status and `seq` fit, so
//!   never twice; and it can no longer postpone what another has claimed since.
//! - *News*: told at least once, of one order by `seq`. One replica tells at a time; one that stops doing so without
//!   a word is replaced within seconds, and what it then still tells is older news, which clients drop.
//! - *Ticket numbers*: each at most once a day; gaps are fine.
//! - *The board's `seq`*: never falls, whichever replica is asked.

mod batch;
#[cfg(test)]
mod conformance;
pub mod postgres;
mod rows;
pub mod sqlite;
#[cfg(test)]
mod statuses;

use std::time::Duration;

use async_trait::async_trait;
use service_kit::{audit::Deed, http::Problematic};
use uuid::Uuid;
use wire::{
    ErrorCode, OrderKey, OrderStatus, Time, TraceContext, UserId,
    event::Event,
    kitchen::{Board, Ticket, TicketPage},
    message::OrderMessage,
    order::{Line, OrderCursor, OrderPage, OrderView},
    problem::ItemLeft,
    status::Reason,
};

/// How many numbers the pick-up board shows on each side.
const BOARD_PLACES: u32 = 200;

/// The store did not do what was asked, or the connection broke before it could say so: everything has changed or
/// nothing. Asking again is safe.
#[derive(Debug, thiserror::Error)]
#[error("the kitchen's store is away")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}

impl Problematic for StoreError {
    fn code(&self) -> ErrorCode {
        ErrorCode::DependencyDown
    }
}

/// What became of an order that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// It is new.
    New,
    /// It was here before.
    Repeat,
    /// Another order with its key was here before, which stands.
    Contradiction {
        /// Where the other one is.
        status: OrderStatus,
        /// The number of its last change.
        seq: u32,
        /// Its ticket, where it has one already.
        ticket: Option<u32>,
    },
}

/// An order whose stock is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// The kitchen's own number of the order.
    pub pk: i64,
    /// Whose, and which.
    pub key: OrderKey,
    /// What it takes.
    pub lines: Vec<Line>,
    /// Counted failures so far.
    pub attempts: u8,
    /// The number of its last change.
    pub seq: u32,
    /// Since when it is in the kitchen.
    pub since: Time,
    /// The trace it was accepted in.
    pub trace: Option<TraceContext>,
}

/// An ended order whose portions are to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreleased {
    /// The kitchen's own number of the order.
    pub pk: i64,
    /// Whose, and which.
    pub key: OrderKey,
    /// The trace it was accepted in.
    pub trace: Option<TraceContext>,
}

/// A change of status. It happens only if the order still has `from` and `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which order.
    pub pk: i64,
    /// The number of its last change so far.
    pub seq: u32,
    /// Before.
    pub from: OrderStatus,
    /// After.
    pub to: OrderStatus,
    /// Who brought it about: a user's id, or `kitchen`, or `timer`.
    pub by: String,
    /// Why, when it failed.
    pub reason: Option<Reason>,
    /// What was left of its dishes, when it failed.
    pub left: Vec<ItemLeft>,
    /// When there is something to do next.
    pub due: Option<Time>,
}

impl Change {
    /// Returns whether it makes the order ready for the first time. An order is received with its first event and
    /// verified with its second. Staff who put it back to cooking and make it ready again add further ones.
    pub fn is_first_ready(&self) -> bool {
        self.to == OrderStatus::Ready && self.seq == 2
    }
}

/// Number of changes that timers made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimerRun {
    /// Orders made ready or collected.
    pub changed: u32,
    /// Those among them that became ready for the first time.
    pub first_ready: u32,
}

/// Another try later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Postponed {
    /// Which order.
    pub pk: i64,
    /// Counted failures.
    pub attempts: u8,
    /// When to try again.
    pub due: Time,
}

/// What timers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerRules {
    /// After how long a ready order counts as collected; `None` is at the end of the day.
    pub collected_after: Option<Duration>,
}

impl TimerRules {
    /// When an order that is ready now counts as collected.
    pub fn collect_at(self, ready: Time) -> Time {
        match self.collected_after {
            Some(time) => ready.plus(time),
            None => ready.end_of_dhaka_day(),
        }
    }
}

/// How the kitchen is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KitchenStats {
    /// Orders received and not yet ready, rejected or cancelled.
    pub unserved: u64,
    /// When the oldest of them was accepted.
    pub oldest: Option<Time>,
    /// Changes not yet relayed.
    pub outbox: u64,
    /// Rejected and cancelled orders whose portions are still to be given back.
    pub to_release: u64,
}

/// A ticket that is to change, as staff last saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The kitchen's own number of the order.
    pub pk: i64,
    /// As staff see it.
    pub ticket: Ticket,
}

/// Orders, their history, and the outbox. See the module for the semantics.
#[async_trait]
pub trait KitchenStore: Send + Sync + 'static {
    /// Stores orders that arrived, once each, with a ticket number of the day and their first change; a result for
    /// each, in order.
    async fn receive(
        &self,
        orders: &[OrderMessage],
        ids: &[Uuid],
        now: Time,
    ) -> Result<Vec<Arrival>, StoreError>;

    /// Claims at most `limit` orders that are due to be verified.
    async fn claim_unverified(&self, now: Time, limit: u32) -> Result<Vec<Unverified>, StoreError>;

    /// Applies the changes that still fit, postpones the others, and ends the claims of all. Returns the orders
    /// that changed.
    async fn settle(
        &self,
        changes: &[Change],
        postponed: &[Postponed],
        now: Time,
    ) -> Result<Vec<i64>, StoreError>;

    /// Ends claims without a change.
    async fn put_down(&self, orders: &[i64]);

    /// Sets when verified orders that nothing is due for are ready. Returns how many.
    async fn cook_by(&self, due: Time) -> Result<u32, StoreError>;

    /// Makes at most `limit` orders whose time has come ready or collected.
    async fn run_timers(&self, now: Time, limit: u32, rules: TimerRules) -> Result<TimerRun, StoreError>;

    /// When the next order is due to be verified, and the next timer.
    async fn next_due(&self) -> Result<(Option<Time>, Option<Time>), StoreError>;

    /// Claims at most `limit` ended orders whose portions are to be given back.
    async fn claim_unreleased(&self, now: Time, limit: u32) -> Result<Vec<Unreleased>, StoreError>;

    /// The portions of these have been given back; ends their claims.
    async fn released(&self, orders: &[i64]) -> Result<(), StoreError>;

    /// The portions of these are to be given back later; ends their claims.
    async fn release_later(&self, orders: &[i64], due: Time) -> Result<(), StoreError>;

    /// At most `limit` changes that are not relayed yet, oldest first, each with its place in the outbox. Nothing
    /// while another replica tells what there is. [`KitchenStore::relayed`] follows in any case.
    async fn news(&self, limit: u32) -> Result<Vec<(i64, Vec<Event>)>, StoreError>;

    /// Of the last news, what has these places has been relayed; any replica may tell the rest. Written down now,
    /// with the next change, or by [`KitchenStore::flush`].
    async fn relayed(&self, places: &[i64]);

    /// Writes down what [`KitchenStore::relayed`] was told.
    async fn flush(&self) -> Result<(), StoreError>;

    /// A student's orders before a place, newest first.
    async fn orders_of(
        &self,
        user: UserId,
        before: Option<&OrderCursor>,
        limit: u32,
    ) -> Result<OrderPage, StoreError>;

    /// One order.
    async fn order(&self, key: &OrderKey) -> Result<Option<OrderView>, StoreError>;

    /// Tickets of a status, or all, before a ticket, newest first; none before a ticket that there is not (any more).
    async fn tickets(
        &self,
        status: Option<OrderStatus>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<TicketPage, StoreError>;

    /// One ticket.
    async fn ticket(&self, id: Uuid) -> Result<Option<Found>, StoreError>;

    /// Applies one change and writes down who did it, if it still fits; returns the ticket after it.
    async fn change_by_staff(
        &self,
        change: &Change,
        now: Time,
        deed: &Deed,
    ) -> Result<Option<Ticket>, StoreError>;

    /// The pick-up board: ready tickets that became so after `ready_after`.
    async fn board(&self, ready_after: Time) -> Result<Board, StoreError>;

    /// Reduces at most `limit` ended orders from before `before` to totals. Returns how many.
    async fn reduce_to_totals(&self, before: Time, limit: u32) -> Result<u32, StoreError>;

    /// How the kitchen is.
    async fn stats(&self) -> Result<KitchenStats, StoreError>;

    /// Whether it answers.
    async fn is_up(&self) -> bool;
}
