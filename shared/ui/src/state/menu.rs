//! Dishes, and what is left of them.

use std::rc::Rc;

use wire::{
    ItemId,
    event::StockLevel,
    problem::ItemLeft,
    stock::{Category, StockItem},
};

use crate::text::{Language, dishes};

/// From how many portions on nobody needs to know how many there are.
pub const FEW: u32 = 10;

/// The dishes, as the stock-service last told them, with the levels that were pushed since.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Menu {
    items: Vec<Rc<StockItem>>,
}

/// A part of the menu, and its dishes in the order of display.
#[derive(Debug, PartialEq)]
pub struct Shelf<'a> {
    /// Which part.
    pub category: Category,
    /// Those that can be ordered first, then those that are sold out.
    pub items: Vec<&'a Rc<StockItem>>,
}

impl Menu {
    /// A menu as it was told, where what was pushed before, and is newer, stays.
    #[must_use]
    pub fn snapshot(&self, told: Vec<StockItem>) -> Self {
        let items = told.into_iter().map(|mut item| {
            if let Some(known) = self.item(&item.id).filter(|known| known.version > item.version) {
                item.quantity = known.quantity;
                item.available = known.available;
                item.version = known.version;
            }
            Rc::new(item)
        });
        Self { items: items.collect() }
    }

    /// Takes a pushed level in. What is not newer changes nothing; nor does a dish that is not on the menu.
    pub fn level(&mut self, level: &StockLevel) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == level.item_id)
            && item.version < level.version
        {
            let item = Rc::make_mut(item);
            item.quantity = level.quantity;
            item.available = level.available;
            item.version = level.version;
        }
    }

    /// Takes in what the refusal of an order says is left, until a newer level is told.
    pub fn is_left(&mut self, told: &ItemLeft) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == told.item_id) {
            Rc::make_mut(item).quantity = told.left;
        }
    }

    /// Whether a pushed level is of a dish that is not here.
    pub fn lacks(&self, level: &StockLevel) -> bool {
        self.item(&level.item_id).is_none()
    }

    /// A dish.
    pub fn item(&self, id: &ItemId) -> Option<&StockItem> {
        self.items.iter().map(|item| &**item).find(|item| item.id == *id)
    }

    /// Whether nothing is offered.
    pub fn is_empty(&self) -> bool {
        !self.items.iter().any(|item| item.available)
    }

    /// How many portions of a dish can be ordered.
    pub fn left(&self, id: &ItemId) -> u32 {
        self.item(id).filter(|item| item.available).map_or(0, |item| item.quantity)
    }

    /// What is offered, of one part or of all, where the name contains `query`.
    pub fn shelves(&self, part: Option<Category>, query: &str, language: Language) -> Vec<Shelf<'_>> {
        let query = query.trim().to_lowercase();
        let matches = |item: &StockItem| {
            query.is_empty()
                || item.name.to_lowercase().contains(&query)
                || dishes::name_of(language, item).to_lowercase().contains(&query)
        };
        let all = Category::ALL.into_iter().chain([Category::Unknown]);
        let parts = all.filter(|category| part.is_none_or(|part| part == *category));
        let shelves = parts.map(|category| {
            let mut items: Vec<_> = self
                .items
                .iter()
                .filter(|item| item.category == category && item.available && matches(item))
                .collect();
            items.sort_by_key(|item| item.quantity == 0);
            Shelf { category, items }
        });
        shelves.filter(|shelf| !shelf.items.is_empty()).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn dish(id: &str, name: &str, category: Category, quantity: u32) -> StockItem {
        StockItem {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            category,
            price_poisha: 10_000,
            picture: id.to_owned(),
            available: true,
            quantity,
            version: 5,
            revision: 1,
        }
    }

    pub(crate) fn menu() -> Menu {
        Menu::default().snapshot(vec![
            dish("soup", "Tomato Soup", Category::Sides, 0),
            dish("burger", "Classic Beef Burger", Category::Mains, 35),
            dish("fries", "Crispy Fries", Category::Sides, 60),
        ])
    }

    pub(crate) fn level(id: &str, quantity: u32, version: u64) -> StockLevel {
        StockLevel { item_id: id.parse().unwrap(), quantity, available: true, version }
    }

    fn ids(shelves: &[Shelf<'_>]) -> Vec<Vec<String>> {
        shelves.iter().map(|shelf| shelf.items.iter().map(|item| item.id.to_string()).collect()).collect()
    }

    #[test]
    fn what_a_refusal_says_is_left_stands_until_something_newer_is_told() {
        let mut menu = menu();
        let burger: ItemId = "burger".parse().unwrap();
        menu.is_left(&ItemLeft { item_id: burger.clone(), left: 1 });
        assert_eq!(menu.left(&burger), 1);
        menu.level(&level("burger", 9, 6));
        assert_eq!(menu.left(&burger), 9);
    }

    #[test]
    fn only_what_is_newer_changes_a_level() {
        let mut menu = menu();
        let burger = "burger".parse().unwrap();
        menu.level(&level("burger", 3, 5));
        assert_eq!(menu.left(&burger), 35);
        menu.level(&level("burger", 3, 6));
        assert_eq!(menu.left(&burger), 3);
        // A snapshot that was asked for before that push.
        let menu = menu.snapshot(vec![dish("burger", "Classic Beef Burger", Category::Mains, 35)]);
        assert_eq!(menu.left(&burger), 3);
        assert!(menu.lacks(&level("fries", 1, 9)));
    }

    #[test]
    fn what_is_sold_out_stands_last_in_its_part_and_what_is_hidden_nowhere() {
        let mut menu = menu();
        let all = menu.shelves(None, "", Language::English);
        assert_eq!(ids(&all), [vec!["burger"], vec!["fries", "soup"]]);
        menu.level(&StockLevel { available: false, ..level("fries", 60, 6) });
        let sides = menu.shelves(Some(Category::Sides), "", Language::English);
        assert_eq!(ids(&sides), [["soup"]]);
        assert_eq!(menu.left(&"fries".parse().unwrap()), 0);
    }

    #[test]
    fn dishes_are_found_by_a_part_of_their_name_in_either_language() {
        let menu = menu();
        assert_eq!(ids(&menu.shelves(None, " beef ", Language::English)), [["burger"]]);
        assert_eq!(ids(&menu.shelves(None, "বার্গার", Language::Bangla)), [["burger"]]);
        assert_eq!(ids(&menu.shelves(None, "BURGER", Language::Bangla)), [["burger"]]);
        assert!(menu.shelves(None, "dosa", Language::English).is_empty());
    }
}
