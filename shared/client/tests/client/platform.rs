//! A platform that does as a test says: it hands out tokens of any life, refuses them, is slow, or gives no answer.

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
use client::{Client, Endpoints, Keeping, SignedIn};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use wire::{ErrorCode, Problem};

/// How the platform behaves, and what it was asked.
pub(crate) struct Platform {
    origin: String,
    desk: Arc<Desk>,
}

struct Desk {
    rules: Mutex<Rules>,
    /// How many refreshes were asked for.
    refreshes: watch::Sender<usize>,
    /// Refreshes that may be answered.
    answers: Semaphore,
    /// What was sent to `/refresh` and `/logout`.
    presented: Mutex<Vec<String>>,
    /// The keys of the orders that arrived.
    orders: Mutex<Vec<String>>,
}

/// What may be set.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// How long the tokens live, in seconds.
    pub(crate) life: i64,
    /// What `/refresh` answers, where it is no session.
    pub(crate) refresh: Option<ErrorCode>,
    /// What `/logout` answers, where it is no 204.
    pub(crate) logout: Option<ErrorCode>,
    /// Tokens up to this number are not taken.
    pub(crate) revoked: usize,
    /// What becomes of the next orders; then they are accepted.
    pub(crate) orders: VecDeque<ErrorCode>,
    /// The role in the next session.
    pub(crate) role: &'static str,
}

impl Platform {
    /// Starts one whose tokens live for so many seconds.
    pub(crate) async fn start(life: i64) -> Self {
        let rules =
            Rules { life, refresh: None, logout: None, revoked: 0, orders: VecDeque::new(), role: "student" };
        let desk = Arc::new(Desk {
            rules: Mutex::new(rules),
            refreshes: watch::Sender::new(0),
            answers: Semaphore::new(1_000),
            presented: Mutex::default(),
            orders: Mutex::default(),
        });
        let router = Router::new()
            .route("/api/identity-provider/login", post(login))
            .route("/api/identity-provider/refresh", post(refresh))
            .route("/api/identity-provider/logout", post(logout))
            .route("/api/order-gateway/orders", get(orders))
            .route("/api/order-gateway/order", post(order))
            .with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "it lives as long as the test")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, desk }
    }

    /// A client of it.
    pub(crate) fn client(&self, keeping: Keeping) -> Client {
        Client::new(Endpoints::of_origin(&self.origin), keeping)
    }

    /// A client of it that keeps its session in memory and has signed in.
    pub(crate) async fn signed_in(&self) -> Client {
        let client = self.client(Keeping::Memory);
        let SignedIn { user, .. } = client.sign_in("student1", "password123").await.unwrap();
        assert_eq!(user.name, "Student One");
        client
    }

    /// Sets how it behaves.
    pub(crate) fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.desk.rules.lock().unwrap());
    }

    /// How many refreshes were asked for.
    pub(crate) fn refreshes(&self) -> usize {
        *self.desk.refreshes.borrow()
    }

    /// Waits until so many were.
    pub(crate) async fn is_asked_for_refreshes(&self, count: usize) {
        self.desk.refreshes.subscribe().wait_for(|asked| *asked >= count).await.unwrap();
    }

    /// Answers no refresh until they are let go.
    pub(crate) async fn holds_refreshes(&self) {
        self.desk.answers.acquire_many(1_000).await.unwrap().forget();
    }

    /// Answers refreshes again.
    pub(crate) fn lets_refreshes_go(&self) {
        self.desk.answers.add_permits(1_000);
    }

    /// What was sent to `/refresh` and `/logout`.
    pub(crate) fn presented(&self) -> Vec<Value> {
        let all = self.desk.presented.lock().unwrap();
        all.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// The keys of the orders that arrived.
    pub(crate) fn orders(&self) -> Vec<String> {
        self.desk.orders.lock().unwrap().clone()
    }
}

type Asked = State<Arc<Desk>>;

impl Desk {
    fn session(&self, number: usize) -> Response {
        let rules = self.rules.lock().unwrap().clone();
        // Its clock is a day behind: only how long a token lives can be relied on.
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

async fn login(State(desk): Asked) -> Response {
    desk.session(0)
}

async fn refresh(State(desk): Asked, body: String) -> Response {
    desk.presented.lock().unwrap().push(body);
    desk.refreshes.send_modify(|count| *count += 1);
    drop(desk.answers.acquire().await.unwrap());
    let (code, number) = (desk.rules.lock().unwrap().refresh, *desk.refreshes.borrow());
    code.map_or_else(|| desk.session(number), problem)
}

async fn logout(State(desk): Asked, body: String) -> Response {
    desk.presented.lock().unwrap().push(body);
    desk.rules.lock().unwrap().logout.map_or_else(|| StatusCode::NO_CONTENT.into_response(), problem)
}

/// The number of the session that a request is of, when it is taken.
fn caller(desk: &Desk, headers: &HeaderMap) -> Option<usize> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let number = usize::try_from(claims["n"].as_u64()?).ok()?;
    (number >= desk.rules.lock().unwrap().revoked).then_some(number)
}

async fn orders(State(desk): Asked, headers: HeaderMap) -> Response {
    match caller(&desk, &headers) {
        Some(_) => axum::Json(json!({ "orders": [], "next": null })).into_response(),
        None => problem(ErrorCode::Unauthenticated),
    }
}

async fn order(State(desk): Asked, headers: HeaderMap, body: Bytes) -> Response {
    if caller(&desk, &headers).is_none() {
        return problem(ErrorCode::Unauthenticated);
    }
    let order: Value = serde_json::from_slice(&body).unwrap();
    let key = order["orderId"].as_str().unwrap().to_owned();
    desk.orders.lock().unwrap().push(key.clone());
    if let Some(code) = desk.rules.lock().unwrap().orders.pop_front() {
        return problem(code);
    }
    let accepted = wire::order::OrderAccepted::new(key.parse().unwrap(), wire::Time::from_millis(0));
    (StatusCode::ACCEPTED, [("idempotent-replayed", "true")], axum::Json(accepted)).into_response()
}
