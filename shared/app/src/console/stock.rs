//! Commands on dishes.

use client::Failure;
use wire::{
    ErrorCode, ItemId,
    stock::{Adjust, ItemChange, Seed, SeedItem, StockItem},
};

use super::Console;

/// Outcome of a change of a dish.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemOutcome {
    /// Changed.
    Changed,
    /// Somebody else was faster; the dish as it is now.
    Conflict(Box<StockItem>),
    /// Not changed.
    Failed(Failure),
}

impl Console {
    /// Fetches the dishes.
    pub async fn fetch_stock(&self) {
        let epoch = self.store.get().stock.epoch();
        let result = self.client().menu().await;
        self.store.update(|state| state.stock_fetched(epoch, result));
    }

    /// Changes a dish that still has this revision.
    pub async fn change_item(&self, item: &ItemId, revision: u64, change: &ItemChange) -> ItemOutcome {
        match self.client().change_item(item, revision, change).await {
            Ok(item) => {
                self.take_item(item);
                ItemOutcome::Changed
            }
            Err(failure) if failure.code() == Some(ErrorCode::Stale) => {
                match self.client().item(item).await {
                    Ok(theirs) => {
                        self.take_item(theirs.clone());
                        ItemOutcome::Conflict(Box::new(theirs))
                    }
                    Err(failure) => ItemOutcome::Failed(failure),
                }
            }
            Err(failure) => ItemOutcome::Failed(failure),
        }
    }

    /// Shows a dish to students or hides it.
    pub async fn set_available(&self, item: &ItemId, available: bool) -> ItemOutcome {
        let Some(known) = self.store.get().stock.get(item).cloned() else { return ItemOutcome::Changed };
        let change = ItemChange { available: Some(available), ..ItemChange::default() };
        let outcome = self.change_item(item, known.revision, &change).await;
        match outcome {
            // Whoever changed the price meanwhile did not decide on this.
            ItemOutcome::Conflict(theirs) => self.change_item(item, theirs.revision, &change).await,
            outcome => outcome,
        }
    }

    /// Adds or removes portions. The same key is the same change.
    ///
    /// # Errors
    /// As [`client::Client::adjust`].
    pub async fn adjust(&self, item: &ItemId, adjust: &Adjust) -> Result<(), Failure> {
        self.client().adjust(item, adjust).await.map(|item| self.take_item(item))
    }

    /// Adds a dish to the menu.
    ///
    /// # Errors
    /// As [`client::Client::seed`].
    pub async fn add_item(&self, item: SeedItem) -> Result<(), Failure> {
        let epoch = self.store.get().stock.epoch();
        let seeded = self.client().seed(&Seed { items: vec![item] }).await?;
        self.store.update(|state| state.stock_fetched(epoch, Ok(seeded.items)));
        Ok(())
    }

    fn take_item(&self, item: StockItem) {
        self.store.update(|state| {
            let epoch = state.stock.epoch();
            state.stock.one(epoch, item);
        });
    }
}
