//! What a dish may be, and what a seed makes of it.

use std::collections::HashSet;

use wire::{
    FieldError,
    stock::{Adjust, Category, ItemChange, MAX_PRICE_POISHA, MAX_QUANTITY, Seed, SeedItem, StockItem},
};

use super::StockError;

/// The most portions that one adjustment adds or takes away.
pub const MAX_DELTA: u64 = 1_000_000;
/// The most dishes of one seed.
pub const MAX_SEED: usize = 1_000;

/// Collects the fields that are wrong.
#[derive(Default)]
struct Findings(Vec<FieldError>);

impl Findings {
    fn need(&mut self, good: bool, field: &str, rule: &str) {
        if !good {
            self.0.push(FieldError { field: field.to_owned(), message: rule.to_owned() });
        }
    }

    fn text(&mut self, text: &str, max: usize, field: &str, rule: &str) {
        let good =
            !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
        self.need(good, field, rule);
    }

    fn name(&mut self, name: &str, field: &str) {
        self.text(name, 80, field, "must have 1 to 80 characters, and no control characters");
    }

    fn picture(&mut self, picture: &str, field: &str) {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let good = (1..=80).contains(&picture.len()) && picture.bytes().all(allowed);
        self.need(good, field, "must be 1 to 80 of a-z 0-9 -");
    }

    fn price(&mut self, price: u32, field: &str) {
        self.need(price <= MAX_PRICE_POISHA, field, "must be 0 to 10000000 poisha");
    }

    fn end(self) -> Result<(), StockError> {
        if self.0.is_empty() { Ok(()) } else { Err(StockError::Invalid(self.0)) }
    }
}

/// Whether a change makes sense; `whole` is one that has to name every field.
///
/// # Errors
/// The fields that are missing or out of range.
pub fn check_change(change: &ItemChange, whole: bool) -> Result<(), StockError> {
    let mut findings = Findings::default();
    let given = [
        ("name", change.name.is_some()),
        ("category", change.category.is_some()),
        ("pricePoisha", change.price_poisha.is_some()),
        ("picture", change.picture.is_some()),
        ("available", change.available.is_some()),
    ];
    if whole {
        for (field, given) in given {
            findings.need(given, field, "is missing: PUT needs all fields");
        }
    } else {
        findings.need(given.iter().any(|(_, given)| *given), ".", "must name at least one field to change");
    }
    if let Some(name) = &change.name {
        findings.name(name, "name");
    }
    if let Some(price) = change.price_poisha {
        findings.price(price, "pricePoisha");
    }
    if let Some(picture) = &change.picture {
        findings.picture(picture, "picture");
    }
    findings.end()
}

/// Whether an adjustment makes sense.
///
/// # Errors
/// The fields that are out of range.
pub fn check_adjust(adjust: &Adjust) -> Result<(), StockError> {
    let mut findings = Findings::default();
    let good = (1..=MAX_DELTA).contains(&adjust.delta.unsigned_abs());
    findings.need(good, "delta", "must be 1 to 1000000, or -1 to -1000000");
    findings.text(&adjust.reason, 200, "reason", "must have 1 to 200 characters, and no control characters");
    findings.end()
}

/// Whether a seed makes sense.
///
/// # Errors
/// The fields that are out of range, each with its place, as in `items[3].name`.
pub fn check_seed(seed: &Seed) -> Result<(), StockError> {
    let mut findings = Findings::default();
    findings.need(seed.items.len() <= MAX_SEED, "items", "must hold at most 1000 dishes");
    let mut seen = HashSet::new();
    for (place, item) in seed.items.iter().enumerate().take(MAX_SEED) {
        let field = |name: &str| format!("items[{place}].{name}");
        findings.need(seen.insert(&item.id), &field("id"), "stands twice");
        findings.name(&item.name, &field("name"));
        findings.need(item.quantity <= MAX_QUANTITY, &field("quantity"), "must be 0 to 1000000");
        if let Some(price) = item.price_poisha {
            findings.price(price, &field("pricePoisha"));
        }
        if let Some(picture) = &item.picture {
            findings.picture(picture, &field("picture"));
        }
    }
    findings.end()
}

/// The dish that a seed makes of what is there, with the portions added or taken away; `None` when nothing changes.
pub fn seeded(known: Option<&StockItem>, seed: &SeedItem) -> Option<(StockItem, i64)> {
    let mut item = known.cloned().unwrap_or_else(|| StockItem {
        id: seed.id.clone(),
        name: String::new(),
        category: Category::Mains,
        price_poisha: 0,
        picture: seed.id.to_string(),
        available: true,
        quantity: 0,
        version: 0,
        revision: 0,
    });
    let delta = i64::from(seed.quantity) - i64::from(item.quantity);
    item.name.clone_from(&seed.name);
    item.quantity = seed.quantity;
    item.category = seed.category.unwrap_or(item.category);
    item.price_poisha = seed.price_poisha.unwrap_or(item.price_poisha);
    item.available = seed.available.unwrap_or(item.available);
    if let Some(picture) = &seed.picture {
        item.picture.clone_from(picture);
    }
    if known == Some(&item) {
        return None;
    }
    item.version += 1;
    item.revision += 1;
    Some((item, delta))
}

/// Sorts dishes as the menu shows them: by its parts, then by name.
pub fn in_menu_order(items: &mut [StockItem]) {
    let part = |item: &StockItem| Category::ALL.iter().position(|category| *category == item.category);
    items.sort_by(|a, b| part(a).cmp(&part(b)).then_with(|| a.name.cmp(&b.name)));
}

/// What everybody is told of a dish.
pub fn level(item: &StockItem) -> wire::event::StockLevel {
    wire::event::StockLevel {
        item_id: item.id.clone(),
        quantity: item.quantity,
        available: item.available,
        version: item.version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::menu::demo_menu;

    #[track_caller]
    fn wrong(result: Result<(), StockError>) -> Vec<String> {
        match result {
            Err(StockError::Invalid(fields)) => fields.into_iter().map(|wrong| wrong.field).collect(),
            other => panic!("{other:?} should name fields"),
        }
    }

    #[test]
    fn each_wrong_dish_of_a_seed_is_named_with_its_place() {
        let mut items = demo_menu();
        items[1].id = items[0].id.clone();
        items[2].name = " ".to_owned();
        items[3].quantity = MAX_QUANTITY + 1;
        items[4].price_poisha = Some(MAX_PRICE_POISHA + 1);
        items[5].picture = Some("../etc".to_owned());
        let expected =
            ["items[1].id", "items[2].name", "items[3].quantity", "items[4].pricePoisha", "items[5].picture"];
        assert_eq!(wrong(check_seed(&Seed { items })), expected);
        let one = demo_menu().remove(0);
        assert_eq!(
            wrong(check_seed(&Seed { items: vec![one; MAX_SEED + 1] })).first().map(String::as_str),
            Some("items")
        );
    }

    #[test]
    fn a_change_and_an_adjustment_stay_within_their_ranges() {
        let fields = ["name", "category", "pricePoisha", "picture", "available"];
        assert_eq!(wrong(check_change(&ItemChange::default(), true)), fields);
        assert_eq!(wrong(check_change(&ItemChange::default(), false)), ["."]);
        let name = ItemChange { name: Some("x".repeat(81)), ..ItemChange::default() };
        assert_eq!(wrong(check_change(&name, false)), ["name"]);
        let adjust = |delta, reason: &str| Adjust { delta, reason: reason.into(), key: "k".parse().unwrap() };
        for delta in [0, i64::MIN, i64::MAX, 1_000_001, -1_000_001] {
            assert_eq!(wrong(check_adjust(&adjust(delta, "waste"))), ["delta"], "{delta}");
        }
        assert_eq!(wrong(check_adjust(&adjust(1, "\u{7}"))), ["reason"]);
        assert!(check_adjust(&adjust(-1_000_000, "burnt")).is_ok());
    }

    #[test]
    fn a_seed_leaves_alone_what_it_does_not_name_and_what_is_equal() {
        let seed = |quantity| SeedItem {
            id: "soup".parse().unwrap(),
            name: "Soup".into(),
            quantity,
            category: None,
            price_poisha: None,
            picture: None,
            available: None,
        };
        let (made, delta) = seeded(None, &seed(5)).unwrap();
        assert_eq!((made.picture.as_str(), made.available, made.version, delta), ("soup", true, 1, 5));
        let known = StockItem { category: Category::Sides, price_poisha: 900, available: false, ..made };
        assert_eq!(seeded(Some(&known), &seed(5)), None, "nothing changes");
        let (again, delta) = seeded(Some(&known), &seed(2)).unwrap();
        let expected = StockItem { quantity: 2, version: 2, revision: 2, ..known };
        assert_eq!((again, delta), (expected, -3));
    }
}
