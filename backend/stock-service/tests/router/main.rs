//! The routes as clients meet them: who may call what, every status, and what is told afterwards.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cafeteria;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use cafeteria::{As, Kitchen, NAME, Nobody, Person, STAFF, cafeteria, cafeteria_with};
use futures_util::FutureExt as _;
use messaging::embedded::BroadcastFanout;
use serde_json::{Value, json};
use service_kit::{Service, Tasks, metrics::Metrics};
use stock_service::{Config, Ports, StockStore as _, serve};
use test_support::request::TestResponse;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wire::{Role, event::Event};

fn order(n: usize) -> String {
    format!("00000000-0000-7000-8000-000000000001/order-{n}")
}

#[tokio::test]
async fn each_route_admits_those_it_is_for() {
    let cafeteria = cafeteria().await;
    let anybody = [Nobody, Person(Role::Student), Person(Role::Kiosk), STAFF, Person(Role::Admin), Kitchen];
    let staff = [STAFF, Person(Role::Admin)];
    let table: [(&str, &[As]); 9] = [
        ("GET /stock", &anybody),
        ("GET /stock/burger", &anybody),
        ("PUT /stock/burger", &staff),
        ("PATCH /stock/burger", &staff),
        ("POST /stock/burger/adjust", &staff),
        ("POST /seed", &staff),
        ("POST /stock/reduce", &[Kitchen]),
        ("POST /stock/release", &[Kitchen]),
        ("GET /audit", &[Person(Role::Admin)]),
    ];
    for (call, admitted) in table {
        for who in anybody {
            let answer = cafeteria.send(who, call, None, Some("{}".into())).await;
            let expected = match who {
                who if admitted.contains(&who) => None,
                Nobody => Some(401),
                Person(_) | Kitchen => Some(403),
            };
            let refused = Some(answer.status).filter(|status| matches!(status, 401 | 403));
            assert_eq!(refused, expected, "{call} as {who:?}");
        }
    }
    let tested: BTreeSet<_> = table.into_iter().map(|(call, _)| call.to_owned()).collect();
    assert_eq!(cafeteria.own_routes, tested, "each route stands in the table");
}

#[tokio::test]
async fn changes_are_announced_although_the_client_disconnects() {
    let mut cafeteria = cafeteria().await;
    let adjust = json!({ "delta": 5, "reason": "restock", "key": "k" });
    let change = json!({ "available": false });
    let seed = json!({ "items": [{ "id": "soup", "name": "Soup", "quantity": 7 }] });
    // Each request is under way, and its client goes away.
    assert!(cafeteria.post(STAFF, "/stock/burger/adjust", adjust).now_or_never().is_none());
    cafeteria.hears(|event| matches!(event, Event::Stock(level) if level.quantity == 40)).await;
    let cola = cafeteria.get("/stock/cola").await;
    assert!(cafeteria.patch(cola.header("etag"), "/stock/cola", change).now_or_never().is_none());
    cafeteria.hears(|event| matches!(event, Event::Menu)).await;
    assert!(cafeteria.post(STAFF, "/seed", seed).now_or_never().is_none());
    cafeteria.hears(|event| matches!(event, Event::Menu)).await;
    assert_eq!(cafeteria.left("soup").await, 7);
}

#[tokio::test]
async fn the_menu_is_read_by_everybody() {
    let cafeteria = cafeteria().await;
    let menu = cafeteria.get("/stock").await.body;
    assert_eq!(menu.as_array().unwrap().len(), 19);
    assert_eq!((&menu[0]["category"], &menu[18]["category"]), (&json!("mains"), &json!("desserts")));
    let burger = cafeteria.get("/stock/burger").await;
    let expected = json!({"id": "burger", "name": "Classic Beef Burger", "category": "mains",
        "pricePoisha": 18000, "picture": "burger", "available": true, "quantity": 35, "version": 1, "revision": 1});
    assert_eq!((&burger.body, burger.header("etag")), (&expected, Some("\"1\"")));
    for unknown in ["/stock/caviar", "/stock/Burger", "/stock/..%2f"] {
        cafeteria.get(unknown).await.is(404, "not_found");
    }
}

#[tokio::test]
async fn whoever_changes_a_dish_has_seen_it() {
    let mut cafeteria = cafeteria().await;
    let price = json!({"pricePoisha": 19000});
    cafeteria.patch(None, "/stock/burger", price.clone()).await.is(428, "precondition_required");
    cafeteria.patch(None, "/stock/caviar", price.clone()).await.is(404, "not_found");
    cafeteria.patch(Some("\"1\""), "/stock/caviar", price.clone()).await.is(404, "not_found");
    cafeteria.patch(Some("\"2\""), "/stock/burger", price.clone()).await.is(409, "stale");
    cafeteria.patch(Some("new"), "/stock/burger", price.clone()).await.is(400, "invalid");
    cafeteria
        .patch(Some("\"99999999999999999999\""), "/stock/burger", price.clone())
        .await
        .is(400, "invalid");
    let changed = cafeteria.patch(Some("\"1\""), "/stock/burger", price.clone()).await;
    assert_eq!(changed.is(200, "").header("etag"), Some("\"2\""));
    assert_eq!((&changed.body["pricePoisha"], &changed.body["quantity"]), (&json!(19000), &json!(35)));
    cafeteria.hears(|event| *event == Event::Menu).await;
    cafeteria.patch(Some("\"1\""), "/stock/burger", price).await.is(409, "stale");

    let put = |body: Value| cafeteria.send(STAFF, "PUT /stock/burger", Some("\"2\""), Some(body.to_string()));
    let some = put(json!({"name": "Veggie Burger"})).await;
    assert_eq!(
        some.is(400, "invalid").body["errors"].as_array().unwrap().len(),
        4,
        "each missing field is named"
    );
    let whole = json!({"name": "Veggie Burger", "category": "sides", "pricePoisha": 1, "picture": "veg",
        "available": false});
    assert_eq!(put(whole).await.is(200, "").body["name"], "Veggie Burger");
    for wrong in [
        json!({}),
        json!({"name": ""}),
        json!({"name": null, "price": 3}),
        json!({"pricePoisha": -1}),
        json!({"pricePoisha": 1.5}),
        json!({"pricePoisha": 10_000_001}),
        json!({"quantity": 3}),
        json!({"picture": "<b>"}),
    ] {
        cafeteria.patch(Some("\"3\""), "/stock/burger", wrong).await.is(400, "invalid");
    }
    let trail = cafeteria.send(Person(Role::Admin), "GET /audit", None, None).await.body;
    assert_eq!(trail["entries"][0]["action"], "stock.change");
    assert_eq!(trail["entries"][0]["actor"], "00000000-0000-7000-8000-00000000000a");
}

#[tokio::test]
async fn a_restock_is_counted_once_and_hostile_numbers_never() {
    let cafeteria = cafeteria().await;
    let path = "/stock/special/adjust";
    let restock = json!({"delta": 5, "reason": "more dough", "key": "delivery-1"});
    let first = cafeteria.post(STAFF, path, restock.clone()).await;
    assert_eq!((first.is(200, "").body["quantity"].as_u64(), first.header("etag")), (Some(8), Some("\"2\"")));
    cafeteria.post(STAFF, path, json!({"delta": -8, "reason": "burnt", "key": "waste-1"})).await.is(200, "");
    assert_eq!(cafeteria.post(STAFF, path, restock.clone()).await.body, first.body, "the same answer");
    assert_eq!(cafeteria.left("special").await, 0);
    let other = json!({"delta": 6, "reason": "more dough", "key": "delivery-1"});
    cafeteria.post(STAFF, path, other).await.is(422, "key_reused");
    let waste = cafeteria.post(STAFF, path, json!({"delta": -1, "reason": "burnt", "key": "waste-2"})).await;
    assert_eq!(waste.is(422, "insufficient_stock").body["items"], json!([{"itemId": "special", "left": 0}]));
    cafeteria.post(STAFF, "/stock/caviar/adjust", restock.clone()).await.is(422, "key_reused");
    let new = json!({"delta": 5, "reason": "more dough", "key": "delivery-2"});
    cafeteria.post(STAFF, "/stock/caviar/adjust", new).await.is(404, "not_found");
    for delta in
        [json!(0), json!(1_000_001), json!(-1_000_001), json!(1.5), json!("5"), json!(null), json!(1e300)]
    {
        let hostile = json!({"delta": delta, "reason": "x", "key": "hostile"});
        cafeteria.post(STAFF, path, hostile).await.is(400, "invalid");
    }
    for huge in ["9223372036854775807", "-9223372036854775808", "99999999999999999999999"] {
        let body = format!(r#"{{"delta":{huge},"reason":"x","key":"hostile"}}"#);
        cafeteria.send(STAFF, &format!("POST {path}"), None, Some(body)).await.is(400, "invalid");
    }
    let full = json!({"delta": 1_000_000, "reason": "x", "key": "full"});
    cafeteria.post(STAFF, path, full).await.is(200, "");
    let over = json!({"delta": 1, "reason": "x", "key": "over"});
    cafeteria.post(STAFF, path, over).await.is(400, "invalid");
    cafeteria.send(STAFF, &format!("POST {path}"), None, Some("{".into())).await.is(400, "malformed");
    let long = "x".repeat(20_000);
    let long = json!({"delta": 1, "reason": long, "key": "long"});
    cafeteria.post(STAFF, path, long).await.is(413, "body_too_large");
    assert_eq!(cafeteria.left("special").await, 1_000_000);
}

#[tokio::test]
async fn a_seed_is_whole_or_nothing_and_can_be_repeated() {
    let mut cafeteria = cafeteria().await;
    let seed = json!({"items": [{"id": "tea", "name": "Tea", "quantity": 7, "category": "drinks"},
        {"id": "burger", "name": "Burger", "quantity": 1}]});
    let seeded = cafeteria.post(STAFF, "/seed", seed.clone()).await;
    let counts = |answer: &TestResponse| (answer.body["created"].clone(), answer.body["updated"].clone());
    assert_eq!(counts(seeded.is(200, "")), (json!(1), json!(1)));
    cafeteria.hears(|event| *event == Event::Menu).await;
    let again = cafeteria.post(STAFF, "/seed", seed).await;
    assert_eq!((counts(&again), &again.body["items"]), ((json!(0), json!(2)), &seeded.body["items"]));
    let bad = json!({"items": [{"id": "milk", "name": "Milk", "quantity": 7},
        {"id": "milk", "name": "\n", "quantity": 4_000_000_000_u32}]});
    let refused = cafeteria.post(STAFF, "/seed", bad).await;
    let fields: Vec<_> =
        refused.is(400, "invalid").body["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["items[1].id", "items[1].name", "items[1].quantity"]);
    let nameless = json!({"items": [{"id": "milk", "name": "Milk", "quantity": -1}]});
    let refused = cafeteria.post(STAFF, "/seed", nameless).await;
    assert_eq!(refused.is(400, "invalid").body["errors"][0]["field"], "items[0].quantity");
    cafeteria.get("/stock/milk").await.is(404, "not_found");
    let large = json!({"items": [{"id": "milk", "name": "x".repeat(1024 * 1024), "quantity": 1}]});
    cafeteria.post(STAFF, "/seed", large).await.is(413, "body_too_large");
    cafeteria.has_metric("stock_oversold 0").await;
}

#[tokio::test]
async fn orders_are_answered_each_for_itself() {
    let cafeteria = cafeteria().await;
    let batch = json!({"orders": [
        {"orderKey": order(1), "lines": [{"itemId": "special", "quantity": 2}, {"itemId": "cola"}]},
        {"orderKey": order(2), "lines": [{"itemId": "special", "quantity": 2}]},
        {"orderKey": order(3), "lines": []},
        {"orderKey": order(4), "lines": [{"itemId": "special"}]},
        {"orderKey": order(5), "lines": [{"itemId": "special"}, {"itemId": "caviar"}]},
        {"orderKey": order(1), "lines": [{"itemId": "cola"}, {"itemId": "special", "quantity": 2}]},
    ]});
    let answer = cafeteria.post(Kitchen, "/stock/reduce", batch.clone()).await;
    let results = answer.is(200, "").body["results"].as_array().unwrap().clone();
    let told: Vec<_> = results.iter().map(|r| (r["status"].as_u64().unwrap(), r["code"].as_str())).collect();
    let expected = [
        (200, None),
        (422, Some("insufficient_stock")),
        (400, Some("invalid")),
        (200, None),
        (404, Some("unknown_item")),
        (200, None),
    ];
    assert_eq!(told, expected);
    let levels = json!([{"itemId": "cola", "newQuantity": 79, "version": 2},
        {"itemId": "special", "newQuantity": 1, "version": 2}]);
    assert_eq!(results[0]["items"], levels);
    assert_eq!((&results[0], results[1]["left"][0]["left"].as_u64()), (&results[5], Some(1)));
    assert_eq!(cafeteria.post(Kitchen, "/stock/reduce", batch).await.body, answer.body, "a lost answer");
    let keys = json!({"orderKeys": [order(1), order(1), order(9)]});
    let released = cafeteria.post(Kitchen, "/stock/release", keys).await;
    assert!(released.body["results"].as_array().unwrap().iter().all(|result| result["status"] == 200));
    assert_eq!(cafeteria.left("special").await, 2);
    let too_many: Vec<_> = (0..501).map(order).collect();
    cafeteria.post(Kitchen, "/stock/release", json!({"orderKeys": too_many})).await.is(400, "invalid");
    cafeteria.post(Kitchen, "/stock/reduce", json!({"orders": [{"orderKey": "x"}]})).await.is(400, "invalid");
    cafeteria.has_metric("stock_reduce_total 2").await;
    cafeteria.has_metric("stock_reduce_failed_total{reason=\"unknown_item\"} 1").await;
    cafeteria.has_metric("stock_release_total 2").await;
    cafeteria.has_metric("stock_oversold 0").await;
}

#[tokio::test]
async fn one_order_is_answered_with_its_own_status() {
    let cafeteria = cafeteria().await;
    let reduce = |n: usize, item: &str, quantity: i64| {
        let body = json!({"orderKey": order(n), "itemId": item, "quantity": quantity});
        cafeteria.post(Kitchen, "/stock/reduce", body)
    };
    let done = reduce(1, "special", 2).await;
    let expected = json!({"orderKey": order(1), "status": 200,
        "items": [{"itemId": "special", "newQuantity": 1, "version": 2}]});
    assert_eq!((done.status, done.body), (200, expected.clone()));
    assert_eq!(reduce(1, "special", 2).await.body, expected);
    reduce(1, "special", 1).await.is(422, "key_reused");
    let refused = reduce(2, "special", 2).await;
    let left = json!([{"itemId": "special", "left": 1}]);
    assert_eq!(refused.is(422, "insufficient_stock").body["items"], left);
    reduce(3, "special", 1).await.is(200, "");
    reduce(4, "special", 1).await.is(422, "sold_out");
    reduce(5, "caviar", 1).await.is(404, "unknown_item");
    cafeteria.post(Kitchen, "/stock/release", json!({"orderKey": order(6)})).await.is(200, "");
    reduce(6, "cola", 1).await.is(422, "released");
    cafeteria.patch(Some("1"), "/stock/cola", json!({"available": false})).await.is(200, "");
    reduce(7, "cola", 1).await.is(422, "unavailable_item");
    for quantity in [0, -1, 21, i64::MAX] {
        reduce(8, "burger", quantity).await.is(400, "invalid");
    }
}

#[tokio::test]
async fn two_hundred_students_and_three_portions() {
    let mut cafeteria = cafeteria().await;
    let calls = (0..200).map(|n| {
        let body = json!({"orderKey": order(n), "itemId": "special", "quantity": 1});
        cafeteria.post(Kitchen, "/stock/reduce", body)
    });
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3);
    assert_eq!(answers.iter().filter(|answer| answer.body["code"] == "sold_out").count(), 197);
    assert_eq!(cafeteria.left("special").await, 0);
    let sold_out = |event: &Event| matches!(event, Event::Stock(level) if level.item_id.as_str() == "special" && level.quantity == 0);
    cafeteria.hears(sold_out).await;
    cafeteria.has_metric("stock_oversold 0").await;
}

#[tokio::test]
async fn a_hint_is_told_after_the_commit_and_again_so_that_it_is_believed_on() {
    let never = 3_600_000;
    let cafeteria = cafeteria_with(Config { hint_refresh_ms: never, ..Config::default() }).await;
    let body = json!({"orderKey": order(1), "itemId": "special", "quantity": 3});
    cafeteria.post(Kitchen, "/stock/reduce", body).await.is(200, "");
    let hint = cafeteria.is_hinted("special", |hint| hint.version == 2).await;
    assert_eq!((hint.quantity, hint.available), (0, true));
    cafeteria.patch(Some("1"), "/stock/cola", json!({"available": false})).await.is(200, "");
    cafeteria.is_hinted("cola", |hint| !hint.available).await;

    let often = cafeteria_with(Config { hint_refresh_ms: 10, ..Config::default() }).await;
    let first = often.is_hinted("burger", |_| true).await;
    let again = often.is_hinted("burger", |hint| hint.at > first.at).await;
    assert_eq!((again.quantity, again.version), (35, 1));
}

#[tokio::test]
async fn it_serves_until_it_is_asked_to_stop() {
    let cafeteria = cafeteria().await;
    let service =
        Service { tasks: Tasks::new(), metrics: Metrics::new(NAME.as_str()), ..cafeteria.service.clone() };
    let ports = Ports {
        store: Arc::new(cafeteria.store.clone()),
        hints: cafeteria.hints.clone(),
        fanout: Arc::new(BroadcastFanout::new(16)),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = serve(service.clone(), Config::default(), ports, listener);
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = "GET /stock/burger HTTP/1.1\r\nhost: cafeteria\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"quantity\":35"), "{answer}");
        assert!(service.tasks.stop(Duration::from_secs(10)).await, "every worker ended by itself");
    };
    tokio::join!(serving, client);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_so_and_a_drill_is_something_else() {
    let cafeteria = cafeteria().await;
    let reduce = || {
        cafeteria.post(
            Kitchen,
            "/stock/reduce",
            json!({"orders": [{"orderKey": order(1), "lines": [{"itemId": "cola"}]}]}),
        )
    };
    let drill = json!({"enable": true});
    cafeteria.post(Person(Role::Admin), "/chaos", drill).await.is(200, "");
    reduce().await.is(503, "chaos");
    cafeteria.get("/stock").await.is(503, "chaos");
    cafeteria.post(Person(Role::Admin), "/chaos", json!({"enable": false})).await.is(200, "");
    assert_eq!(cafeteria.get("/health").await.status, 200);
    cafeteria.store.close().await;
    reduce().await.is(503, "dependency_down");
    cafeteria.get("/stock").await.is(503, "dependency_down");
    cafeteria.get("/stock/cola").await.is(503, "dependency_down");
    cafeteria.patch(Some("1"), "/stock/cola", json!({"available": true})).await.is(503, "dependency_down");
    cafeteria.post(STAFF, "/seed", json!({"items": []})).await.is(503, "dependency_down");
    cafeteria.send(Person(Role::Admin), "GET /audit", None, None).await.is(503, "dependency_down");
    let health = cafeteria.get("/health").await;
    assert_eq!((health.status, &health.body["dependencies"]["database"]), (503, &json!("DOWN")));
    assert!(!cafeteria.store.is_up().await);
}
