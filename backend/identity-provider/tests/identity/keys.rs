//! Signing keys: made once, published before they are used, sealed.

use std::{sync::Arc, time::Duration};

use crate::support::World;
use identity_provider::{Config, Identity, StartError, signing::KeyError};
use serde_json::Value;
use service_kit::{Clock, token::key_id};
use wire::Time;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

async fn published(world: &World) -> Vec<String> {
    let answer = world.get("/.well-known/jwks.json").send().await.has_status(200);
    assert_eq!(answer.headers["cache-control"], "public, max-age=60");
    let keys = answer.body["keys"].as_array().unwrap().clone();
    let text = |key: &Value| {
        let mut names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"], "nothing but the public half");
        key["kid"].as_str().unwrap().to_owned()
    };
    keys.iter().map(text).collect()
}

async fn login(world: &World) -> String {
    world.token_of("student1", "password123").await
}

#[tokio::test]
async fn a_key_is_published_before_it_is_used_and_kept_until_its_tokens_end() {
    let world = World::with(Config { token_minutes: 60, ..Config::default() }).await;
    let first = published(&world).await;
    assert_eq!(first.len(), 1);
    let signed_with = async || key_id(&login(&world).await).unwrap();
    assert_eq!(signed_with().await, first[0]);

    world.hand.advance(30 * DAY - 62 * MINUTE);
    world.identity.keys().refresh().await.unwrap();
    assert_eq!(published(&world).await, first, "it is not time yet");
    world.hand.advance(2 * MINUTE);
    world.identity.keys().refresh().await.unwrap();
    let both = published(&world).await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]));
    assert_eq!(signed_with().await, both[0], "published, and not yet used");
    world.hand.advance(57 * MINUTE);
    let old = login(&world).await;
    assert_eq!(key_id(&old).unwrap(), both[0]);
    world.hand.advance(MINUTE);
    assert_eq!(signed_with().await, both[1], "used on time, without a look at the store");

    world.hand.advance(56 * MINUTE);
    world.identity.keys().refresh().await.unwrap();
    assert_eq!(published(&world).await, both);
    world.get("/verify").token(&old).send().await.has_status(200);
    world.hand.advance(71 * 60 * MINUTE);
    world.identity.keys().refresh().await.unwrap();
    assert_eq!(published(&world).await, both, "a student's token of a kiosk could still be good");
    world.hand.advance(10 * MINUTE);
    world.identity.keys().refresh().await.unwrap();
    assert_eq!(published(&world).await, both[1..], "no token of the first is good any more");
    assert_eq!(signed_with().await, both[1]);
}

#[tokio::test]
async fn two_that_start_together_make_one_key() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let open = async || {
        let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_368_200_000));
        World::open(Arc::clone(&folder), clock, hand, Config::default(), [1; 32]).await.unwrap()
    };
    let (one, other) = tokio::join!(open(), open());
    assert_eq!(published(&one).await.len(), 1);
    assert_eq!(published(&one).await, published(&other).await);
    identity_provider::seed_demo(&one.store, &one.service.clock).await.unwrap();
    let token = login(&one).await;
    other.get("/verify").token(&token).send().await.has_status(200);
}

#[tokio::test]
async fn another_secret_opens_nothing_and_says_so() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let open = async |secret| {
        let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_368_200_000));
        World::open(Arc::clone(&folder), clock, hand, Config::default(), secret).await
    };
    let kid = published(&open([1; 32]).await.unwrap()).await.remove(0);
    let error = open([2; 32]).await.err().unwrap();
    assert!(matches!(error, StartError::Keys(KeyError::OtherSecret(_))));
    let text = error.to_string();
    assert!(text.contains(&kid) && text.contains("secret") && !text.contains('\n'), "{text}");
    assert_eq!(published(&open([1; 32]).await.unwrap()).await, [kid], "nothing was lost");
}

#[test]
fn the_service_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Identity>();
}
