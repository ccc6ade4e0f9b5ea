//! Sockets as clients meet them: who may connect, how long they stay, what reaches them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hub;

use std::time::Duration;

use hub::{Hub, board, hub, hub_with, level, notification, person, ticket};
use messaging::embedded::BroadcastFanout;
use notification_hub::Config;
use serde_json::json;
use test_support::wait::until;
use wire::{Role, event::Event};

#[tokio::test]
async fn everybody_hears_what_is_for_them_and_nothing_else() {
    let hub = hub().await;
    let mut owner = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    let mut other = hub.connects(Some(&hub.token(2, Role::Student, 900))).await.unwrap();
    let mut cook = hub.connects(Some(&hub.token(3, Role::Staff, 900))).await.unwrap();
    let mut nobody = hub.connects(None).await.unwrap();
    other.says("join_user", &json!(person(1).to_string())).await;
    hub.publish(vec![notification(1, 7, ""), Event::Ticket(ticket(7)), Event::Board(board(1))]).await;
    assert_eq!(owner.hears("notification").await["seq"], 7);
    assert_eq!(cook.hears("ticket").await["seq"], 7);
    for socket in [&mut owner, &mut other, &mut cook, &mut nobody] {
        socket.hears("board").await;
    }
    assert_eq!(owner.names(), ["ready", "notification", "board"]);
    assert_eq!(other.names(), ["ready", "board"]);
    assert_eq!(cook.names(), ["ready", "ticket", "board"]);
    assert_eq!(nobody.names(), ["ready", "board"]);
    assert_eq!(hub.metric("notifications_pushed_total"), 1.0);
    assert_eq!(hub.metric("socket_connections_active"), 4.0);
}

#[tokio::test]
async fn a_bad_token_is_refused_and_one_that_cannot_be_judged_is_not_called_bad() {
    let hub = hub().await;
    assert!(hub.connects(Some("not a token")).await.unwrap_err().contains("bad_token"));
    let ended = hub.token(1, Role::Student, -1);
    assert!(hub.connects(Some(&ended)).await.unwrap_err().contains("bad_token"));
    let without_keys = hub::hub_without_keys().await;
    let refused = without_keys.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap_err();
    assert!(refused.contains("identity_unavailable"), "{refused}");
    without_keys.connects(None).await.unwrap();
}

#[tokio::test]
async fn no_more_sockets_than_there_may_be() {
    let hub = hub_with(Config { max_sockets: 1, ..Config::default() }, BroadcastFanout::default()).await;
    let one = hub.connects(None).await.unwrap();
    let refused = hub.connects(None).await.unwrap_err();
    assert!(refused.contains("overloaded"), "{refused}");
    drop(one);
    until("the place to be free", async || match hub.metric("socket_connections_active") {
        0.0 => Ok(()),
        open => Err(open),
    })
    .await;
    hub.connects(None).await.unwrap();
}

#[tokio::test]
async fn a_socket_is_closed_thirty_seconds_after_its_token_has_ended() {
    let hub = hub().await;
    let mut sooner = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    let mut later = hub.connects(Some(&hub.token(2, Role::Student, 901))).await.unwrap();
    hub.hand.advance(Duration::from_secs(930));
    sooner.is_closed().await;
    hub.publish(vec![notification(2, 1, "")]).await;
    later.hears("notification").await;
    hub.hand.advance(Duration::from_secs(1));
    later.is_closed().await;
}

#[tokio::test]
async fn a_newer_token_of_the_same_person_keeps_the_socket() {
    let hub = hub().await;
    let mut renewed = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    let mut control = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    hub.hand.advance(Duration::from_secs(600));
    renewed.says("renew", &json!({ "token": hub.token(1, Role::Student, 900) })).await;
    hub.hand.advance(Duration::from_secs(330));
    control.is_closed().await;
    hub.publish(vec![notification(1, 1, "")]).await;
    renewed.hears("notification").await;
}

#[tokio::test]
async fn another_s_token_or_role_or_none_closes_the_socket() {
    let hub = hub().await;
    for renewal in [
        json!({ "token": hub.token(2, Role::Student, 900) }),
        json!({ "token": hub.token(1, Role::Admin, 900) }),
        json!({ "token": hub.token(1, Role::Student, -1) }),
        json!({}),
        json!("me"),
    ] {
        let mut socket = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
        socket.says("renew", &renewal).await;
        socket.is_closed().await;
    }
    let mut nobody = hub.connects(None).await.unwrap();
    nobody.says("renew", &json!({ "token": hub.token(1, Role::Student, 900) })).await;
    nobody.is_closed().await;
}

#[tokio::test]
async fn a_dish_is_told_at_most_once_in_a_quarter_of_a_second_and_only_its_newest_level() {
    let hub = hub().await;
    let mut socket = hub.connects(None).await.unwrap();
    // Once a board is heard, the next sending to everybody is a quarter of a second away.
    hub.publish(vec![Event::Board(board(1))]).await;
    socket.hears("board").await;
    let burst = (1..=200).map(|version| Event::Stock(level(version))).chain([Event::Stock(level(150))]);
    let boards = [board(9), board(8)].map(Event::Board);
    hub.publish(burst.chain(boards).chain([Event::Menu, Event::Menu]).collect()).await;
    socket.hears("menu").await;
    hub.publish(vec![Event::Stock(level(201))]).await;
    while socket.hears("stock").await["version"] != 201 {}
    let versions: Vec<_> =
        socket.heard("stock").iter().map(|level| level["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [200, 201]);
    let boards: Vec<_> = socket.heard("board").iter().map(|board| board["seq"].as_u64().unwrap()).collect();
    assert_eq!(boards, [1, 9], "an older board never replaces a newer one");
    assert_eq!(socket.heard("menu").len(), 1);
}

#[tokio::test]
async fn the_reason_of_a_conflicting_reuse_reaches_its_student_whatever_its_seq() {
    let hub = hub().await;
    let mut student = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    let mut other = hub.connects(Some(&hub.token(2, Role::Student, 900))).await.unwrap();
    hub.publish(vec![notification(1, 3, "")]).await;
    for seq in [3, 2] {
        let Event::Order { user_id, notification, trace } = notification(1, seq, "") else { unreachable!() };
        let reason = Some(wire::status::Reason::KeyReused);
        let notification = wire::event::Notification { reason, ..notification };
        hub.publish(vec![Event::Order { user_id, notification, trace }]).await;
    }
    hub.publish(vec![notification(2, 1, "")]).await;
    other.hears("notification").await;
    for _ in 0..3 {
        student.hears("notification").await;
    }
    let heard = student.heard("notification");
    assert_eq!(heard.iter().map(|news| &news["seq"]).collect::<Vec<_>>(), [3, 3, 2]);
    assert_eq!(heard[0]["reason"], serde_json::Value::Null);
    assert!(heard[1..].iter().all(|news| news["reason"] == "key_reused"), "{heard:?}");
    assert_eq!(other.heard("notification").len(), 1);
}

#[tokio::test]
async fn after_a_gap_everybody_is_told_to_resync() {
    let hub = hub_with(Config::default(), BroadcastFanout::new(4)).await;
    let mut socket = hub.connects(None).await.unwrap();
    hub.publish((1..=100).map(|seq| notification(1, seq, "")).collect()).await;
    socket.hears("resync").await;
    assert_eq!(hub.metric("notification_resyncs_total"), 1.0);
}

#[tokio::test]
async fn a_socket_that_is_not_read_for_a_while_misses_nothing() {
    let hub = hub().await;
    let mut busy = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    // More than the network's own buffers hold.
    let filling = "x".repeat(16 * 1024);
    hub.publish((1..=3_000).map(|seq| notification(1, seq, &filling)).collect()).await;
    until("all to be pushed", async || match hub.metric("notifications_pushed_total") {
        3_000.0 => Ok(()),
        fewer => Err((fewer, hub.metric("notifications_unpushed_total"))),
    })
    .await;
    while busy.hears("notification").await["seq"] != 3_000 {}
    assert_eq!(busy.heard("notification").len(), 3_000);
}

#[tokio::test]
async fn a_socket_that_is_too_slow_is_closed_and_told_nothing_after_what_it_missed() {
    let hub: Hub = hub().await;
    let mut slow = hub.connects(Some(&hub.token(1, Role::Student, 900))).await.unwrap();
    let filling = "x".repeat(8 * 1024);
    let mut seq = 0;
    while hub.metric("notifications_unpushed_total") == 0.0 {
        assert!(seq < 20_000, "it takes more than there is room for");
        hub.publish((seq + 1..=seq + 500).map(|seq| notification(1, seq, &filling)).collect()).await;
        seq += 500;
        until("these to be pushed", async || {
            let (pushed, unpushed) =
                (hub.metric("notifications_pushed_total"), hub.metric("notifications_unpushed_total"));
            if pushed >= f64::from(seq) || unpushed > 0.0 { Ok(()) } else { Err((pushed, seq)) }
        })
        .await;
    }
    slow.is_closed().await;
    let seqs: Vec<_> = slow.heard("notification").iter().map(|news| news["seq"].as_u64().unwrap()).collect();
    let unbroken: Vec<_> = (1..=seqs.len() as u64).collect();
    assert!(seqs == unbroken, "nothing is left out of what it was told");
    assert_eq!(hub.metric("notifications_unpushed_total"), 1.0);
    until("it to be gone", async || match hub.metric("socket_connections_active") {
        0.0 => Ok(()),
        open => Err(open),
    })
    .await;
}

#[tokio::test]
async fn in_a_drill_nothing_is_pushed_and_afterwards_all_resync() {
    let hub = hub().await;
    let mut socket = hub.connects(None).await.unwrap();
    let mut order = wire::ops::SetChaos {
        enable: true,
        mode: None,
        latency_ms: None,
        error_rate: None,
        for_seconds: Some(60),
    };
    hub.service.chaos.set(&order).unwrap();
    assert!(hub.connects(None).await.is_err());
    // In one step of this thread's tasks: it is read before the drill can end.
    hub.publish(vec![Event::Board(board(1))]).await;
    assert!(hub.connects(None).await.is_err());
    order.enable = false;
    hub.service.chaos.set(&order).unwrap();
    socket.hears("resync").await;
    assert_eq!(socket.names(), ["ready", "resync"]);
}
