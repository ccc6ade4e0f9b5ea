//! The user store on PostgreSQL: the conformance suite, replicas, and outages of a real server.

use std::{sync::Arc, time::Duration};

use identity_provider::store::{NewUser, UserStore as _, conformance, kiosk, postgres::PgUserStore};
use service_kit::{
    Tasks,
    audit::{AuditTrail as _, Deed},
    metrics::Metrics,
};
use test_support::{
    servers::{Postgres, Proxy, proxy::Network},
    wait::until,
};
use tokio::{sync::OnceCell, task::JoinSet};
use uuid::Uuid;
use wire::{Role, Time, UserId};

static SERVER: OnceCell<Postgres> = OnceCell::const_new();

/// An empty database on the server that the tests share.
pub(crate) async fn database() -> String {
    SERVER.get_or_init(Postgres::start).await.database().await
}

pub(crate) async fn open(url: &str) -> PgUserStore {
    PgUserStore::open(url, 8, &Tasks::new(), &Metrics::new("test")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms() {
    conformance::users_are_kept(&open(&database().await).await).await;
    kiosk::conformance::kiosks_are_kept(&open(&database().await).await).await;
    kiosk::conformance::cards_belong_to_one_student(&open(&database().await).await).await;
    conformance::imports_are_reported(&open(&database().await).await).await;
    conformance::ended_tokens_are_swept(&open(&database().await).await).await;
    let trail = open(&database().await).await.audit();
    service_kit::audit::conformance::old_deeds_are_forgotten(&trail).await;
    let store = open(&database().await).await;
    conformance::sessions_rotate_and_end(&store).await;
    let page = store.audit().page(None).await.unwrap();
    let reuses = page.entries.iter().filter(|entry| entry.action == "session.reused").count();
    assert_eq!(reuses, 2, "a reuse is in the audit trail");
    assert!(store.page(9, None, "\0").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_agree_that_start_together_on_an_empty_database() {
    let url = database().await;
    let (one, other) = tokio::join!(open(&url), open(&url));
    conformance::signing_keys_are_made_once(&one, &other).await;
    one.remove_signing_key("c").await.unwrap();
    let empty = database().await;
    let pair = (Arc::new(open(&empty).await), Arc::new(open(&empty).await));
    kiosk::conformance::a_card_is_given_once(pair.0, pair.1).await;
    conformance::replicas_agree(Arc::new(one), Arc::new(other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_leaves_no_trace() {
    let store = open(&database().await).await;
    conformance::users_are_kept(&store).await;
    // Six users were made and two changes done; one name was in use, and four changes were refused.
    assert_eq!(store.audit().page(None).await.unwrap().entries.len(), 8);
}

fn user(number: u128) -> (NewUser, Deed) {
    let user = NewUser {
        user_id: UserId(Uuid::from_u128(number)),
        username: format!("user{number}").parse().unwrap(),
        name: "N".into(),
        role: Role::Student,
        password_hash: "h".into(),
        created_at: Time::from_millis(0),
    };
    let deed = Deed {
        at: Time::from_millis(0),
        actor: "a".into(),
        action: "test",
        subject: user.user_id.to_string(),
        detail: String::new(),
    };
    (user, deed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_under_load_leaves_each_change_whole_or_undone_and_the_store_heals() {
    let mut server = Postgres::start().await;
    let store = open(&server.database().await).await;
    let mut all = JoinSet::new();
    for worker in 0..4_u128 {
        let store = store.clone();
        all.spawn(async move {
            let mut made = Vec::new();
            for number in worker * 100_000.. {
                let (user, deed) = user(number);
                match store.create(&user, &deed).await {
                    Ok(true) => made.push(user),
                    Ok(false) => panic!("{number} is new"),
                    Err(_) => break,
                }
            }
            made
        });
    }
    until("users", async || match store.page(200, None, "").await {
        Ok(page) if page.len() >= 100 => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    server.kill();
    let made = all.join_all().await.concat();
    assert!(!store.is_up().await);
    server.restart().await;
    until("the store to heal", async || store.has_admin().await.map_err(|error| format!("{error:?}"))).await;
    for user in &made {
        assert!(store.by_id(user.user_id).await.unwrap().is_some(), "{} was promised", user.username);
    }
    // Of those whose outcome was not told, each is there with its deed, or neither is.
    let (mut users, mut deeds) = (0, 0);
    let mut after = None;
    loop {
        let page = store.page(200, after.as_ref(), "").await.unwrap();
        users += page.len();
        let Some(last) = page.last() else { break };
        after = Some(last.username.clone());
    }
    let mut before = None;
    loop {
        let page = store.audit().page(before).await.unwrap();
        deeds += page.entries.len();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(users, deeds);
    assert!(users >= made.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_is_an_error_in_bounded_time_and_heals() {
    let url = database().await;
    let server = SERVER.get().unwrap().address();
    let proxy = Proxy::start(vec![server.clone()]).await;
    let store = open(&url.replace(&server, &proxy.address())).await;
    let (first, deed) = user(1);
    assert!(store.create(&first, &deed).await.unwrap());
    proxy.set(Network::Silent);
    let asked = async {
        assert!(store.by_username(&first.username).await.is_err());
        assert!(store.create(&user(2).0, &deed).await.is_err());
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("an answer in bounded time");
    proxy.set(Network::Good);
    until("the store to heal", async || {
        store.by_username(&first.username).await.map_err(|error| format!("{error:?}"))
    })
    .await;
}
