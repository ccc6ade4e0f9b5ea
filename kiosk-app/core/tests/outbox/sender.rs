//! Sending: the order of orders, failures that keep an order and failures that are final, delays, callers that wait.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use client::{Failure, Placed};
use kiosk_core::outbox::{
    Outbox, State,
    sender::{Event, Outcome, Place, Sender},
};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use wire::{
    ErrorCode, Problem, Time,
    identity::Secret,
    order::{OrderAccepted, PlaceOrder},
};

use crate::fixture::{self, NOW_MS, TOKEN, id, order};

/// Server of one test. It accepts every order unless it has been given other responses.
#[derive(Clone, Default)]
struct Server(Arc<ServerState>);

#[derive(Default)]
struct ServerState {
    responses: Mutex<VecDeque<Result<String, Failure>>>,
    requests: Mutex<Vec<(String, Instant)>>,
    active: AtomicUsize,
    /// While it is closed, requests are not answered.
    gate: Mutex<Option<Arc<Notify>>>,
    arrived: Notify,
}

impl Server {
    fn fails_with(self, failures: impl IntoIterator<Item = Failure>) -> Self {
        self.0.responses.lock().extend(failures.into_iter().map(Err));
        self
    }

    fn requested(&self) -> Vec<String> {
        self.0.requests.lock().iter().map(|(order_id, _)| order_id.clone()).collect()
    }
}

impl Place for Server {
    async fn place(&self, token: &Secret, order: &PlaceOrder) -> Result<Placed, Failure> {
        let state = &self.0;
        assert_eq!(state.active.fetch_add(1, Ordering::SeqCst), 0, "two orders at once");
        let order_id = order.order_id.clone().unwrap();
        assert_eq!((token.0.as_str(), order), (TOKEN, &fixture::order(order_id.as_str()).order), "unchanged");
        state.requests.lock().push((order_id.to_string(), Instant::now()));
        state.arrived.notify_one();
        let gate = state.gate.lock().clone();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        state.active.fetch_sub(1, Ordering::SeqCst);
        let answered = state.responses.lock().pop_front().unwrap_or(Ok(order_id.to_string()))?;
        let accepted = OrderAccepted::new(id(&answered), Time::from_millis(NOW_MS + 1));
        Ok(Placed { accepted, replayed: false })
    }
}

/// Kiosk of one test.
struct Kiosk {
    _folder: tempfile::TempDir,
    outbox: Outbox,
    sender: Sender<Server>,
    server: Server,
    events: mpsc::Receiver<Event>,
    clock: Arc<AtomicI64>,
}

impl Kiosk {
    async fn new(server: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outbox = fixture::open(folder.path()).await;
        let (events, receiver) = mpsc::channel(64);
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let ticking = Arc::clone(&clock);
        let now = Arc::new(move || Time::from_millis(ticking.load(Ordering::SeqCst)));
        let sender = Sender::new(outbox.clone(), server.clone(), now, events);
        Self { _folder: folder, outbox, sender, server, events: receiver, clock }
    }

    async fn keep(&self, order_id: &str) {
        self.outbox.keep(&order(order_id), fixture::now()).await.unwrap();
    }

    /// Runs the sender while `test` runs.
    async fn while_sending<T>(&mut self, test: impl AsyncFnOnce(&mut Self) -> T) -> T {
        let sender = self.sender.clone();
        tokio::select! {
            () = sender.run() => unreachable!("the sender runs until it is dropped"),
            result = test(self) => result,
        }
    }

    async fn event(&mut self) -> Event {
        let event = tokio::time::timeout(Duration::from_secs(60), self.events.recv()).await;
        event.expect("no event came").expect("the sender is gone")
    }
}

fn problem(code: ErrorCode) -> Failure {
    Failure::Problem { problem: Box::new(Problem::new(code)), retry_after: None }
}

fn sent(order_id: &str) -> Event {
    Event::Sent { order_id: id(order_id), replayed: false, accepted_at: Time::from_millis(NOW_MS + 1) }
}

#[tokio::test]
async fn orders_are_sent_oldest_first() {
    let mut kiosk = Kiosk::new(Server::default()).await;
    for order_id in ["z", "a", "m"] {
        kiosk.keep(order_id).await;
    }
    kiosk
        .while_sending(async |kiosk| {
            for order_id in ["z", "a", "m"] {
                assert_eq!(kiosk.event().await, sent(order_id));
            }
        })
        .await;
    assert_eq!(kiosk.server.requested(), ["z", "a", "m"]);
    assert_eq!(kiosk.outbox.list().await.unwrap(), []);
}

#[tokio::test]
async fn a_final_refusal_is_kept_for_staff_and_the_next_order_is_sent() {
    let codes = [
        ErrorCode::SoldOut,
        ErrorCode::Conflict,
        ErrorCode::Forbidden,
        ErrorCode::Unauthenticated,
        ErrorCode::KeyReused,
        ErrorCode::Invalid,
    ];
    let mut kiosk = Kiosk::new(Server::default().fails_with(codes.map(problem))).await;
    for code in codes {
        kiosk.keep(code.as_str()).await;
    }
    kiosk.keep("good").await;
    kiosk
        .while_sending(async |kiosk| {
            for code in codes {
                assert_eq!(
                    kiosk.event().await,
                    Event::Refused { order_id: id(code.as_str()), code, items: Vec::new() }
                );
            }
            assert_eq!(kiosk.event().await, sent("good"));
        })
        .await;
    for code in codes {
        let entry = kiosk.outbox.get(&id(code.as_str())).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.content.unwrap()), (State::Refused(code), order(code.as_str())));
    }
    assert_eq!(kiosk.server.requested().len(), codes.len() + 1, "one attempt each");
}

#[tokio::test]
async fn an_unknown_outcome_keeps_the_order_and_its_place() {
    let failures = [
        Failure::Unreachable,
        Failure::TimedOut,
        Failure::Unreadable("the sign-in page of a network".to_owned()),
        Failure::SignedOut,
        problem(ErrorCode::QueueUnavailable),
        problem(ErrorCode::OutcomeUnknown),
        problem(ErrorCode::Internal),
    ];
    for failure in failures {
        let mut kiosk = Kiosk::new(Server::default().fails_with([failure.clone()])).await;
        kiosk.keep("first").await;
        kiosk.keep("second").await;
        kiosk
            .while_sending(async |kiosk| {
                // The next pass follows at once.
                kiosk.sender.wake();
                assert_eq!(kiosk.event().await, sent("first"), "{failure}");
                assert_eq!(kiosk.event().await, sent("second"), "{failure}");
            })
            .await;
        assert_eq!(kiosk.server.requested(), ["first", "first", "second"], "{failure}");
    }
}

#[tokio::test]
async fn an_answer_for_another_order_is_none() {
    let server = Server::default();
    server.0.responses.lock().push_back(Ok("other".to_owned()));
    let mut kiosk = Kiosk::new(server).await;
    kiosk.keep("mine").await;
    kiosk
        .while_sending(async |kiosk| {
            assert_eq!(kiosk.sender.try_now(&id("mine")).await, Outcome::Waiting);
            kiosk.sender.wake();
            assert_eq!(kiosk.event().await, sent("mine"));
        })
        .await;
    assert_eq!(kiosk.server.requested(), ["mine", "mine"]);
}

#[tokio::test]
async fn a_delay_that_the_server_asks_for_is_kept_whoever_wakes_the_sender() {
    let delay = Duration::from_secs(1);
    for code in [ErrorCode::TooManyAttempts, ErrorCode::Overloaded] {
        let failure = Failure::Problem { problem: Box::new(Problem::new(code)), retry_after: Some(delay) };
        let mut kiosk = Kiosk::new(Server::default().fails_with([failure])).await;
        kiosk.keep("one").await;
        kiosk
            .while_sending(async |kiosk| {
                for _ in 0..20 {
                    assert_eq!(kiosk.sender.try_now(&id("one")).await, Outcome::Waiting);
                }
                assert_eq!(kiosk.event().await, sent("one"));
            })
            .await;
        let requests = kiosk.server.0.requests.lock();
        let times: Vec<_> = requests.iter().map(|(_, at)| *at).collect();
        assert_eq!(times.len(), 2, "{code:?}");
        assert!(times[1] - times[0] >= delay, "{code:?}");
    }
}

#[tokio::test]
async fn a_caller_gets_the_outcome_of_its_order_after_the_older_ones() {
    let server = Server::default();
    server.0.responses.lock().extend([Ok("old".to_owned()), Err(problem(ErrorCode::SoldOut))]);
    let mut kiosk = Kiosk::new(server).await;
    for order_id in ["old", "refused", "new"] {
        kiosk.keep(order_id).await;
    }
    kiosk
        .while_sending(async |kiosk| {
            let outcome = kiosk.sender.try_now(&id("new")).await;
            assert!(matches!(&outcome, Outcome::Sent(placed) if placed.accepted.order_id == id("new")));
            // Also those that ask late, or about orders that are not there.
            assert_eq!(kiosk.sender.try_now(&id("new")).await, outcome);
            let refused = Outcome::Refused { code: ErrorCode::SoldOut, items: Vec::new() };
            assert_eq!(kiosk.sender.try_now(&id("refused")).await, refused);
            assert_eq!(kiosk.sender.try_now(&id("nobody")).await, Outcome::Gone);
        })
        .await;
    assert_eq!(kiosk.server.requested(), ["old", "refused", "new"]);
}

#[tokio::test]
async fn an_order_is_never_sent_twice_at_once() {
    let mut kiosk = Kiosk::new(Server::default()).await;
    let names: Vec<_> = (0..40).map(|n| format!("order-{n}")).collect();
    for name in &names {
        kiosk.keep(name).await;
    }
    let second = kiosk.sender.clone();
    let test = kiosk.while_sending(async |kiosk| {
        let (sender, last) = (kiosk.sender.clone(), id("order-39"));
        let callers = (0..12).map(|_| sender.try_now(&last));
        let all = async {
            for name in &names {
                assert_eq!(kiosk.event().await, sent(name));
            }
        };
        let (outcomes, ()) = tokio::join!(futures_util::future::join_all(callers), all);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Sent(_))), "{outcomes:?}");
    });
    tokio::select! {
        () = second.run() => unreachable!("the sender runs until it is dropped"),
        () = test => {}
    }
    assert_eq!(kiosk.server.requested(), names);
}

#[tokio::test]
async fn an_order_expires_with_an_event_and_is_not_sent() {
    let unreachable = std::iter::repeat_n(Failure::Unreachable, 100);
    let mut kiosk = Kiosk::new(Server::default().fails_with(unreachable)).await;
    kiosk.keep("late").await;
    kiosk
        .while_sending(async |kiosk| {
            assert_eq!(kiosk.sender.try_now(&id("late")).await, Outcome::Waiting);
            let entry = kiosk.outbox.get(&id("late")).await.unwrap().unwrap();
            assert!(entry.state == State::Waiting && entry.attempts > 0, "{entry:?}");
            kiosk.clock.store(order("late").expires_at.as_millis(), Ordering::SeqCst);
            kiosk.sender.wake();
            assert_eq!(kiosk.event().await, Event::Expired { order_id: id("late") });
            assert_eq!(kiosk.sender.try_now(&id("late")).await, Outcome::Expired);
        })
        .await;
    let requests = kiosk.server.requested().len();
    assert!(requests < 100, "{requests} requests");
    assert_eq!(kiosk.outbox.get(&id("late")).await.unwrap().unwrap().state, State::Expired);
}

#[tokio::test]
async fn an_order_is_not_cleared_while_it_is_being_sent() {
    let mut kiosk = Kiosk::new(Server::default()).await;
    let gate = Arc::new(Notify::new());
    *kiosk.server.0.gate.lock() = Some(Arc::clone(&gate));
    kiosk.keep("one").await;
    kiosk
        .while_sending(async |kiosk| {
            kiosk.server.0.arrived.notified().await;
            assert!(kiosk.sender.is_sending());
            let (sender, order_id) = (kiosk.sender.clone(), id("one"));
            let clear = sender.clear(&order_id, "asked for it");
            let release = async { gate.notify_one() };
            let (cleared, ()) = tokio::join!(clear, release);
            assert!(!cleared.unwrap(), "it was sent before");
            assert_eq!(kiosk.event().await, sent("one"));
        })
        .await;
    assert_eq!(kiosk.outbox.cleared().await.unwrap(), []);
}

#[tokio::test]
async fn a_sender_that_is_dropped_in_the_middle_sends_the_order_again() {
    let mut kiosk = Kiosk::new(Server::default()).await;
    let gate = Arc::new(Notify::new());
    *kiosk.server.0.gate.lock() = Some(gate);
    kiosk.keep("one").await;
    kiosk.while_sending(async |kiosk| kiosk.server.0.arrived.notified().await).await;
    *kiosk.server.0.gate.lock() = None;
    kiosk.server.0.active.store(0, Ordering::SeqCst);
    kiosk.while_sending(async |kiosk| assert_eq!(kiosk.event().await, sent("one"))).await;
    assert_eq!(kiosk.server.requested(), ["one", "one"]);
}
