//! kitchen-queue: what happens to an order, from the queue to the plate.
//!
//! The map of the service:
//! - [`config`]: how food becomes ready, and how long things are kept
//! - [`domain`]: what an answer of the stock-service means, when to try again
//! - [`store`]: orders, their history and the outbox; on SQLite for one process, on PostgreSQL for replicas
//! - [`work`]: the workers: receive, verify, timers, release, relay, board, tidy up
//! - [`http`]: tickets, the pick-up board, dead letters, and orders for the gateway
//!
//! Invariants: a message is acknowledged after its order is committed. No transaction is open across a call. A
//! status change and its event are one commit. Every rejection and cancellation ends with a release.

pub mod config;
pub mod domain;
pub mod http;
pub mod store;
#[cfg(test)]
mod tests;
pub mod work;

use std::sync::Arc;

use messaging::{Fanout, OrderQueue};
use service_kit::{
    Service,
    health::{Health, Need},
    http::{Routes, assemble, audit_routes},
    peer::Peer,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use wire::{kitchen::Board, ops::ServiceName};

pub use config::{Config, Cooking, CookingTime};
use store::KitchenStore;

/// What the service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Orders, their history, the outbox.
    pub store: Arc<dyn KitchenStore>,
    /// Where orders come from.
    pub queue: Arc<dyn OrderQueue>,
    /// Where news goes to.
    pub fanout: Arc<dyn Fanout>,
    /// The stock-service.
    pub stock: Peer,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// The state that handlers and workers share.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) service: Service,
    pub(crate) config: Arc<Config>,
    pub(crate) ports: Ports,
    pub(crate) metrics: Arc<work::Metrics>,
    /// There is an order to verify.
    pub(crate) to_verify: Arc<Notify>,
    /// A timer may be due earlier than before.
    pub(crate) timers: Arc<Notify>,
    /// Portions are to be given back.
    pub(crate) to_release: Arc<Notify>,
    /// Something changed: there is news to relay, and the board may be another.
    pub(crate) changed: watch::Sender<u64>,
    /// The pick-up board as last drawn.
    pub(crate) board: watch::Sender<Board>,
}

impl App {
    /// The state of a service that is about to start.
    pub fn new(service: Service, config: Config, ports: Ports) -> Self {
        let metrics = Arc::new(work::Metrics::new(&service.metrics));
        Self {
            service,
            config: Arc::new(config),
            ports,
            metrics,
            to_verify: Arc::default(),
            timers: Arc::default(),
            to_release: Arc::default(),
            changed: watch::Sender::new(0),
            board: watch::Sender::default(),
        }
    }

    /// Tells the relay and the board that something changed.
    pub(crate) fn note_change(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

/// What the service needs to be healthy: its database and the queue; others only degrade it.
pub fn health(ports: &Ports) -> Health {
    Health::new(ServiceName::KitchenQueue)
        .with("database", Need::Required, &ports.store, async move |store| store.is_up().await)
        .with("queue", Need::Required, &ports.queue, async move |queue| queue.is_up().await)
        .with("notifications", Need::Optional, &ports.fanout, async move |fanout| fanout.is_up().await)
        .with("stock-service", Need::Optional, &ports.stock, async move |stock| stock.is_up().await)
}

/// Every route with who may call it.
pub fn routes(app: &App) -> Routes<()> {
    http::tickets::routes()
        .and(http::board::routes())
        .and(http::dead_letters::routes())
        .and(http::orders::routes())
        .with_state(app.clone())
        .and(audit_routes(app.service.clone()))
}

/// Serves and works until the service is asked to stop.
pub async fn serve(service: Service, config: Config, ports: Ports, listener: TcpListener) {
    let app = App::new(service, config, ports);
    work::start(&app);
    messaging::beats::start(&app.service, app.ports.fanout.clone(), |_| {});
    let service = app.service.clone();
    let router = assemble(&service, service.http.frame(), routes(&app));
    drop(app);
    service_kit::http::serve(listener, router, &service.http, &service.tasks).await;
}
