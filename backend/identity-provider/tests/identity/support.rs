//! A whole identity-provider in the test's own process, with a clock that is moved by hand, and people who use it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use identity_provider::{
    Config, Identity, Ports, StartError,
    attempts::memory::MemoryAttempts,
    health, routes, seed_demo,
    store::{UserStore, sqlite::SqliteUserStore},
};
use messaging::{Fanout, PublishError, Subscription};
use serde_json::{Value, json};
use service_kit::{
    Clock, Service, Tasks,
    chaos::Chaos,
    clock::Hand,
    http::{HttpConfig, assemble},
    keys::{KeySource, Verifier, published},
    metrics::Metrics,
};
use tempfile::TempDir;
use tower::ServiceExt as _;
use wire::{Time, event::Event, ops::ServiceName};

/// Nobody listens.
struct Silence;

#[async_trait]
impl Fanout for Silence {
    async fn publish(&self, _: Vec<Event>) -> Result<(), PublishError> {
        Ok(())
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        unreachable!("nobody subscribes here")
    }

    async fn is_up(&self) -> bool {
        true
    }
}

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) identity: Identity,
    pub(crate) store: SqliteUserStore,
    pub(crate) service: Service,
    pub(crate) hand: Hand,
    _folder: Arc<TempDir>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn has_code(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.body["code"], code, "{}", answer.body);
        answer
    }

    #[track_caller]
    pub(crate) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }

    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        self.headers[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn retry_after(&self) -> u64 {
        self.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap()
    }
}

pub(crate) struct Call {
    router: Router,
    request: axum::http::request::Builder,
    body: Body,
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that tests can write json!(…) in place")]
    pub(crate) fn json(self, body: Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub(crate) fn raw(mut self, media_type: &str, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.router.oneshot(self.request.body(self.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl World {
    /// With the demo accounts.
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let world = Self::empty(config).await;
        seed_demo(&world.store, &world.service.clock).await.unwrap();
        world
    }

    pub(crate) async fn empty(config: Config) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let (clock, hand) = Clock::by_hand(Time::from_millis(1_772_368_200_000));
        Self::open(folder, clock, hand, config, [1; 32]).await.unwrap()
    }

    pub(crate) async fn open(
        folder: Arc<TempDir>,
        clock: Clock,
        hand: Hand,
        config: Config,
        secret: [u8; 32],
    ) -> Result<Self, StartError> {
        let store = SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap();
        let (service, ports) = Self::service(&store, clock, secret);
        let identity = Identity::open(&service, &config, ports).await?;
        let router = assemble(&service, service.http.frame(), routes(&identity));
        Ok(Self { router, identity, store, service, hand, _folder: folder })
    }

    /// An empty store and the machine's clock.
    pub(crate) async fn parts() -> (SqliteUserStore, Clock, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteUserStore::open(&folder.path().join("identity.db")).await.unwrap();
        (store, Clock::system(), folder)
    }

    pub(crate) fn service(store: &SqliteUserStore, clock: Clock, secret: [u8; 32]) -> (Service, Ports) {
        let users: Arc<dyn UserStore> = Arc::new(store.clone());
        let keys = published(Vec::new());
        let name = ServiceName::IdentityProvider;
        let verifier = Verifier::new(name, clock.clone(), KeySource::Own(Arc::clone(&keys)), &[], None);
        let attempts = Arc::new(MemoryAttempts::new(clock.clone()));
        let ports = Ports { users, attempts, fanout: Arc::new(Silence), secret, keys };
        let service = Service {
            name,
            instance: "test".into(),
            clock: clock.clone(),
            tasks: Tasks::new(),
            metrics: Metrics::new(name.as_str()),
            health: health(&ports),
            chaos: Chaos::new(name, clock),
            chaos_allowed: true,
            verifier,
            audit: Arc::new(store.audit()),
            http: HttpConfig { deadline_ms: 60_000, ..HttpConfig::default() },
        };
        (service, ports)
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path);
        Call { router: self.router.clone(), request, body: Body::empty() }
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call("POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call {
        self.call("PATCH", path)
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> Answer {
        self.post("/login").json(json!({"username": username, "password": password})).send().await
    }

    /// Signs in, and lets a minute pass so that it does not count for what follows.
    pub(crate) async fn signed_in(&self, username: &str, password: &str) -> Answer {
        let answer = self.login(username, password).await.is(200);
        self.hand.advance(Duration::from_secs(60));
        answer
    }

    pub(crate) async fn token_of(&self, username: &str, password: &str) -> String {
        self.signed_in(username, password).await.text("token")
    }

    pub(crate) async fn admin(&self) -> String {
        self.token_of("admin", "adminpassword").await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/refresh").json(json!({"refreshToken": token})).send().await
    }
}
