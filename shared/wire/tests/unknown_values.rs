//! Values that a later version has added: clients read everything else, servers refuse them in requests.

#![expect(clippy::unwrap_used, reason = "an object that cannot be read has failed the test")]

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wire::{
    ErrorCode, OrderStatus, Problem, Role,
    event::{Notification, NotificationType},
    identity::{ChangeUser, Claims, CreateUser, ImportJob, ImportState, Session, User},
    kitchen::{SetStatus, Ticket},
    named::Known,
    ops::{ChaosMode, ChaosState, HealthReport, Heartbeat, ServiceInfo, SetChaos, Up},
    order::OrderView,
    status::Reason,
    stock::{Category, ItemChange, Seed, StockItem, StockResults},
};

const ID: &str = "00000000-0000-0000-0000-000000000001";
const NOON: &str = "2026-03-01T06:00:00.000Z";

fn read<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_str(&body.to_string()).unwrap()
}

fn order(status: &str, history: &[&str]) -> OrderView {
    let history: Vec<_> =
        (0..).zip(history).map(|(seq, status)| json!({ "status": status, "seq": seq, "at": NOON })).collect();
    read(&json!({
        "orderId": "a", "status": status, "reason": "kitchen_on_fire", "items": [{ "itemId": "burger", "left": 1 }],
        "ticket": 7, "lines": [], "totalPoisha": 18_000, "placedAt": NOON, "seq": 3, "history": history,
    }))
}

#[test]
fn an_order_with_an_unknown_status_and_reason_is_read() {
    let seen = order("cooking", &["pending", "in_kitchen", "stock_verified", "cooking"]);
    assert_eq!((seen.status, seen.reason), (OrderStatus::Unknown, Some(Reason::Unknown)));
    assert_eq!(
        (seen.ticket, seen.total_poisha, seen.items.len(), seen.history.len()),
        (Some(7), 18_000, 1, 4)
    );
}

#[test]
fn an_unknown_status_is_shown_as_the_one_before_it() {
    let shown = |status, history: &[&str]| order(status, history).shown_status();
    assert_eq!(
        shown("cooking", &["pending", "in_kitchen", "stock_verified", "cooking"]),
        OrderStatus::StockVerified
    );
    assert_eq!(shown("not_collected", &["pending", "ready", "on_shelf"]), OrderStatus::Ready);
    assert_eq!(shown("ready", &["pending", "cooking", "ready"]), OrderStatus::Ready);
    assert_eq!(shown("scheduled", &[]), OrderStatus::Pending);
}

#[test]
fn a_notification_of_unknown_values_is_read() {
    let seen: Notification = read(&json!({
        "orderId": "a", "type": "ORDER_DELAYED", "status": "cooking", "message": "Somebody is cooking it.",
        "reason": "oven_is_cold", "ticket": 7, "seq": 3, "timestamp": NOON,
    }));
    assert_eq!((seen.kind, seen.status), (NotificationType::Unknown, OrderStatus::Unknown));
    assert_eq!((seen.reason, seen.seq), (Some(Reason::Unknown), 3));
    assert_eq!(seen.message, "Somebody is cooking it.");
}

#[test]
fn a_ticket_with_an_unknown_status_is_read() {
    let seen: Ticket = read(&json!({
        "id": ID, "ticket": 7, "status": "cooking", "seq": 3, "lines": [], "placedAt": NOON, "since": NOON, "note": null,
    }));
    assert_eq!((seen.status, seen.ticket, seen.seq), (OrderStatus::Unknown, 7, 3));
}

#[test]
fn a_problem_with_an_unknown_code_keeps_its_own_status_and_words() {
    let seen: Problem = read(&json!({
        "type": "urn:cafeteria:problem:price_changed", "title": "The price has changed", "status": 409,
        "detail": "The burger costs ৳190 now.", "code": "price_changed", "requestId": "r1",
        "error": "The price has changed",
    }));
    assert_eq!((seen.code, seen.status), (ErrorCode::Unknown, 409));
    assert_eq!(seen.title, "The price has changed");
    assert_eq!(seen.detail.as_deref(), Some("The burger costs ৳190 now."));
    assert_eq!(seen.request_id.as_deref(), Some("r1"));
}

#[test]
fn users_with_an_unknown_role_are_read() {
    let user: User = read(&json!({
        "userId": ID, "username": "chef", "name": "Chef", "role": "chef", "disabled": false, "createdAt": NOON,
    }));
    assert_eq!((user.role, user.name.as_str()), (Role::Unknown, "Chef"));
    let session: Session = read(&json!({
        "token": "t", "expiresAt": NOON, "refreshToken": "r",
        "user": { "userId": ID, "username": "chef", "name": "Chef", "role": "chef" },
    }));
    assert_eq!((session.user.role, session.user.name.as_str()), (Role::Unknown, "Chef"));
}

#[test]
fn an_import_in_an_unknown_state_is_read() {
    let seen: ImportJob = read(&json!({
        "jobId": ID, "state": "paused", "total": 9, "done": 4, "created": 3, "failed": 1, "report": [],
    }));
    assert_eq!((seen.state, seen.done), (ImportState::Unknown, 4));
}

#[test]
fn a_menu_with_an_unknown_category_is_read() {
    let seen: Vec<StockItem> = read(&json!([{
        "id": "soup", "name": "Soup", "category": "soups", "pricePoisha": 5000, "picture": "soup", "available": true,
        "quantity": 3, "version": 2, "revision": 1,
    }]));
    assert_eq!((seen[0].category, seen[0].name.as_str()), (Category::Unknown, "Soup"));
}

#[test]
fn stock_results_with_an_unknown_code_are_read() {
    let seen: StockResults = read(&json!({ "results": [
        { "orderKey": format!("{ID}/a"), "status": 422, "code": "frozen" },
        { "orderKey": format!("{ID}/b"), "status": 422, "code": "sold_out" },
    ] }));
    let codes: Vec<_> = seen.results.iter().map(|result| result.code).collect();
    assert_eq!(codes, [Some(ErrorCode::Unknown), Some(ErrorCode::SoldOut)]);
}

#[test]
fn the_statistics_of_an_unknown_service_are_read() {
    let health = json!({
        "status": "STARTING", "service": "payment", "dependencies": { "database": "UP", "bank": "SLOW" },
        "degraded": ["bank"],
    });
    let chaos = json!({ "service": "payment", "chaosMode": true, "mode": "frozen", "until": NOON });
    let seen: Heartbeat = read(&json!({
        "service": "payment", "instance": "payment-1", "at": NOON, "health": health, "chaos": chaos,
        "counters": { "payments_total": 3.0 },
    }));
    assert_eq!((seen.service, seen.instance.as_str()), (None, "payment-1"));
    let HealthReport { status, service, dependencies, degraded } = seen.health;
    assert_eq!((status, service, degraded.len()), (Up::Unknown, None, 1));
    assert_eq!((dependencies["database"], dependencies["bank"]), (Up::Up, Up::Unknown));
    let ChaosState { service, chaos_mode, mode, until, .. } = seen.chaos;
    assert_eq!((service, chaos_mode, mode), (None, true, Some(ChaosMode::Unknown)));
    assert!(until.is_some());
}

#[test]
fn a_service_of_any_version_says_which_api_it_has() {
    let mut info = json!({
        "name": "payment", "version": "9.0.0", "apiVersion": 3, "status": "UP", "endpoints": ["GET /"], "more": true,
    });
    let seen: ServiceInfo = read(&info);
    assert_eq!((seen.name, seen.api_version, seen.status), (None, 3, Up::Up));
    info.as_object_mut().unwrap().remove("apiVersion");
    assert_eq!(read::<ServiceInfo>(&info).api_version, 1, "a service of the first release does not say");
}

#[test]
fn an_unknown_value_that_is_passed_on_stays_unknown() {
    let text = serde_json::to_string(&OrderStatus::Unknown).unwrap();
    assert_eq!(serde_json::from_str::<OrderStatus>(&text).unwrap(), OrderStatus::Unknown);
}

/// Asserts that a request passes with one value and is refused with another, as serde refuses a variant.
#[track_caller]
fn is_strict<T: DeserializeOwned>(request: impl Fn(&str) -> Value, good: &str, bad: &str) {
    serde_json::from_str::<T>(&request(good).to_string()).map(drop).unwrap();
    for bad in [bad, "unknown"] {
        let error = serde_json::from_str::<T>(&request(bad).to_string()).map(drop).unwrap_err().to_string();
        assert!(error.starts_with(&format!("unknown variant `{bad}`, expected one of `")), "{error}");
    }
    assert!(
        serde_json::from_str::<T>(&request(good).to_string().replace(&format!("\"{good}\""), "7")).is_err()
    );
}

#[test]
fn requests_with_unknown_values_are_refused() {
    is_strict::<SetStatus>(|status| json!({ "status": status, "expectedSeq": 1 }), "ready", "cooking");
    let user =
        |role: &str| json!({ "username": "a", "name": "A", "role": role, "password": "secret-password" });
    is_strict::<CreateUser>(user, "staff", "chef");
    is_strict::<ChangeUser>(|role| json!({ "role": role }), "staff", "chef");
    is_strict::<ItemChange>(|category| json!({ "category": category }), "mains", "soups");
    let dish = |category: &str| json!({ "id": "a", "name": "A", "quantity": 1, "category": category });
    is_strict::<Seed>(|category| json!({ "items": [dish(category)] }), "mains", "soups");
    is_strict::<SetChaos>(|mode| json!({ "enable": true, "mode": mode }), "latency", "frozen");
    is_strict::<Known<OrderStatus>>(|status| json!(status), "ready", "cooking");
}

#[test]
fn a_token_of_an_unknown_role_is_refused() {
    let claims = |role: &str| json!({ "sub": ID, "role": role, "iss": "a", "aud": "a", "iat": 0, "exp": 1 });
    is_strict::<Claims>(claims, "staff", "chef");
}

#[test]
fn the_words_of_a_refusal_are_those_of_serde() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Category {
        Mains,
        Sides,
        Drinks,
        Desserts,
    }
    let all = [Category::Mains, Category::Sides, Category::Drinks, Category::Desserts];
    assert_eq!(all.len(), wire::stock::Category::ALL.len());
    for text in ["\"soups\"", "7", "null", "[]", "{\"mains\":null}", "{\"soups\":1}"] {
        let wanted = serde_json::from_str::<Category>(text).map(drop).map_err(|error| error.to_string());
        let got = serde_json::from_str::<Known<wire::stock::Category>>(text);
        assert_eq!(got.map(drop).map_err(|error| error.to_string()), wanted, "{text}");
    }
}

#[test]
fn storage_and_forms_do_not_know_the_unknown() {
    assert_eq!(OrderStatus::parse("unknown"), None);
    assert_eq!(Role::parse("unknown"), None);
    assert!(!OrderStatus::ALL.contains(&OrderStatus::Unknown));
}
