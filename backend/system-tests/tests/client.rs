//! The typed client, as programs have it, against a whole system: it hears of its orders, sends one again until it is
//! known what became of it, comes back when a part was away, and knows when its session is over.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use client::{Client, Endpoints, Keeping, Live, LiveEvent, LiveState};
use service_kit::Clock;
use system_tests::{
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
    Client::new(Endpoints::each(|name| system.url(name)), Keeping::Memory)
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

fn drill(mode: ChaosMode) -> SetChaos {
    SetChaos { enable: true, mode: Some(mode), latency_ms: None, error_rate: None, for_seconds: Some(60) }
}

/// A line, and all that was heard over it.
struct Ear {
    heard: Arc<Mutex<Vec<LiveEvent>>>,
    _live: Live,
}

impl Ear {
    fn of(client: &Client) -> Self {
        let heard: Arc<Mutex<Vec<LiveEvent>>> = Arc::default();
        let memory = Arc::clone(&heard);
        let live = client.live(move |event| memory.lock().unwrap().push(event));
        Self { heard, _live: live }
    }

    /// Waits until something like this was heard at or after the `since`th event; returns how much was heard up to it.
    async fn hears(&self, what: &str, since: usize, wanted: impl Fn(&LiveEvent) -> bool) -> usize {
        wait::until(&format!("to hear {what}"), async || {
            let heard = self.heard.lock().unwrap();
            match heard.iter().skip(since).position(&wanted) {
                Some(at) => Ok(since + at + 1),
                None => Err(heard.clone()),
            }
        })
        .await
    }

    async fn is(&self, state: LiveState, since: usize) -> usize {
        self.hears(&format!("{state:?}"), since, |event| *event == LiveEvent::State(state)).await
    }

    async fn is_ready(&self, since: usize) -> usize {
        self.hears("ready", since, |event| *event == LiveEvent::Ready).await
    }

    /// Whose orders it hears of, as it is ready.
    async fn hears_of(&self, order: &PlaceOrder, status: OrderStatus, since: usize) {
        let id = order.order_id.as_ref().unwrap();
        self.hears(status.as_str(), since, |event| {
            matches!(event, LiveEvent::Notification(news) if news.order_id == *id && news.status == status)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_and_heard_of_until_it_is_ready() {
    let system = InProcess::start().await;
    let student = student(&system).await;
    let ear = Ear::of(&student);
    let ready = ear.is_ready(0).await;
    let states =
        [LiveEvent::State(LiveState::Connecting), LiveEvent::State(LiveState::Live), LiveEvent::Ready];
    assert_eq!(ear.heard.lock().unwrap()[..3], states);
    let order = burger();
    assert!(!student.place(&order).await.unwrap().replayed);
    assert!(student.place(&order).await.unwrap().replayed);
    ear.hears_of(&order, OrderStatus::Ready, ready).await;
    ear.hears("what is left", ready, |event| matches!(event, LiveEvent::Stock(_))).await;
    let page = student.orders(20, None).await.unwrap();
    assert_eq!(page.orders.len(), 1);
    assert_eq!(page.orders[0], student.order(order.order_id.as_ref().unwrap()).await.unwrap());
    assert_eq!(student.menu().await.unwrap().len(), 19);
    let ticket = page.orders[0].ticket.unwrap();
    let shown = |event: &LiveEvent| matches!(event, LiveEvent::Board(board) if board.ready.contains(&ticket));
    ear.hears("the ticket on the board", ready, shown).await;
    assert_eq!(student.board().await.unwrap().ready, [ticket]);
    drop(ear);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_meets_a_drill_is_sent_again_and_is_one_order() {
    let system = InProcess::start().await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let gateway = ServiceName::OrderGateway;
    assert!(admin.set_chaos(gateway, &drill(ChaosMode::Unavailable)).await.unwrap().chaos_mode);
    let order = burger();
    let (waiting, mut is_waiting) = tokio::sync::watch::channel(None);
    let sending = student.place_until_known(&order, move |failure, tries| {
        waiting.send_replace(Some((failure.code(), tries)));
    });
    let ending = async {
        is_waiting.wait_for(|wait| wait.is_some_and(|(_, tries)| tries >= 2)).await.unwrap();
        assert_eq!(is_waiting.borrow().unwrap().0, Some(ErrorCode::Chaos));
        let off = SetChaos { enable: false, mode: None, for_seconds: None, ..drill(ChaosMode::Errors) };
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
async fn a_line_that_is_cut_says_so_and_comes_back() {
    let system = InProcess::start().await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let ear = Ear::of(&student);
    let ready = ear.is_ready(0).await;
    admin.set_chaos(ServiceName::NotificationHub, &drill(ChaosMode::Kill)).await.unwrap();
    let lost = ear.is(LiveState::Reconnecting, ready).await;
    let ready = ear.is_ready(ear.is(LiveState::Live, lost).await).await;
    let order = burger();
    student.place_until_known(&order, |_, _| {}).await.unwrap();
    ear.hears_of(&order, OrderStatus::Ready, ready).await;
    drop(ear);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_keeps_its_place_with_each_new_token_and_a_token_that_ended_is_replaced() {
    let (clock, hand) = Clock::by_hand(Clock::system().now());
    let system = InProcess::start_at(clock, |_| {}).await;
    let student = student(&system).await;
    let ear = Ear::of(&student);
    let ready = ear.is_ready(0).await;
    let first = student.signed_in().unwrap();
    // Somebody whose socket never shows another token.
    let idle = system.staff().await.listens().await;
    hand.advance(Duration::from_secs(10 * 60));
    let second = student.resume().await.unwrap().unwrap();
    assert!(second.expires_at > first.expires_at && second.user == first.user);
    // By the time an order has gone its way, the hub has seen the second.
    let order = burger();
    student.place(&order).await.unwrap();
    ear.hears_of(&order, OrderStatus::Ready, ready).await;
    // The first has ended, and the time in which its socket may still renew it is over.
    hand.advance(Duration::from_secs(6 * 60));
    wait::until("the hub to look who may stay", async || if idle.is_closed() { Ok(()) } else { Err("open") })
        .await;
    let order = burger();
    student.place(&order).await.unwrap();
    ear.hears_of(&order, OrderStatus::Ready, ready).await;
    let heard = ear.heard.lock().unwrap().clone();
    assert!(!heard[ready..].iter().any(|event| matches!(event, LiveEvent::State(_))), "{heard:?}");
    // The second has ended before it was replaced: the hub closes the line, which finds another token by itself.
    hand.advance(Duration::from_secs(16 * 60));
    let lost = ear.is(LiveState::Reconnecting, ready).await;
    let ready = ear.is_ready(lost).await;
    let third = student.signed_in().unwrap();
    assert!(third.expires_at > second.expires_at);
    let order = burger();
    student.place(&order).await.unwrap();
    ear.hears_of(&order, OrderStatus::Ready, ready).await;
    let heard = ear.heard.lock().unwrap().clone();
    assert!(!heard.contains(&LiveEvent::State(LiveState::Refused)), "{heard:?}");
    // The third has ended on the platform's clock, not on this program's: a call finds out, and helps itself.
    hand.advance(Duration::from_secs(16 * 60));
    student.orders(20, None).await.unwrap();
    assert!(student.signed_in().unwrap().expires_at > third.expires_at);
    drop(ear);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_an_admin_ends_is_over_and_its_line_goes_on_as_nobodys() {
    let (clock, hand) = Clock::by_hand(Clock::system().now());
    let system = InProcess::start_at(clock, |_| {}).await;
    let (student, admin) = (student(&system).await, admin(&system).await);
    let ear = Ear::of(&student);
    let ready = ear.is_ready(0).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let memory = Arc::clone(&told);
    student.on_session(move |session| memory.lock().unwrap().push(session));
    let disabled = ChangeUser { disabled: Some(true), ..ChangeUser::default() };
    admin.change_user(student.signed_in().unwrap().user.user_id, &disabled).await.unwrap();
    // Its token is good to its end; then there is no other.
    hand.advance(Duration::from_secs(16 * 60));
    let lost = ear.is(LiveState::Reconnecting, ready).await;
    let refused = ear.is(LiveState::Refused, lost).await;
    let ready = ear.is_ready(ear.is(LiveState::Live, refused).await).await;
    assert_eq!(student.signed_in(), None);
    assert_eq!(*told.lock().unwrap(), [None]);
    // Nobody's orders are heard of, and what is everybody's is.
    admin.resume().await.unwrap();
    let adjust = wire::stock::Adjust { delta: 1, reason: "scenario".to_owned(), key: client::new_order_id() };
    admin.adjust(&"burger".parse().unwrap(), &adjust).await.unwrap();
    ear.hears("what is left", ready, |event| matches!(event, LiveEvent::Stock(_))).await;
    drop(ear);
    system.stop().await;
}
