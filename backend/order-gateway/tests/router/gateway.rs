//! A gateway of its own for each test, with a queue that obeys the test, and small servers in place of the others.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::IntoResponse as _,
    routing::get,
};
use messaging::{OrderConsumer, OrderQueue, PublishError, QueueError, QueueStats, embedded::BroadcastFanout};
use order_gateway::{
    App, Config, Ports, health,
    keys::{Attempt, Begun, IdempotencyKeys, KeysError, memory::MemoryKeys},
    routes,
};
use serde::Deserialize;
use serde_json::Value;
use service_kit::{
    Clock, Service, Tasks,
    clock::Hand,
    hints::{MemoryHints, StockHints as _},
    http::assemble,
    peer::Peer,
    token::ServiceTokens,
};
use test_support::{
    request::{TestRequest, TestResponse},
    service::{TestService, serve},
    tokens::{TOKEN_TTL, TokenIssuer},
};
use wire::{
    Role, Time, UserId,
    kitchen::DeadLetters,
    message::OrderMessage,
    ops::ServiceName,
    order::{OrderCursor, OrderPage, OrderView},
    stock::{CachedStockLevel, Category, StockItem},
};

pub(crate) use test_support::tokens::USER_ID as STUDENT;

const NAME: ServiceName = ServiceName::OrderGateway;
/// A port where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// What the queue does with a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Takes,
    Full,
    Away,
    /// It takes the message and never says so.
    Hangs,
}

/// A queue that does as it is told, and remembers what it was given.
pub(crate) struct TestQueue {
    mode: Mutex<Mode>,
    given: Mutex<Vec<Vec<u8>>>,
}

impl TestQueue {
    pub(crate) fn now(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// The messages it was given, whatever it answered.
    pub(crate) fn given(&self) -> Vec<OrderMessage> {
        self.given.lock().unwrap().iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
    }
}

#[async_trait]
impl OrderQueue for TestQueue {
    async fn publish(&self, body: Vec<u8>) -> Result<(), PublishError> {
        self.given.lock().unwrap().push(body);
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Takes => Ok(()),
            Mode::Full => Err(PublishError::Full),
            Mode::Away => Err(PublishError::Unavailable),
            Mode::Hangs => std::future::pending().await,
        }
    }

    fn consumer(&self) -> Box<dyn OrderConsumer> {
        unreachable!("the gateway does not consume")
    }

    async fn dead_letters(&self, _: u32) -> Result<DeadLetters, QueueError> {
        unreachable!("the gateway has no dead letters")
    }

    async fn redrive(&self, _: i64) -> Result<bool, QueueError> {
        unreachable!("the gateway has no dead letters")
    }

    async fn stats(&self) -> Result<QueueStats, QueueError> {
        Ok(QueueStats::default())
    }

    async fn is_up(&self) -> bool {
        *self.mode.lock().unwrap() != Mode::Away
    }
}

/// Keys that cannot be asked.
pub(crate) struct NoKeys;

fn no_keys<T>() -> Result<T, KeysError> {
    Err(KeysError("no answer".into()))
}

#[async_trait]
impl IdempotencyKeys for NoKeys {
    async fn begin(&self, _: Attempt<'_>) -> Result<Begun, KeysError> {
        no_keys()
    }

    async fn confirm(&self, _: &wire::OrderKey) -> Result<bool, KeysError> {
        no_keys()
    }

    async fn release(&self, _: &wire::OrderKey, _: Uuid) -> Result<bool, KeysError> {
        no_keys()
    }

    async fn confirmed(&self, _: &wire::OrderKey) -> Result<Option<Vec<u8>>, KeysError> {
        no_keys()
    }

    async fn confirmed_of(&self, _: UserId, _: Time) -> Result<Vec<Vec<u8>>, KeysError> {
        no_keys()
    }

    async fn sweep(&self, _: Time) {}

    async fn is_up(&self) -> bool {
        false
    }
}

/// A kitchen that knows these orders, newest first.
#[derive(Default)]
pub(crate) struct Kitchen {
    pub(crate) orders: Mutex<Vec<OrderView>>,
    /// How often one order was asked for.
    pub(crate) asked_for_one: AtomicU32,
}

impl Kitchen {
    /// Knows another order, which was accepted then.
    pub(crate) fn knows(&self, order_id: &str, placed_at: Time) {
        let order = OrderView {
            order_id: order_id.parse().unwrap(),
            status: wire::OrderStatus::InKitchen,
            reason: None,
            items: vec![],
            ticket: Some(1),
            lines: vec![],
            total_poisha: 0,
            placed_at,
            seq: 1,
            history: vec![],
        };
        let mut orders = self.orders.lock().unwrap();
        orders.push(order);
        orders.sort_by_key(|order| std::cmp::Reverse(cursor(order)));
    }
}

fn cursor(order: &OrderView) -> OrderCursor {
    OrderCursor { placed_at: order.placed_at, order_id: order.order_id.clone() }
}

#[derive(Deserialize)]
struct PageQuery {
    limit: usize,
    before: Option<OrderCursor>,
}

#[derive(Deserialize)]
struct OneQuery {
    key: wire::OrderKey,
}

async fn serve_kitchen(kitchen: &Arc<Kitchen>, tasks: &Tasks) -> String {
    let list =
        async |State(kitchen): State<Arc<Kitchen>>, Path(_): Path<String>, Query(page): Query<PageQuery>| {
            let known = kitchen.orders.lock().unwrap().clone();
            let mut orders: Vec<_> = known
                .into_iter()
                .filter(|order| page.before.as_ref().is_none_or(|before| cursor(order) < *before))
                .collect();
            let more = orders.len() > page.limit;
            orders.truncate(page.limit);
            let next = orders.last().filter(|_| more).map(cursor);
            Json(OrderPage { orders, next })
        };
    let one = async |State(kitchen): State<Arc<Kitchen>>, Query(query): Query<OneQuery>| {
        kitchen.asked_for_one.fetch_add(1, Ordering::Relaxed);
        let known = kitchen.orders.lock().unwrap().clone();
        match known.into_iter().find(|order| order.order_id == query.key.order_id) {
            Some(order) => Json(order).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    };
    let router = Router::new()
        .route("/users/{id}/orders", get(list))
        .route("/orders", get(one))
        .with_state(kitchen.clone());
    serve(router, tasks).await
}

/// A dish of the menu.
pub(crate) fn item(id: &str, quantity: u32) -> StockItem {
    StockItem {
        id: id.parse().unwrap(),
        name: format!("The {id}"),
        category: Category::Mains,
        price_poisha: 18_000,
        picture: id.to_owned(),
        available: true,
        quantity,
        version: 1,
        revision: 1,
    }
}

/// What a gateway is made of.
pub(crate) struct Plan {
    /// What the stock-service answers; `None` when it is away.
    pub(crate) stock: Option<Vec<StockItem>>,
    /// What was kept of the menu.
    pub(crate) kept: Option<Vec<StockItem>>,
    /// The kitchen; `None` when it is away.
    pub(crate) kitchen: Option<Arc<Kitchen>>,
    pub(crate) keys: Arc<dyn IdempotencyKeys>,
}

impl Default for Plan {
    /// A kept menu of burger and cola, the stock-service and the kitchen away.
    fn default() -> Self {
        Self {
            stock: None,
            kept: Some(vec![item("burger", 35), item("cola", 80)]),
            kitchen: None,
            keys: Arc::new(MemoryKeys::new(Duration::from_secs(24 * 3600), 10_000)),
        }
    }
}

pub(crate) struct Gateway {
    router: Router,
    pub(crate) service: Service,
    pub(crate) hand: Hand,
    pub(crate) queue: Arc<TestQueue>,
    pub(crate) hints: Arc<MemoryHints>,
    _folder: tempfile::TempDir,
}

pub(crate) async fn gateway(plan: Plan) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    let tasks = Tasks::new();
    let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_344_800_000));
    let stock = match plan.stock {
        Some(items) => {
            let answer = async move || Json(items.clone());
            serve(Router::new().route("/stock", get(answer)), &tasks).await
        }
        None => NOWHERE.to_owned(),
    };
    let kitchen = match &plan.kitchen {
        Some(kitchen) => serve_kitchen(kitchen, &tasks).await,
        None => NOWHERE.to_owned(),
    };
    let tokens = ServiceTokens::new(NAME, &[2; 32], clock.clone());
    let peer = |target, url: &str| Peer::new(target, url, tokens.clone(), Duration::from_secs(3));
    let menu_file: PathBuf = folder.path().join("menu.json");
    if let Some(kept) = plan.kept {
        std::fs::write(&menu_file, serde_json::to_vec(&kept).unwrap()).unwrap();
    }
    let queue = Arc::new(TestQueue { mode: Mutex::new(Mode::Takes), given: Mutex::default() });
    let hints = Arc::new(MemoryHints::new());
    let ports = Ports {
        queue: queue.clone(),
        keys: plan.keys,
        hints: hints.clone(),
        fanout: Arc::new(BroadcastFanout::new(16)),
        stock: peer(ServiceName::StockService, &stock),
        kitchen: peer(ServiceName::KitchenQueue, &kitchen),
        menu_file: Some(menu_file),
    };
    let service = TestService::new(NAME, clock).tasks(tasks).build(health(&ports));
    let app = App::new(service.clone(), &Config::default(), ports);
    let router = assemble(&service, service.http.frame(), routes(&app));
    Gateway { router, service, hand, queue, hints, _folder: folder }
}

impl Gateway {
    fn request(&self, call: &str) -> TestRequest {
        let token = TokenIssuer::default().token(STUDENT, Role::Student, self.now(), TOKEN_TTL);
        TestRequest::new(&self.router, call).token(&token)
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.request(&format!("GET {path}")).send().await
    }

    pub(crate) async fn order(&self, body: Value) -> TestResponse {
        self.request("POST /order").json(body).send().await
    }

    pub(crate) async fn order_with_key(&self, key: &str, body: Value) -> TestResponse {
        self.request("POST /order").header("idempotency-key", key).json(body).send().await
    }

    /// Tells a hint.
    pub(crate) async fn hint(&self, id: &str, quantity: u32, version: u64, at: Time) {
        let hint = CachedStockLevel { item_id: id.parse().unwrap(), quantity, available: true, version, at };
        self.hints.write(vec![hint]).await;
    }

    pub(crate) fn now(&self) -> Time {
        self.service.clock.now()
    }

    /// The value of a metric without labels, or of one with these labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        self.service.metrics.values().get(name).copied().unwrap_or_default()
    }
}
