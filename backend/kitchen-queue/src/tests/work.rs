//! The workers, from the queue to the plate.

use std::time::Duration;

use messaging::OrderQueue as _;
use serde_json::json;
use service_kit::audit::Deed;
use test_support::wait::until;
use wire::{
    OrderStatus, Role,
    event::{Event, NotificationType},
    status::Reason,
};

use super::kitchen::{Kitchen, Says, kitchen, message};
use crate::{Config, Cooking, store::KitchenStore as _};

const MINUTE: Duration = Duration::from_secs(60);

/// Waits until the stock-service has been asked for this order so often.
async fn asked(kitchen: &Kitchen, name: &str, times: usize) {
    until(&format!("{name} to be asked for {times} times"), async || {
        let asked = kitchen.stock.reduced();
        if asked.iter().filter(|asked| *asked == name).count() >= times { Ok(()) } else { Err(asked) }
    })
    .await;
}

/// Waits until so many tries are counted as failed.
async fn retried(kitchen: &Kitchen, times: f64) {
    until(&format!("{times} retries"), async || match kitchen.metric("orders_retried_total") {
        enough if enough >= times => Ok(()),
        fewer => Err(fewer),
    })
    .await;
}

#[tokio::test]
async fn an_order_is_received_verified_cooked_and_collected() {
    let kitchen = kitchen(Config::default()).await;
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    kitchen.has("a", OrderStatus::StockVerified).await;
    kitchen.hand.advance(Duration::from_secs(7));
    kitchen.has("a", OrderStatus::Ready).await;
    until("the board to show it", async || {
        let board = kitchen.call(Role::Student, "GET /board", None).await.body;
        if board["ready"] == json!([1]) && board["preparing"] == json!([]) { Ok(()) } else { Err(board) }
    })
    .await;
    kitchen.hand.advance(Duration::from_secs(120));
    kitchen.has("a", OrderStatus::Collected).await;
    assert_eq!(kitchen.queue.stats().await.unwrap().depth, 0);
}

#[tokio::test]
async fn what_was_done_long_ago_is_forgotten() {
    let kitchen = kitchen(Config::default()).await;
    let trail = &kitchen.app.service.audit;
    for subject in ["old", "young"] {
        let (actor, detail) = ("head".to_owned(), String::new());
        let deed = Deed { at: kitchen.now(), actor, action: "test", subject: subject.to_owned(), detail };
        trail.record(deed).await.unwrap();
        kitchen.hand.advance(Duration::from_secs(201 * 86_400));
    }
    kitchen.opens();
    until("the old deed to be forgotten", async || {
        let entries = trail.page(None).await.unwrap().entries;
        let left: Vec<_> = entries.into_iter().map(|entry| entry.subject).collect();
        if left == ["young"] { Ok(()) } else { Err(left) }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_final_tells_what_is_left_and_is_released() {
    let mut kitchen = kitchen(Config::default()).await;
    kitchen.stock.says(Says::OneLeft);
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    assert_eq!(kitchen.has("a", OrderStatus::Rejected).await, Some(Reason::InsufficientStock));
    kitchen
        .hears(|event| {
            matches!(event, Event::Order { notification, .. }
                if notification.status == OrderStatus::Rejected && notification.items[0].left == 1)
        })
        .await;
    until("a release", async || match kitchen.stock.released() {
        released if released == ["a"] => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(kitchen.stock.reduced(), ["a"]);
}

#[tokio::test]
async fn a_known_failure_is_tried_four_times_and_then_given_up() {
    let kitchen = kitchen(Config::default()).await;
    kitchen.stock.says(Says::Chaos);
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    for (times, seconds) in [(1, 2.2), (2, 4.4), (3, 6.6)] {
        asked(&kitchen, "a", times).await;
        retried(&kitchen, f64::from(u32::try_from(times).unwrap())).await;
        kitchen.has("a", OrderStatus::InKitchen).await;
        kitchen.hand.advance(Duration::from_secs_f64(seconds));
    }
    assert_eq!(kitchen.has("a", OrderStatus::Rejected).await, Some(Reason::StockUnavailable));
    assert_eq!(kitchen.stock.reduced().len(), 4);
    until("it to be counted", async || {
        match kitchen.metric("orders_failed_total{reason=stock_unavailable}") {
            1.0 => Ok(()),
            other => Err(other),
        }
    })
    .await;
}

#[tokio::test]
async fn an_outage_is_waited_out_and_counts_from_when_it_is_seen() {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    let old = message("old", 1, kitchen.now());
    kitchen.store.receive(&[old], &[kitchen.app.service.clock.uuid()], kitchen.now()).await.unwrap();
    // The kitchen was away for longer than an order waits; the stock-service goes away only now.
    kitchen.hand.advance(MINUTE * 30);
    kitchen.stock.says(Says::Down);
    kitchen.opens();
    asked(&kitchen, "old", 2).await;
    kitchen.hand.advance(MINUTE * 9);
    kitchen.is_sent(&["new"]).await;
    asked(&kitchen, "new", 1).await;
    asked(&kitchen, "old", kitchen.stock.reduced().len() + 1).await;
    kitchen.has("old", OrderStatus::InKitchen).await;
    kitchen.hand.advance(MINUTE + Duration::from_millis(1));
    assert_eq!(kitchen.has("old", OrderStatus::Rejected).await, Some(Reason::StockUnavailable));
    kitchen.has("new", OrderStatus::InKitchen).await;
    kitchen.stock.says(Says::Yes);
    kitchen.has("new", OrderStatus::StockVerified).await;
    assert_eq!(kitchen.metric("orders_retried_total"), 0.0, "an outage is no attempt");
}

#[tokio::test]
async fn orders_left_by_staff_are_cooked_when_a_timer_takes_over() {
    let kitchen = kitchen(Config::default()).await;
    let order = message("a", 1, kitchen.now());
    kitchen.store.receive(&[order], &[kitchen.app.service.clock.uuid()], kitchen.now()).await.unwrap();
    let claimed = kitchen.store.claim_unverified(kitchen.now(), 1).await.unwrap().remove(0);
    let verified = crate::store::Change {
        pk: claimed.pk,
        seq: claimed.seq,
        from: OrderStatus::InKitchen,
        to: OrderStatus::StockVerified,
        by: "kitchen".into(),
        reason: None,
        left: vec![],
        due: None,
    };
    kitchen.store.settle(&[verified], &[], kitchen.now()).await.unwrap();
    kitchen.opens();
    until("a time to be set", async || kitchen.store.next_due().await.unwrap().1.ok_or("none")).await;
    kitchen.hand.advance(Duration::from_secs(7));
    kitchen.has("a", OrderStatus::Ready).await;
}

#[tokio::test]
async fn a_repeat_with_other_contents_is_counted_and_told_to_its_owner() {
    let mut kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    kitchen.has("a", OrderStatus::StockVerified).await;
    kitchen.is_sent(&["a"]).await;
    let other = serde_json::to_vec(&message("a", 2, kitchen.now())).unwrap();
    kitchen.queue.publish(other).await.unwrap();
    kitchen
        .hears(|event| {
            matches!(event, Event::Order { notification, .. }
                if notification.reason == Some(Reason::KeyReused) && notification.ticket == Some(1)
                    && notification.kind == NotificationType::OrderFailed
                    && (notification.status, notification.seq) == (OrderStatus::StockVerified, 2))
        })
        .await;
    assert_eq!(kitchen.metric("kitchen_repeats_total{kind=same}"), 1.0);
    assert_eq!(kitchen.metric("kitchen_repeats_total{kind=other}"), 1.0);
    assert_eq!(kitchen.stock.reduced(), ["a"]);
}

#[tokio::test]
async fn poison_goes_to_the_dead_letters_and_can_be_driven_again() {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.queue.publish(b"not an order".to_vec()).await.unwrap();
    let mut empty = message("empty", 1, kitchen.now());
    empty.lines.clear();
    kitchen.queue.publish(serde_json::to_vec(&empty).unwrap()).await.unwrap();
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    kitchen.has("a", OrderStatus::StockVerified).await;
    let letters = until("two dead letters", async || {
        let letters = kitchen.call(Role::Admin, "GET /dead-letters", None).await.body;
        if letters["total"] == 2 { Ok(letters) } else { Err(letters) }
    })
    .await;
    let bodies: Vec<_> =
        letters["deadLetters"].as_array().unwrap().iter().map(|letter| &letter["body"]).collect();
    assert!(bodies.contains(&&json!("not an order")), "{bodies:?}");

    let id = letters["deadLetters"][0]["id"].as_i64().unwrap();
    let again = format!("POST /dead-letters/{id}/redrive");
    kitchen.call(Role::Staff, &again, None).await.is(403, "forbidden");
    kitchen.call(Role::Admin, &again, None).await.is(204, "");
    // It is read once more, and no better than before.
    until("it to be a dead letter again", async || match kitchen.metric("kitchen_poison_total") {
        3.0 => Ok(()),
        other => Err(other),
    })
    .await;
    kitchen.call(Role::Admin, "POST /dead-letters/999/redrive", None).await.is(404, "not_found");
    let trail = kitchen.call(Role::Admin, "GET /audit", None).await.body;
    assert_eq!(trail["entries"][0]["action"], "dead-letter.redrive");
}

#[tokio::test]
async fn poison_that_cannot_be_set_aside_holds_up_nobody() {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.queue.publish(b"not an order".to_vec()).await.unwrap();
    // More than go into one batch.
    let names: Vec<_> = (0..300).map(|n| format!("o{n}")).collect();
    let publish = names
        .iter()
        .map(|name| kitchen.queue.publish(serde_json::to_vec(&message(name, 1, kitchen.now())).unwrap()));
    futures_util::future::try_join_all(publish).await.unwrap();
    kitchen.sabotages("queue.db", "ALTER TABLE dead_letters RENAME TO hidden").await;
    kitchen.opens();
    kitchen.has("o299", OrderStatus::StockVerified).await;
    assert_eq!(kitchen.metric("kitchen_poison_total"), 0.0);
    kitchen.sabotages("queue.db", "ALTER TABLE hidden RENAME TO dead_letters").await;
    until("the dead letter", async || match kitchen.queue.stats().await.unwrap().dead_letters {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    until("an empty queue", async || match kitchen.queue.stats().await.unwrap().depth {
        0 => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn while_the_store_is_away_orders_stay_in_the_queue() {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.sabotages("kitchen.db", "ALTER TABLE ticket_days RENAME TO hidden").await;
    kitchen.is_sent(&["a", "b"]).await;
    let mut other = kitchen.queue.consumer();
    kitchen.opens();
    // What was given back can be had by another: it is not rejected, and not kept.
    let had = tokio::time::timeout(Duration::from_secs(10), other.receive(2)).await.unwrap().unwrap();
    assert!(!had.is_empty());
    let tags: Vec<_> = had.iter().map(|delivery| delivery.tag).collect();
    other.give_back(&tags).await;
    assert_eq!(kitchen.queue.stats().await.unwrap().depth, 2);
    kitchen.sabotages("kitchen.db", "ALTER TABLE hidden RENAME TO ticket_days").await;
    for name in ["a", "b"] {
        kitchen.has(name, OrderStatus::StockVerified).await;
    }
    let stats = kitchen.queue.stats().await.unwrap();
    assert_eq!((stats.depth, stats.dead_letters), (0, 0));
}
