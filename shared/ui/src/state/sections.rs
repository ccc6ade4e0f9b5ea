//! The menu by category, searched in either language.

use std::sync::Arc;

use app::menu::Menu;
use wire::stock::{Category, StockItem};

use crate::text::{Language, dishes};

/// Category of the menu with its dishes in the order of display.
#[derive(Debug, PartialEq)]
pub struct Section<'a> {
    /// Category.
    pub category: Category,
    /// Dishes that can be ordered, then those that are sold out.
    pub dishes: Vec<&'a Arc<StockItem>>,
}

/// Returns the available dishes of one category or of all, whose name contains `query`. Empty sections are left out.
pub fn sections<'a>(
    menu: &'a Menu,
    category: Option<Category>,
    query: &str,
    language: Language,
) -> Vec<Section<'a>> {
    let query = query.trim().to_lowercase();
    let matches = |dish: &StockItem| {
        query.is_empty()
            || dish.name.to_lowercase().contains(&query)
            || dishes::name_of(language, dish).to_lowercase().contains(&query)
    };
    // A category of a later version comes last.
    let all = Category::ALL.into_iter().chain([Category::Unknown]);
    let wanted = all.filter(|each| category.is_none_or(|category| category == *each));
    let sections = wanted.map(|category| {
        let fits = |dish: &&Arc<StockItem>| dish.category == category && dish.available && matches(dish);
        let mut dishes: Vec<_> = menu.dishes().filter(fits).collect();
        dishes.sort_by_key(|dish| dish.quantity == 0);
        Section { category, dishes }
    });
    sections.filter(|section| !section.dishes.is_empty()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use wire::event::StockLevel;

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

    fn menu() -> Menu {
        let mut menu = Menu::default();
        let dishes = vec![
            dish("soup", "Tomato Soup", Category::Sides, 0),
            dish("burger", "Classic Beef Burger", Category::Mains, 35),
            dish("fries", "Crispy Fries", Category::Sides, 60),
        ];
        menu.snapshot(menu.epoch(), dishes);
        menu
    }

    fn ids(sections: &[Section<'_>]) -> Vec<Vec<String>> {
        sections
            .iter()
            .map(|section| section.dishes.iter().map(|dish| dish.id.to_string()).collect())
            .collect()
    }

    #[test]
    fn sold_out_dishes_are_last_in_their_section_and_hidden_ones_in_none() {
        let mut menu = menu();
        let all = sections(&menu, None, "", Language::English);
        assert_eq!(ids(&all), [vec!["burger"], vec!["fries", "soup"]]);
        let hidden =
            StockLevel { item_id: "fries".parse().unwrap(), quantity: 60, available: false, version: 6 };
        menu.level(hidden);
        assert_eq!(ids(&sections(&menu, Some(Category::Sides), "", Language::English)), [["soup"]]);
    }

    #[test]
    fn a_dish_is_found_by_a_part_of_its_name_in_either_language() {
        let menu = menu();
        assert_eq!(ids(&sections(&menu, None, " beef ", Language::English)), [["burger"]]);
        assert_eq!(ids(&sections(&menu, None, "বার্গার", Language::Bangla)), [["burger"]]);
        assert_eq!(ids(&sections(&menu, None, "BURGER", Language::Bangla)), [["burger"]]);
        assert!(sections(&menu, None, "dosa", Language::English).is_empty());
    }

    #[test]
    fn dishes_of_an_unknown_category_come_last() {
        let mut menu = Menu::default();
        let dishes =
            vec![dish("haleem", "Haleem", Category::Unknown, 9), dish("soup", "Soup", Category::Sides, 9)];
        menu.snapshot(menu.epoch(), dishes);
        assert_eq!(ids(&sections(&menu, None, "", Language::English)), [["soup"], ["haleem"]]);
    }
}
