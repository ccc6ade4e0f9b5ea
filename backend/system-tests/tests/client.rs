//! The typed client of programs against a whole system: it hears of its orders, sends an order again until the outcome
//! is known, reconnects after an outage, and reports the end of its session.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use client::{Client, ConnectionState, Endpoints, Event, TokenStorage, transport::Transport};
use service_kit::Clock;
use system_tests::{
    recorder::Recorder,
    system::{Addresses, InProcess},
    wait,
};
use wire::{
    ErrorCode, OrderStatus,
    identity::ChangeUser,
    ops::{ChaosMode, ServiceName, SetChaos},
    order::PlaceOrder,
};

fn client(system: &Addresses) -> Client {
    Client::new(Transport::http(Endpoints::each(|name| system.url(name))), TokenStorage::Memory)
}

async fn student(system: &Addresses) -> Client {
    let client = client(system);
    client.sign_in("student1", "password123").await.unwrap();
    client
}

async fn admin(system: &Addresses) -> Client {
    let client = client(system);
    client.sign_in("admin", "adminpassword").await.unwrap();
    client
}

fn burger() -> PlaceOrder {
    PlaceOrder {
        item_id: Some("burger".parse().unwrap()),
        order_id: Some(client::new_order_id()),
        ..PlaceOrder::default()
    }
}

fn chaos(mode: ChaosMode) -> SetChaos {
    SetChaos { enable: true, mode: Some(mode), latency_ms: None, error_rate: None, for_seconds: Some(60) }
}

fn id(order: &PlaceOrder) -> &str {
    order.order_id.as_ref().unwrap().as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_and_heard_of_until_it_is_ready() {
    let system = InProcess::start().await;
    let student = student(&system).await;
    let recorder = Recorder::start(&student);
    let ready = recorder.is_ready(0).await;
    let states =
        [Event::State(ConnectionState::Connecting), Event::State(ConnectionState::Connected), Event::Ready];
    assert_eq!(recorder.events()[..3], states);
    let order = burger();
    assert!(!student.place(&order).await.unwrap().replayed);
    assert!(student.place(&order).await.unwrap().replayed);
    recorder.hears_of(id(&order), OrderStatus::Ready, ready).await;
    recorder.hears("what is left", ready, |event| matches!(event, Event::Stock(_))).await;
    let page = student.orders(20, None).await.unwrap();
    assert_eq!(page.orders.len(), 1);
    assert_eq!(page.orders[0], student.order(order.order_id.as_ref().unwrap()).await.unwrap());
    assert_eq!(student.menu().await.unwrap().len(), 19);
    let ticket = page.orders[0].ticket.unwrap();
    let shown = |event: &Event| matches!(event, Event::Board(board) if board.ready.contains(&ticket));
    recorder.hears("the ticket on the board", ready, shown).await;
    assert_eq!(student.board().await.unwrap().ready, [ticket]);
    drop(recorder);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_refused_by_chaos_is_sent_again_and_is_one_order() {
    let system = InProcess::start().await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let gateway = ServiceName::OrderGateway;
    assert!(admin.set_chaos(gateway, &chaos(ChaosMode::Unavailable)).await.unwrap().chaos_mode);
    let order = burger();
    let (waiting, mut is_waiting) = tokio::sync::watch::channel(None);
    let sending = student.place_until_known(&order, move |failure, tries| {
        waiting.send_replace(Some((failure.code(), tries)));
    });
    let ending = async {
        is_waiting.wait_for(|wait| wait.is_some_and(|(_, tries)| tries >= 2)).await.unwrap();
        assert_eq!(is_waiting.borrow().unwrap().0, Some(ErrorCode::Chaos));
        let off = SetChaos { enable: false, mode: None, for_seconds: None, ..chaos(ChaosMode::Errors) };
        assert!(!admin.set_chaos(gateway, &off).await.unwrap().chaos_mode);
    };
    let (placed, ()) = futures_util::future::join(sending, ending).await;
    assert_eq!(Some(placed.unwrap().accepted.order_id), order.order_id);
    assert!(student.place(&order).await.unwrap().replayed);
    wait::until("the order to end", async || {
        let orders = student.orders(20, None).await.unwrap().orders;
        match orders.as_slice() {
            [one] if one.status.is_settled() => Ok(()),
            _ => Err(orders),
        }
    })
    .await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_reported_and_restored() {
    let system = InProcess::start().await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let recorder = Recorder::start(&student);
    let ready = recorder.is_ready(0).await;
    admin.set_chaos(ServiceName::NotificationHub, &chaos(ChaosMode::Kill)).await.unwrap();
    let lost = recorder.is(ConnectionState::Reconnecting, ready).await;
    let ready = recorder.is_ready(recorder.is(ConnectionState::Connected, lost).await).await;
    let order = burger();
    student.place_until_known(&order, |_, _| {}).await.unwrap();
    recorder.hears_of(id(&order), OrderStatus::Ready, ready).await;
    drop(recorder);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_token_keeps_the_connection_and_an_expired_one_is_replaced() {
    let (clock, hand) = Clock::by_hand(Clock::system().now());
    let system = InProcess::start_at(clock, |_| {}).await;
    let student = student(&system).await;
    let recorder = Recorder::start(&student);
    let ready = recorder.is_ready(0).await;
    let first = student.signed_in().unwrap();
    // A client without a request never refreshes its token.
    let idle = Recorder::start(&admin(&system).await);
    let idle_ready = idle.is_ready(0).await;
    hand.advance(Duration::from_secs(10 * 60));
    let second = student.resume().await.unwrap().unwrap();
    assert!(second.expires_at > first.expires_at && second.user == first.user);
    // The hub has received the second token before it sends the events of this order.
    let order = burger();
    student.place(&order).await.unwrap();
    recorder.hears_of(id(&order), OrderStatus::Ready, ready).await;
    // The first token has expired, and so has the period in which its socket may still renew it.
    hand.advance(Duration::from_secs(6 * 60));
    idle.is(ConnectionState::Reconnecting, idle_ready).await;
    let order = burger();
    student.place(&order).await.unwrap();
    recorder.hears_of(id(&order), OrderStatus::Ready, ready).await;
    let heard = recorder.events();
    assert!(!heard[ready..].iter().any(|event| matches!(event, Event::State(_))), "{heard:?}");
    // The second token expires before it is replaced: the hub closes the connection, and the client fetches a token.
    hand.advance(Duration::from_secs(16 * 60));
    let lost = recorder.is(ConnectionState::Reconnecting, ready).await;
    let ready = recorder.is_ready(lost).await;
    let third = student.signed_in().unwrap();
    assert!(third.expires_at > second.expires_at);
    let order = burger();
    student.place(&order).await.unwrap();
    recorder.hears_of(id(&order), OrderStatus::Ready, ready).await;
    let heard = recorder.events();
    assert!(!heard.contains(&Event::State(ConnectionState::Refused)), "{heard:?}");
    // The third token has expired by the platform's clock, not by this program's: the refused call refreshes it.
    hand.advance(Duration::from_secs(16 * 60));
    student.orders(20, None).await.unwrap();
    assert!(student.signed_in().unwrap().expires_at > third.expires_at);
    drop(recorder);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_by_an_admin_leaves_an_anonymous_connection() {
    let (clock, hand) = Clock::by_hand(Clock::system().now());
    let system = InProcess::start_at(clock, |_| {}).await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let recorder = Recorder::start(&student);
    let ready = recorder.is_ready(0).await;
    let sessions = Arc::new(Mutex::new(Vec::new()));
    let memory = Arc::clone(&sessions);
    let _listener = student.on_session(move |session| memory.lock().unwrap().push(session));
    let disabled = ChangeUser { disabled: Some(true), ..ChangeUser::default() };
    admin.change_user(student.signed_in().unwrap().user.user_id, &disabled).await.unwrap();
    // The token is valid until its expiry, and cannot be refreshed.
    hand.advance(Duration::from_secs(16 * 60));
    let lost = recorder.is(ConnectionState::Reconnecting, ready).await;
    let refused = recorder.is(ConnectionState::Refused, lost).await;
    let ready = recorder.is_ready(recorder.is(ConnectionState::Connected, refused).await).await;
    assert_eq!(student.signed_in(), None);
    assert_eq!(*sessions.lock().unwrap(), [None]);
    // Public events still arrive.
    admin.resume().await.unwrap();
    let adjust = wire::stock::Adjust { delta: 1, reason: "scenario".to_owned(), key: client::new_order_id() };
    admin.adjust(&"burger".parse().unwrap(), &adjust).await.unwrap();
    recorder.hears("what is left", ready, |event| matches!(event, Event::Stock(_))).await;
    drop(recorder);
    system.stop().await;
}
