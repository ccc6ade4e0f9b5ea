//! The store on a real server.

mod outages;
mod replicas;

use service_kit::{Tasks, metrics::Metrics};
use test_servers::Postgres;
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
