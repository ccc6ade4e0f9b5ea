//! The five services: what each is made of.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _};
use identity_provider::{
    Identity,
    attempts::{database::DatabaseAttempts, redis::RedisAttempts},
    store::postgres::PgUserStore,
};
use kitchen_queue::store::postgres::PgKitchen;
use order_gateway::keys::redis::RedisKeys;
use service_kit::{
    audit::{LoggedAudit, PgAudit},
    hints::RedisHints,
    keys::{KeySource, published},
};
use stock_service::PgStock;
use tokio::net::TcpListener;
use wire::ops::ServiceName;

use super::{Post, secrets};
use crate::{
    settings::Mode,
    start::{self, StartError},
};

/// How long a claim on an order lasts: longer than a call to the stock-service, shorter than anybody's patience.
const LEASE: Duration = Duration::from_secs(10);

/// A service that listens.
pub(super) struct Opened {
    /// Where.
    pub(super) address: SocketAddr,
    /// Completes once it has been asked to stop and has answered everybody.
    pub(super) serving: BoxFuture<'static, ()>,
}

impl Opened {
    fn new<F>(post: &Post, serve: impl FnOnce(TcpListener) -> F) -> Result<Self, StartError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = post.listen()?;
        let address = listener.local_addr().map_err(StartError::new)?;
        Ok(Self { address, serving: serve(listener).boxed() })
    }
}

/// Opens the service's stores, connects it, and listens.
pub(super) async fn open(post: &Post) -> Result<Opened, StartError> {
    match post.name {
        ServiceName::IdentityProvider => identity(post).await,
        ServiceName::OrderGateway => gateway(post),
        ServiceName::StockService => stock(post).await,
        ServiceName::KitchenQueue => kitchen(post).await,
        ServiceName::NotificationHub => hub(post),
    }
}

async fn identity(post: &Post) -> Result<Opened, StartError> {
    let fanouts = post.fanouts()?;
    let places = &post.settings.distributed;
    let secret = secrets::admit(&post.settings, places.identity_secret().map_err(StartError::new)?)?;
    let connections = places.database_connections;
    let url = post.database()?;
    let users = PgUserStore::open(&url, connections, &post.tasks, &post.metrics);
    let users = Arc::new(users.await.map_err(StartError::new)?);
    start::first_users(&post.settings, &post.clock, &*users).await?;
    let keys = published(Vec::new());
    let ports = identity_provider::Ports {
        users: users.clone(),
        kiosks: users.clone(),
        attempts: Arc::new(RedisAttempts::new(post.redis()?, DatabaseAttempts::new(&users))),
        fanout: fanouts.notifications.clone(),
        secret: secrets::seed("cafeteria/identity/1", &secret),
        keys: Arc::clone(&keys),
    };
    let (health, audit) = (identity_provider::health(&ports), Arc::new(users.audit()));
    let service = post.context(health, audit, Some(KeySource::Own(keys)), &fanouts);
    let identity = Identity::open(&service, &post.settings.identity, ports).await.map_err(StartError::new)?;
    Opened::new(post, |listener| identity_provider::serve(identity, listener))
}

fn gateway(post: &Post) -> Result<Opened, StartError> {
    let fanouts = post.fanouts()?;
    let config = post.settings.gateway.clone();
    let redis = post.redis()?;
    let ports = order_gateway::Ports {
        queue: post.queue()?,
        keys: Arc::new(RedisKeys::new(redis.clone(), Duration::from_secs(config.key_hours * 3600))),
        hints: Arc::new(RedisHints::new(redis)),
        fanout: fanouts.notifications.clone(),
        stock: post.peer(ServiceName::StockService),
        kitchen: post.peer(ServiceName::KitchenQueue),
        menu_file: Some(post.file("menu.json")),
    };
    let service = post.context(order_gateway::health(&ports), Arc::new(LoggedAudit), None, &fanouts);
    Opened::new(post, |listener| order_gateway::serve(service, config, ports, listener))
}

async fn stock(post: &Post) -> Result<Opened, StartError> {
    let fanouts = post.fanouts()?;
    let connections = post.settings.distributed.database_connections;
    let url = post.database()?;
    let store = PgStock::open(&url, connections, &post.tasks, &post.metrics);
    let store = Arc::new(store.await.map_err(StartError::new)?);
    if post.settings.mode == Mode::Demo {
        let now = post.clock.now();
        stock_service::seed_menu(&*store, stock_service::demo_menu(), now).await.map_err(StartError::new)?;
    }
    let ports = stock_service::Ports {
        store: store.clone(),
        hints: Arc::new(RedisHints::new(post.redis()?)),
        fanout: fanouts.notifications.clone(),
    };
    let service = post.context(stock_service::health(&ports), Arc::new(store.audit()), None, &fanouts);
    let config = post.settings.stock.clone();
    Opened::new(post, |listener| stock_service::serve(service, config, ports, listener))
}

async fn kitchen(post: &Post) -> Result<Opened, StartError> {
    let fanouts = post.fanouts()?;
    let connections = post.settings.distributed.database_connections;
    let url = post.database()?;
    let store = PgKitchen::open(&url, connections, LEASE, &post.tasks, &post.metrics);
    let store = Arc::new(store.await.map_err(StartError::new)?);
    let ports = kitchen_queue::Ports {
        store: store.clone(),
        queue: post.queue()?,
        fanout: fanouts.notifications.clone(),
        stock: post.peer(ServiceName::StockService),
    };
    let service = post.context(
        kitchen_queue::health(&ports),
        Arc::new(PgAudit(store.database().clone())),
        None,
        &fanouts,
    );
    let config = post.settings.kitchen.clone();
    Opened::new(post, |listener| kitchen_queue::serve(service, config, ports, listener))
}

fn hub(post: &Post) -> Result<Opened, StartError> {
    let fanouts = post.fanouts()?;
    let ports = notification_hub::Ports { fanout: fanouts.notifications.clone() };
    let service = post.context(notification_hub::health(&ports), Arc::new(LoggedAudit), None, &fanouts);
    let config = post.settings.hub.clone();
    Opened::new(post, |listener| notification_hub::serve(service, config, ports, listener))
}
