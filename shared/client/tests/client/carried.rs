//! The carried transport: the page's client knows who is signed in, and the host holds the tokens.

use std::sync::{Arc, Mutex};

use client::{Failure, SignedIn};
use wire::{ErrorCode, order::PlaceOrder};

use crate::platform::Platform;

fn burger() -> PlaceOrder {
    PlaceOrder { item_id: Some("burger".parse().unwrap()), ..PlaceOrder::default() }
}

#[tokio::test]
async fn calls_and_failures_cross_the_carrier() {
    let platform = Platform::start(900).await;
    let (page, host) = platform.carried(|_| true);
    assert_eq!(page.resume().await, Ok(None));
    let signed_in = page.sign_in("student1", "password123").await.unwrap();
    assert_eq!((page.signed_in(), host.signed_in()), (Some(signed_in.clone()), Some(signed_in)));
    assert!(page.orders(20, None).await.unwrap().orders.is_empty());
    assert!(page.place_until_known(&burger(), |_, _| {}).await.unwrap().replayed);
    platform.rules(|rules| rules.orders = [ErrorCode::SoldOut].into());
    let failure = page.place_until_known(&burger(), |_, _| {}).await.unwrap_err();
    assert_eq!(failure.code(), Some(ErrorCode::SoldOut));
    page.sign_out().await.unwrap();
    assert_eq!((page.signed_in(), host.signed_in()), (None, None));
}

#[tokio::test]
async fn the_host_replaces_a_refused_token() {
    let platform = Platform::start(900).await;
    let (page, _host) = platform.carried(|_| true);
    page.sign_in("student1", "password123").await.unwrap();
    platform.rules(|rules| rules.revoked = 1);
    page.orders(20, None).await.unwrap();
    assert_eq!(platform.refreshes(), 1);
}

#[tokio::test]
async fn the_end_of_the_session_reaches_the_page() {
    let platform = Platform::start(900).await;
    let (page, _host) = platform.carried(|_| true);
    page.sign_in("student1", "password123").await.unwrap();
    let changes: Arc<Mutex<Vec<Option<SignedIn>>>> = Arc::default();
    let memory = Arc::clone(&changes);
    let _listener = page.on_session(move |signed_in| memory.lock().unwrap().push(signed_in));
    platform.rules(|rules| {
        rules.revoked = 1_000;
        rules.refresh = Some(ErrorCode::Unauthenticated);
    });
    assert_eq!(page.orders(20, None).await.unwrap_err(), Failure::SignedOut);
    assert_eq!(page.signed_in(), None);
    assert_eq!(*changes.lock().unwrap(), [None]);
}

#[tokio::test]
async fn a_request_that_the_host_does_not_allow_is_refused_there() {
    let platform = Platform::start(900).await;
    let (page, _host) = platform.carried(|request| !request.path.starts_with("/order"));
    page.sign_in("student1", "password123").await.unwrap();
    let failure = page.orders(20, None).await.unwrap_err();
    assert!(matches!(&failure, Failure::Unreadable(text) if text.contains("not allowed")), "{failure}");
    assert!(matches!(page.place(&burger()).await.unwrap_err(), Failure::Unreadable(_)));
    assert!(platform.orders().is_empty());
}
