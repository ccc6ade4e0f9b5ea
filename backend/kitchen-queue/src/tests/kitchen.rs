//! A kitchen of its own for each test.

use std::{
    fmt::Debug,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use http_body_util::BodyExt as _;
use messaging::{
    News, OrderQueue as _, Subscription,
    embedded::{BroadcastFanout, SqliteOrderQueue},
};
use serde_json::{Value, json};
use service_kit::{
    Clock, Service, Tasks,
    audit::SqliteAudit,
    chaos::Chaos,
    clock::Hand,
    http::{HttpConfig, assemble},
    keys::{KeySource, Verifier, published},
    metrics::Metrics,
    peer::Peer,
    token::{ServiceTokens, Signer},
};
use tower::ServiceExt as _;
use uuid::Uuid;
use wire::{
    ErrorCode, OrderKey, OrderStatus, Problem, Role, Time, UserId,
    event::Event,
    identity::{Claims, USER_AUDIENCE, USER_ISSUER},
    message::{Fingerprint, OrderMessage},
    ops::ServiceName,
    order::PricedLine,
    problem::ItemLeft,
    stock::{Reduce, Release, StockResult, StockResults},
};

use crate::{App, Config, Ports, store::KitchenStore as _, store::sqlite::SqliteKitchen};

const NAME: ServiceName = ServiceName::KitchenQueue;

/// What the stock-service says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Says {
    /// All can be had.
    Yes,
    /// One is left of everything.
    OneLeft,
    /// A drill.
    Chaos,
    /// Its database is away.
    Down,
}

/// A stock-service that says what it is told to, and remembers what it was asked.
pub(super) struct Stock {
    says: Mutex<Says>,
    reduced: Mutex<Vec<OrderKey>>,
    released: Mutex<Vec<OrderKey>>,
}

impl Stock {
    pub(super) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// The orders that it was asked for, as often as it was.
    pub(super) fn reduced(&self) -> Vec<String> {
        self.reduced.lock().unwrap().iter().map(|key| key.order_id.to_string()).collect()
    }

    pub(super) fn released(&self) -> Vec<String> {
        self.released.lock().unwrap().iter().map(|key| key.order_id.to_string()).collect()
    }

    fn answer(&self, keys: Vec<OrderKey>, always: bool) -> Response {
        let says = *self.says.lock().unwrap();
        let refused =
            |code: ErrorCode| (StatusCode::SERVICE_UNAVAILABLE, Json(Problem::new(code))).into_response();
        let result = |order_key| match says {
            Says::OneLeft if !always => StockResult {
                order_key,
                status: 422,
                code: Some(ErrorCode::InsufficientStock),
                items: vec![],
                left: vec![ItemLeft { item_id: "burger".parse().unwrap(), left: 1 }],
            },
            _ => StockResult { order_key, status: 200, code: None, items: vec![], left: vec![] },
        };
        match says {
            Says::Chaos => refused(ErrorCode::Chaos),
            Says::Down => refused(ErrorCode::DependencyDown),
            Says::Yes | Says::OneLeft => {
                Json(StockResults { results: keys.into_iter().map(result).collect() }).into_response()
            }
        }
    }
}

async fn serve(stock: Arc<Stock>, tasks: &Tasks) -> String {
    let reduce = async |State(stock): State<Arc<Stock>>, Json(asked): Json<Reduce>| {
        let Reduce::Many { orders } = asked else { panic!("the kitchen asks for many") };
        let keys: Vec<_> = orders.into_iter().map(|order| order.order_key).collect();
        stock.reduced.lock().unwrap().extend(keys.clone());
        stock.answer(keys, false)
    };
    let release = async |State(stock): State<Arc<Stock>>, Json(asked): Json<Release>| {
        let Release::Many { order_keys } = asked else { panic!("the kitchen gives back many") };
        stock.released.lock().unwrap().extend(order_keys.clone());
        stock.answer(order_keys, true)
    };
    let router = Router::new()
        .route("/stock/reduce", post(reduce))
        .route("/stock/release", post(release))
        .with_state(stock);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

pub(super) struct Kitchen {
    pub(super) app: App,
    router: Router,
    pub(super) hand: Hand,
    pub(super) store: Arc<SqliteKitchen>,
    pub(super) queue: Arc<SqliteOrderQueue>,
    pub(super) stock: Arc<Stock>,
    news: Box<dyn Subscription>,
    signer: Signer,
    pub(super) folder: tempfile::TempDir,
}

/// An answer: its status and its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    #[track_caller]
    pub(super) fn is(&self, status: u16, code: &str) -> &Self {
        let given = self.body["code"].as_str().unwrap_or_default();
        assert_eq!((self.status, given), (status, code), "{}", self.body);
        self
    }
}

/// An order of two burgers.
pub(super) fn message(order_id: &str, print: u8, accepted_at: Time) -> OrderMessage {
    OrderMessage {
        key: OrderKey { user_id: UserId(Uuid::from_u128(1)), order_id: order_id.parse().unwrap() },
        fingerprint: Fingerprint([print; 16]),
        accepted_at,
        lines: vec![PricedLine {
            item_id: "burger".parse().unwrap(),
            name: "Burger".into(),
            quantity: 2.try_into().unwrap(),
            price_poisha: 18_000,
        }],
        trace: None,
    }
}

/// Waits until there is something, and returns it.
pub(super) async fn until<T, E: Debug>(what: &str, look: impl AsyncFn() -> Result<T, E>) -> T {
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    let mut last = None;
    for _ in 0..1_500 {
        pause.tick().await;
        match look().await {
            Ok(found) => return found,
            Err(seen) => last = Some(seen),
        }
    }
    panic!("waited for {what}, and last saw {last:?}");
}

/// A kitchen whose workers do not work yet.
pub(super) async fn kitchen(config: Config) -> Kitchen {
    let folder = tempfile::tempdir().unwrap();
    let tasks = Tasks::new();
    let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_344_800_000));
    let path = folder.path().join("queue.db");
    let queue =
        SqliteOrderQueue::open(&path, 100_000, &tasks, clock.clone(), &Metrics::new("queue")).await.unwrap();
    let store = Arc::new(SqliteKitchen::open(&folder.path().join("kitchen.db")).await.unwrap());
    let stock = Arc::new(Stock {
        says: Mutex::new(Says::Yes),
        reduced: Mutex::default(),
        released: Mutex::default(),
    });
    let url = serve(stock.clone(), &tasks).await;
    let fanout = Arc::new(BroadcastFanout::new(4096));
    let news = messaging::Fanout::subscribe(&*fanout);
    let tokens = ServiceTokens::new(NAME, &[2; 32], clock.clone());
    let ports = Ports {
        store: store.clone(),
        queue: queue.clone(),
        fanout,
        stock: Peer::new(ServiceName::StockService, &url, tokens, Duration::from_secs(3)),
    };
    let signer = Signer::new("people-1", &[1; 32]);
    let keys = KeySource::Own(published(vec![signer.public().clone()]));
    let service = Service {
        name: NAME,
        instance: "test".into(),
        clock: clock.clone(),
        tasks,
        metrics: Metrics::new(NAME.as_str()),
        health: crate::health(&ports),
        chaos: Chaos::new(NAME, clock.clone()),
        chaos_allowed: true,
        verifier: Verifier::new(NAME, clock, keys, &[], None),
        audit: Arc::new(SqliteAudit(store.database().clone())),
        http: HttpConfig::default(),
    };
    let app = App::new(service.clone(), config, ports);
    let router = assemble(&service, service.http.frame(), crate::routes(&app));
    Kitchen { app, router, hand, store, queue, stock, news, signer, folder }
}

impl Kitchen {
    pub(super) fn now(&self) -> Time {
        self.app.service.clock.now()
    }

    pub(super) fn opens(&self) {
        crate::work::start(&self.app);
    }

    /// Puts orders into the queue.
    pub(super) async fn is_sent(&self, names: &[&str]) {
        for name in names {
            let body = serde_json::to_vec(&message(name, 1, self.now())).unwrap();
            self.queue.publish(body).await.unwrap();
        }
    }

    /// Waits for an order to be so, and returns its reason.
    pub(super) async fn has(&self, name: &str, status: OrderStatus) -> Option<wire::status::Reason> {
        let key = message(name, 1, self.now()).key;
        until(&format!("{name} to be {}", status.as_str()), async || {
            let order = self.store.order(&key).await.map_err(|error| error.to_string())?;
            order.filter(|order| order.status == status).ok_or_else(|| format!("{:?}", self.seen()))
        })
        .await
        .reason
    }

    fn seen(&self) -> std::collections::BTreeMap<String, f64> {
        self.app.service.metrics.values()
    }

    pub(super) fn metric(&self, name: &str) -> f64 {
        self.seen().get(name).copied().unwrap_or_default()
    }

    pub(super) async fn call(&self, role: Role, call: &str, body: Option<Value>) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let now = self.now().as_secs();
        let claims = Claims {
            sub: "00000000-0000-7000-8000-00000000000a".into(),
            role,
            iss: USER_ISSUER.into(),
            aud: USER_AUDIENCE.into(),
            iat: now,
            exp: now + 900,
            name: None,
            username: None,
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.signer.sign(&claims).0))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.map(|body| body.to_string()).unwrap_or_default()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// Sets a ticket's status as staff.
    pub(super) async fn sets(&self, id: &str, status: &str, seq: u32) -> Answer {
        let body = json!({ "status": status, "expectedSeq": seq });
        self.call(Role::Staff, &format!("POST /tickets/{id}/status"), Some(body)).await
    }

    /// The next events, until one of them is wanted.
    pub(super) async fn hears(&mut self, wanted: impl Fn(&Event) -> bool) {
        let mut heard = Vec::new();
        let search = async {
            while let Some(News::Event(event)) = self.news.next().await {
                if wanted(&event) {
                    return true;
                }
                heard.push(event);
            }
            false
        };
        let found = tokio::time::timeout(Duration::from_secs(10), search).await;
        assert_eq!(found, Ok(true), "heard only {heard:?}");
    }

    /// Runs a statement on one of the databases, behind the back of who owns it.
    pub(super) async fn sabotages(&self, file: &str, statement: &'static str) {
        let path: PathBuf = self.folder.path().join(file);
        let pool = sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path))
            .await
            .unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }
}
