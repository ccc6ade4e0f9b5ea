//! order-gateway: the front door. It validates an order, sees to it that the same order is one order, refuses at
//! once what is sold out, and hands over to the queue; a 202 means that the queue has confirmed.
//!
//! The map of the service:
//! - [`config`]: deadlines and bounds
//! - [`domain`]: the fingerprint of an order, the rolling latency
//! - [`keys`]: the port of the idempotency keys, and its adapters in the process and in Redis
//! - [`menu`]: names and prices at acceptance, and the question whether something is left when there is no hint
//! - [`handover`]: publishing to the queue with a deadline and a breaker
//! - [`http`]: `POST /order`, a student's orders, the latency window
//!
//! Invariants: a 202 is answered after the queue's confirm. What is refused is refused from what was told in the last
//! seconds: a hint, or an answer of the stock-service. No database is asked to accept an order.

pub mod config;
pub mod domain;
pub mod handover;
pub mod http;
pub mod keys;
pub mod menu;

use std::{ops::Deref, path::PathBuf, sync::Arc, time::Duration};

use messaging::{Fanout, OrderQueue};
use prometheus::{IntCounter, IntCounterVec};
use service_kit::{
    Service,
    health::{Health, Need},
    hints::StockHints,
    http::{Routes, assemble},
    peer::Peer,
};
use tokio::net::TcpListener;
use wire::{ErrorCode, ops::ServiceName};

pub use config::Config;
use domain::latency::LatencyWindow;
use handover::Handover;
use keys::IdempotencyKeys;
use menu::Menu;

/// What the service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where accepted orders go.
    pub queue: Arc<dyn OrderQueue>,
    /// Who has ordered what already.
    pub keys: Arc<dyn IdempotencyKeys>,
    /// What is left, as far as is known.
    pub hints: Arc<dyn StockHints>,
    /// Where the beats go.
    pub fanout: Arc<dyn Fanout>,
    /// The stock-service, for the menu.
    pub stock: Peer,
    /// The kitchen-queue, for a student's orders.
    pub kitchen: Peer,
    /// Where the last good menu is kept for a start without the stock-service.
    pub menu_file: Option<PathBuf>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// The state that the handlers share. It is cloned for each request, so a clone has to cost nothing.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// What is behind [`App`].
#[derive(Debug)]
pub struct Parts {
    pub(crate) service: Service,
    pub(crate) ports: Ports,
    pub(crate) menu: Menu,
    pub(crate) handover: Handover,
    pub(crate) latency: Arc<LatencyWindow>,
    pub(crate) metrics: Metrics,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What the gateway counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) accepted: IntCounter,
    pub(crate) rejected: IntCounterVec,
    pub(crate) replayed: IntCounter,
    pub(crate) keys_away: IntCounter,
}

impl App {
    /// The state of a service that is about to start.
    pub fn new(service: Service, config: &Config, ports: Ports) -> Self {
        let metrics = Metrics {
            accepted: service
                .metrics
                .counter("orders_accepted_total", "Orders answered with their first 202"),
            rejected: service.metrics.counters(
                "orders_rejected_total",
                "Order requests refused at the gateway",
                "reason",
                REFUSALS.map(ErrorCode::as_str),
            ),
            replayed: service
                .metrics
                .counter("orders_replayed_total", "Requests answered from an earlier 202"),
            keys_away: service
                .metrics
                .counter("idempotency_keys_away_total", "Requests for which the keys could not be asked"),
        };
        let menu = Menu::new(ports.stock.clone(), ports.hints.clone(), ports.menu_file.clone());
        let handover = Handover::new(ports.queue.clone(), Duration::from_millis(config.confirm_deadline_ms));
        let latency = Arc::new(LatencyWindow::new(Duration::from_millis(config.latency_threshold_ms)));
        Self(Arc::new(Parts { service, ports, menu, handover, latency, metrics }))
    }
}

/// What the service needs to be healthy: the queue; others only degrade it.
pub fn health(ports: &Ports) -> Health {
    Health::new(ServiceName::OrderGateway)
        .with("queue", Need::Required, &ports.queue, async move |queue| queue.is_up().await)
        .with("idempotency-keys", Need::Optional, &ports.keys, async move |keys| keys.is_up().await)
        .with("hints", Need::Optional, &ports.hints, async move |hints| hints.is_up().await)
        .with("stock-service", Need::Optional, &ports.stock, async move |stock| stock.is_up().await)
        .with("kitchen-queue", Need::Optional, &ports.kitchen, async move |kitchen| kitchen.is_up().await)
}

/// Every route with who may call it.
pub fn routes(app: &App) -> Routes<()> {
    http::order::routes().and(http::orders::routes()).and(http::latency::routes()).with_state(app.clone())
}

/// Serves until the service is asked to stop.
pub async fn serve(service: Service, config: Config, ports: Ports, listener: TcpListener) {
    let app = App::new(service, &config, ports);
    app.menu.keep_fresh(&app.service.tasks);
    keep_gauges(&app);
    let (latency, clock) = (app.latency.clone(), app.service.clock.clone());
    messaging::beats::start(&app.service, app.ports.fanout.clone(), move |beat| {
        let now = clock.now();
        beat.latency = Some(latency.stats(now));
        beat.counters.extend(latency.spread(now));
    });
    let service = app.service.clone();
    let router = assemble(&service, service.http.frame(), routes(&app));
    drop(app);
    service_kit::http::serve(listener, router, &service.http, &service.tasks).await;
}

/// What an order request is refused with.
const REFUSALS: [ErrorCode; 9] = [
    ErrorCode::Invalid,
    ErrorCode::SoldOut,
    ErrorCode::UnknownItem,
    ErrorCode::UnavailableItem,
    ErrorCode::KeyReused,
    ErrorCode::QueueUnavailable,
    ErrorCode::OutcomeUnknown,
    ErrorCode::DependencyDown,
    ErrorCode::Internal,
];

/// Keeps the gauges that time changes, and sweeps keys whose time is over.
fn keep_gauges(app: &App) {
    let gauge = app
        .service
        .metrics
        .float_gauge("order_latency_avg_30s_seconds", "Average time of order requests over the last 30 s");
    let dishes = app.service.metrics.gauge("menu_dishes", "Dishes on the menu that the gateway knows");
    let hinted = app.service.metrics.gauge("stock_hints_believed", "Dishes with a hint that is believed");
    let app = app.clone();
    app.service.tasks.clone().spawn_worker("gauges", async move {
        while app.service.tasks.pause(Duration::from_secs(1)).await {
            let now = app.service.clock.now();
            gauge.set(app.latency.stats(now).avg_30s);
            let (known, believed) = app.menu.hint_state(now).await;
            dishes.set(i64::try_from(known).unwrap_or(i64::MAX));
            hinted.set(i64::try_from(believed).unwrap_or(i64::MAX));
            app.ports.keys.sweep(now).await;
        }
    });
}
