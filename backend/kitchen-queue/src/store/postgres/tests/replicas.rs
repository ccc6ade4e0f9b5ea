//! Two replicas share one database: nothing is done twice, nothing is left undone, and nobody waits for ever.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use futures_util::future::{join, join_all};
use test_support::wait::until;

use super::*;

/// How often transactions of this database were given up because they waited for each other.
async fn deadlocks(store: &PgKitchen) -> i64 {
    sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .fetch_one(store.db.pool())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_order_is_claimed_by_one_worker_and_settled_once() {
    let (one, two) = two().await;
    let orders = messages("o", 400);
    receive(&one, &orders).await.unwrap();
    let claimed = Mutex::new(Vec::new());
    let work = async |store: &PgKitchen| {
        loop {
            let orders = store.claim_unverified(noon(), 7).await.unwrap();
            if orders.is_empty() {
                return;
            }
            claimed.lock().unwrap().extend(orders.iter().map(|order| order.pk));
            let changes: Vec<_> = orders.iter().map(verified).collect();
            assert_eq!(store.settle(&changes, &[], noon()).await.unwrap().len(), orders.len());
        }
    };
    // A worker may find everything claimed by others just before they are done.
    until("all to be settled", async || {
        join_all([&one, &two, &one, &two, &one, &two, &one, &two].map(work)).await;
        let done = claimed.lock().unwrap().len();
        if done == orders.len() { Ok(()) } else { Err(format!("{done} claims")) }
    })
    .await;
    let claimed = claimed.into_inner().unwrap();
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), orders.len(), "none twice");
    assert_eq!(one.next_due().await.unwrap(), (None, Some(noon())));

    // The timers of both make each of them ready and then collected, once.
    let rules = TimerRules { collected_after: Some(Duration::ZERO) };
    let run = async |store: &PgKitchen| {
        let mut done = 0;
        until("no timer to be due", async || {
            done += store.run_timers(noon(), 7, rules).await.unwrap().changed;
            match store.next_due().await.unwrap().1 {
                None => Ok(()),
                due => Err(format!("{due:?}")),
            }
        })
        .await;
        done
    };
    let (one_did, two_did) = join(run(&one), run(&two)).await;
    assert_eq!(one_did + two_did, 800);
    assert!(one_did > 0 && two_did > 0, "shared as {one_did} and {two_did}");
    let seen = two.order(&orders[0].key).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.seq, seen.history.len()), (OrderStatus::Collected, 4, 5));
    assert_eq!(deadlocks(&one).await, 0);
}

#[tokio::test]
async fn a_claim_whose_lease_ended_is_another_s_and_changes_nothing_twice() {
    let url = server().await.database().await;
    let (slow, other) = (open(&url, Duration::from_millis(1)).await, replica(&url).await);
    receive(&slow, &messages("o", 2)).await.unwrap();
    let lost = slow.claim_unverified(noon(), 10).await.unwrap();
    let again = until("the leases to end", async || {
        let claimed = other.claim_unverified(noon(), 10).await.unwrap();
        if claimed.len() == 2 { Ok(claimed) } else { Err(format!("{claimed:?}")) }
    })
    .await;
    assert_eq!(again, lost);

    let late = Postponed { pk: lost[0].pk, attempts: 3, due: noon().plus(Duration::from_secs(60)) };
    slow.settle(&[], &[late], noon()).await.unwrap();
    slow.put_down(&[lost[0].pk]).await;
    let later = noon().plus(Duration::from_secs(100));
    assert!(slow.claim_unverified(later, 10).await.unwrap().is_empty(), "it is the other's");
    assert_eq!(slow.settle(&[verified(&lost[1])], &[], noon()).await.unwrap(), [lost[1].pk], "it still fits");
    let both = [verified(&again[0]), rejected(&again[1])];
    assert_eq!(other.settle(&both, &[], noon()).await.unwrap(), [again[0].pk]);
    for order in &lost {
        let seen = slow.order(&order.key).await.unwrap().unwrap();
        assert_eq!((seen.status, seen.seq), (OrderStatus::StockVerified, 2));
    }
    assert_eq!(slow.stats().await.unwrap().to_release, 0);
}

#[tokio::test]
async fn what_another_replica_has_claimed_is_due_to_nobody_until_its_lease_ends() {
    let (one, two) = two().await;
    receive(&one, &messages("o", 1)).await.unwrap();
    assert_eq!(two.next_due().await.unwrap().0, Some(noon()));
    let order = one.claim_unverified(noon(), 1).await.unwrap().remove(0);
    assert!(two.claim_unverified(noon(), 1).await.unwrap().is_empty());
    assert_eq!(two.next_due().await.unwrap().0, None);
    one.settle(&[rejected(&order)], &[], noon()).await.unwrap();
    assert_eq!(two.claim_unreleased(noon(), 1).await.unwrap().len(), 1);
    assert!(one.claim_unreleased(noon(), 1).await.unwrap().is_empty());
    two.put_down(&[order.pk]).await;
    assert_eq!(one.claim_unreleased(noon(), 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_overlapping_batches_each_order_is_new_once_and_has_a_ticket_of_its_own() {
    let (one, two) = two().await;
    for round in 0..10 {
        let forth = messages(&format!("r{round}-"), 60);
        let back: Vec<_> = forth[20..].iter().rev().cloned().collect();
        let (seen_by_one, seen_by_two) = join(receive(&one, &forth), receive(&two, &back)).await;
        let mut new = BTreeMap::<&OrderKey, u32>::new();
        let seen = forth.iter().zip(seen_by_one.unwrap()).chain(back.iter().zip(seen_by_two.unwrap()));
        for (order, arrival) in seen {
            match arrival {
                Arrival::New => *new.entry(&order.key).or_default() += 1,
                Arrival::Repeat => {}
                Arrival::Contradiction { .. } => panic!("they are the same"),
            }
        }
        assert_eq!(new.len(), 60);
        assert!(new.values().all(|times| *times == 1), "{new:?}");
    }
    let (mut tickets, mut next) = (Vec::new(), None);
    loop {
        let page = one.tickets(None, next, 100).await.unwrap();
        tickets.extend(page.tickets.into_iter().map(|ticket| ticket.ticket));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(tickets.len(), 600);
    assert_eq!(tickets.iter().collect::<BTreeSet<_>>().len(), 600, "no number twice");
    assert_eq!(deadlocks(&one).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_an_order_is_told_in_order_whichever_replica_tells_it() {
    const ORDERS: usize = 120;
    let (one, two) = two().await;
    let told = Mutex::new(Vec::new());
    let all_told = || told.lock().unwrap().len() == 4 * ORDERS;
    let relay = async |store: &PgKitchen| {
        let mut times = 0_u32;
        while !all_told() {
            let news = store.news(7).await.unwrap();
            times += u32::from(!news.is_empty());
            // Now and then it cannot be told.
            if times.is_multiple_of(5) {
                store.relayed(&[]).await;
                continue;
            }
            // Others get a turn while it is under way.
            tokio::task::yield_now().await;
            for (_, events) in &news {
                let Event::Order { notification: n, .. } = &events[0] else { panic!("{events:?}") };
                told.lock().unwrap().push((n.order_id.clone(), n.seq));
            }
            store.relayed(&news.iter().map(|(place, _)| *place).collect::<Vec<_>>()).await;
        }
        times
    };
    let work = async |store: &PgKitchen, name: &str| {
        let rules = TimerRules { collected_after: Some(Duration::ZERO) };
        for orders in messages(name, ORDERS / 2).chunks(9) {
            receive(store, orders).await.unwrap();
            let claimed = store.claim_unverified(noon(), 5).await.unwrap();
            store.settle(&claimed.iter().map(verified).collect::<Vec<_>>(), &[], noon()).await.unwrap();
            store.run_timers(noon(), 5, rules).await.unwrap();
        }
        while !all_told() {
            let claimed = store.claim_unverified(noon(), 5).await.unwrap();
            store.settle(&claimed.iter().map(verified).collect::<Vec<_>>(), &[], noon()).await.unwrap();
            store.run_timers(noon(), 5, rules).await.unwrap();
        }
    };
    let watch = async || {
        let mut last = 0;
        while !all_told() {
            for store in [&one, &two] {
                let seq = store.board(noon()).await.unwrap().seq;
                assert!(seq >= last, "{seq} after {last}");
                last = seq;
            }
        }
        last
    };
    let everything =
        async { tokio::join!(relay(&one), relay(&two), work(&one, "a"), work(&two, "b"), watch()) };
    let ended = tokio::time::timeout(Duration::from_secs(60), everything).await;
    let told = told.lock().unwrap().clone();
    let (by_one, by_two, (), (), last) = ended.unwrap_or_else(|_| panic!("{} told: {told:?}", told.len()));
    assert!(by_one > 0 && by_two > 0, "told {by_one} and {by_two} times");
    let mut seqs = BTreeMap::<_, Vec<u32>>::new();
    for (order, seq) in &told {
        seqs.entry(order).or_default().push(*seq);
    }
    assert_eq!(seqs.len(), ORDERS);
    assert!(seqs.values().all(|seqs| *seqs == [1, 2, 3, 4]), "{seqs:?}");
    assert_eq!(one.stats().await.unwrap().outbox, 0);
    let board = two.board(noon()).await.unwrap();
    assert!(board.seq >= last && board.seq >= 4 * ORDERS as u64, "as many as there were changes");
}

#[tokio::test]
async fn a_replica_that_stands_still_with_news_is_replaced() {
    let (still, other) = two().await;
    receive(&still, &messages("o", 3)).await.unwrap();
    let news = still.news(100).await.unwrap();
    assert_eq!(news.len(), 3);
    assert_eq!(other.news(100).await.unwrap(), [], "it is being told");
    let again = until("the other to tell it", async || {
        let news = other.news(100).await.unwrap();
        if news.is_empty() { Err("nothing") } else { Ok(news) }
    })
    .await;
    assert_eq!(again, news);
    // It wakes up, has told the first, and is not the one who tells any more.
    still.relayed(&[news[0].0]).await;
    assert_eq!(still.news(100).await.unwrap(), []);
    other.relayed(&[news[0].0, news[1].0]).await;
    assert_eq!(still.news(100).await.unwrap(), news[2..]);
}

#[tokio::test]
async fn a_change_that_commits_late_is_told_although_later_ones_are_being_told() {
    let (one, two) = two().await;
    receive(&one, &messages("late", 1)).await.unwrap();
    let order = one.claim_unverified(noon(), 1).await.unwrap().remove(0);
    let mut open = one.db.begin().await.unwrap();
    sqlx::query("INSERT INTO order_events VALUES ($1, 2, 'rejected', 0, 'kitchen')")
        .bind(order.pk)
        .execute(&mut *open)
        .await
        .unwrap();
    sqlx::query("INSERT INTO outbox (order_pk, seq) VALUES ($1, 2)")
        .bind(order.pk)
        .execute(&mut *open)
        .await
        .unwrap();
    receive(&two, &messages("soon", 1)).await.unwrap();
    let news = two.news(100).await.unwrap();
    assert_eq!(news.len(), 2);
    open.commit().await.unwrap();
    two.relayed(&news.iter().map(|(place, _)| *place).collect::<Vec<_>>()).await;
    let late = two.news(100).await.unwrap();
    assert_eq!(late.len(), 1);
    assert!(late[0].0 < news[1].0, "its place was dealt before");
}
