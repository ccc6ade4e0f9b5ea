//! Fake platform with settings: it issues tokens of any life, refuses them, or delays its responses.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use client::{
    Client, Endpoints, SignedIn, TokenStorage,
    carried::{Host, over_channel},
    transport::{Request, Transport},
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use wire::{ErrorCode, Problem};

/// Fake platform.
pub(crate) struct Platform {
    origin: String,
    backend: Arc<Backend>,
}

struct Backend {
    rules: Mutex<Rules>,
    /// Number of refreshes requested.
    refreshes: watch::Sender<usize>,
    /// Permits to respond to refreshes.
    permits: Semaphore,
    /// Bodies sent to `/refresh` and `/logout`.
    presented: Mutex<Vec<String>>,
    /// Ids of the orders that arrived.
    orders: Mutex<Vec<String>>,
}

/// Behaviour of the platform.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Life of a token in seconds.
    pub(crate) life: i64,
    /// Error of `/refresh`, if any.
    pub(crate) refresh: Option<ErrorCode>,
    /// Error of `/logout`, if any.
    pub(crate) logout: Option<ErrorCode>,
    /// Number below which tokens are refused.
    pub(crate) revoked: usize,
    /// Errors of the next orders; later ones are accepted.
    pub(crate) orders: VecDeque<ErrorCode>,
    /// Role of the next session.
    pub(crate) role: &'static str,
}

impl Platform {
    /// Starts a platform whose tokens live for `life` seconds.
    pub(crate) async fn start(life: i64) -> Self {
        let rules =
            Rules { life, refresh: None, logout: None, revoked: 0, orders: VecDeque::new(), role: "student" };
        let backend = Arc::new(Backend {
            rules: Mutex::new(rules),
            refreshes: watch::Sender::new(0),
            permits: Semaphore::new(1_000),
            presented: Mutex::default(),
            orders: Mutex::default(),
        });
        let router = Router::new()
            .route("/api/identity-provider/login", post(login))
            .route("/api/identity-provider/refresh", post(refresh))
            .route("/api/identity-provider/logout", post(logout))
            .route("/api/order-gateway/orders", get(orders))
            .route("/api/order-gateway/order", post(order))
            .with_state(Arc::clone(&backend));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "it lives as long as the test")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, backend }
    }

    /// Returns a client over HTTP.
    pub(crate) fn client(&self, storage: TokenStorage) -> Client {
        Client::new(Transport::http(Endpoints::of_origin(&self.origin)), storage)
    }

    /// Returns a client over a carrier whose host allows the requests for which `is_allowed` returns true, and the
    /// client of the host.
    pub(crate) fn carried(&self, is_allowed: fn(&Request) -> bool) -> (Client, Client) {
        let host = self.client(TokenStorage::Memory);
        let carrier = over_channel(Host::new(host.clone(), is_allowed));
        (Client::new(Transport::carried(carrier), TokenStorage::External), host)
    }

    /// Returns a client that stores its session in memory and has signed in.
    pub(crate) async fn signed_in(&self) -> Client {
        let client = self.client(TokenStorage::Memory);
        let SignedIn { user, .. } = client.sign_in("student1", "password123").await.unwrap();
        assert_eq!(user.name, "Student One");
        client
    }

    /// Changes the behaviour.
    pub(crate) fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.backend.rules.lock().unwrap());
    }

    /// Returns the number of refreshes requested.
    pub(crate) fn refreshes(&self) -> usize {
        *self.backend.refreshes.borrow()
    }

    /// Waits until `count` refreshes were requested.
    pub(crate) async fn wait_for_refreshes(&self, count: usize) {
        self.backend.refreshes.subscribe().wait_for(|requested| *requested >= count).await.unwrap();
    }

    /// Responds to no refresh until [`Platform::release_refreshes`].
    pub(crate) async fn hold_refreshes(&self) {
        self.backend.permits.acquire_many(1_000).await.unwrap().forget();
    }

    /// Responds to refreshes again.
    pub(crate) fn release_refreshes(&self) {
        self.backend.permits.add_permits(1_000);
    }

    /// Returns the bodies sent to `/refresh` and `/logout`.
    pub(crate) fn presented(&self) -> Vec<Value> {
        let all = self.backend.presented.lock().unwrap();
        all.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// Returns the ids of the orders that arrived.
    pub(crate) fn orders(&self) -> Vec<String> {
        self.backend.orders.lock().unwrap().clone()
    }
}

type Shared = State<Arc<Backend>>;

impl Backend {
    fn session(&self, number: usize) -> Response {
        let rules = self.rules.lock().unwrap().clone();
        // Its clock is far behind: clients can rely on the life of a token alone.
        let (iat, exp) = (1_000_000, 1_000_000 + rules.life);
        let claims = URL_SAFE_NO_PAD.encode(json!({ "iat": iat, "exp": exp, "n": number }).to_string());
        let body = json!({
            "token": format!("e30.{claims}.x"),
            "expiresAt": "1970-01-12T13:46:40.000Z",
            "refreshToken": format!("refresh-{number}"),
            "user": {
                "userId": "0198c0de-0000-7000-8000-000000000001",
                "username": "student1",
                "name": "Student One",
                "role": rules.role,
            },
        });
        axum::Json(body).into_response()
    }
}

fn problem(code: ErrorCode) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap();
    (status, [("retry-after", "0")], axum::Json(Problem::new(code))).into_response()
}

async fn login(State(backend): Shared) -> Response {
    backend.session(0)
}

async fn refresh(State(backend): Shared, body: String) -> Response {
    backend.presented.lock().unwrap().push(body);
    backend.refreshes.send_modify(|count| *count += 1);
    drop(backend.permits.acquire().await.unwrap());
    let (code, number) = (backend.rules.lock().unwrap().refresh, *backend.refreshes.borrow());
    code.map_or_else(|| backend.session(number), problem)
}

async fn logout(State(backend): Shared, body: String) -> Response {
    backend.presented.lock().unwrap().push(body);
    backend.rules.lock().unwrap().logout.map_or_else(|| StatusCode::NO_CONTENT.into_response(), problem)
}

/// Returns the number of the token of a request, if it is accepted.
fn caller(backend: &Backend, headers: &HeaderMap) -> Option<usize> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let number = usize::try_from(claims["n"].as_u64()?).ok()?;
    (number >= backend.rules.lock().unwrap().revoked).then_some(number)
}

async fn orders(State(backend): Shared, headers: HeaderMap) -> Response {
    match caller(&backend, &headers) {
        Some(_) => axum::Json(json!({ "orders": [], "next": null })).into_response(),
        None => problem(ErrorCode::Unauthenticated),
    }
}

async fn order(State(backend): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if caller(&backend, &headers).is_none() {
        return problem(ErrorCode::Unauthenticated);
    }
    let order: Value = serde_json::from_slice(&body).unwrap();
    let key = order["orderId"].as_str().unwrap().to_owned();
    backend.orders.lock().unwrap().push(key.clone());
    if let Some(code) = backend.rules.lock().unwrap().orders.pop_front() {
        return problem(code);
    }
    let accepted = wire::order::OrderAccepted::new(key.parse().unwrap(), wire::Time::from_millis(0));
    (StatusCode::ACCEPTED, [("idempotent-replayed", "true")], axum::Json(accepted)).into_response()
}
