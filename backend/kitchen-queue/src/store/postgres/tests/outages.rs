//! The server dies, or the network says nothing: errors come in bounded time, and all is well once it is back.

use futures_util::future::join_all;
use test_support::{
    servers::{Proxy, proxy::Network},
    wait::until,
};

use super::*;

/// Far longer than anything may take.
const FOR_EVER: Duration = Duration::from_secs(30);

/// Waits until the store takes an order again.
async fn is_back(store: &PgKitchen, name: &str) {
    until("the store to be back", async || {
        receive(store, &messages(name, 1)).await.map(drop).map_err(|error| format!("{error}: {}", error.0))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_takes_nothing_that_was_promised_and_half_of_nothing() {
    let mut server = Postgres::start().await;
    let store = replica(&server.database().await).await;
    let before = messages("before", 20);
    receive(&store, &before).await.unwrap();
    let claimed = store.claim_unverified(noon(), 20).await.unwrap();
    assert_eq!(claimed.len(), 20);

    // Many batches are on their way when it dies.
    let batches: Vec<_> = (0..40).map(|n| messages(&format!("b{n}-"), 10)).collect();
    let sent = join_all(batches.iter().map(|batch| receive(&store, batch)));
    let died = async {
        let first = &batches[0][0].key;
        until("some to be stored", async || match store.order(first).await {
            Ok(Some(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        server.kill();
    };
    let (answers, ()) = tokio::join!(sent, died);
    let changes: Vec<_> = claimed.iter().map(verified).collect();
    assert!(store.settle(&changes, &[], noon()).await.is_err());
    assert!(store.claim_unverified(noon(), 1).await.is_err());
    store.relayed(&[1]).await;
    assert!(!store.is_up().await);

    server.restart().await;
    is_back(&store, "after").await;
    for (batch, answer) in batches.iter().zip(answers) {
        let mut there = 0;
        for order in batch {
            there += usize::from(store.order(&order.key).await.unwrap().is_some());
        }
        match answer {
            Ok(_) => assert_eq!(there, 10, "promised"),
            Err(_) => assert!(there == 0 || there == 10, "{there} of a batch"),
        }
        let again = receive(&store, batch).await.unwrap();
        assert_eq!(again.iter().all(|arrival| *arrival == Arrival::New), there == 0, "asking again is safe");
    }
    // Nobody waits for the ends of the leases: the claims were in doubt.
    let again = store.claim_unverified(noon(), 1000).await.unwrap();
    assert!(claimed.iter().all(|order| again.contains(order)), "{} are due", again.len());
    assert_eq!(store.settle(&changes, &[], noon()).await.unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_network_is_an_error_in_bounded_time() {
    let server = server().await;
    let proxy = Proxy::start(vec![server.address()]).await;
    let url = server.database().await.replace(&server.address(), &proxy.address());
    let store = replica(&url).await;
    let orders = messages("o", 3);
    receive(&store, &orders).await.unwrap();
    let claimed = store.claim_unverified(noon(), 1).await.unwrap();
    proxy.set(Network::Silent);
    let changes = [verified(&claimed[0])];
    let calls = async {
        tokio::join!(
            async { receive(&store, &messages("silent", 1)).await.is_err() },
            async { store.settle(&changes, &[], noon()).await.is_err() },
            async { store.claim_unverified(noon(), 1).await.is_err() },
            async { store.run_timers(noon(), 1, TimerRules { collected_after: None }).await.is_err() },
            async { store.news(1).await.is_err() },
            async { store.relayed(&[1]).await },
            async { store.put_down(&[claimed[0].pk]).await },
            async { store.order(&orders[0].key).await.is_err() },
            async { store.board(noon()).await.is_err() },
            async { !store.is_up().await },
        )
    };
    let answers = tokio::time::timeout(FOR_EVER, calls).await.unwrap();
    assert_eq!(answers, (true, true, true, true, true, (), (), true, true, true));
    proxy.set(Network::Good);
    is_back(&store, "after").await;
    assert!(store.is_up().await);
}
