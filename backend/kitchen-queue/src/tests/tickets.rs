//! `GET /tickets`, `POST /tickets/{id}/status`.

use serde_json::{Value, json};
use test_support::wait::until;
use wire::{OrderStatus, Role, event::Event};

use super::kitchen::{Kitchen, Says, kitchen};
use crate::{Config, Cooking};

/// A kitchen where people cook, with one verified order; and its ticket.
async fn staffed() -> (Kitchen, Value) {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.is_sent(&["a"]).await;
    kitchen.opens();
    kitchen.has("a", OrderStatus::StockVerified).await;
    let page = kitchen.call(Role::Staff, "GET /tickets?status=stock_verified", None).await;
    let ticket = page.body["tickets"][0].clone();
    (kitchen, ticket)
}

fn id(ticket: &Value) -> &str {
    ticket["id"].as_str().unwrap()
}

#[tokio::test]
async fn staff_lead_a_ticket_to_its_end_and_back() {
    let (mut kitchen, ticket) = staffed().await;
    assert_eq!((&ticket["seq"], &ticket["ticket"]), (&json!(2), &json!(1)));
    let id = id(&ticket);
    for (seq, status) in [(2, "ready"), (3, "collected"), (4, "ready"), (5, "stock_verified"), (6, "ready")] {
        let answer = kitchen.sets(id, status, seq).await;
        answer.is(200, "");
        assert_eq!((&answer.body["status"], &answer.body["seq"]), (&json!(status), &json!(seq + 1)));
        kitchen
            .hears(|event| matches!(event, Event::Order { notification, .. } if notification.seq == seq + 1))
            .await;
    }
    assert_eq!(
        kitchen.metric("orders_ready_total"),
        1.0,
        "the order became ready once, however often it was set"
    );
    let trail = kitchen.call(Role::Admin, "GET /audit", None).await;
    let entries = trail.body["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 5);
    assert_eq!(entries[4]["detail"], "stock_verified -> ready");
    assert_eq!(entries[4]["actor"], "00000000-0000-7000-8000-00000000000a");
}

#[tokio::test]
async fn what_is_stale_impossible_or_unknown_changes_nothing() {
    let (kitchen, ticket) = staffed().await;
    let id = id(&ticket);
    kitchen.sets(id, "ready", 1).await.is(409, "stale");
    kitchen.sets(id, "collected", 2).await.is(409, "conflict");
    for status in ["rejected", "in_kitchen", "pending", "eaten"] {
        kitchen.sets(id, status, 2).await.is(400, "invalid");
    }
    let refused = kitchen.sets(id, "eaten", 2).await;
    let names = OrderStatus::ALL.map(|status| format!("`{}`", status.as_str())).join(", ");
    assert_eq!(
        refused.body["detail"],
        format!("status: unknown variant `eaten`, expected one of {names}"),
        "a status that clients read leniently is refused in a request, in the words of before"
    );
    kitchen.sets("00000000-0000-7000-8000-0000000000ff", "ready", 2).await.is(404, "not_found");
    kitchen.sets("burger", "ready", 2).await.is(404, "not_found");
    // Set, never toggled: what is so already stays so, and is no change.
    let same = kitchen.sets(id, "stock_verified", 2).await;
    assert_eq!((same.status, &same.body["seq"]), (200, &json!(2)));
    assert_eq!(kitchen.call(Role::Admin, "GET /audit", None).await.body["entries"], json!([]));
    let body = json!({ "status": "ready", "expectedSeq": 2 });
    kitchen.call(Role::Student, &format!("POST /tickets/{id}/status"), Some(body)).await.is(403, "forbidden");
}

#[tokio::test]
async fn of_two_who_set_at_once_one_is_told_that_it_is_stale() {
    let (kitchen, ticket) = staffed().await;
    let id = id(&ticket);
    let (one, two) = tokio::join!(kitchen.sets(id, "ready", 2), kitchen.sets(id, "cancelled", 2));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn a_cancelled_order_gives_its_portions_back_until_it_is_done() {
    let (kitchen, ticket) = staffed().await;
    kitchen.stock.says(Says::Chaos);
    let answer = kitchen.sets(id(&ticket), "cancelled", 2).await;
    assert_eq!((answer.status, &answer.body["note"]), (200, &json!("cancelled_by_staff")));
    until("a release that fails", async || {
        let released = kitchen.stock.released();
        if released.is_empty() { Err(released) } else { Ok(()) }
    })
    .await;
    assert_eq!(crate::store::KitchenStore::stats(&*kitchen.store).await.unwrap().to_release, 1);
    kitchen.stock.says(Says::Yes);
    until("the release to be done", async || {
        match crate::store::KitchenStore::stats(&*kitchen.store).await.unwrap().to_release {
            0 => Ok(()),
            left => Err(left),
        }
    })
    .await;
}

#[tokio::test]
async fn tickets_are_read_page_by_page_and_by_status() {
    let kitchen = kitchen(Config { cooking: Cooking::Staff, ..Config::default() }).await;
    kitchen.is_sent(&["a", "b", "c"]).await;
    kitchen.opens();
    for name in ["a", "b", "c"] {
        kitchen.has(name, OrderStatus::StockVerified).await;
    }
    let numbers = |page: &Value| -> Vec<u64> {
        page["tickets"].as_array().unwrap().iter().map(|ticket| ticket["ticket"].as_u64().unwrap()).collect()
    };
    for filter in ["", "status=stock_verified&"] {
        let first = kitchen.call(Role::Staff, &format!("GET /tickets?{filter}limit=2"), None).await.body;
        let next = first["next"].as_str().unwrap();
        let call = format!("GET /tickets?{filter}limit=2&before={next}");
        let second = kitchen.call(Role::Staff, &call, None).await.body;
        assert_eq!((numbers(&first), numbers(&second)), (vec![3, 2], vec![1]));
        assert_eq!(second["next"], Value::Null);
        // After a ticket that was reduced to totals there is nothing more, and not everything once again.
        let gone = format!("GET /tickets?{filter}before=00000000-0000-7000-8000-0000000000ff");
        assert_eq!(kitchen.call(Role::Staff, &gone, None).await.body["tickets"], json!([]));
    }
    let ready = kitchen.call(Role::Staff, "GET /tickets?status=ready", None).await.body;
    assert_eq!(ready["tickets"], json!([]));
    kitchen.call(Role::Staff, "GET /tickets?limit=0", None).await.is(400, "invalid");
    for status in ["eaten", "unknown"] {
        kitchen.call(Role::Staff, &format!("GET /tickets?status={status}"), None).await.is(400, "invalid");
    }
    kitchen.call(Role::Student, "GET /tickets", None).await.is(403, "forbidden");
}

#[tokio::test]
async fn the_root_names_the_version_of_the_api_and_the_openapi_page_describes_it() {
    let kitchen = kitchen(Config::default()).await;
    let root = kitchen.call(Role::Student, "GET /", None).await;
    assert_eq!(root.status, 200);
    assert_eq!(root.body["name"], "kitchen-queue");
    assert_eq!(root.body["apiVersion"], wire::ops::API_VERSION);
    assert_eq!(root.body["status"], "UP");
    let endpoints = root.body["endpoints"].as_array().unwrap();
    assert!(
        endpoints.contains(&json!("GET /tickets")) && endpoints.contains(&json!("GET /")),
        "{endpoints:?}"
    );
    let page = kitchen.call(Role::Student, "GET /openapi.json", None).await.body;
    let schema = &page["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/ServiceInfo");
    let fields = &page["components"]["schemas"]["ServiceInfo"]["properties"];
    assert_eq!(fields["apiVersion"]["type"], "integer");
    assert_eq!(fields["name"]["$ref"], "#/components/schemas/ServiceName", "never null");
    let statuses = page["components"]["schemas"]["OrderStatus"].to_string();
    assert!(statuses.contains("stock_verified") && !statuses.contains("nknown"), "{statuses}");
}
