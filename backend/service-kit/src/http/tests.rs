//! Tests of the middleware around a small service of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body as HttpBody, Bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
};
use futures_util::{FutureExt as _, StreamExt as _, future::join_all, stream};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};
use tower::ServiceExt as _;
use wire::{
    ErrorCode, Role, Time,
    identity::{Claims, USER_AUDIENCE, USER_ISSUER},
    ops::{AuditPage, ServiceName},
};

use super::{Access, ApiError, Body, Docs as _, FrameConfig, HttpConfig, Routes, assemble, get, post};
use crate::{
    Clock, Service, Tasks,
    audit::{AuditError, AuditTrail, Deed, LoggedAudit},
    chaos::Chaos,
    health::{Health, Need},
    keys::{KeySource, Verifier, published},
    metrics::Metrics,
    token::Signer,
};

const NAME: ServiceName = ServiceName::StockService;
const DEADLINE: Duration = Duration::from_secs(10);

/// An audit log whose database accepts everything and never answers.
struct HangingAudit;

#[async_trait]
impl AuditTrail for HangingAudit {
    async fn record(&self, _: Deed) -> Result<(), AuditError> {
        std::future::pending().await
    }

    async fn page(&self, _: Option<i64>) -> Result<AuditPage, AuditError> {
        std::future::pending().await
    }

    async fn forget(&self, _: Time, _: u32) -> Result<u64, AuditError> {
        std::future::pending().await
    }
}

fn service(audit: Arc<dyn AuditTrail>, health: Health) -> Service {
    let clock = Clock::system();
    let keys = KeySource::Own(published(vec![signer().public().clone()]));
    Service {
        name: NAME,
        instance: "test".into(),
        clock: clock.clone(),
        tasks: Tasks::new(),
        metrics: Metrics::new(NAME.as_str()),
        health,
        chaos: Chaos::new(NAME, clock.clone()),
        chaos_allowed: true,
        verifier: Verifier::new(NAME, clock, keys, &[], None),
        audit,
        http: HttpConfig::default(),
    }
}

fn signer() -> Signer {
    Signer::new("people-1", &[1; 32])
}

fn admin_token() -> String {
    let now = Clock::system().now().as_secs();
    let claims = Claims {
        sub: "head".into(),
        role: Role::Admin,
        iss: USER_ISSUER.into(),
        aud: USER_AUDIENCE.into(),
        iat: now,
        exp: now + 900,
        name: None,
        username: None,
        kiosk: None,
    };
    signer().sign(&claims).0
}

/// The handlers under test wait for `go`, commit, wait once more, and then announce what they have done.
#[derive(Clone, Default)]
struct Work {
    go: Arc<Notify>,
    committed: Arc<AtomicU32>,
    announced: Arc<AtomicU32>,
}

impl Work {
    async fn run(&self) {
        self.go.notified().await;
        self.committed.fetch_add(1, Ordering::Relaxed);
        self.go.notified().await;
        self.announced.fetch_add(1, Ordering::Relaxed);
    }

    fn counts(&self) -> (u32, u32) {
        (self.committed.load(Ordering::Relaxed), self.announced.load(Ordering::Relaxed))
    }
}

fn routes(work: &Work) -> Routes<()> {
    let late = (ErrorCode::OutcomeUnknown, "Send it again.");
    Routes::new()
        .route(get("/read", Access::Public, "Reads"), async |State(work): State<Work>| work.run().await)
        .route(post("/write", Access::Public, "Writes"), async |State(work): State<Work>| work.run().await)
        .route(
            post("/dear", Access::Public, "Costs much").ends_with_request(),
            async |State(work): State<Work>| work.run().await,
        )
        .route(
            post("/order", Access::Public, "Orders").when_late(late.0, late.1),
            async |State(work): State<Work>, Body(_): Body<Value>| work.run().await,
        )
        .route(get("/wrong", Access::Public, "Refuses"), async || ApiError::new(ErrorCode::BadCredentials))
        .with_state(work.clone())
}

fn router(service: &Service, work: &Work, max_in_flight: usize) -> Router {
    assemble(service, FrameConfig { deadline: DEADLINE, max_in_flight }, routes(work))
}

fn simple() -> (Work, Service, Router) {
    let (work, service) = (Work::default(), service(Arc::new(LoggedAudit), Health::new(NAME)));
    let router = router(&service, &work, 2);
    (work, service, router)
}

async fn call(router: &Router, request: Request) -> (StatusCode, Value) {
    let response: Response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn empty(method: &str, path: &str) -> Request {
    Request::builder().method(method).uri(path).body(HttpBody::empty()).unwrap()
}

fn with_body(path: &str, body: HttpBody) -> Request {
    Request::post(path).header(header::CONTENT_TYPE, "application/json").body(body).unwrap()
}

/// Runs everything that can run without time passing.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn under_overload_only_the_liveness_probe_answers() {
    let (work, _service, router) = simple();
    let reads = tokio::join!(async {
        let held = join_all((0..2).map(|_| call(&router, empty("GET", "/read"))));
        let others = async {
            settle().await;
            for path in ["/health", "/readyz", "/metrics", "/chaos", "/", "/read"] {
                let (status, problem) = call(&router, empty("GET", path)).await;
                assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("overloaded")), "{path}");
            }
            assert_eq!(call(&router, empty("GET", "/livez")).await.0, StatusCode::OK);
            for _ in 0..4 {
                work.go.notify_one();
                settle().await;
            }
        };
        tokio::join!(held, others).0
    });
    assert!(reads.0.iter().all(|(status, _)| *status == StatusCode::OK));
    for path in ["/health", "/readyz", "/metrics", "/chaos", "/"] {
        assert_eq!(call(&router, empty("GET", path)).await.0, StatusCode::OK, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn health_requests_share_one_probe() {
    let probes = Arc::new(AtomicU32::new(0));
    let probe = async |probes: Arc<AtomicU32>| {
        probes.fetch_add(1, Ordering::Relaxed);
        let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await;
        true
    };
    let health = Health::new(NAME).with("database", Need::Required, &probes, probe);
    let router = router(&service(Arc::new(LoggedAudit), health), &Work::default(), 100);
    let answers = join_all(
        (0..100)
            .map(|number| call(&router, empty("GET", if number % 2 == 0 { "/health" } else { "/readyz" }))),
    )
    .await;
    assert!(answers.iter().all(|(status, report)| status.is_success() && report["status"] == "UP"));
    assert_eq!(probes.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_chaos_experiment_is_obeyed_and_announced_although_the_audit_database_hangs() {
    let service = service(Arc::new(HangingAudit), Health::new(NAME));
    let mut announced = service.chaos.announced();
    let router = router(&service, &Work::default(), 10);
    let order = json!({ "enable": true, "mode": "kill" }).to_string();
    let mut request = with_body("/chaos", order.into());
    let token = format!("Bearer {}", admin_token()).parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, token);
    let start = Instant::now();
    let answer = call(&router, request);
    tokio::pin!(answer);
    tokio::select! {
        biased;
        _ = &mut answer => panic!("the audit log cannot have answered"),
        changed = tokio::time::timeout(DEADLINE, announced.changed()) => {
            changed.expect("it was not announced").unwrap();
        }
    }
    assert!(service.chaos.is_unavailable());
    assert_eq!(start.elapsed(), Duration::ZERO, "before anything hangs");
    service.tasks.killed().await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_chaos_experiment_is_answered_although_the_audit_database_hangs() {
    let service = service(Arc::new(HangingAudit), Health::new(NAME));
    let router = router(&service, &Work::default(), 10);
    let order = json!({ "enable": true, "mode": "latency", "latencyMs": 1 }).to_string();
    let mut request = with_body("/chaos", order.into());
    let token = format!("Bearer {}", admin_token()).parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, token);
    let start = Instant::now();
    let (status, state) = call(&router, request).await;
    assert_eq!((status, &state["mode"]), (StatusCode::OK, &json!("latency")));
    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_commit_is_done_although_the_client_disconnects() {
    for (method, path, expected) in
        [("POST", "/write", (1, 1)), ("POST", "/dear", (1, 0)), ("GET", "/read", (1, 0))]
    {
        let (work, service, router) = simple();
        let mut request = Box::pin(call(&router, empty(method, path)));
        assert!((&mut request).now_or_never().is_none());
        work.go.notify_one();
        for _ in 0..20 {
            assert!((&mut request).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        assert_eq!(work.counts(), (1, 0), "{path}");
        drop(request);
        work.go.notify_one();
        settle().await;
        assert_eq!(work.counts(), expected, "{path}");
        assert!(service.tasks.stop(Duration::from_secs(1)).await, "nothing of it is left");
    }
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_commit_is_done_although_the_deadline_passes() {
    let (work, service, router) = simple();
    for (path, code) in [("/write", "overloaded"), ("/order", "outcome_unknown")] {
        let before = work.announced.load(Ordering::Relaxed);
        work.go.notify_one();
        let body = if path == "/order" { HttpBody::from("{}") } else { HttpBody::empty() };
        let start = Instant::now();
        let (status, problem) = call(&router, with_body(path, body)).await;
        assert_eq!((status.as_u16(), &problem["code"]), (503, &json!(code)));
        assert_eq!(start.elapsed(), DEADLINE);
        work.go.notify_one();
        settle().await;
        assert_eq!(work.announced.load(Ordering::Relaxed), before + 1, "{path}");
    }
    assert!(service.tasks.stop(Duration::from_secs(1)).await);
}

#[tokio::test(start_paused = true)]
async fn an_order_whose_body_has_not_come_by_the_deadline_is_dropped() {
    let (work, service, router) = simple();
    let slow = stream::iter([Ok::<_, std::io::Error>(Bytes::from("{"))]).chain(stream::pending());
    let (status, problem) = call(&router, with_body("/order", HttpBody::from_stream(slow))).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("overloaded")));
    work.go.notify_one();
    settle().await;
    assert_eq!(work.counts(), (0, 0));
    assert!(service.tasks.stop(Duration::from_secs(1)).await, "its handler has ended");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_ends_is_dropped_in_the_end() {
    let (work, service, router) = simple();
    let (status, _) = call(&router, empty("POST", "/write")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert!(service.tasks.stop(Duration::from_secs(1)).await);
    assert_eq!(work.counts(), (0, 0));
}

#[tokio::test]
async fn clients_of_the_earlier_system_read_its_words_for_a_wrong_password() {
    let (_, _, router) = simple();
    let (_, problem) = call(&router, empty("GET", "/wrong")).await;
    assert_eq!(problem["error"], "Invalid credentials");
    assert_eq!(problem["title"], ErrorCode::BadCredentials.title());
    let (_, problem) = call(&router, empty("GET", "/nowhere")).await;
    assert_eq!(problem["error"], problem["title"]);
}
