//! A whole identity-provider in the test's own process, with a clock that is moved by hand, and people who use it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;
use identity_provider::{
    Config, Identity, Ports, StartError,
    attempts::memory::MemoryAttempts,
    health, routes, seed_demo,
    store::{UserStore, sqlite::SqliteUserStore},
};
use messaging::{Fanout, PublishError, Subscription};
use serde_json::json;
use service_kit::{
    Clock, Service,
    clock::Hand,
    http::{HttpConfig, assemble},
    keys::{KeySource, published},
};
use tempfile::TempDir;
use test_support::{
    request::{TestRequest, TestResponse},
    service::TestService,
};
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
        let attempts = Arc::new(MemoryAttempts::new(clock.clone()));
        let kiosks = Arc::new(store.clone());
        let ports = Ports { users, kiosks, attempts, fanout: Arc::new(Silence), secret, keys: keys.clone() };
        let service = TestService::new(name, clock)
            .keys(KeySource::Own(keys))
            .audit(store.audit())
            .http(HttpConfig { deadline_ms: 60_000, ..HttpConfig::default() })
            .build(health(&ports));
        (service, ports)
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> TestRequest {
        TestRequest::new(&self.router, &format!("{method} {path}"))
    }

    pub(crate) fn get(&self, path: &str) -> TestRequest {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> TestRequest {
        self.call("POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> TestRequest {
        self.call("PATCH", path)
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> TestResponse {
        self.post("/login").json(json!({"username": username, "password": password})).send().await
    }

    /// Signs in, and lets a minute pass so that it does not count for what follows.
    pub(crate) async fn signed_in(&self, username: &str, password: &str) -> TestResponse {
        let answer = self.login(username, password).await.has_status(200);
        self.hand.advance(Duration::from_secs(60));
        answer
    }

    pub(crate) async fn token_of(&self, username: &str, password: &str) -> String {
        self.signed_in(username, password).await.text("token")
    }

    pub(crate) async fn admin(&self) -> String {
        self.token_of("admin", "adminpassword").await
    }

    pub(crate) async fn refresh(&self, token: &str) -> TestResponse {
        self.post("/refresh").json(json!({"refreshToken": token})).send().await
    }
}
