//! The port of the stock store.
//!
//! - *Durability*: what returns `Ok` survives the loss of power.
//! - *Whole or not*: each call is one transaction. After an error nothing has changed, or everything has and only the
//!   answer is lost; asking again is harmless in either case.
//! - *Conservation*: for every dish, always: portions left + held by orders + sold = the sum of its adjustments.
//! - *Replicas*: several processes may work on the same stock at once. They never wait for each other in a circle, and
//!   none keeps the others from their turn: whoever was overtaken holds its dishes the next time.
//! - *Trail*: what a person does is written into the audit trail in the same transaction.

#[cfg(test)]
pub(crate) mod conformance;
pub mod postgres;
mod rows;
pub mod sqlite;

use async_trait::async_trait;
use service_kit::audit::Deed;
use wire::{
    ItemId, Time,
    event::StockLevel,
    stock::{Adjust, ItemChange, SeedItem, Seeded, StockItem},
};

use crate::domain::{
    StockError, StorageError,
    plan::{Operation, Outcome},
};

/// What a batch has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// One for each operation, in their order.
    pub outcomes: Vec<Outcome>,
    /// The dishes that changed, as they are now.
    pub changed: Vec<StockLevel>,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Keys of refused and released orders.
    pub keys: u64,
    /// Orders and adjustments that were reduced to totals.
    pub folded: u64,
}

/// Where the stock is kept: the truth. See the module for the semantics.
#[async_trait]
pub trait StockStore: Send + Sync + 'static {
    /// The whole menu, in its order.
    async fn items(&self) -> Result<Vec<StockItem>, StorageError>;

    /// One dish.
    async fn item(&self, id: &ItemId) -> Result<Option<StockItem>, StorageError>;

    /// Reduces and releases, in this order, as [`plan`](crate::domain::plan::plan) says, with one conditional update
    /// per dish. When another replica was faster it is planned again, then on rows that it holds. A batch that does not
    /// get through for 2 s all the same has the outcome `Conflict` for each operation, and no effect.
    async fn apply(&self, batch: &[Operation], at: Time) -> Result<Applied, StorageError>;

    /// Changes what is said of a dish, if its revision is still the one expected.
    ///
    /// # Errors
    /// `NotFound`, `Stale`.
    async fn change(
        &self,
        id: &ItemId,
        expected_revision: u64,
        change: &ItemChange,
        deed: &Deed,
    ) -> Result<StockItem, StockError>;

    /// Adds or takes away portions, once for each key; a repeat gets the first answer.
    ///
    /// # Errors
    /// `NotFound`, `KeyReused`, `TooFew`, `TooMany`.
    async fn adjust(&self, id: &ItemId, adjust: &Adjust, deed: &Deed) -> Result<StockItem, StockError>;

    /// Adds dishes or changes them, and sets what is left of them; the differences are adjustments. No dish stands
    /// twice.
    async fn seed(&self, items: &[SeedItem], deed: &Deed) -> Result<Seeded, StorageError>;

    /// Seeds a menu that has no dish yet; `None` when it has some, and nothing was done. Of replicas that do this at
    /// the same time, one seeds.
    async fn seed_if_empty(&self, items: &[SeedItem], deed: &Deed) -> Result<Option<Seeded>, StorageError>;

    /// How many dishes break the rule of conservation.
    async fn oversold(&self) -> Result<u64, StorageError>;

    /// Forgets keys of orders that ended before `keys_before`, and reduces reservations and adjustments from before
    /// `history_before` to totals: a bounded number of each. Nothing left to do when both numbers are 0.
    async fn forget(&self, keys_before: Time, history_before: Time) -> Result<Forgotten, StorageError>;

    /// Whether it answers.
    async fn is_up(&self) -> bool;
}
