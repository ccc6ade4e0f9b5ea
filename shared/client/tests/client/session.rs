//! Session: refreshed in time, once for all who wait, and over when the platform says so.

use std::sync::{Arc, Mutex};

use crate::platform::Platform;
use client::{Failure, SignedIn, TokenStorage};
use futures_util::future::{self, FutureExt as _};
use serde_json::json;
use wire::{ErrorCode, Role};

/// A token that lives for 20 s is too short to begin with.
const SHORT: i64 = 20;
const LONG: i64 = 900;

#[tokio::test]
async fn a_token_that_expires_soon_is_replaced_first_and_once_for_all() {
    let platform = Platform::start(SHORT).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| {
        rules.life = LONG;
        // The token of the login would not be taken any more.
        rules.revoked = 1;
    });
    let answers = future::join_all((0..50).map(|_| client.orders(20, None))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(platform.refreshes(), 1);
    assert_eq!(platform.presented(), [json!({ "refreshToken": "refresh-0" })]);
    client.orders(20, None).await.unwrap();
    assert_eq!(platform.refreshes(), 1, "how long it lives counts, not what its clock says");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let platform = Platform::start(LONG).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| rules.revoked = 1);
    let answers = future::join_all((0..50).map(|_| client.orders(20, None))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(platform.refreshes(), 1);
    // One that is never taken is not asked for again and again.
    platform.rules(|rules| rules.revoked = 1_000);
    let failure = client.orders(20, None).await.unwrap_err();
    assert_eq!(failure.code(), Some(ErrorCode::Unauthenticated));
    assert_eq!(platform.refreshes(), 2);
}

#[tokio::test]
async fn listeners_hear_the_end_of_a_session() {
    let platform = Platform::start(LONG).await;
    let client = platform.signed_in().await;
    let changes: Arc<Mutex<Vec<Option<SignedIn>>>> = Arc::default();
    let memory = Arc::clone(&changes);
    let _listener = client.on_session(move |session| memory.lock().unwrap().push(session));
    platform.rules(|rules| {
        rules.revoked = 1_000;
        rules.refresh = Some(ErrorCode::Unauthenticated);
    });
    assert_eq!(client.orders(20, None).await.unwrap_err(), Failure::SignedOut);
    assert_eq!(client.signed_in(), None);
    assert_eq!(*changes.lock().unwrap(), [None]);
    assert_eq!(client.orders(20, None).await.unwrap_err(), Failure::SignedOut);
    assert_eq!(client.resume().await, Ok(None));
    assert_eq!(changes.lock().unwrap().len(), 1, "once");
    assert_eq!(platform.refreshes(), 1);
}

#[tokio::test]
async fn a_token_is_used_to_its_end_while_the_refresh_fails() {
    let platform = Platform::start(SHORT).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| rules.refresh = Some(ErrorCode::DependencyDown));
    client.orders(20, None).await.unwrap();
    assert_eq!(platform.refreshes(), 1);
    assert!(client.signed_in().is_some());
    // One that has ended is worth nothing, but the session is not over.
    platform.rules(|rules| {
        (rules.refresh, rules.life) = (None, 0);
    });
    client.resume().await.unwrap();
    platform.rules(|rules| rules.refresh = Some(ErrorCode::DependencyDown));
    let failure = client.orders(20, None).await.unwrap_err();
    assert_eq!(failure.code(), Some(ErrorCode::DependencyDown));
    assert!(failure.is_retryable());
    assert!(client.signed_in().is_some());
}

#[tokio::test]
async fn a_refresh_completes_when_its_callers_are_gone() {
    let platform = Platform::start(SHORT).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| {
        rules.life = LONG;
        rules.revoked = 1;
    });
    let (sender, mut refreshed) = tokio::sync::watch::channel(false);
    let _listener = client.on_session(move |session| {
        sender.send_replace(session.is_some());
    });
    platform.hold_refreshes().await;
    {
        let mut call = Box::pin(client.orders(20, None));
        assert!((&mut call).now_or_never().is_none());
        platform.wait_for_refreshes(1).await;
    }
    platform.release_refreshes();
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, refreshed.wait_for(|is_refreshed| *is_refreshed)).await.unwrap().unwrap();
    client.orders(20, None).await.unwrap();
    assert_eq!(platform.refreshes(), 1);
}

#[tokio::test]
async fn a_session_is_kept_fresh_before_its_end() {
    let platform = Platform::start(2).await;
    let client = platform.signed_in().await;
    let began = client::now();
    let fresh = client.keep_fresh();
    tokio::select! {
        () = fresh => unreachable!("it never ends"),
        () = platform.wait_for_refreshes(2) => {}
    }
    let took = client::now().since(began).as_millis();
    assert!(took >= 2 * 1_200, "due after 1.2 to 1.5 s each, not {took} ms for two");
    assert!(client.signed_in().is_some());
}

#[tokio::test]
async fn the_refresh_token_of_a_browser_stays_in_its_cookie() {
    let platform = Platform::start(SHORT).await;
    let client = platform.client(TokenStorage::Cookie);
    client.sign_in("student1", "password123").await.unwrap();
    client.orders(20, None).await.unwrap();
    // It goes on when the page is loaded anew.
    let again = platform.client(TokenStorage::Cookie);
    assert!(again.resume().await.unwrap().is_some());
    assert_eq!(platform.presented(), [json!({}), json!({})]);
    // What cannot be ended is not over: it would be there again tomorrow.
    platform.rules(|rules| rules.logout = Some(ErrorCode::DependencyDown));
    again.sign_out().await.unwrap_err();
    assert!(again.signed_in().is_some());
    platform.rules(|rules| rules.logout = None);
    again.sign_out().await.unwrap();
    assert_eq!(again.signed_in(), None);
}

#[tokio::test]
async fn a_session_in_memory_ends_in_any_case() {
    let platform = Platform::start(LONG).await;
    let client = platform.signed_in().await;
    platform.rules(|rules| rules.logout = Some(ErrorCode::DependencyDown));
    client.sign_out().await.unwrap_err();
    assert_eq!(client.signed_in(), None);
    assert_eq!(client.resume().await, Ok(None));
    assert_eq!(platform.presented(), [json!({ "refreshToken": "refresh-0" })]);
}

#[tokio::test]
async fn a_refresh_of_an_earlier_session_changes_nothing() {
    let platform = Platform::start(SHORT).await;
    let client = platform.signed_in().await;
    platform.hold_refreshes().await;
    let refresh = client.resume();
    let after = async {
        platform.wait_for_refreshes(1).await;
        platform.rules(|rules| rules.role = "admin");
        let sign_in = client.sign_in("admin", "adminpassword");
        platform.release_refreshes();
        sign_in.await.unwrap()
    };
    let (_, signed_in) = future::join(refresh, after).await;
    assert_eq!(signed_in.user.role, Role::Admin);
    assert_eq!(client.signed_in(), Some(signed_in));
}
