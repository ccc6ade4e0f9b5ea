//! Conservation of stock: the portions at the start, less those left, are those that orders have taken.

use std::collections::BTreeMap;

use wire::order::OrderView;

use crate::people::Person;

/// Portions of each dish.
pub type Portions = BTreeMap<String, i64>;

/// Returns the portions left of each dish.
pub async fn left(person: &Person) -> Portions {
    person.menu().await.into_iter().map(|item| (item.id.to_string(), i64::from(item.quantity))).collect()
}

/// Returns the portions that orders hold: verified, and not released.
pub fn taken<'a>(orders: impl IntoIterator<Item = &'a OrderView>) -> Portions {
    let mut taken = Portions::new();
    for order in orders {
        if order.status.holds_stock() {
            for line in &order.lines {
                *taken.entry(line.item_id.to_string()).or_default() += i64::from(line.quantity.get());
            }
        }
    }
    taken
}

/// Asserts that the portions at the start and those added, less those left, are those that the orders hold.
#[track_caller]
pub fn is_conserved(before: &Portions, added: &Portions, after: &Portions, taken: &Portions) {
    for (item, there_was) in before {
        let of = |portions: &Portions| portions.get(item).copied().unwrap_or(0);
        let left = of(after);
        assert!(left >= 0, "{left} of {item} are left");
        assert_eq!(
            there_was + of(added) - left,
            of(taken),
            "{item}: there were {there_was} and {} more, {left} are left, and the orders hold {}",
            of(added),
            of(taken)
        );
    }
}
