//! Placing an order until its outcome is known.

use std::sync::Mutex;

use crate::platform::Platform;
use client::{Client, Endpoints, Failure, TokenStorage, transport::Transport};
use wire::{ErrorCode, order::PlaceOrder};

fn burger() -> PlaceOrder {
    PlaceOrder { item_id: Some("burger".parse().unwrap()), ..PlaceOrder::default() }
}

#[tokio::test]
async fn an_order_is_sent_again_until_its_outcome_is_known() {
    let platform = Platform::start(900).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| rules.orders = [ErrorCode::OutcomeUnknown, ErrorCode::QueueUnavailable].into());
    let waits = Mutex::new(Vec::new());
    let began = client::now();
    let placed = client
        .place_until_known(&burger(), |failure, tries| waits.lock().unwrap().push((failure.code(), tries)))
        .await
        .unwrap();
    assert!(placed.replayed);
    let [first, second, third] = platform.orders().try_into().unwrap();
    assert!(first == second && second == third && third == placed.accepted.order_id.as_str());
    let waited = [(Some(ErrorCode::OutcomeUnknown), 1), (Some(ErrorCode::QueueUnavailable), 2)];
    assert_eq!(*waits.lock().unwrap(), waited);
    let took = client::now().since(began).as_millis();
    assert!(took >= 1_200, "0.5 s and 1 s, each 20 % more or less, not {took} ms in all");
}

#[tokio::test]
async fn a_refused_order_is_not_sent_again() {
    let platform = Platform::start(900).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| rules.orders = [ErrorCode::SoldOut].into());
    let never = |_: &Failure, _| unreachable!("a refusal is final");
    let failure = client.place_until_known(&burger(), never).await.unwrap_err();
    assert_eq!(failure.code(), Some(ErrorCode::SoldOut));
    assert_eq!(platform.orders().len(), 1);
}

#[tokio::test]
async fn a_missing_service_is_unreachable() {
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let client = Client::new(
        Transport::http(Endpoints::of_origin(&format!("http://{address}"))),
        TokenStorage::Memory,
    );
    assert_eq!(client.menu().await.unwrap_err(), Failure::Unreachable);
    assert_eq!(client.sign_in("student1", "password123").await.unwrap_err(), Failure::Unreachable);
    assert_eq!(client.place(&burger()).await.unwrap_err(), Failure::Unreachable);
}
