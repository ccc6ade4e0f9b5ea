//! Ten thousand kept orders sent to a server that dies, answers slowly, twice, or not at all: none lost, none doubled, all
//! in order.

use std::{
    collections::HashSet,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use client::{Client, Endpoints, TokenStorage, transport::Transport};
use kiosk_core::outbox::sender::{Event, Outcome, Sender};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use wire::{
    ErrorCode, Problem, Time,
    order::{OrderAccepted, PlaceOrder},
};

use crate::fixture::{self, NOW_MS, Random, TOKEN, id};

const ORDERS: usize = 10_000;

/// Orders that the gateway has, and the faults that it still has in store.
struct Gateway {
    accepted: Mutex<Vec<String>>,
    known: Mutex<HashSet<String>>,
    random: Mutex<Random>,
    faults: Mutex<usize>,
    failed: Mutex<usize>,
    wake: Box<dyn Fn() + Send + Sync>,
    /// Notified whenever an order is accepted.
    progress: Notify,
}

impl Gateway {
    /// Accepts an order once, and returns the response and whether it is a repetition.
    fn accept(&self, order: &PlaceOrder) -> Response {
        let order_id = order.order_id.clone().unwrap();
        let replayed = !self.known.lock().insert(order_id.to_string());
        if !replayed {
            self.accepted.lock().push(order_id.to_string());
            self.progress.notify_one();
        }
        let accepted = OrderAccepted::new(order_id, Time::from_millis(NOW_MS));
        let body = serde_json::to_string(&accepted).unwrap();
        let mut response = (StatusCode::ACCEPTED, body).into_response();
        if replayed {
            response.headers_mut().insert("idempotent-replayed", "true".parse().unwrap());
        }
        response
    }

    fn problem(code: ErrorCode, retry_after: Option<&str>) -> Response {
        let status = StatusCode::from_u16(code.status()).unwrap();
        let body = serde_json::to_string(&Problem::new(code)).unwrap();
        let mut response = (status, body).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("retry-after", seconds.parse().unwrap());
        }
        response
    }
}

/// Ends the connection without a response. The panic is not reported.
fn dies() -> ! {
    std::panic::resume_unwind(Box::new("the gateway dies"))
}

async fn place(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}").as_str());
    let order: PlaceOrder = serde_json::from_slice(&body).unwrap();
    let order_id = order.order_id.clone().unwrap();
    assert_eq!(order, fixture::order(order_id.as_str()).order, "the order is unchanged");
    if gateway.random.lock().below(100) > 0 {
        return gateway.accept(&order);
    }
    let fault = {
        let mut faults = gateway.faults.lock();
        *faults += 1;
        *faults
    };
    *gateway.failed.lock() += 1;
    // The sender would wait for seconds after each failure; the test does not.
    (gateway.wake)();
    // Three faults take seconds, so they come once.
    match fault {
        3 => {
            gateway.accept(&order);
            return std::future::pending().await;
        }
        5 => return Gateway::problem(ErrorCode::TooManyAttempts, Some("1")),
        7 => return Gateway::problem(ErrorCode::Overloaded, Some("1")),
        _ => {}
    }
    match fault % 8 {
        0 => dies(),
        1 => {
            gateway.accept(&order);
            dies()
        }
        2 => Gateway::problem(ErrorCode::QueueUnavailable, None),
        3 => {
            gateway.accept(&order);
            Gateway::problem(ErrorCode::OutcomeUnknown, None)
        }
        4 => {
            let (parts, _) = gateway.accept(&order).into_parts();
            let cut = futures_util::stream::iter([Ok("{\"orderId\""), Err(std::io::Error::other("cut"))]);
            Response::from_parts(parts, Body::from_stream(cut))
        }
        5 => (StatusCode::BAD_GATEWAY, "<html>Bad gateway</html>").into_response(),
        6 => (StatusCode::OK, "<html>Sign in to the network</html>").into_response(),
        _ => {
            // Slowly.
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            gateway.accept(&order)
        }
    }
}

/// Server in a runtime of its own, so that all its connections end with it.
struct Server(Option<tokio::runtime::Runtime>);

impl Server {
    fn start(listener: TcpListener, gateway: &Arc<Gateway>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router =
            Router::new().route("/api/order-gateway/order", post(place)).with_state(Arc::clone(gateway));
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Self(Some(runtime))
    }

    fn kill(mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Listens at the same address again, as soon as the earlier server has let go of it.
fn listen(address: SocketAddr) -> TcpListener {
    let started = Instant::now();
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "{address}: {error}"),
        }
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_orders_reach_a_failing_server_once_each_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = fixture::open(folder.path()).await;
    let started = Instant::now();
    let names: Vec<_> = (0..ORDERS).map(|n| format!("order-{n}")).collect();
    for name in &names {
        outbox.keep(&fixture::order(name), fixture::now()).await.unwrap();
    }
    let kept_in = started.elapsed();

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoints = Endpoints::of_origin(&format!("http://{address}"));
    let client = Client::new(Transport::http(endpoints), TokenStorage::Memory);
    let (events, mut received) = mpsc::channel(64);
    let sender = Sender::new(outbox.clone(), client, Arc::new(fixture::now), events);
    let waker = sender.clone();
    let gateway = Arc::new(Gateway {
        accepted: Mutex::default(),
        known: Mutex::default(),
        random: Mutex::new(Random::new(3)),
        faults: Mutex::default(),
        failed: Mutex::default(),
        wake: Box::new(move || waker.wake()),
        progress: Notify::new(),
    });

    let started = Instant::now();
    let mut server = Server::start(listener, &gateway);
    let kills = async {
        for after in [ORDERS / 3, ORDERS / 2, ORDERS * 9 / 10] {
            while gateway.accepted.lock().len() < after {
                gateway.progress.notified().await;
            }
            server.kill();
            // The last order is tried once more while nothing listens, so that the sender sees it.
            while sender.try_now(&id(&names[ORDERS - 1])).await != Outcome::Waiting {}
            server = Server::start(listen(address), &gateway);
            sender.wake();
        }
        server
    };
    let reads = async {
        let (mut sent, mut replayed) = (Vec::with_capacity(ORDERS), 0);
        while sent.len() < ORDERS {
            let event = tokio::time::timeout(Duration::from_secs(120), received.recv()).await;
            match event.expect("nothing is sent any more").unwrap() {
                Event::Sent { order_id, replayed: again, .. } => {
                    sent.push(order_id.to_string());
                    replayed += usize::from(again);
                }
                other => panic!("{other:?}"),
            }
        }
        (sent, replayed)
    };
    let (server, (sent, replayed)) = tokio::select! {
        () = sender.run() => unreachable!("the sender runs until it is dropped"),
        done = async { tokio::join!(kills, reads) } => done,
    };
    let sent_in = started.elapsed();
    server.kill();

    assert!(sent == names, "sent in another order");
    assert!(*gateway.accepted.lock() == names, "accepted in another order, or not once each");
    assert_eq!(outbox.counts().await.unwrap(), kiosk_core::outbox::Counts::default());
    let failed = *gateway.failed.lock();
    println!(
        "{ORDERS} orders: kept in {:.1} s, sent in {:.1} s beside {failed} faults and 3 deaths of the server; \
         {replayed} were answered a second time",
        kept_in.as_secs_f64(),
        sent_in.as_secs_f64()
    );
    assert!(failed > 50 && replayed > 10, "{failed} faults, {replayed} replays");
}
