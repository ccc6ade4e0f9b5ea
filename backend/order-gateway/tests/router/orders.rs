//! `GET /orders`, `GET /orders/{orderId}`.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::gateway::{Gateway, Kitchen, Plan, gateway};

/// A gateway that has accepted `a` to `f`, a second apart, of which the kitchen has read those named.
async fn ordered(read: &[&str]) -> (Gateway, Arc<Kitchen>) {
    let kitchen = Arc::new(Kitchen::default());
    let gateway = gateway(Plan { kitchen: Some(kitchen.clone()), ..Plan::default() }).await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        gateway.hand.advance(Duration::from_secs(1));
        gateway.order(json!({ "itemId": "burger", "orderId": name })).await.is_accepted();
        if read.contains(&name) {
            kitchen.knows(name, gateway.now());
        }
    }
    (gateway, kitchen)
}

/// All pages of so many orders, as `name:status`.
async fn pages(gateway: &Gateway, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut query) = (Vec::new(), format!("/orders?limit={limit}"));
    loop {
        let page = gateway.get(&query).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let said = |order: &Value| {
            format!("{}:{}", order["orderId"].as_str().unwrap(), order["status"].as_str().unwrap())
        };
        pages.push(page.body["orders"].as_array().unwrap().iter().map(said).collect());
        match page.body["next"].as_str() {
            Some(next) => query = format!("/orders?limit={limit}&before={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn what_the_kitchen_has_not_read_stands_where_it_belongs_on_every_page_and_once() {
    let (gateway, _) = ordered(&["a", "c", "d", "f"]).await;
    let all = ["f:in_kitchen", "e:pending", "d:in_kitchen", "c:in_kitchen", "b:pending", "a:in_kitchen"];
    for limit in 1..=7 {
        let expected: Vec<_> = all.chunks(limit).map(<[_]>::to_vec).collect();
        assert_eq!(pages(&gateway, limit).await, expected, "{limit} on a page");
    }
}

#[tokio::test]
async fn all_pending_and_none_pending_page_alike() {
    let (gateway, _) = ordered(&[]).await;
    assert_eq!(
        pages(&gateway, 4).await.concat(),
        ["f", "e", "d", "c", "b", "a"].map(|n| format!("{n}:pending"))
    );
    let (gateway, _) = ordered(&["a", "b", "c", "d", "e", "f"]).await;
    let read = ["f", "e", "d", "c", "b", "a"].map(|n| format!("{n}:in_kitchen"));
    assert_eq!(pages(&gateway, 4).await.concat(), read);
}

#[tokio::test]
async fn the_orders_of_earlier_pages_are_not_asked_for_one_by_one() {
    let (gateway, kitchen) = ordered(&["a", "b", "c", "d", "e", "f"]).await;
    assert_eq!(pages(&gateway, 1).await.len(), 6);
    assert_eq!(kitchen.asked_for_one.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn one_order_comes_from_the_kitchen_or_from_the_record() {
    let (gateway, _) = ordered(&["a"]).await;
    assert_eq!(gateway.get("/orders/a").await.body["status"], "in_kitchen");
    let pending = gateway.get("/orders/b").await.body;
    assert_eq!((&pending["status"], &pending["totalPoisha"]), (&json!("pending"), &json!(18_000)));
    gateway.get("/orders/none").await.is(404, "not_found");
    gateway.get("/orders?limit=0").await.is(400, "invalid");
    gateway.get("/orders?limit=101").await.is(400, "invalid");
    gateway.get("/orders?before=yesterday").await.is(400, "invalid");
}

#[tokio::test]
async fn while_the_kitchen_is_away_the_list_is_not_guessed() {
    let gateway = gateway(Plan::default()).await;
    gateway.order(json!({ "itemId": "burger", "orderId": "a" })).await.is_accepted();
    gateway.get("/orders").await.is(503, "dependency_down");
    assert_eq!(gateway.get("/orders/a").await.body["status"], "pending", "its record is known");
    gateway.get("/orders/b").await.is(503, "dependency_down");
}
