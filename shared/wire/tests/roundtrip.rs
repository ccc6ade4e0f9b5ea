//! Properties: what is serialized is read back, and what is invalid never passes.

#![expect(clippy::unwrap_used, reason = "a property that cannot be looked at has failed")]

use proptest::{collection::vec, prelude::*};
use serde_json::json;
use wire::{
    ItemId, OrderId, OrderKey, Quantity, Time, UserId,
    event::{Event, Notification},
    id::MAX_LINES,
    message::{Fingerprint, OrderMessage},
    order::{Basket, Line, OrderCursor, PlaceOrder, PricedLine},
    status::OrderStatus,
};

fn order_id() -> impl Strategy<Value = OrderId> {
    "[A-Za-z0-9._-]{1,64}".prop_map(|text| text.parse().unwrap())
}

fn item_id() -> impl Strategy<Value = ItemId> {
    "[a-z0-9-]{1,40}".prop_map(|text| text.parse().unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (1_i64..=20).prop_map(|number| number.try_into().unwrap())
}

fn line() -> impl Strategy<Value = Line> {
    (item_id(), quantity()).prop_map(|(item_id, quantity)| Line { item_id, quantity })
}

fn user() -> impl Strategy<Value = UserId> {
    any::<u128>().prop_map(|bits| UserId(uuid::Uuid::from_u128(bits)))
}

fn time() -> impl Strategy<Value = Time> {
    any::<i64>().prop_map(Time::from_millis)
}

fn reads_back<T>(value: &T) -> Result<(), TestCaseError>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value).unwrap();
    prop_assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{}", text);
    Ok(())
}

proptest! {
    #[test]
    fn an_order_message_reads_back(
        user_id in user(), order_id in order_id(), bytes in any::<[u8; 16]>(), accepted_at in time(),
        lines in vec((item_id(), ".{1,80}", quantity(), any::<u32>()), 1..=MAX_LINES),
    ) {
        let lines = lines.into_iter()
            .map(|(item_id, name, quantity, price_poisha)| PricedLine { item_id, name, quantity, price_poisha })
            .collect();
        reads_back(&OrderMessage {
            key: OrderKey { user_id, order_id }, fingerprint: Fingerprint(bytes), accepted_at, lines, trace: None,
        })?;
    }

    #[test]
    fn an_event_reads_back(
        user_id in user(), order_id in order_id(), seq in any::<u32>(), at in time(),
        status in proptest::sample::select(OrderStatus::ALL.to_vec()), ticket in any::<Option<u32>>(),
    ) {
        let notification = Notification { ticket, ..Notification::new(order_id, status, seq, at) };
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok();
        for trace in [None, trace] {
            reads_back(&Event::Order { user_id, notification: notification.clone(), trace })?;
        }
    }

    #[test]
    fn a_cursor_reads_back(order_id in order_id(), placed_at in time()) {
        reads_back(&OrderCursor { placed_at, order_id })?;
    }

    #[test]
    fn a_time_prints_what_it_reads(at in time()) {
        prop_assert_eq!(at.to_string().parse::<Time>().unwrap(), at);
    }

    #[test]
    fn a_quantity_is_1_to_20_whatever_is_sent(number in any::<i64>()) {
        let read = serde_json::from_value::<Quantity>(json!(number));
        prop_assert_eq!(read.is_ok(), (1..=20).contains(&number));
    }

    #[test]
    fn a_fraction_is_no_quantity(number in any::<f64>()) {
        prop_assert!(serde_json::from_value::<Quantity>(json!(number)).is_err());
    }

    #[test]
    fn an_order_id_has_its_alphabet_and_length(text in ".{0,80}") {
        let good = (1..=64).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        prop_assert_eq!(text.parse::<OrderId>().is_ok(), good);
        prop_assert_eq!(serde_json::from_value::<OrderId>(json!(text)).is_ok(), good);
    }

    #[test]
    fn any_json_is_refused_or_valid(text in r#"[\[\]{}",:a-z0-9.-]{0,60}"#) {
        if let Ok(order) = serde_json::from_str::<PlaceOrder>(&text) {
            let _ = order.basket();
        }
        let _ = serde_json::from_str::<OrderMessage>(&text);
    }

    #[test]
    fn a_basket_is_merged_sorted_and_bounded(lines in vec(line(), 0..30)) {
        let asked: u32 = lines.iter().map(|line| u32::from(line.quantity.get())).sum();
        let count = lines.len();
        if let Ok(basket) = Basket::new(lines) {
            prop_assert!((1..=MAX_LINES).contains(&count));
            prop_assert!(basket.lines().windows(2).all(|pair| pair[0].item_id < pair[1].item_id));
            let held: u32 = basket.lines().iter().map(|line| u32::from(line.quantity.get())).sum();
            prop_assert_eq!(held, asked);
        }
    }
}

/// Asserts that an order is refused, by its types or by its basket.
#[track_caller]
fn is_refused(body: serde_json::Value) {
    let text = body.to_string();
    let read = serde_json::from_value::<PlaceOrder>(body).map(PlaceOrder::basket);
    assert!(!matches!(read, Ok(Ok(_))), "{text} passed");
}

#[test]
fn an_invalid_order_never_passes() {
    is_refused(json!({}));
    is_refused(json!({ "quantity": 1 }));
    is_refused(json!({ "itemId": "burger", "quantity": null }));
    is_refused(json!({ "itemId": "burger", "quantity": 0 }));
    is_refused(json!({ "itemId": "burger", "quantity": -1 }));
    is_refused(json!({ "itemId": "burger", "quantity": 21 }));
    is_refused(json!({ "itemId": "burger", "quantity": 1.5 }));
    is_refused(json!({ "itemId": "burger", "quantity": 1e300 }));
    is_refused(json!({ "itemId": "burger", "quantity": "1" }));
    is_refused(json!({ "itemId": null }));
    is_refused(json!({ "itemId": "Burger!" }));
    is_refused(json!({ "itemId": "burger", "orderId": "" }));
    is_refused(json!({ "itemId": "burger", "orderId": "a/b" }));
    is_refused(json!({ "itemId": "burger", "orderId": "x".repeat(65) }));
    is_refused(json!({ "lines": [] }));
    is_refused(json!({ "lines": [{ "itemId": "burger" }], "itemId": "burger" }));
    is_refused(json!({ "lines": [{ "itemId": "burger" }], "quantity": 1 }));
    is_refused(
        json!({ "lines": [{ "itemId": "burger", "quantity": 11 }, { "itemId": "burger", "quantity": 10 }] }),
    );
    let many: Vec<_> = (0..21).map(|n| json!({ "itemId": format!("dish-{n}") })).collect();
    is_refused(json!({ "lines": many }));
}

#[test]
fn a_valid_order_is_understood() {
    let one: PlaceOrder = serde_json::from_value(json!({ "itemId": "burger" })).unwrap();
    assert_eq!(one.basket().unwrap().lines()[0].quantity, Quantity::ONE);
    let twice: PlaceOrder =
        serde_json::from_value(json!({ "lines": [{ "itemId": "fries", "quantity": 2 }, { "itemId": "burger" }, { "itemId": "fries" }] }))
            .unwrap();
    let basket = twice.basket().unwrap();
    let lines: Vec<_> = basket.lines().iter().map(|l| (l.item_id.as_str(), l.quantity.get())).collect();
    assert_eq!(lines, [("burger", 1), ("fries", 3)]);
}

#[test]
fn the_event_of_chaos_keeps_its_tag_on_the_wire() {
    let text = json!({
        "kind": "drill", "service": "stock-service", "instance": "stock-service-1", "order": { "enable": false },
    });
    let event: Event = serde_json::from_value(text.clone()).unwrap();
    assert!(matches!(&event, Event::Chaos { instance, .. } if instance == "stock-service-1"));
    assert_eq!(serde_json::to_value(&event).unwrap(), text);
}
