//! The five services: what each is made of, from its stores to its end.

use std::{sync::Arc, time::Duration};

use futures_util::future::FutureExt as _;
use identity_provider::{Identity, attempts::memory::MemoryAttempts, store::sqlite::SqliteUserStore};
use kitchen_queue::store::sqlite::SqliteKitchen;
use order_gateway::keys::memory::MemoryKeys;
use service_kit::{
    Tasks,
    audit::{LoggedAudit, SqliteAudit},
    keys::{KeySource, published},
};
use stock_service::SqliteStock;
use tokio::net::TcpListener;
use wire::ops::ServiceName;

use super::{Run, Shared, StartError};
use crate::{settings::Mode, start};

/// One life of a service: opens its stores, serves until it is asked to stop or killed, closes its stores.
pub(super) fn incarnation(
    shared: Arc<Shared>,
    name: ServiceName,
    tasks: Tasks,
    listener: TcpListener,
) -> Run {
    match name {
        ServiceName::IdentityProvider => identity(shared, tasks, listener).boxed(),
        ServiceName::OrderGateway => gateway(shared, tasks, listener).boxed(),
        ServiceName::StockService => stock(shared, tasks, listener).boxed(),
        ServiceName::KitchenQueue => kitchen(shared, tasks, listener).boxed(),
        ServiceName::NotificationHub => hub(shared, tasks, listener).boxed(),
    }
}

/// Lets a service run to its end: soft when it is asked to stop, at once when it is killed.
async fn to_the_end(shared: &Shared, tasks: &Tasks, serve: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = tasks.killed() => {}
        () = serve => {}
    }
    tasks.stop(shared.settings.shutdown()).await;
}

async fn identity(shared: Arc<Shared>, tasks: Tasks, listener: TcpListener) -> Result<(), StartError> {
    let users = Arc::new(SqliteUserStore::open(&shared.file("identity.db")).await.map_err(StartError::new)?);
    start::first_users(&shared.settings, &shared.clock, &*users).await?;
    let keys = published(Vec::new());
    let ports = identity_provider::Ports {
        users: users.clone(),
        kiosks: users.clone(),
        attempts: Arc::new(MemoryAttempts::new(shared.clock.clone())),
        fanout: shared.fanout.clone(),
        secret: shared.seed(ServiceName::IdentityProvider),
        keys: Arc::clone(&keys),
    };
    let (health, audit) = (identity_provider::health(&ports), Arc::new(users.audit()));
    let service = shared.context(health, audit, &tasks, Some(KeySource::Own(keys)));
    let opened = Identity::open(&service, &shared.settings.identity, ports).await;
    if let Ok(identity) = &opened {
        shared.came_up(ServiceName::IdentityProvider);
        to_the_end(&shared, &tasks, identity_provider::serve(identity.clone(), listener)).await;
    } else {
        tasks.stop(Duration::ZERO).await;
    }
    users.close().await;
    opened.map(drop).map_err(StartError::new)
}

async fn gateway(shared: Arc<Shared>, tasks: Tasks, listener: TcpListener) -> Result<(), StartError> {
    let config = shared.settings.gateway.clone();
    let life = Duration::from_secs(config.key_hours * 3600);
    let ports = order_gateway::Ports {
        queue: shared.queue.clone(),
        keys: Arc::new(MemoryKeys::new(life, config.key_capacity)),
        hints: shared.hints.clone(),
        fanout: shared.fanout.clone(),
        stock: shared.peer(ServiceName::OrderGateway, ServiceName::StockService),
        kitchen: shared.peer(ServiceName::OrderGateway, ServiceName::KitchenQueue),
        menu_file: Some(shared.file("menu.json")),
    };
    let service = shared.context(order_gateway::health(&ports), Arc::new(LoggedAudit), &tasks, None);
    shared.came_up(ServiceName::OrderGateway);
    to_the_end(&shared, &tasks, order_gateway::serve(service, config, ports, listener)).await;
    Ok(())
}

async fn stock(shared: Arc<Shared>, tasks: Tasks, listener: TcpListener) -> Result<(), StartError> {
    let store = Arc::new(SqliteStock::open(&shared.file("stock.db")).await.map_err(StartError::new)?);
    if shared.settings.mode == Mode::Demo {
        let now = shared.clock.now();
        stock_service::seed_menu(&*store, stock_service::demo_menu(), now).await.map_err(StartError::new)?;
    }
    let ports = stock_service::Ports {
        store: store.clone(),
        hints: shared.hints.clone(),
        fanout: shared.fanout.clone(),
    };
    let service = shared.context(stock_service::health(&ports), Arc::new(store.audit()), &tasks, None);
    shared.came_up(ServiceName::StockService);
    let config = shared.settings.stock.clone();
    to_the_end(&shared, &tasks, stock_service::serve(service, config, ports, listener)).await;
    store.close().await;
    Ok(())
}

async fn kitchen(shared: Arc<Shared>, tasks: Tasks, listener: TcpListener) -> Result<(), StartError> {
    let store = Arc::new(SqliteKitchen::open(&shared.file("kitchen.db")).await.map_err(StartError::new)?);
    let ports = kitchen_queue::Ports {
        store: store.clone(),
        queue: shared.queue.clone(),
        fanout: shared.fanout.clone(),
        stock: shared.peer(ServiceName::KitchenQueue, ServiceName::StockService),
    };
    let audit = SqliteAudit(store.database().clone());
    let service = shared.context(kitchen_queue::health(&ports), Arc::new(audit), &tasks, None);
    shared.came_up(ServiceName::KitchenQueue);
    let config = shared.settings.kitchen.clone();
    to_the_end(&shared, &tasks, kitchen_queue::serve(service, config, ports, listener)).await;
    store.close().await;
    Ok(())
}

async fn hub(shared: Arc<Shared>, tasks: Tasks, listener: TcpListener) -> Result<(), StartError> {
    let ports = notification_hub::Ports { fanout: shared.fanout.clone() };
    let service = shared.context(notification_hub::health(&ports), Arc::new(LoggedAudit), &tasks, None);
    let mut config = shared.settings.hub.clone();
    // Pages of the web's port on this machine.
    let web = shared.web.port();
    config.allowed_origins.extend([format!("http://localhost:{web}"), format!("http://127.0.0.1:{web}")]);
    shared.came_up(ServiceName::NotificationHub);
    to_the_end(&shared, &tasks, notification_hub::serve(service, config, ports, listener)).await;
    Ok(())
}
