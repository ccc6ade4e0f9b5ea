//! Samples for the tests of this crate.

use uuid::Uuid;
use wire::{
    OrderStatus, Role, Time, UserId,
    event::StockLevel,
    identity::SessionUser,
    kitchen::Ticket,
    order::PricedLine,
    stock::{Category, StockItem},
};

use crate::{menu::Menu, session::Visitor};

/// Dish at 100 taka, version 5.
pub(crate) fn dish(id: &str, name: &str, category: Category, quantity: u32) -> StockItem {
    StockItem {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        category,
        price_poisha: 10_000,
        picture: "dish".to_owned(),
        available: true,
        quantity,
        version: 5,
        revision: 1,
    }
}

/// Level of a dish that is available.
pub(crate) fn level(id: &str, quantity: u32, version: u64) -> StockLevel {
    StockLevel { item_id: id.parse().unwrap(), quantity, available: true, version }
}

/// Menu of burger (35), fries (60) and soup (0).
pub(crate) fn menu() -> Menu {
    let mut menu = Menu::default();
    menu.snapshot(
        menu.epoch(),
        vec![
            dish("burger", "Classic Beef Burger", Category::Mains, 35),
            dish("fries", "Crispy Fries", Category::Sides, 60),
            dish("soup", "Tomato Soup", Category::Sides, 0),
        ],
    );
    menu
}

/// Visitor signed in as the user of this number.
pub(crate) fn visitor(number: u128, role: Role) -> Visitor {
    let user = SessionUser {
        user_id: UserId(Uuid::from_u128(number)),
        username: "somebody".parse().unwrap(),
        name: "Somebody".to_owned(),
        role,
    };
    Visitor::SignedIn(client::SignedIn { user, expires_at: Time::from_millis(0) })
}

/// Ticket placed `number` seconds after 1970, with these dishes and quantities.
pub(crate) fn ticket(number: u32, status: OrderStatus, seq: u32, lines: &[(&str, i64)]) -> Ticket {
    Ticket {
        id: Uuid::from_u128(number.into()),
        ticket: number,
        status,
        seq,
        lines: lines
            .iter()
            .map(|(item, quantity)| PricedLine {
                item_id: item.parse().unwrap(),
                name: (*item).to_owned(),
                quantity: (*quantity).try_into().unwrap(),
                price_poisha: 100,
            })
            .collect(),
        placed_at: Time::from_millis(i64::from(number) * 1000),
        since: Time::from_millis(i64::from(number) * 1000),
        note: None,
    }
}
