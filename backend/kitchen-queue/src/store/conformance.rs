//! What every adapter of the kitchen's store must show. An adapter's test calls [`all`].

use std::{collections::BTreeSet, time::Duration};

use service_kit::audit::Deed;
use uuid::Uuid;
use wire::{
    OrderKey, OrderStatus, Time, UserId,
    event::Event,
    message::{Fingerprint, OrderMessage},
    order::PricedLine,
    problem::ItemLeft,
    status::Reason,
};

use super::{
    Arrival, Change, KitchenStats, KitchenStore, Postponed, TimerRules, TimerRun, Unreleased, Unverified,
};

/// Shows all of it, each on a fresh store.
pub(super) async fn all<S: KitchenStore, F: Future<Output = S>>(fresh: impl Fn() -> F) {
    a_repeat_is_one_order(&fresh().await).await;
    tickets_count_through_the_day_and_start_anew(&fresh().await).await;
    a_claim_is_had_once(&fresh().await).await;
    what_is_due_first_is_claimed_first(&fresh().await).await;
    a_change_that_no_longer_fits_does_not_happen(&fresh().await).await;
    only_what_still_waits_is_postponed(&fresh().await).await;
    timers_lead_to_ready_and_collected(&fresh().await).await;
    what_nothing_is_due_for_waits_until_it_is_set(&fresh().await).await;
    a_rejection_is_released_until_it_is_done(&fresh().await).await;
    what_staff_cancel_is_released_whoever_asks_for_its_portions(&fresh().await).await;
    an_order_keeps_the_trace_it_was_accepted_in(&fresh().await).await;
    news_is_told_in_order_and_again_until_relayed(&fresh().await).await;
    a_student_reads_their_own_page_by_page(&fresh().await).await;
    tickets_are_read_page_by_page(&fresh().await).await;
    the_board_shows_numbers(&fresh().await).await;
    staff_changes_leave_a_trail_and_nothing_when_stale(&fresh().await).await;
    old_orders_become_totals_and_their_keys_stay_used(&fresh().await).await;
    what_is_refused_is_kept_until_it_is_released(&fresh().await).await;
    the_kitchen_is_measured(&fresh().await).await;
}

/// So many seconds after noon in Dhaka.
fn at(seconds: u64) -> Time {
    Time::from_millis(1_772_344_800_000).plus(Duration::from_secs(seconds))
}

fn message(user: u128, order: &str, print: u8) -> OrderMessage {
    OrderMessage {
        key: OrderKey { user_id: UserId(Uuid::from_u128(user)), order_id: order.parse().unwrap() },
        fingerprint: Fingerprint([print; 16]),
        accepted_at: at(0),
        lines: vec![PricedLine {
            item_id: "burger".parse().unwrap(),
            name: "Burger".into(),
            quantity: 2.try_into().unwrap(),
            price_poisha: 18_000,
        }],
        trace: None,
    }
}

async fn receive(store: &dyn KitchenStore, orders: &[OrderMessage], now: Time) -> Vec<Arrival> {
    let (clock, _) = service_kit::Clock::by_hand(now);
    let ids: Vec<_> = orders.iter().map(|_| clock.uuid()).collect();
    store.receive(orders, &ids, now).await.unwrap()
}

fn change(order: &Unverified, to: OrderStatus) -> Change {
    Change {
        pk: order.pk,
        seq: order.seq,
        from: OrderStatus::InKitchen,
        to,
        by: "kitchen".into(),
        reason: None,
        left: vec![],
        due: None,
    }
}

/// Receives one order and takes it to `to`.
async fn order_that_is(store: &dyn KitchenStore, name: &str, to: OrderStatus) -> Unverified {
    receive(store, &[message(1, name, 1)], at(0)).await;
    let order = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    let due = Some(at(5));
    assert_eq!(store.settle(&[Change { due, ..change(&order, to) }], &[], at(1)).await.unwrap(), [order.pk]);
    order
}

/// What the audit trail is told of a change by staff.
fn deed() -> Deed {
    Deed {
        at: at(2),
        actor: "cook".into(),
        action: "ticket.status",
        subject: "a".into(),
        detail: String::new(),
    }
}

/// Relays all news there is.
async fn tell_everything(store: &dyn KitchenStore) {
    let news = store.news(1000).await.unwrap();
    store.relayed(&news.iter().map(|(place, _)| *place).collect::<Vec<_>>()).await;
    store.flush().await.unwrap();
}

async fn status(store: &dyn KitchenStore, name: &str) -> OrderStatus {
    store.order(&message(1, name, 1).key).await.unwrap().unwrap().status
}

async fn a_repeat_is_one_order(store: &dyn KitchenStore) {
    let (a, b) = (message(1, "a", 1), message(2, "a", 1));
    assert_eq!(
        receive(store, &[a.clone(), b.clone(), a.clone()], at(0)).await,
        [Arrival::New, Arrival::New, Arrival::Repeat]
    );
    assert_eq!(receive(store, std::slice::from_ref(&a), at(1)).await, [Arrival::Repeat]);
    let other = receive(store, &[message(1, "a", 9)], at(1)).await;
    assert_eq!(other, [Arrival::Contradiction { status: OrderStatus::InKitchen, seq: 1, ticket: Some(1) }]);
    let same_batch = receive(store, &[message(1, "b", 1), message(1, "b", 2)], at(1)).await;
    assert!(matches!(same_batch[1], Arrival::Contradiction { ticket: None, .. }));
    let order = store.order(&a.key).await.unwrap().unwrap();
    assert_eq!((order.lines, order.total_poisha, order.seq), (a.lines, 36_000, 1));
    let late = OrderMessage { accepted_at: at(2), ..message(1, "late", 1) };
    receive(store, std::slice::from_ref(&late), at(9)).await;
    let order = store.order(&late.key).await.unwrap().unwrap();
    assert_eq!(order.placed_at, at(2), "when it was accepted");
    assert_eq!(order.history.iter().map(|step| step.at).collect::<Vec<_>>(), [at(2), at(9)]);
    assert_eq!(store.stats().await.unwrap().unserved, 4);
}

async fn tickets_count_through_the_day_and_start_anew(store: &dyn KitchenStore) {
    receive(store, &[message(1, "a", 1), message(1, "b", 1)], at(0)).await;
    receive(store, &[message(1, "b", 1), message(1, "c", 1), message(1, "d", 1)], at(1)).await;
    receive(store, &[message(1, "e", 1)], at(2)).await;
    receive(store, &[message(1, "tomorrow", 1)], at(24 * 3600)).await;
    let mut tickets = Vec::new();
    for name in ["a", "b", "c", "d", "e", "tomorrow"] {
        tickets.push(store.order(&message(1, name, 1).key).await.unwrap().unwrap().ticket.unwrap());
    }
    assert_eq!(tickets, [1, 2, 3, 4, 5, 1]);
}

async fn a_claim_is_had_once(store: &dyn KitchenStore) {
    let orders: Vec<_> = (0..10).map(|n| message(1, &format!("o{n}"), 1)).collect();
    receive(store, &orders, at(0)).await;
    let first = store.claim_unverified(at(0), 4).await.unwrap();
    let second = store.claim_unverified(at(0), 100).await.unwrap();
    let pks: BTreeSet<_> = first.iter().chain(&second).map(|order| order.pk).collect();
    assert_eq!((first.len(), second.len(), pks.len()), (4, 6, 10));
    assert!(store.claim_unverified(at(0), 100).await.unwrap().is_empty());

    let postponed = Postponed { pk: first[0].pk, attempts: 2, due: at(4) };
    store.settle(&[], &[postponed], at(0)).await.unwrap();
    store.put_down(&[first[1].pk]).await;
    assert_eq!(store.claim_unverified(at(0), 100).await.unwrap()[0].pk, first[1].pk, "put down is due again");
    assert!(store.claim_unverified(at(3), 100).await.unwrap().is_empty(), "postponed is not due yet");
    let again = store.claim_unverified(at(4), 100).await.unwrap();
    assert_eq!((again[0].pk, again[0].attempts), (first[0].pk, 2));
}

async fn what_is_due_first_is_claimed_first(store: &dyn KitchenStore) {
    receive(store, &[message(1, "later", 1)], at(10)).await;
    receive(store, &[message(1, "sooner", 1)], at(5)).await;
    assert_eq!(store.next_due().await.unwrap(), (Some(at(5)), None));
    let first = store.claim_unverified(at(10), 1).await.unwrap().remove(0);
    assert_eq!(first.key.order_id.as_str(), "sooner");
    assert_eq!((first.lines[0].quantity.get(), first.since), (2, at(5)));
    assert_eq!(store.next_due().await.unwrap().0, Some(at(10)), "what is claimed is due to nobody else");
    let due = Some(at(6));
    let verified = Change { due, ..change(&first, OrderStatus::StockVerified) };
    store.settle(&[verified], &[], at(10)).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), (Some(at(10)), due));
    let rest = store.claim_unverified(at(10), 10).await.unwrap();
    assert_eq!(rest.len(), 1, "what is verified is not claimed again");
    assert_eq!(store.next_due().await.unwrap().0, None);
}

async fn only_what_still_waits_is_postponed(store: &dyn KitchenStore) {
    let order = order_that_is(store, "a", OrderStatus::StockVerified).await;
    store.settle(&[], &[Postponed { pk: order.pk, attempts: 1, due: at(60) }], at(2)).await.unwrap();
    assert_eq!(store.next_due().await.unwrap().1, Some(at(5)), "another replica was quicker");
}

async fn a_change_that_no_longer_fits_does_not_happen(store: &dyn KitchenStore) {
    let order = order_that_is(store, "a", OrderStatus::StockVerified).await;
    let late = change(&order, OrderStatus::Rejected);
    assert!(store.settle(&[late], &[], at(2)).await.unwrap().is_empty());
    let seen = store.order(&order.key).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.seq), (OrderStatus::StockVerified, 2));
    let history: Vec<_> = seen.history.iter().map(|step| (step.seq, step.status)).collect();
    let expected = [(0, OrderStatus::Pending), (1, OrderStatus::InKitchen), (2, OrderStatus::StockVerified)];
    assert_eq!(history, expected);

    // Made ready and taken back: it is verified once more, and still not as it was.
    let step = |seq, from, to| Change { seq, from, ..change(&order, to) };
    use OrderStatus::{InKitchen, Ready, StockVerified};
    let there_and_back = [step(2, StockVerified, Ready), step(3, Ready, StockVerified)];
    for change in there_and_back {
        assert_eq!(store.settle(&[change], &[], at(3)).await.unwrap(), [order.pk]);
    }
    assert!(store.settle(&[step(2, StockVerified, Ready)], &[], at(4)).await.unwrap().is_empty(), "old seq");
    assert!(store.settle(&[step(4, InKitchen, Ready)], &[], at(4)).await.unwrap().is_empty(), "other status");
    let seen = store.order(&order.key).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.seq, seen.history.len()), (StockVerified, 4, 5));
    assert_eq!(seen.history[4].at, at(3));
}

async fn timers_lead_to_ready_and_collected(store: &dyn KitchenStore) {
    order_that_is(store, "a", OrderStatus::StockVerified).await;
    let rules = TimerRules { collected_after: Some(Duration::from_secs(120)) };
    assert_eq!(store.run_timers(at(4), 100, rules).await.unwrap().changed, 0);
    assert_eq!(store.next_due().await.unwrap().1, Some(at(5)));
    let ready = TimerRun { changed: 1, first_ready: 1 };
    assert_eq!(store.run_timers(at(5), 100, rules).await.unwrap(), ready);
    assert_eq!(status(store, "a").await, OrderStatus::Ready);
    assert_eq!(store.run_timers(at(124), 100, rules).await.unwrap().changed, 0);
    let collected = TimerRun { changed: 1, first_ready: 0 };
    assert_eq!(store.run_timers(at(125), 100, rules).await.unwrap(), collected);
    assert_eq!(status(store, "a").await, OrderStatus::Collected);

    order_that_is(store, "b", OrderStatus::StockVerified).await;
    let by_staff = TimerRules { collected_after: None };
    store.run_timers(at(5), 100, by_staff).await.unwrap();
    let midnight = at(5).end_of_dhaka_day();
    assert_eq!(store.next_due().await.unwrap().1, Some(midnight));
    assert_eq!(
        store.run_timers(midnight, 100, by_staff).await.unwrap().changed,
        1,
        "closed at the end of the day"
    );
}

async fn what_nothing_is_due_for_waits_until_it_is_set(store: &dyn KitchenStore) {
    for name in ["a", "b"] {
        receive(store, &[message(1, name, 1)], at(0)).await;
        let order = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
        let due = (name == "b").then_some(at(100));
        let verified = Change { due, ..change(&order, OrderStatus::StockVerified) };
        store.settle(&[verified], &[], at(1)).await.unwrap();
    }
    receive(store, &[message(1, "refused", 1)], at(0)).await;
    let refused = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    store.settle(&[change(&refused, OrderStatus::Rejected)], &[], at(1)).await.unwrap();
    receive(store, &[message(1, "new", 1)], at(50)).await;
    let rules = TimerRules { collected_after: None };
    assert_eq!(store.run_timers(at(99), 100, rules).await.unwrap().changed, 0, "staff say when");
    assert_eq!(store.cook_by(at(7)).await.unwrap(), 1);
    assert_eq!(store.next_due().await.unwrap(), (Some(at(50)), Some(at(7))));
    assert_eq!(store.cook_by(at(9)).await.unwrap(), 0, "it has its time");
    assert_eq!(store.run_timers(at(100), 1, rules).await.unwrap().changed, 1, "bounded");
    assert_eq!(status(store, "a").await, OrderStatus::Ready, "the first that is due is the first");
    assert_eq!(status(store, "b").await, OrderStatus::StockVerified);
    assert_eq!(store.next_due().await.unwrap().1, Some(at(100)), "before the other one is collected");
}

async fn a_rejection_is_released_until_it_is_done(store: &dyn KitchenStore) {
    let order = order_that_is(store, "a", OrderStatus::Rejected).await;
    order_that_is(store, "b", OrderStatus::StockVerified).await;
    let unreleased = |order: &Unverified| Unreleased { pk: order.pk, key: order.key.clone(), trace: None };
    assert_eq!(store.claim_unreleased(at(0), 100).await.unwrap(), [], "not due yet");
    assert_eq!(store.claim_unreleased(at(1), 100).await.unwrap(), [unreleased(&order)]);
    assert_eq!(store.stats().await.unwrap().to_release, 1);
    assert_eq!(store.claim_unreleased(at(1), 100).await.unwrap(), [], "claimed");
    store.put_down(&[order.pk]).await;
    assert_eq!(store.claim_unreleased(at(1), 100).await.unwrap().len(), 1, "put down is due again");
    store.release_later(&[order.pk], at(60)).await.unwrap();
    assert!(store.claim_unreleased(at(59), 100).await.unwrap().is_empty());
    let cancelled = order_that_is(store, "c", OrderStatus::Cancelled).await;
    let first = store.claim_unreleased(at(60), 1).await.unwrap();
    assert_eq!(first, [unreleased(&cancelled)], "a cancelled one too; bounded, the first due first");
    assert_eq!(store.claim_unreleased(at(60), 100).await.unwrap(), [unreleased(&order)]);
    store.released(&[order.pk]).await.unwrap();
    store.release_later(&[order.pk], at(61)).await.unwrap();
    store.put_down(&[cancelled.pk]).await;
    assert_eq!(store.claim_unreleased(at(600), 100).await.unwrap(), [unreleased(&cancelled)]);
    assert_eq!(store.stats().await.unwrap().to_release, 1);
}

async fn what_staff_cancel_is_released_whoever_asks_for_its_portions(store: &dyn KitchenStore) {
    receive(store, &[message(1, "a", 1)], at(0)).await;
    let order = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    let cancelled = Change { by: "cook".into(), ..change(&order, OrderStatus::Cancelled) };
    assert!(store.change_by_staff(&cancelled, at(1), &deed()).await.unwrap().is_some());
    assert_eq!(store.claim_unreleased(at(1), 1).await.unwrap().len(), 1);
    let late = change(&order, OrderStatus::StockVerified);
    assert!(store.settle(&[late], &[], at(2)).await.unwrap().is_empty());
    assert_eq!(status(store, "a").await, OrderStatus::Cancelled);
    assert_eq!(store.stats().await.unwrap().to_release, 1, "until it is done");
}

async fn an_order_keeps_the_trace_it_was_accepted_in(store: &dyn KitchenStore) {
    let trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap());
    receive(store, &[OrderMessage { trace: trace.clone(), ..message(1, "a", 1) }], at(0)).await;
    let order = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    assert_eq!(order.trace, trace);
    store.settle(&[change(&order, OrderStatus::Rejected)], &[], at(1)).await.unwrap();
    assert_eq!(store.claim_unreleased(at(1), 1).await.unwrap()[0].trace, trace);
    for (_, events) in store.news(100).await.unwrap() {
        assert!(matches!(&events[0], Event::Order { trace: told, .. } if *told == trace), "{events:?}");
    }
}

async fn news_is_told_in_order_and_again_until_relayed(store: &dyn KitchenStore) {
    receive(store, &[message(1, "a", 1)], at(0)).await;
    let order = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    let left = vec![ItemLeft { item_id: "burger".parse().unwrap(), left: 1 }];
    let reason = Some(Reason::InsufficientStock);
    let refused = Change { reason, left: left.clone(), ..change(&order, OrderStatus::Rejected) };
    store.settle(&[refused], &[], at(1)).await.unwrap();
    let news = store.news(100).await.unwrap();
    let told: Vec<_> = news
        .iter()
        .map(|(_, events)| match &events[..] {
            [Event::Order { user_id, notification: n, .. }, Event::Ticket(ticket)] => {
                assert_eq!((*user_id, ticket.seq, ticket.status), (order.key.user_id, n.seq, n.status));
                assert_eq!(
                    (ticket.since, ticket.note.as_deref()),
                    (n.timestamp, n.reason.map(Reason::as_str))
                );
                assert_eq!(n.timestamp, at(u64::from(n.seq) - 1));
                (n.seq, n.status, n.reason, n.items.clone(), n.ticket)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, OrderStatus::InKitchen, None, vec![], Some(1)),
            (2, OrderStatus::Rejected, reason, left, Some(1))
        ]
    );
    assert_eq!(store.stats().await.unwrap().outbox, 2);
    assert_eq!(store.news(1).await.unwrap().len(), 1, "bounded");
    store.relayed(&[]).await;
    assert_eq!(store.news(100).await.unwrap(), news, "what could not be told is told again");
    store.relayed(&[news[0].0]).await;
    store.flush().await.unwrap();
    assert_eq!(store.stats().await.unwrap().outbox, 1);
    assert_eq!(store.news(100).await.unwrap(), news[1..], "goes on after what was told");
    store.relayed(&[news[1].0]).await;
    store.flush().await.unwrap();
    assert!(store.news(100).await.unwrap().is_empty());
    assert_eq!(store.stats().await.unwrap().outbox, 0);
}

async fn a_student_reads_their_own_page_by_page(store: &dyn KitchenStore) {
    for n in 0..5_u64 {
        let order = OrderMessage { accepted_at: at(n / 2), ..message(1, &format!("o{n}"), 1) };
        receive(store, &[order, message(2, &format!("theirs{n}"), 1)], at(0)).await;
    }
    let user = UserId(Uuid::from_u128(1));
    let (mut names, mut next) = (Vec::new(), None);
    loop {
        let page = store.orders_of(user, next.as_ref(), 2).await.unwrap();
        names.extend(page.orders.iter().map(|order| order.order_id.to_string()));
        match page.next {
            Some(more) => next = Some(more),
            None => break,
        }
    }
    assert_eq!(names, ["o4", "o3", "o2", "o1", "o0"]);
    assert_eq!(store.order(&message(2, "o1", 1).key).await.unwrap(), None);
}

async fn tickets_are_read_page_by_page(store: &dyn KitchenStore) {
    order_that_is(store, "verified", OrderStatus::StockVerified).await;
    receive(store, &[message(1, "a", 1), message(1, "b", 1), message(1, "c", 1)], at(0)).await;
    let verified = OrderStatus::StockVerified;
    for (status, limit, pages) in [
        (None, 3, vec![vec![4, 3, 2], vec![1]]),
        (Some(OrderStatus::InKitchen), 2, vec![vec![4, 3], vec![2]]),
        (Some(verified), 2, vec![vec![1]]),
    ] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = store.tickets(status, before, limit).await.unwrap();
            found.push(page.tickets.iter().map(|ticket| ticket.ticket).collect::<Vec<_>>());
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, pages, "{status:?}");
        let gone = Some(Uuid::from_u128(99));
        assert_eq!(store.tickets(status, gone, limit).await.unwrap().tickets, []);
    }
    assert_eq!(store.ticket(Uuid::from_u128(99)).await.unwrap(), None);
}

async fn the_board_shows_numbers(store: &dyn KitchenStore) {
    let empty = store.board(at(0)).await.unwrap();
    assert!(empty.preparing.is_empty() && empty.ready.is_empty());
    order_that_is(store, "ready", OrderStatus::StockVerified).await;
    store.run_timers(at(5), 100, TimerRules { collected_after: None }).await.unwrap();
    order_that_is(store, "cooking", OrderStatus::StockVerified).await;
    order_that_is(store, "refused", OrderStatus::Rejected).await;
    receive(store, &[message(1, "new", 1)], at(0)).await;
    let board = store.board(at(4)).await.unwrap();
    assert_eq!((board.preparing, board.ready), (vec![2, 4], vec![1]));
    assert!(store.board(at(5)).await.unwrap().ready.is_empty(), "it has been there long enough");
    assert!(board.seq > empty.seq);

    let new = store.claim_unverified(at(0), 1).await.unwrap().remove(0);
    let verified = Change { due: Some(at(6)), ..change(&new, OrderStatus::StockVerified) };
    store.settle(&[verified], &[], at(1)).await.unwrap();
    let before = board.seq;
    store.run_timers(at(9), 1, TimerRules { collected_after: None }).await.unwrap();
    store.run_timers(at(10), 1, TimerRules { collected_after: None }).await.unwrap();
    let board = store.board(at(4)).await.unwrap();
    assert_eq!(board.ready, [4, 2, 1], "the latest first");
    assert!(board.seq > before, "each change makes a newer board");
    let many: Vec<_> = (0..300).map(|n| message(1, &format!("many{n}"), 1)).collect();
    receive(store, &many, at(20)).await;
    assert_eq!(store.board(at(4)).await.unwrap().preparing.len(), 200, "as many as find room");
    let due = Some(at(20));
    let orders = store.claim_unverified(at(20), 300).await.unwrap();
    let verified: Vec<_> =
        orders.iter().map(|order| Change { due, ..change(order, OrderStatus::StockVerified) }).collect();
    store.settle(&verified, &[], at(20)).await.unwrap();
    store.run_timers(at(20), 300, TimerRules { collected_after: None }).await.unwrap();
    assert_eq!(store.board(at(4)).await.unwrap().ready.len(), 200);
}

async fn staff_changes_leave_a_trail_and_nothing_when_stale(store: &dyn KitchenStore) {
    order_that_is(store, "refused", OrderStatus::Rejected).await;
    order_that_is(store, "a", OrderStatus::StockVerified).await;
    let page = store.tickets(Some(OrderStatus::StockVerified), None, 10).await.unwrap();
    let found = store.ticket(page.tickets[0].id).await.unwrap().unwrap();
    assert!(store.tickets(Some(OrderStatus::Ready), None, 10).await.unwrap().tickets.is_empty());
    let ready = Change {
        pk: found.pk,
        seq: found.ticket.seq,
        from: OrderStatus::StockVerified,
        to: OrderStatus::Ready,
        by: "cook".into(),
        reason: None,
        left: vec![],
        due: None,
    };
    let deed = deed();
    let ticket = store.change_by_staff(&ready, at(2), &deed).await.unwrap().unwrap();
    assert_eq!((ticket.status, ticket.seq, ticket.since), (OrderStatus::Ready, 3, at(2)));
    assert_eq!(store.change_by_staff(&ready, at(3), &deed).await.unwrap(), None);
    assert_eq!(status(store, "a").await, OrderStatus::Ready);
}

async fn old_orders_become_totals_and_their_keys_stay_used(store: &dyn KitchenStore) {
    order_that_is(store, "old", OrderStatus::StockVerified).await;
    let rules = TimerRules { collected_after: Some(Duration::from_secs(1)) };
    store.run_timers(at(5), 100, rules).await.unwrap();
    store.run_timers(at(6), 100, rules).await.unwrap();
    order_that_is(store, "cooking", OrderStatus::StockVerified).await;
    let later = at(40 * 24 * 3600);
    assert_eq!(store.reduce_to_totals(later, 100).await.unwrap(), 0, "its news is not relayed yet");
    tell_everything(store).await;
    assert_eq!(store.reduce_to_totals(at(6), 100).await.unwrap(), 0, "not old enough");
    assert_eq!(store.reduce_to_totals(later, 100).await.unwrap(), 1);
    assert_eq!(store.tickets(None, None, 10).await.unwrap().tickets.len(), 1);
    assert_eq!(store.order(&message(1, "old", 1).key).await.unwrap(), None);
    assert_eq!(status(store, "cooking").await, OrderStatus::StockVerified, "what is not over stays");
    assert_eq!(
        receive(store, &[message(1, "old", 1)], later).await,
        [Arrival::Repeat],
        "one order, for ever"
    );
    assert_eq!(receive(store, &[message(2, "old", 1)], later).await, [Arrival::New], "another student's");
    assert_eq!(store.reduce_to_totals(later, 100).await.unwrap(), 0);
}

async fn what_is_refused_is_kept_until_it_is_released(store: &dyn KitchenStore) {
    let rejected = order_that_is(store, "rejected", OrderStatus::Rejected).await;
    let cancelled = order_that_is(store, "cancelled", OrderStatus::Cancelled).await;
    tell_everything(store).await;
    let later = at(40 * 24 * 3600);
    assert_eq!(store.reduce_to_totals(later, 100).await.unwrap(), 0, "their portions are not given back yet");
    store.released(&[rejected.pk, cancelled.pk]).await.unwrap();
    assert_eq!(store.reduce_to_totals(later, 1).await.unwrap(), 1, "bounded");
    assert_eq!(store.reduce_to_totals(later, 100).await.unwrap(), 1);
}

async fn the_kitchen_is_measured(store: &dyn KitchenStore) {
    assert_eq!(store.stats().await.unwrap(), KitchenStats::default());
    receive(store, &[OrderMessage { accepted_at: at(7), ..message(1, "new", 1) }], at(8)).await;
    assert_eq!(store.stats().await.unwrap().oldest, Some(at(7)));
    let claimed = store.claim_unverified(at(8), 1).await.unwrap().remove(0);
    let verified = Change { due: Some(at(9)), ..change(&claimed, OrderStatus::StockVerified) };
    store.settle(&[verified], &[], at(8)).await.unwrap();
    receive(store, &[OrderMessage { accepted_at: at(3), ..message(1, "older", 1) }], at(8)).await;
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.unserved, stats.oldest), (2, Some(at(3))));
    store.run_timers(at(9), 10, TimerRules { collected_after: None }).await.unwrap();
    assert_eq!(store.stats().await.unwrap().unserved, 1, "what is ready is served");
    assert!(store.is_up().await);
}
