//! `POST /order`.

use std::{sync::Arc, time::Duration};

use order_gateway::{
    domain::fingerprint,
    keys::{Attempt, Begun, IdempotencyKeys as _, memory::MemoryKeys},
};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;
use wire::order::PlaceOrder;

use crate::gateway::{Gateway, Mode, NoKeys, Plan, STUDENT, gateway, item};

fn burger(order_id: &str) -> Value {
    json!({ "itemId": "burger", "quantity": 2, "orderId": order_id })
}

/// A gateway whose hints say that there is plenty, so that nobody is asked.
async fn hinted() -> Gateway {
    let gateway = gateway(Plan::default()).await;
    gateway.hint("burger", 35, 1, gateway.now()).await;
    gateway.hint("cola", 80, 1, gateway.now()).await;
    gateway
}

#[tokio::test]
async fn a_202_tells_the_order_and_the_message_carries_the_price() {
    let gateway = hinted().await;
    let answer = gateway.order(burger("a")).await;
    answer.is_accepted();
    assert_eq!(answer.header("idempotent-replayed"), None);
    let expected = json!({
        "orderId": "a", "status": "accepted", "message": "Order received and being processed",
        "acceptedAt": gateway.now().to_string(),
    });
    assert_eq!(answer.body, expected);
    let given = gateway.queue.given();
    assert_eq!(given.len(), 1);
    let line = &given[0].lines[0];
    assert_eq!((line.name.as_str(), line.price_poisha, line.quantity.get()), ("The burger", 18_000, 2));
    assert_eq!(given[0].key.to_string(), "00000000-0000-7000-8000-00000000000a/a");
    assert_eq!(gateway.metric("orders_accepted_total"), 1.0);
}

#[tokio::test]
async fn a_key_comes_from_the_body_or_the_header_or_is_made() {
    let gateway = hinted().await;
    assert_eq!(gateway.order_with_key("k", json!({ "itemId": "cola" })).await.body["orderId"], "k");
    gateway.order_with_key("b", burger("b")).await.is_accepted();
    gateway.order_with_key("other", burger("c")).await.is(400, "invalid");
    gateway.order_with_key("not a key", json!({ "itemId": "cola" })).await.is(400, "invalid");
    let made = gateway.order(json!({ "itemId": "cola" })).await;
    let name = made.is_accepted().body["orderId"].as_str().unwrap().to_owned();
    assert_eq!(name.len(), 36, "{name}");
    assert_eq!(gateway.queue.given().len(), 3);
}

#[tokio::test]
async fn what_a_hint_says_is_sold_out_is_refused_at_once_and_leaves_nothing() {
    let gateway = hinted().await;
    gateway.hint("burger", 0, 2, gateway.now()).await;
    let lines = json!({ "lines": [{ "itemId": "cola" }, { "itemId": "burger" }], "orderId": "a" });
    let refused = gateway.order(lines).await;
    refused.is(422, "sold_out");
    assert_eq!(refused.body["fastRejection"], true);
    assert_eq!(refused.body["items"], json!([{ "itemId": "burger", "left": 0 }]));
    assert!(gateway.queue.given().is_empty());
    assert_eq!(gateway.metric("orders_rejected_total{reason=sold_out}"), 1.0);
    gateway.order(json!({ "itemId": "cola", "orderId": "a" })).await.is_accepted();
}

#[tokio::test]
async fn one_left_is_enough_for_the_hint_whatever_is_asked_for() {
    let gateway = hinted().await;
    gateway.hint("burger", 1, 2, gateway.now()).await;
    gateway.order(burger("a")).await.is_accepted();
}

#[tokio::test]
async fn a_hint_is_believed_for_three_seconds() {
    let gateway = hinted().await;
    gateway.hint("burger", 0, 2, gateway.now()).await;
    gateway.hand.advance(Duration::from_secs(3));
    gateway.order(burger("a")).await.is(422, "sold_out");
    gateway.hand.advance(Duration::from_millis(1));
    gateway.order(burger("a")).await.is_accepted();
}

#[tokio::test]
async fn a_hint_of_a_clock_that_is_far_ahead_is_not_believed() {
    let gateway = hinted().await;
    gateway.hint("burger", 0, 2, gateway.now().plus(Duration::from_secs(3600))).await;
    gateway.order(burger("a")).await.is_accepted();
}

#[tokio::test]
async fn without_a_hint_the_stock_service_is_asked() {
    let stock = Some(vec![item("burger", 0), item("cola", 5)]);
    let gateway = gateway(Plan { stock, kept: None, ..Plan::default() }).await;
    gateway.order(burger("a")).await.is(422, "sold_out");
    gateway.order(json!({ "itemId": "cola" })).await.is_accepted();
    gateway.order(json!({ "itemId": "pizza" })).await.is(422, "unknown_item");
}

#[tokio::test]
async fn without_a_hint_and_without_the_stock_service_the_kept_menu_is_used_and_refuses_nothing() {
    let hidden = wire::stock::StockItem { available: false, ..item("soup", 9) };
    let kept = Some(vec![item("burger", 0), hidden]);
    let gateway = gateway(Plan { kept, ..Plan::default() }).await;
    gateway.order(burger("a")).await.is_accepted();
    gateway.order(json!({ "itemId": "soup" })).await.is_accepted();
    assert_eq!(gateway.queue.given()[0].lines[0].name, "The burger");
    // What is not on it may be new: that is no reason to refuse it for good.
    gateway.order(json!({ "itemId": "pizza" })).await.is(503, "dependency_down");
}

#[tokio::test]
async fn without_any_menu_nothing_can_be_priced() {
    let gateway = gateway(Plan { kept: None, ..Plan::default() }).await;
    let answer = gateway.order(burger("a")).await;
    answer.is(503, "dependency_down");
    assert!(answer.header("retry-after").is_some());
    assert!(gateway.queue.given().is_empty());
}

#[tokio::test]
async fn a_definite_refusal_of_the_queue_releases_the_key() {
    let gateway = hinted().await;
    for (mode, order) in [(Mode::Full, "full"), (Mode::Away, "away")] {
        gateway.queue.now(mode);
        let answer = gateway.order(burger(order)).await;
        answer.is(503, "queue_unavailable");
        assert_eq!(answer.header("retry-after"), Some("2"));
        let changed = json!({ "itemId": "cola", "orderId": order });
        gateway.order(changed.clone()).await.is(503, "queue_unavailable");
        gateway.queue.now(Mode::Takes);
        let accepted = gateway.order(changed).await;
        assert_eq!(accepted.is_accepted().header("idempotent-replayed"), None);
        gateway.order(burger(order)).await.is(422, "key_reused");
    }
    assert_eq!(gateway.metric("orders_accepted_total"), 2.0);
    assert_eq!(gateway.metric("orders_rejected_total{reason=queue_unavailable}"), 4.0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_retry_does_not_release_a_key_of_unknown_outcome() {
    let gateway = hinted().await;
    gateway.queue.now(Mode::Hangs);
    gateway.order(burger("a")).await.is(503, "outcome_unknown");
    gateway.order(burger("a")).await.is(503, "queue_unavailable");
    tokio::time::advance(Duration::from_secs(2)).await;
    gateway.queue.now(Mode::Full);
    gateway.order(burger("a")).await.is(503, "queue_unavailable");
    gateway.queue.now(Mode::Takes);
    gateway.order(json!({ "itemId": "cola", "orderId": "a" })).await.is(422, "key_reused");
    gateway.order(burger("a")).await.is_accepted();
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_unknown_once_and_then_known_until_one_order_gets_through() {
    let gateway = hinted().await;
    gateway.queue.now(Mode::Hangs);
    let start = Instant::now();
    let answer = gateway.order(burger("a")).await;
    answer.is(503, "outcome_unknown");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(start.elapsed().as_millis(), 1500, "at the deadline");

    let start = Instant::now();
    gateway.order(burger("b")).await.is(503, "queue_unavailable");
    assert_eq!(start.elapsed().as_millis(), 0, "at once");

    // The pause is over, the outage is not: one tries, the others do not wait for it.
    tokio::time::advance(Duration::from_millis(1001)).await;
    let given = gateway.queue.given().len();
    let start = Instant::now();
    let one_that_tries = async {
        gateway.order(burger("c")).await.is(503, "outcome_unknown");
        start.elapsed()
    };
    let another = async {
        gateway.order(burger("d")).await.is(503, "queue_unavailable");
        start.elapsed()
    };
    let (tried, told) = tokio::join!(one_that_tries, another);
    assert_eq!((tried.as_millis(), told.as_millis()), (1500, 0));
    assert_eq!(gateway.queue.given().len(), given + 1);

    gateway.queue.now(Mode::Takes);
    gateway.order(burger("e")).await.is(503, "queue_unavailable");
    tokio::time::advance(Duration::from_millis(1001)).await;
    gateway.order(burger("e")).await.is_accepted();
    gateway.order(burger("f")).await.is_accepted();
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_after_an_unknown_outcome_is_the_same_message() {
    let gateway = hinted().await;
    let first_time = gateway.now().to_string();
    gateway.queue.now(Mode::Hangs);
    gateway.order(burger("a")).await.is(503, "outcome_unknown");
    gateway.queue.now(Mode::Takes);
    tokio::time::advance(Duration::from_secs(2)).await;
    // Meanwhile the dish was sold out, and the order may be in the queue: it is not refused.
    gateway.hand.advance(Duration::from_secs(2));
    gateway.hint("burger", 0, 2, gateway.now()).await;
    let again = gateway.order(burger("a")).await;
    assert_eq!(again.is_accepted().body["acceptedAt"], first_time);
    let given = gateway.queue.given();
    assert_eq!(given.len(), 2);
    assert_eq!(given[0], given[1]);
    assert_eq!(gateway.metric("orders_accepted_total"), 1.0);
}

#[tokio::test]
async fn a_repeat_is_answered_from_the_record_also_when_it_is_sold_out() {
    let gateway = hinted().await;
    let first = gateway.order(burger("a")).await;
    gateway.hand.advance(Duration::from_secs(1));
    gateway.hint("burger", 0, 2, gateway.now()).await;
    let other_form = json!({ "lines": [{ "itemId": "burger" }, { "itemId": "burger" }], "orderId": "a" });
    for body in [burger("a"), other_form] {
        let repeat = gateway.order(body).await;
        assert_eq!(repeat.is_accepted().body, first.body);
        assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    }
    gateway.order(json!({ "itemId": "cola", "orderId": "a" })).await.is(422, "key_reused");
    assert_eq!(gateway.queue.given().len(), 1);
    assert_eq!(gateway.metric("orders_accepted_total"), 1.0);
    assert_eq!(gateway.metric("orders_replayed_total"), 2.0);
}

#[tokio::test]
async fn without_keys_orders_go_on_and_what_is_sold_out_is_still_refused() {
    let gateway = gateway(Plan { keys: Arc::new(NoKeys), ..Plan::default() }).await;
    gateway.hint("burger", 9, 1, gateway.now()).await;
    gateway.order(burger("a")).await.is_accepted();
    gateway.order(burger("a")).await.is_accepted();
    assert_eq!(gateway.queue.given().len(), 2, "the kitchen is the judge");
    gateway.hint("burger", 0, 2, gateway.now()).await;
    gateway.order(burger("b")).await.is(422, "sold_out");
    assert_eq!(gateway.metric("idempotency_keys_away_total"), 3.0);
}

#[tokio::test]
async fn what_is_remembered_and_is_no_order_is_not_published() {
    let keys = Arc::new(MemoryKeys::new(Duration::from_secs(3600), 1_000));
    let gateway = gateway(Plan { keys: keys.clone(), ..Plan::default() }).await;
    gateway.hint("burger", 9, 1, gateway.now()).await;
    let order: PlaceOrder = serde_json::from_value(burger("a")).unwrap();
    let garbage = Attempt {
        key: &format!("{STUDENT}/a").parse().unwrap(),
        id: Uuid::from_u128(1),
        fingerprint: fingerprint::of(&order.basket().unwrap()),
        accepted_at: gateway.now(),
        message: Some(b"garbage"),
    };
    assert_eq!(keys.begin(garbage.clone()).await.unwrap(), Begun::New);
    gateway.order(burger("a")).await.is_accepted();
    assert_eq!(gateway.queue.given().len(), 1, "and it can be read");
    assert!(matches!(keys.begin(garbage).await.unwrap(), Begun::Replay { .. }));
}
