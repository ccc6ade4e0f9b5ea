//! What is to be ordered, under one key.
//!
//! The key is made with the first dish and goes only with a 202, so that a double tap, a reload, a second tab or a lost
//! connection can never order twice. While it is being sent the basket does not change.

use serde::{Deserialize, Serialize};
use wire::{
    ItemId, OrderId, Quantity, UserId,
    order::{Line, PlaceOrder},
};

use super::menu::Menu;

/// The most dishes of one order; see [`wire::id::MAX_LINES`].
pub use wire::id::MAX_LINES;

/// The most portions of one dish in one order.
pub const MOST: u8 = Quantity::MAX;

/// A basket, as it is shown and kept on the device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basket {
    key: Option<OrderId>,
    lines: Vec<(ItemId, u8)>,
    /// Who sends it, while it is on its way.
    sender: Option<UserId>,
}

/// A line that cannot be had as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Which dish.
    pub item: ItemId,
    /// How many are in the basket.
    pub wanted: u8,
    /// How many are left.
    pub left: u32,
}

impl Basket {
    /// The dishes, and how many of each, in the order in which they were added.
    pub fn lines(&self) -> &[(ItemId, u8)] {
        &self.lines
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether it is on its way.
    pub fn is_sending(&self) -> bool {
        self.sender.is_some()
    }

    /// Whether it is on its way in the name of somebody else than `user`.
    pub fn is_anothers(&self, user: UserId) -> bool {
        self.sender.is_some_and(|sender| sender != user)
    }

    /// The key that it is, or would be, ordered under.
    pub fn key(&self) -> Option<&OrderId> {
        self.key.as_ref()
    }

    /// How many of a dish are in it.
    pub fn count(&self, item: &ItemId) -> u8 {
        self.lines.iter().find(|(id, _)| id == item).map_or(0, |(_, count)| *count)
    }

    /// How many portions are in it.
    pub fn portions(&self) -> u32 {
        self.lines.iter().map(|(_, count)| u32::from(*count)).sum()
    }

    /// What it costs at the menu's prices, in poisha. A dish that the menu does not know costs nothing.
    pub fn total_poisha(&self, menu: &Menu) -> u64 {
        let price = |item: &ItemId| menu.item(item).map_or(0, |item| u64::from(item.price_poisha));
        self.lines.iter().map(|(item, count)| price(item) * u64::from(*count)).sum()
    }

    /// Puts so many of a dish in, 0 to take it out; `fresh` is the key, should it be the first dish.
    /// Nothing happens while the basket is sent, nor beyond [`MOST`] and [`MAX_LINES`].
    pub fn set(&mut self, item: &ItemId, count: u8, fresh: impl FnOnce() -> OrderId) {
        if self.is_sending() || count > MOST {
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
            self.key = Some(fresh());
        }
    }

    /// Puts dishes in again, as many as are left; returns whether all of them were.
    pub fn refill(&mut self, lines: &[(ItemId, u8)], menu: &Menu, fresh: impl FnOnce() -> OrderId) -> bool {
        let mut fresh = Some(fresh);
        let mut whole = true;
        for (item, wanted) in lines {
            let room = MOST.saturating_sub(self.count(item));
            let left = u8::try_from(menu.left(item)).unwrap_or(u8::MAX).saturating_sub(self.count(item));
            let taken = (*wanted).min(room).min(left);
            whole &= taken == *wanted;
            if taken > 0 {
                let count = self.count(item) + taken;
                self.set(item, count, || fresh.take().map_or_else(client::new_order_id, |fresh| fresh()));
            }
        }
        whole
    }

    /// What is sent in the name of `sender`, from now on and until it is known how it went. Nothing when it is empty.
    pub fn send(&mut self, sender: UserId) -> Option<PlaceOrder> {
        let order = self.order()?;
        self.sender = Some(sender);
        Some(order)
    }

    /// What would be sent.
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

    /// It was accepted under `key`: it is empty again. A basket that was begun since stays.
    pub fn accepted(&mut self, key: &OrderId) {
        if self.key.as_ref() == Some(key) {
            *self = Self::default();
        }
    }

    /// It was refused, or nobody tries any longer: it can be changed, and keeps its key.
    pub fn stopped(&mut self) {
        self.sender = None;
    }

    /// Its key belongs to an order that stands: what is in it now would be another one.
    pub fn rekeyed(&mut self, fresh: OrderId) {
        self.sender = None;
        self.key = Some(fresh);
    }

    /// The lines of which fewer are left than are in it.
    pub fn shortages(&self, menu: &Menu) -> Vec<Shortage> {
        let shortage = |(item, wanted): &(ItemId, u8)| {
            let left = menu.left(item);
            (left < u32::from(*wanted)).then(|| Shortage { item: item.clone(), wanted: *wanted, left })
        };
        self.lines.iter().filter_map(shortage).collect()
    }

    /// Takes out what is not left.
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
    use crate::state::menu::tests::{level, menu};

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
    fn nothing_changes_while_it_is_sent() {
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
    fn emptied_by_hand_it_starts_with_another_key() {
        let mut basket = basket();
        basket.set(&id("burger"), 0, key("x"));
        basket.set(&id("fries"), 0, key("x"));
        assert!(basket.key().is_none() && basket.order().is_none());
        basket.set(&id("fries"), 1, key("later"));
        assert_eq!(basket.key().unwrap().as_str(), "later");
    }

    #[test]
    fn what_is_not_left_is_seen_and_can_be_taken_out() {
        let (mut basket, mut menu) = (basket(), menu());
        assert_eq!(basket.total_poisha(&menu), 30_000);
        menu.level(&level("burger", 1, 6));
        menu.level(&level("fries", 0, 6));
        let short: Vec<_> = basket.shortages(&menu).iter().map(|s| (s.item.to_string(), s.left)).collect();
        assert_eq!(short, [("burger".to_owned(), 1), ("fries".to_owned(), 0)]);
        basket.fit(&menu);
        assert_eq!(basket.lines(), [(id("burger"), 1)]);
    }

    #[test]
    fn an_order_put_back_takes_what_is_left() {
        let (mut basket, menu) = (Basket::default(), menu());
        let whole = basket.refill(&[(id("burger"), 2), (id("soup"), 1)], &menu, key("again"));
        assert!(!whole, "the soup is sold out");
        assert_eq!(basket.lines(), [(id("burger"), 2)]);
        assert_eq!(basket.key().unwrap().as_str(), "again");
    }

    #[test]
    fn no_order_holds_more_than_the_gateway_takes() {
        let mut basket = Basket::default();
        basket.set(&id("burger"), MOST + 1, key("x"));
        assert!(basket.is_empty());
        for n in 0..=MAX_LINES {
            basket.set(&id(&format!("dish-{n}")), 1, key("many"));
        }
        assert_eq!(basket.lines().len(), MAX_LINES);
        assert!(basket.order().unwrap().basket().is_ok());
    }

    #[test]
    fn it_is_known_whose_it_is_while_it_is_sent() {
        let mut basket = basket();
        assert!(!basket.is_anothers(UserId(uuid::Uuid::nil())));
        basket.send(SENDER);
        assert!(basket.is_anothers(UserId(uuid::Uuid::nil())) && !basket.is_anothers(SENDER));
    }

    #[test]
    fn it_is_kept_as_it_is() {
        let mut basket = basket();
        basket.send(SENDER);
        let kept = serde_json::to_string(&basket).unwrap();
        assert_eq!(serde_json::from_str::<Basket>(&kept).unwrap(), basket);
    }
}
