//! What is done with dishes.

use client::Failure;
use wire::{
    ErrorCode, ItemId,
    stock::{Adjust, ItemChange, Seed, SeedItem, StockItem},
};
use yew::{platform::spawn_local, prelude::*};

use super::ConsoleHandle;
use crate::{
    state::console::{Act, Undo},
    text::admin as say,
};

/// What became of a change of a dish.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// It was made.
    Done,
    /// Somebody else was faster; this is the dish now.
    Conflict(Box<StockItem>),
    /// It was not made.
    Failed(Failure),
}

impl ConsoleHandle {
    /// Fetches the dishes.
    pub fn fetch_stock(&self) {
        let this = self.clone();
        spawn_local(async move {
            let answer = this.client.menu().await;
            this.act(Act::Stock(answer));
        });
    }

    /// Changes what is said of a dish, if it still has this revision; calls back with how that went.
    pub fn change_item(&self, item: &ItemId, revision: u64, change: ItemChange, then: Callback<Changed>) {
        let (this, item) = (self.clone(), item.clone());
        spawn_local(async move { then.emit(this.changed(&item, revision, &change).await) });
    }

    async fn changed(&self, item: &ItemId, revision: u64, change: &ItemChange) -> Changed {
        match self.client.change_item(item, revision, change).await {
            Ok(item) => {
                self.act(Act::Item(item));
                Changed::Done
            }
            Err(failure) if failure.code() == Some(ErrorCode::Stale) => match self.client.item(item).await {
                Ok(theirs) => {
                    self.act(Act::Item(theirs.clone()));
                    Changed::Conflict(Box::new(theirs))
                }
                Err(failure) => Changed::Failed(failure),
            },
            Err(failure) => Changed::Failed(failure),
        }
    }

    /// Shows a dish to students or hides it, and says so; with a way back where that is wanted.
    pub fn show_item(&self, item: &ItemId, available: bool, undoable: bool) {
        let Some(known) = self.stock.get(item).cloned() else { return };
        let this = self.clone();
        spawn_local(async move {
            let change = ItemChange { available: Some(available), ..ItemChange::default() };
            let (item, mut revision) = (known.id, known.revision);
            let mut changed = this.changed(&item, revision, &change).await;
            // Somebody may have changed its price; whether it is shown is a matter of its own.
            if let Changed::Conflict(theirs) = &changed {
                revision = theirs.revision;
                changed = this.changed(&item, revision, &change).await;
            }
            match changed {
                Changed::Done => {
                    let said = if available { say::DISH_SHOWN } else { say::DISH_HIDDEN };
                    let undo = undoable.then_some(Undo::Shown { item, available: !available });
                    this.say_with(said, vec![("dish", known.name)], undo);
                }
                Changed::Conflict(_) => this.say(crate::text::failures::STALE),
                Changed::Failed(failure) => this.say_failure(&failure),
            }
        });
    }

    /// Adds portions or takes some away; calls back with how that went. The same key is the same change.
    pub fn adjust(&self, item: &ItemId, adjust: Adjust, then: Callback<Result<(), Failure>>) {
        let (this, item) = (self.clone(), item.clone());
        spawn_local(async move {
            then.emit(this.client.adjust(&item, &adjust).await.map(|item| this.act(Act::Item(item))));
        });
    }

    /// Puts a new dish on the menu; calls back with how that went.
    pub fn add_item(&self, item: SeedItem, then: Callback<Result<(), Failure>>) {
        let this = self.clone();
        spawn_local(async move {
            let answer = this.client.seed(&Seed { items: vec![item] }).await;
            then.emit(answer.map(|seeded| this.act(Act::Stock(Ok(seeded.items)))));
        });
    }
}
