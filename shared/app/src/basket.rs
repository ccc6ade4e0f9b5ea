//! Basket: the order that is being put together, under one idempotency key.
//!
//! The key is made with the first dish and lasts until the 202, so that a double tap, a reload, a second tab or a lost
//! connection never orders twice. The basket does not change while it is being sent.

use serde::{Deserialize, Serialize};
use wire::{
    ItemId, OrderId, Quantity, UserId,
    order::{Line, PlaceOrder},
};

use crate::menu::Menu;

/// Most dishes of one order; see [`wire::id::MAX_LINES`].
pub use wire::id::MAX_LINES;

/// Most portions of one dish in one order.
pub const MAX_QUANTITY: u8 = Quantity::MAX;

/// Basket, as shown and as stored on the device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basket {
    key: Option<OrderId>,
    lines: Vec<(ItemId, u8)>,
    /// User who sends it, while it is being sent.
    sender: Option<UserId>,
}

/// Line of which fewer portions are left than are in the basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Dish.
    pub item: ItemId,
    /// Portions in the basket.
    pub wanted: u8,
    /// Portions left.
    pub left: u32,
}

impl Basket {
    /// Returns the dishes and their quantities, in the order in which they were added.
    pub fn lines(&self) -> &[(ItemId, u8)] {
        &self.lines
    }

    /// Returns whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns whether it is being sent.
    pub fn is_sending(&self) -> bool {
        self.sender.is_some()
    }

    /// Returns whether another user than `user` is sending it.
    pub fn is_sent_by_other(&self, user: UserId) -> bool {
        self.sender.is_some_and(|sender| sender != user)
    }

    /// Returns the idempotency key.
    pub fn key(&self) -> Option<&OrderId> {
        self.key.as_ref()
    }

    /// Returns the quantity of a dish.
    pub fn quantity(&self, item: &ItemId) -> u8 {
        self.lines.iter().find(|(id, _)| id == item).map_or(0, |(_, count)| *count)
    }

    /// Returns the portions of all dishes.
    pub fn portions(&self) -> u32 {
        self.lines.iter().map(|(_, count)| u32::from(*count)).sum()
    }

    /// Returns the sum at the menu's prices, in poisha. A dish that is not on the menu counts nothing.
    pub fn total_poisha(&self, menu: &Menu) -> u64 {
        let price = |item: &ItemId| menu.dish(item).map_or(0, |item| u64::from(item.price_poisha));
        self.lines.iter().map(|(item, count)| price(item) * u64::from(*count)).sum()
    }

    /// Sets the quantity of a dish, 0 to remove it; `new_key` makes the key of the first dish. Does nothing while the
    /// basket is being sent, nor beyond [`MAX_QUANTITY`] and [`MAX_LINES`].
    pub fn set(&mut self, item: &ItemId, count: u8, new_key: impl FnOnce() -> OrderId) {
        if self.is_sending() || count > MAX_QUANTITY {
            return;
        }
        let room = self.lines.len() < MAX_LINES;
        match self.lines.iter_mut().find(|(id, _)| id == item) {
            Some(line) => line.1 = count,
            None if room => self.lines.push((item.clone(), count)),
            None => {}
        }
        self.lines.retain(|(_, count)| *count > 0);
        if self.lines.is_empty() {
            self.key = None;
        } else if self.key.is_none() {
            self.key = Some(new_key());
        }
    }

    /// Adds the dishes of an earlier order as far as they are left. Returns whether all of them are.
    pub fn refill(&mut self, lines: &[(ItemId, u8)], menu: &Menu, new_key: impl FnOnce() -> OrderId) -> bool {
        let mut new_key = Some(new_key);
        let mut whole = true;
        for (item, wanted) in lines {
            let room = MAX_QUANTITY.saturating_sub(self.quantity(item));
            let left = u8::try_from(menu.left(item)).unwrap_or(u8::MAX).saturating_sub(self.quantity(item));
            let taken = (*wanted).min(room).min(left);
            whole &= taken == *wanted;
            if taken > 0 {
                let count = self.quantity(item) + taken;
                self.set(item, count, || {
                    new_key.take().map_or_else(client::new_order_id, |new_key| new_key())
                });
            }
        }
        whole
    }

    /// Marks it as being sent by `sender`, and returns the order; `None` if it is empty.
    pub fn send(&mut self, sender: UserId) -> Option<PlaceOrder> {
        let order = self.order()?;
        self.sender = Some(sender);
        Some(order)
    }

    /// Returns the order that would be sent.
    pub fn order(&self) -> Option<PlaceOrder> {
        let lines: Vec<_> = self
            .lines
            .iter()
            .filter_map(|(item_id, count)| {
                let quantity = Quantity::try_from(i64::from(*count)).ok()?;
                Some(Line { item_id: item_id.clone(), quantity })
            })
            .collect();
        let key = self.key.clone().filter(|_| !lines.is_empty())?;
        Some(PlaceOrder { lines: Some(lines), order_id: Some(key), ..PlaceOrder::default() })
    }

    /// Empties it after its acceptance under `key`. A basket with another key stays.
    pub fn accepted(&mut self, key: &OrderId) {
        if self.key.as_ref() == Some(key) {
            *self = Self::default();
        }
    }

    /// Makes it changeable after a refusal or a stop. It keeps its key.
    pub fn stopped(&mut self) {
        self.sender = None;
    }

    /// Replaces the key, since the present one belongs to an accepted order.
    pub fn rekey(&mut self, key: OrderId) {
        self.sender = None;
        self.key = Some(key);
    }

    /// Returns the lines of which fewer portions are left.
    pub fn shortages(&self, menu: &Menu) -> Vec<Shortage> {
        let shortage = |(item, wanted): &(ItemId, u8)| {
            let left = menu.left(item);
            (left < u32::from(*wanted)).then(|| Shortage { item: item.clone(), wanted: *wanted, left })
        };
        self.lines.iter().filter_map(shortage).collect()
    }

    /// Reduces each line to the portions left.
    pub fn fit(&mut self, menu: &Menu) {
        for shortage in self.shortages(menu) {
            let left = u8::try_from(shortage.left).unwrap_or(u8::MAX);
            self.set(&shortage.item, left.min(shortage.wanted), client::new_order_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{level, menu};

    const SENDER: UserId = UserId(uuid::Uuid::from_u128(7));

    fn id(text: &str) -> ItemId {
        text.parse().unwrap()
    }

    fn key(text: &str) -> impl FnOnce() -> OrderId {
        let key = text.parse().unwrap();
        move || key
    }

    fn basket() -> Basket {
        let mut basket = Basket::default();
        basket.set(&id("burger"), 2, key("first"));
        basket.set(&id("fries"), 1, key("second"));
        basket
    }

    #[test]
    fn one_key_lasts_from_the_first_dish_to_the_acceptance() {
        let mut basket = basket();
        assert_eq!(basket.key().unwrap().as_str(), "first");
        let sent = basket.send(SENDER).unwrap();
        assert_eq!(sent.order_id.as_ref().unwrap().as_str(), "first");
        // Sent again, by a double tap or after a reload: the same order, byte for byte.
        assert_eq!(basket.send(SENDER).unwrap(), sent);
        basket.stopped();
        basket.set(&id("burger"), 3, key("third"));
        assert_eq!(
            basket.key().unwrap().as_str(),
            "first",
            "what may have been accepted is not ordered anew"
        );
        basket.accepted(&"first".parse().unwrap());
        assert!(basket.is_empty() && basket.key().is_none());
    }

    #[test]
    fn a_basket_does_not_change_while_it_is_sent() {
        let mut basket = basket();
        basket.send(SENDER);
        let before = basket.clone();
        basket.set(&id("burger"), 0, key("x"));
        assert_eq!(basket, before);
    }

    #[test]
    fn the_acceptance_of_an_older_basket_leaves_the_newer_one() {
        let mut basket = basket();
        basket.accepted(&"another".parse().unwrap());
        assert_eq!(basket.portions(), 3);
    }

    #[test]
    fn an_emptied_basket_starts_with_another_key() {
        let mut basket = basket();
        basket.set(&id("burger"), 0, key("x"));
        basket.set(&id("fries"), 0, key("x"));
        assert!(basket.key().is_none() && basket.order().is_none());
        basket.set(&id("fries"), 1, key("later"));
        assert_eq!(basket.key().unwrap().as_str(), "later");
    }

    #[test]
    fn shortages_are_found_and_removed() {
        let (mut basket, mut menu) = (basket(), menu());
        assert_eq!(basket.total_poisha(&menu), 30_000);
        menu.level(level("burger", 1, 6));
        menu.level(level("fries", 0, 6));
        let short: Vec<_> = basket.shortages(&menu).iter().map(|s| (s.item.to_string(), s.left)).collect();
        assert_eq!(short, [("burger".to_owned(), 1), ("fries".to_owned(), 0)]);
        basket.fit(&menu);
        assert_eq!(basket.lines(), [(id("burger"), 1)]);
    }

    #[test]
    fn a_refill_adds_the_portions_left() {
        let (mut basket, menu) = (Basket::default(), menu());
        let whole = basket.refill(&[(id("burger"), 2), (id("soup"), 1)], &menu, key("again"));
        assert!(!whole, "the soup is sold out");
        assert_eq!(basket.lines(), [(id("burger"), 2)]);
        assert_eq!(basket.key().unwrap().as_str(), "again");
    }

    #[test]
    fn no_order_exceeds_the_limits_of_the_gateway() {
        let mut basket = Basket::default();
        basket.set(&id("burger"), MAX_QUANTITY + 1, key("x"));
        assert!(basket.is_empty());
        for n in 0..=MAX_LINES {
            basket.set(&id(&format!("dish-{n}")), 1, key("many"));
        }
        assert_eq!(basket.lines().len(), MAX_LINES);
        assert!(basket.order().unwrap().basket().is_ok());
    }

    #[test]
    fn the_sender_is_known_while_it_is_sent() {
        let mut basket = basket();
        assert!(!basket.is_sent_by_other(UserId(uuid::Uuid::nil())));
        basket.send(SENDER);
        assert!(basket.is_sent_by_other(UserId(uuid::Uuid::nil())) && !basket.is_sent_by_other(SENDER));
    }

    #[test]
    fn it_is_stored_and_loaded_unchanged() {
        let mut basket = basket();
        basket.send(SENDER);
        let kept = serde_json::to_string(&basket).unwrap();
        assert_eq!(serde_json::from_str::<Basket>(&kept).unwrap(), basket);
    }
}
