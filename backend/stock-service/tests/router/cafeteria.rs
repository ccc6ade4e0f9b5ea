//! A stock-service of its own for each test, with a menu, somebody of every role, and an ear for the news.

use std::{
    collections::BTreeSet,
    sync::{Arc, RwLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, header},
};
use http_body_util::BodyExt as _;
use messaging::{News, Subscription, embedded::BroadcastFanout};
use serde_json::Value;
use service_kit::{
    Clock, Service, Tasks,
    chaos::Chaos,
    hints::{MemoryHints, StockHints},
    http::{HttpConfig, RouteSpec, assemble},
    keys::{KeySource, Verifier},
    metrics::Metrics,
    token::{ServiceTokens, Signer},
};
use stock_service::{Config, Ports, SqliteStock, Stock, demo_menu, health, routes, seed_menu};
use tower::ServiceExt as _;
use wire::{
    Role,
    event::Event,
    identity::{Claims, Jwks, USER_AUDIENCE, USER_ISSUER},
    ops::ServiceName,
    stock::CachedStockLevel,
};

pub(crate) const NAME: ServiceName = ServiceName::StockService;

pub(crate) struct Cafeteria {
    router: Router,
    /// The service's own routes, as in `GET /stock/burger`.
    pub(crate) own_routes: BTreeSet<String>,
    pub(crate) service: Service,
    signer: Signer,
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

/// An answer: its status, its ETag, its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str) -> &Self {
        let given = self.body["code"].as_str().unwrap_or_default();
        assert_eq!((self.status, given), (status, code), "{}", self.body);
        self
    }
}

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
    let signer = Signer::new("people-1", &[1; 32]);
    let kitchen = ServiceTokens::new(ServiceName::KitchenQueue, &[2; 32], clock.clone());
    let services = [Signer::new("kitchen-queue", &[2; 32]).public().clone()];
    let own = KeySource::Own(Arc::new(RwLock::new(Jwks { keys: vec![signer.public().clone()] })));
    let ports = Ports { store: Arc::new(store.clone()), hints: hints.clone(), fanout };
    let service = Service {
        name: NAME,
        instance: "test".into(),
        clock: clock.clone(),
        tasks: Tasks::new(),
        metrics: Metrics::new(NAME.as_str()),
        health: health(&ports),
        chaos: Chaos::new(NAME, clock.clone()),
        chaos_allowed: true,
        verifier: Verifier::new(NAME, clock, own, &services, None),
        audit: Arc::new(store.audit()),
        http: HttpConfig::default(),
    };
    let stock = Stock::start(&service, &config, ports);
    let own = routes(&service, stock);
    let call = |spec: &RouteSpec| format!("{} {}", spec.method, spec.path.replace("{id}", "burger"));
    let own_routes = own.specs().iter().map(call).collect();
    let router = assemble(&service, service.http.frame(), own);
    Cafeteria { router, own_routes, service, signer, kitchen, store, hints, news, _folder: folder }
}

impl Cafeteria {
    fn token(&self, who: As) -> Option<String> {
        match who {
            Nobody => None,
            Kitchen => Some(self.kitchen.for_target(NAME).0),
            Person(role) => {
                let now = self.service.clock.now().as_secs();
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
                Some(self.signer.sign(&claims).0)
            }
        }
    }

    pub(crate) async fn send(
        &self,
        who: As,
        call: &str,
        if_match: Option<&str>,
        body: Option<String>,
    ) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = self.token(who) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(revision) = if_match {
            request = request.header(header::IF_MATCH, revision);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let etag = response.headers().get(header::ETAG).map(|tag| tag.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, etag, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Nobody, &format!("GET {path}"), None, None).await
    }

    pub(crate) async fn post(&self, who: As, path: &str, body: Value) -> Answer {
        self.send(who, &format!("POST {path}"), None, Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, revision: Option<&str>, path: &str, body: Value) -> Answer {
        self.send(STAFF, &format!("PATCH {path}"), revision, Some(body.to_string())).await
    }

    pub(crate) async fn left(&self, id: &str) -> u64 {
        self.get(&format!("/stock/{id}")).await.body["quantity"].as_u64().unwrap()
    }

    /// The next events, until one of them is wanted.
    pub(crate) async fn hears(&mut self, wanted: impl Fn(&Event) -> bool) {
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

    /// Waits for a hint of the dish that is as it should be.
    pub(crate) async fn is_hinted(
        &self,
        id: &str,
        wanted: impl Fn(&CachedStockLevel) -> bool,
    ) -> CachedStockLevel {
        let id = id.parse().unwrap();
        let mut last = None;
        let mut look = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..500 {
            look.tick().await;
            last = self.hints.read(&id).await;
            if let Some(hint) = last.clone().filter(&wanted) {
                return hint;
            }
        }
        panic!("the last hint was {last:?}");
    }

    pub(crate) async fn has_metric(&self, line: &str) {
        let mut text = String::new();
        let mut look = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..500 {
            look.tick().await;
            text = self.get("/metrics").await.body.as_str().unwrap().to_owned();
            if text.lines().any(|one| one == line) {
                return;
            }
        }
        panic!("no line {line:?} in {text}");
    }
}
