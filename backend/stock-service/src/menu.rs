//! The menu of the demonstration.

use wire::stock::{Category, SeedItem};

use Category::{Desserts, Drinks, Mains, Sides};

/// Id, name, portions, part of the menu, price in poisha.
const MENU: [(&str, &str, u32, Category, u32); 19] = [
    ("spaghetti", "Spaghetti Carbonara", 50, Mains, 22_000),
    ("ramen", "Spicy Miso Ramen", 40, Mains, 25_000),
    ("pizza", "Pepperoni Pizza", 30, Mains, 28_000),
    ("burger", "Classic Beef Burger", 35, Mains, 18_000),
    ("biryani", "Chicken Biryani", 45, Mains, 16_000),
    ("sushi", "Salmon Sushi (8 pcs)", 20, Mains, 45_000),
    ("wrap", "Grilled Chicken Wrap", 25, Mains, 15_000),
    ("salad", "Caesar Salad", 30, Mains, 14_000),
    ("fries", "Crispy Fries", 60, Sides, 8_000),
    ("garlic-bread", "Garlic Bread", 40, Sides, 7_000),
    ("soup", "Tomato Soup", 30, Sides, 9_000),
    ("cola", "Coca-Cola (330 ml)", 80, Drinks, 4_000),
    ("juice", "Fresh Orange Juice", 50, Drinks, 9_000),
    ("water", "Mineral Water", 100, Drinks, 2_000),
    ("coffee", "Flat White Coffee", 60, Drinks, 12_000),
    ("cheesecake", "New York Cheesecake", 15, Desserts, 20_000),
    ("brownie", "Chocolate Brownie", 25, Desserts, 10_000),
    ("icecream", "Vanilla Ice Cream", 35, Desserts, 8_000),
    ("special", "Chef's Special (limited!)", 3, Desserts, 50_000),
];

/// The 19 dishes that `cafeteria up` and `cafeteria seed` put on the menu.
///
/// # Panics
/// Never: a test parses each id.
#[expect(clippy::expect_used, reason = "literals of ours, which a test parses")]
pub fn demo_menu() -> Vec<SeedItem> {
    MENU.into_iter()
        .map(|(id, name, quantity, category, price)| SeedItem {
            id: id.parse().expect("a literal id is one"),
            name: name.to_owned(),
            quantity,
            category: Some(category),
            price_poisha: Some(price),
            picture: Some(id.to_owned()),
            available: Some(true),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use wire::stock::Seed;

    use super::*;
    use crate::domain::item::check_seed;

    #[test]
    fn the_demo_menu_could_be_seeded_by_anybody() {
        assert!(check_seed(&Seed { items: demo_menu() }).is_ok());
        assert_eq!(demo_menu().iter().map(|item| item.quantity).sum::<u32>(), 773);
    }
}
