//! What is left: the menu, the reservations of orders, and the only place where stock changes.
//!
//! The map of the service:
//! - [`config`]: its settings
//! - [`domain::plan`]: what a batch of orders does to the stock, planned in memory
//! - [`domain::item`]: what a dish may be, and what a seed makes of it
//! - [`store`]: the port of the stock store; [`store::sqlite`] and [`store::postgres`] are its adapters
//! - [`stock`]: the state of the running service: the store, the batcher in front of it, its metrics
//! - `news`: hints and events after every commit; `upkeep`: refreshed hints, the check of conservation, retention
//! - `http/items.rs`: the menu, for everybody and for staff; `http/orders.rs`: reduce and release, for services
//! - [`menu`]: the 19 dishes of the demonstration
//!
//! Invariant: the rows of the database are the truth. Nothing here remembers a level; hints and events are told
//! after the commit, and whoever acts on one that is wrong is put right by the next reduce.

pub mod config;
pub mod domain;
mod http;
pub mod menu;
mod news;
pub mod stock;
pub mod store;
mod upkeep;

use std::sync::Arc;

use messaging::Fanout;
use service_kit::{
    Service,
    audit::Deed,
    health::{Health, Need},
    hints::StockHints,
    http::{Routes, assemble, audit_routes},
};
use tokio::net::TcpListener;
use wire::{
    Time,
    ops::ServiceName,
    stock::{SeedItem, Seeded},
};

pub use config::Config;
pub use menu::demo_menu;
pub use stock::Stock;
pub use store::{StockStore, postgres::PgStock, sqlite::SqliteStock};

use domain::StorageError;

/// What the service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where the stock is kept.
    pub store: Arc<dyn StockStore>,
    /// Where hints are told.
    pub hints: Arc<dyn StockHints>,
    /// Where news are told.
    pub fanout: Arc<dyn Fanout>,
}

/// What the service needs, for its context: without its database it is down, without hints it is degraded.
pub fn health(ports: &Ports) -> Health {
    Health::new(ServiceName::StockService)
        .with("database", Need::Required, &ports.store, async move |store| store.is_up().await)
        .with("hints", Need::Optional, &ports.hints, async move |hints| hints.is_up().await)
}

/// Every route of the service.
pub fn routes(service: &Service, stock: Stock) -> Routes<()> {
    http::items::routes().and(http::orders::routes()).with_state(stock).and(audit_routes(service.clone()))
}

/// Serves until the service is asked to stop.
pub async fn serve(service: Service, config: Config, ports: Ports, listener: TcpListener) {
    let fanout = Arc::clone(&ports.fanout);
    let stock = Stock::start(&service, &config, ports);
    let router = assemble(&service, service.http.frame(), routes(&service, stock));
    messaging::beats::start(&service, fanout, |_| {});
    service_kit::http::serve(listener, router, &service.http, &service.tasks).await;
}

/// Puts dishes on the menu of a store that has none yet; `None` when it has some, and nothing was done.
///
/// # Errors
/// The database is away.
pub async fn seed_menu(
    store: &dyn StockStore,
    items: Vec<SeedItem>,
    now: Time,
) -> Result<Option<Seeded>, StorageError> {
    let deed = Deed {
        at: now,
        actor: ServiceName::StockService.as_str().to_owned(),
        action: "stock.seed",
        subject: "menu".to_owned(),
        detail: format!("{} dishes, at the first start", items.len()),
    };
    store.seed_if_empty(&items, &deed).await
}
