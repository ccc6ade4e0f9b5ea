//! What every adapter of the idempotency keys must show. An adapter's test calls [`all`].

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use wire::{OrderKey, Time, UserId, message::Fingerprint};

use super::{Attempt, Begun, IdempotencyKeys};

/// Shows all of it on fresh keys, made by `open` from how long they are remembered and how many there may be. `pass`
/// lets that much time pass for them.
pub(super) async fn all<K: IdempotencyKeys>(
    open: impl Fn(Duration, usize) -> Arc<K>,
    pass: impl Fn(&K, Duration),
) {
    let open = || open(Duration::from_secs(3600), 10_000);
    one_of_many_is_new(open()).await;
    a_repeat_is_known_for_what_it_was(&*open()).await;
    a_refusal_leaves_nothing(&*open()).await;
    a_student_sees_only_their_own(&*open()).await;
    a_key_that_no_attempt_holds_is_free(&*open()).await;
    a_key_that_may_be_published_is_not_released(&*open()).await;
    one_of_many_releases_frees_the_key(open()).await;
    what_is_over_is_forgotten(&*open(), pass).await;
}

const START: i64 = 1_700_000_000_000;

fn key(user: u128, order: &str) -> OrderKey {
    let order_id = order.parse().unwrap();
    OrderKey { user_id: UserId(Uuid::from_u128(user)), order_id }
}

async fn begin<K: IdempotencyKeys + ?Sized>(keys: &K, key: &OrderKey, print: u8, at: i64) -> Begun {
    begin_as(keys, key, service_kit::Clock::system().uuid(), print, at).await
}

async fn begin_as<K: IdempotencyKeys + ?Sized>(
    keys: &K,
    key: &OrderKey,
    id: Uuid,
    print: u8,
    at: i64,
) -> Begun {
    let attempt = Attempt {
        key,
        id,
        fingerprint: Fingerprint([print; 16]),
        accepted_at: Time::from_millis(START + at),
        message: Some(key.order_id.as_str().as_bytes()),
    };
    keys.begin(attempt).await.unwrap()
}

async fn one_of_many_is_new<K: IdempotencyKeys>(keys: Arc<K>) {
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let keys = Arc::clone(&keys);
        all.spawn(async move { begin(&*keys, &key(1, "same"), 1, 0).await });
    }
    let begun = all.join_all().await;
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::New).count(), 1);
    let again = Begun::Again { accepted_at: Time::from_millis(START), message: b"same".to_vec() };
    assert_eq!(begun.iter().filter(|begun| **begun == again).count(), 49);
    assert!(keys.confirm(&key(1, "same")).await.unwrap());
    assert!(!keys.confirm(&key(1, "same")).await.unwrap(), "only the first confirm is the first");
}

async fn a_repeat_is_known_for_what_it_was(keys: &dyn IdempotencyKeys) {
    let order = key(1, "a");
    assert_eq!(begin(keys, &order, 1, 0).await, Begun::New);
    assert_eq!(begin(keys, &order, 2, 5).await, Begun::Contradiction);
    let later = Attempt {
        key: &order,
        id: service_kit::Clock::system().uuid(),
        fingerprint: Fingerprint([1; 16]),
        accepted_at: Time::from_millis(START + 7),
        message: Some(b"at another price"),
    };
    let first = Begun::Again { accepted_at: Time::from_millis(START), message: b"a".to_vec() };
    assert_eq!(keys.begin(later).await.unwrap(), first, "what was sent first is sent again");
    assert_eq!(keys.confirmed(&order).await.unwrap(), None, "what is not confirmed is not shown");
    keys.confirm(&order).await.unwrap();
    assert_eq!(begin(keys, &order, 1, 9).await, Begun::Replay { accepted_at: Time::from_millis(START) });
    assert_eq!(begin(keys, &order, 2, 9).await, Begun::Contradiction);
    assert_eq!(keys.confirmed(&order).await.unwrap(), Some(b"a".to_vec()));
    assert_eq!(begin(keys, &key(2, "a"), 2, 9).await, Begun::New, "another student's key is another key");
    assert!(!keys.confirm(&key(1, "forgotten")).await.unwrap(), "what is not known has no first confirm");
    assert_eq!(keys.confirmed(&key(1, "forgotten")).await.unwrap(), None);
}

async fn a_refusal_leaves_nothing(keys: &dyn IdempotencyKeys) {
    let order = key(1, "a");
    let refused = Attempt {
        key: &order,
        id: service_kit::Clock::system().uuid(),
        fingerprint: Fingerprint([1; 16]),
        accepted_at: Time::from_millis(START),
        message: None,
    };
    assert_eq!(keys.begin(refused.clone()).await.unwrap(), Begun::Refused);
    assert_eq!(begin(keys, &order, 2, 0).await, Begun::New, "another order may have that key now");
    keys.confirm(&order).await.unwrap();
    let replay = Attempt { fingerprint: Fingerprint([2; 16]), ..refused };
    assert!(matches!(keys.begin(replay).await.unwrap(), Begun::Replay { .. }), "a 202 outlives the sell-out");
}

/// Identifiers of attempts.
const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);

async fn a_key_that_no_attempt_holds_is_free(keys: &dyn IdempotencyKeys) {
    let order = key(1, "a");
    assert!(!keys.release(&order, FIRST).await.unwrap(), "it is not known");
    assert_eq!(begin_as(keys, &order, FIRST, 1, 0).await, Begun::New);
    assert!(keys.release(&order, FIRST).await.unwrap());
    assert_eq!(begin_as(keys, &order, SECOND, 2, 5).await, Begun::New, "a changed basket may have the key");
    assert!(!keys.release(&order, FIRST).await.unwrap(), "the first attempt holds nothing any more");
    assert_eq!(begin(keys, &order, 3, 5).await, Begun::Contradiction, "the second attempt holds the key");
    assert!(keys.confirm(&order).await.unwrap());
    assert!(!keys.release(&order, SECOND).await.unwrap(), "what is confirmed stands");
    assert_eq!(begin(keys, &order, 2, 9).await, Begun::Replay { accepted_at: Time::from_millis(START + 5) });
    let user = UserId(Uuid::from_u128(1));
    assert_eq!(keys.confirmed_of(user, Time::from_millis(0)).await.unwrap(), [b"a"]);
}

async fn a_key_that_may_be_published_is_not_released(keys: &dyn IdempotencyKeys) {
    // The outcome of the first attempt is unknown; a retry is refused.
    let order = key(1, "a");
    assert_eq!(begin_as(keys, &order, FIRST, 1, 0).await, Begun::New);
    let again = Begun::Again { accepted_at: Time::from_millis(START), message: b"a".to_vec() };
    assert_eq!(begin_as(keys, &order, SECOND, 1, 5).await, again);
    assert!(!keys.release(&order, SECOND).await.unwrap());
    assert!(!keys.release(&order, SECOND).await.unwrap(), "an attempt releases once");
    assert_eq!(begin_as(keys, &order, SECOND, 2, 5).await, Begun::Contradiction);
    assert!(!keys.release(&order, SECOND).await.unwrap(), "a conflicting reuse holds nothing");
    assert!(!keys.release(&key(2, "a"), FIRST).await.unwrap(), "another student's key is another key");
    assert_eq!(begin(keys, &order, 2, 9).await, Begun::Contradiction);

    // A retry whose dish has sold out meanwhile is published too, and holds the key.
    let order = key(1, "b");
    assert_eq!(begin_as(keys, &order, FIRST, 1, 0).await, Begun::New);
    let (fingerprint, accepted_at) = (Fingerprint([1; 16]), Time::from_millis(START));
    let sold_out = Attempt { key: &order, id: SECOND, fingerprint, accepted_at, message: None };
    assert!(matches!(keys.begin(sold_out).await.unwrap(), Begun::Again { .. }));
    assert!(!keys.release(&order, FIRST).await.unwrap(), "the retry is under way");
    assert!(keys.release(&order, SECOND).await.unwrap(), "both were refused");
    assert_eq!(begin(keys, &order, 2, 9).await, Begun::New);
}

async fn one_of_many_releases_frees_the_key<K: IdempotencyKeys>(keys: Arc<K>) {
    for id in 0..50 {
        begin_as(&*keys, &key(1, "same"), Uuid::from_u128(id), 1, 0).await;
    }
    let mut all = tokio::task::JoinSet::new();
    for id in 0..50 {
        let keys = Arc::clone(&keys);
        all.spawn(async move { keys.release(&key(1, "same"), Uuid::from_u128(id)).await.unwrap() });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|freed| *freed).count(), 1);
    assert_eq!(begin(&*keys, &key(1, "same"), 2, 0).await, Begun::New);
}

async fn a_student_sees_only_their_own(keys: &dyn IdempotencyKeys) {
    for (user, order, at) in [(1, "old", 0), (1, "new", 10), (1, "-", 12), (1, "z", 15), (1, "open", 20)] {
        begin(keys, &key(user, order), 1, at).await;
        if order != "open" {
            keys.confirm(&key(user, order)).await.unwrap();
        }
    }
    // So many that any way of keeping them apart by student is met.
    for other in 2..200 {
        begin(keys, &key(other, "theirs"), 1, 5).await;
        keys.confirm(&key(other, "theirs")).await.unwrap();
    }
    let user = UserId(Uuid::from_u128(1));
    let since = async |at| {
        let messages = keys.confirmed_of(user, Time::from_millis(START + at)).await.unwrap();
        messages.into_iter().map(|message| String::from_utf8(message).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(since(0).await, ["z", "-", "new", "old"], "newest first");
    assert_eq!(since(1).await, ["z", "-", "new"]);
    for n in 0..100 {
        begin(keys, &key(1, &format!("n{n}")), 1, 100 + n).await;
        keys.confirm(&key(1, &format!("n{n}"))).await.unwrap();
    }
    let newest = since(0).await;
    assert_eq!(
        (newest.len(), newest[0].as_str(), newest[99].as_str()),
        (100, "n99", "n0"),
        "the newest, bounded"
    );
}

async fn what_is_over_is_forgotten<K: IdempotencyKeys>(keys: &K, pass: impl Fn(&K, Duration)) {
    let user = UserId(Uuid::from_u128(1));
    let order = key(1, "a");
    begin(keys, &order, 1, 0).await;
    keys.confirm(&order).await.unwrap();
    pass(keys, Duration::from_secs(3_500));
    assert_eq!(begin(keys, &order, 2, 0).await, Begun::Contradiction, "its time is not over");
    assert!(
        matches!(begin(keys, &order, 1, 0).await, Begun::Replay { .. }),
        "which is from the first time on"
    );
    pass(keys, Duration::from_secs(101));
    assert_eq!(keys.confirmed_of(user, Time::from_millis(0)).await.unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(begin(keys, &order, 2, 0).await, Begun::New);
}
