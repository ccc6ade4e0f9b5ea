//! A stock-service of its own for each test, with a menu, somebody of every role, and an ear for the news.

use std::{collections::BTreeSet, sync::Arc};

use axum::Router;
use messaging::{News, Subscription, embedded::BroadcastFanout};
use serde_json::Value;
use service_kit::{
    Clock, Service,
    hints::{MemoryHints, StockHints},
    http::{RouteSpec, assemble},
    token::{ServiceTokens, Signer},
};
use stock_service::{Config, Ports, SqliteStock, Stock, demo_menu, health, routes, seed_menu};
use test_support::{
    request::{TestRequest, TestResponse},
    service::TestService,
    tokens::{TOKEN_TTL, TokenIssuer, USER_ID},
    wait::{first, until},
};
use wire::{Role, event::Event, ops::ServiceName, stock::CachedStockLevel};

pub(crate) const NAME: ServiceName = ServiceName::StockService;

pub(crate) struct Cafeteria {
    router: Router,
    /// The service's own routes, as in `GET /stock/burger`.
    pub(crate) own_routes: BTreeSet<String>,
    pub(crate) service: Service,
    kitchen: ServiceTokens,
    pub(crate) store: SqliteStock,
    pub(crate) hints: Arc<MemoryHints>,
    news: Box<dyn Subscription>,
    _folder: tempfile::TempDir,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum As {
    Nobody,
    Person(Role),
    Kitchen,
}

pub(crate) use As::{Kitchen, Nobody, Person};

pub(crate) const STAFF: As = Person(Role::Staff);

pub(crate) async fn cafeteria() -> Cafeteria {
    cafeteria_with(Config { conservation_check_ms: 100, ..Config::default() }).await
}

pub(crate) async fn cafeteria_with(config: Config) -> Cafeteria {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStock::open(&folder.path().join("stock.db")).await.unwrap();
    let clock = Clock::system();
    seed_menu(&store, demo_menu(), clock.now()).await.unwrap();
    let hints = Arc::new(MemoryHints::new());
    let fanout = Arc::new(BroadcastFanout::new(1024));
    let news = messaging::Fanout::subscribe(&*fanout);
    let kitchen = ServiceTokens::new(ServiceName::KitchenQueue, &[2; 32], clock.clone());
    let callers = vec![Signer::new("kitchen-queue", &[2; 32]).public().clone()];
    let ports = Ports { store: Arc::new(store.clone()), hints: hints.clone(), fanout };
    let service = TestService::new(NAME, clock).callers(callers).audit(store.audit()).build(health(&ports));
    let stock = Stock::start(&service, &config, ports);
    let own = routes(&service, stock);
    let call = |spec: &RouteSpec| format!("{} {}", spec.method, spec.path.replace("{id}", "burger"));
    let own_routes = own.specs().iter().map(call).collect();
    let router = assemble(&service, service.http.frame(), own);
    Cafeteria { router, own_routes, service, kitchen, store, hints, news, _folder: folder }
}

impl Cafeteria {
    fn token(&self, who: As) -> Option<String> {
        match who {
            Nobody => None,
            Kitchen => Some(self.kitchen.for_target(NAME).0),
            Person(role) => {
                let now = self.service.clock.now();
                Some(TokenIssuer::default().token(USER_ID, role, now, TOKEN_TTL))
            }
        }
    }

    pub(crate) async fn send(
        &self,
        who: As,
        call: &str,
        if_match: Option<&str>,
        body: Option<String>,
    ) -> TestResponse {
        let mut request = TestRequest::new(&self.router, call);
        if let Some(token) = self.token(who) {
            request = request.token(&token);
        }
        if let Some(revision) = if_match {
            request = request.header("if-match", revision);
        }
        if let Some(body) = body {
            request = request.raw("application/json", body);
        }
        request.send().await
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(Nobody, &format!("GET {path}"), None, None).await
    }

    pub(crate) async fn post(&self, who: As, path: &str, body: Value) -> TestResponse {
        self.send(who, &format!("POST {path}"), None, Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, revision: Option<&str>, path: &str, body: Value) -> TestResponse {
        self.send(STAFF, &format!("PATCH {path}"), revision, Some(body.to_string())).await
    }

    pub(crate) async fn left(&self, id: &str) -> u64 {
        self.get(&format!("/stock/{id}")).await.body["quantity"].as_u64().unwrap()
    }

    /// The next events, until one of them is wanted.
    pub(crate) async fn hears(&mut self, wanted: impl Fn(&Event) -> bool) {
        let next = async || match self.news.next().await {
            Some(News::Event(event)) => Some(event),
            Some(News::Gap) | None => None,
        };
        first(next, |event| wanted(event)).await;
    }

    /// Waits for a hint of the dish that is as it should be.
    pub(crate) async fn is_hinted(
        &self,
        id: &str,
        wanted: impl Fn(&CachedStockLevel) -> bool,
    ) -> CachedStockLevel {
        let id = id.parse().unwrap();
        until("the hint", async || {
            let hint = self.hints.read(&id).await;
            hint.clone().filter(&wanted).ok_or(hint)
        })
        .await
    }

    pub(crate) async fn has_metric(&self, line: &str) {
        until(&format!("the line {line:?}"), async || {
            let metrics = self.get("/metrics").await.body;
            if metrics.as_str().unwrap().lines().any(|one| one == line) { Ok(()) } else { Err(metrics) }
        })
        .await;
    }
}
