//! Dishes and the portions left of them.

use std::{collections::BTreeSet, sync::Arc};

use wire::{ItemId, event::StockLevel, problem::ItemLeft, stock::StockItem};

use crate::merge::{Epoch, Merge};

/// Most portions left that are shown as a number.
pub const LOW_STOCK: u32 = 10;

/// Dishes in the order of the stock-service, with the levels pushed since.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Menu {
    dishes: Merge<StockItem>,
    order: Vec<ItemId>,
}

impl Menu {
    /// Returns the present epoch, for a request of the menu.
    pub fn epoch(&self) -> Epoch {
        self.dishes.epoch()
    }

    /// Begins an epoch; see [`Merge::begin_epoch`].
    pub fn begin_epoch(&mut self) {
        self.dishes.begin_epoch();
    }

    /// Takes the whole menu. Newer levels stay; dishes that it does not contain are gone.
    pub fn snapshot(&mut self, requested_in: Epoch, dishes: Vec<StockItem>) {
        self.order = dishes.iter().map(|dish| dish.id.clone()).collect();
        self.dishes.snapshot(requested_in, dishes);
        let contained: BTreeSet<_> = self.order.iter().collect();
        self.dishes.retain(|dish, _| contained.contains(&dish.id));
    }

    /// Takes a pushed level. Returns whether its dish is on the menu.
    pub fn level(&mut self, level: StockLevel) -> bool {
        let is_known = self.dishes.get(&level.item_id).is_some();
        self.dishes.event(level);
        is_known
    }

    /// Takes the portions left from the refusal of an order, until a newer level arrives.
    pub fn set_left(&mut self, left: &ItemLeft) {
        self.dishes.update(&left.item_id, |dish| dish.quantity = left.left);
    }

    /// Returns the dishes in their order.
    pub fn dishes(&self) -> impl Iterator<Item = &Arc<StockItem>> {
        self.order.iter().filter_map(|id| self.dishes.get(id))
    }

    /// Returns one dish.
    pub fn dish(&self, id: &ItemId) -> Option<&Arc<StockItem>> {
        self.dishes.get(id)
    }

    /// Returns whether no dish is available.
    pub fn is_empty(&self) -> bool {
        !self.dishes.all().any(|dish| dish.available)
    }

    /// Returns the portions of a dish that can be ordered.
    pub fn left(&self, id: &ItemId) -> u32 {
        self.dish(id).filter(|dish| dish.available).map_or(0, |dish| dish.quantity)
    }
}

#[cfg(test)]
mod tests {
    use wire::stock::Category;

    use super::*;
    use crate::samples::{dish, level, menu};

    fn id(text: &str) -> ItemId {
        text.parse().unwrap()
    }

    #[test]
    fn the_menu_keeps_the_order_of_the_service() {
        let mut menu = menu();
        let names = |menu: &Menu| menu.dishes().map(|dish| dish.id.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&menu), ["burger", "fries", "soup"]);
        let epoch = menu.epoch();
        menu.snapshot(
            epoch,
            vec![dish("soup", "Soup", Category::Sides, 0), dish("burger", "Burger", Category::Mains, 5)],
        );
        assert_eq!(names(&menu), ["soup", "burger"], "fries are off the menu");
        assert!(menu.dish(&id("fries")).is_none());
    }

    #[test]
    fn a_newer_level_outlives_an_older_menu() {
        let mut menu = menu();
        assert!(menu.level(level("burger", 1, 7)));
        assert!(menu.level(level("burger", 4, 6)));
        assert!(!menu.level(level("haleem", 4, 6)), "not on the menu");
        let epoch = menu.epoch();
        menu.snapshot(epoch, vec![dish("burger", "Burger", Category::Mains, 5)]);
        assert_eq!(menu.left(&id("burger")), 1);
    }

    #[test]
    fn the_refusal_of_an_order_says_what_is_left() {
        let mut menu = menu();
        menu.set_left(&ItemLeft { item_id: id("burger"), left: 0 });
        assert_eq!(menu.left(&id("burger")), 0);
        menu.level(level("burger", 3, 6));
        assert_eq!(menu.left(&id("burger")), 3);
    }
}
