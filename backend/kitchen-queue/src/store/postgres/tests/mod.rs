//! The store on a real server.

mod outages;
mod replicas;

use service_kit::{Tasks, metrics::Metrics};
use test_support::servers::Postgres;
use tokio::sync::OnceCell;
use wire::{UserId, message::Fingerprint, order::PricedLine};

use super::*;
use crate::store::conformance;

/// The server of all tests that do not harm it.
async fn server() -> &'static Postgres {
    static SERVER: OnceCell<Postgres> = OnceCell::const_new();
    SERVER.get_or_init(Postgres::start).await
}

/// A replica's store whose leases outlast the test.
async fn replica(url: &str) -> PgKitchen {
    open(url, Duration::from_secs(3600)).await
}

async fn open(url: &str, lease: Duration) -> PgKitchen {
    PgKitchen::open(url, 8, lease, &Tasks::new(), &Metrics::new("test")).await.unwrap()
}

/// Two replicas on one database, which start together.
async fn two() -> (PgKitchen, PgKitchen) {
    let url = server().await.database().await;
    tokio::join!(replica(&url), replica(&url))
}

/// Noon in Dhaka.
fn noon() -> Time {
    Time::from_millis(1_772_344_800_000)
}

fn message(name: &str) -> OrderMessage {
    OrderMessage {
        key: OrderKey { user_id: UserId(Uuid::from_u128(1)), order_id: name.parse().unwrap() },
        fingerprint: Fingerprint([1; 16]),
        accepted_at: noon(),
        lines: vec![PricedLine {
            item_id: "burger".parse().unwrap(),
            name: "Burger".into(),
            quantity: 2.try_into().unwrap(),
            price_poisha: 18_000,
        }],
        trace: None,
    }
}

fn messages(prefix: &str, count: usize) -> Vec<OrderMessage> {
    (0..count).map(|n| message(&format!("{prefix}{n}"))).collect()
}

fn ids(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::from_bytes(secret::random())).collect()
}

async fn receive(store: &PgKitchen, orders: &[OrderMessage]) -> Result<Vec<Arrival>, StoreError> {
    store.receive(orders, &ids(orders.len()), noon()).await
}

fn verified(order: &Unverified) -> Change {
    Change {
        pk: order.pk,
        seq: order.seq,
        from: OrderStatus::InKitchen,
        to: OrderStatus::StockVerified,
        by: "kitchen".into(),
        reason: None,
        left: vec![],
        due: Some(noon()),
    }
}

fn rejected(order: &Unverified) -> Change {
    Change { to: OrderStatus::Rejected, due: None, ..verified(order) }
}

#[tokio::test]
async fn it_conforms() {
    conformance::all(async || replica(&server().await.database().await).await).await;
}

#[tokio::test]
async fn old_deeds_are_forgotten() {
    let store = replica(&server().await.database().await).await;
    let trail = service_kit::audit::PgAudit(store.database().clone());
    service_kit::audit::conformance::old_deeds_are_forgotten(&trail).await;
}

#[tokio::test]
async fn what_is_left_of_old_orders_is_what_was_eaten() {
    let store = replica(&server().await.database().await).await;
    receive(&store, &messages("o", 3)).await.unwrap();
    let claimed = store.claim_unverified(noon(), 3).await.unwrap();
    let changes = [verified(&claimed[0]), verified(&claimed[1]), rejected(&claimed[2])];
    store.settle(&changes, &[], noon()).await.unwrap();
    store.released(&[claimed[2].pk]).await.unwrap();
    let rules = TimerRules { collected_after: Some(Duration::ZERO) };
    while store.run_timers(noon(), 1, rules).await.unwrap().changed > 0 {}
    let actors: Vec<(String,)> = sqlx::query_as(
        "SELECT string_agg(actor, ',' ORDER BY seq) FROM order_events GROUP BY order_pk ORDER BY order_pk",
    )
    .fetch_all(store.db.pool())
    .await
    .unwrap();
    let eaten = "kitchen,kitchen,timer,timer";
    assert_eq!(
        actors.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        [eaten, eaten, "kitchen,kitchen"]
    );

    let news = store.news(100).await.unwrap();
    store.relayed(&news.iter().map(|(place, _)| *place).collect::<Vec<_>>()).await;
    let later = noon().plus(Duration::from_secs(1));
    while store.reduce_to_totals(later, 1).await.unwrap() > 0 {}
    let events: i64 =
        sqlx::query_scalar("SELECT count(*) FROM order_events").fetch_one(store.db.pool()).await.unwrap();
    assert_eq!(events, 0);
    let totals: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT day::text, item_id, portions FROM daily_totals")
            .fetch_all(store.db.pool())
            .await
            .unwrap();
    assert_eq!(totals, [("2026-03-01".to_owned(), "burger".to_owned(), 4)]);
}
