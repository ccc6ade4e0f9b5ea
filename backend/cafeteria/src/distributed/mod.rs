//! One service as a process of its own, on PostgreSQL, Redis and RabbitMQ, beside any number of replicas.
//!
//! The map of the module:
//! - [`run`]: one service from its settings to its end
//! - [`secrets`]: the secrets of an installation
//! - `services`: what each service is made of

pub mod secrets;
mod services;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use messaging::{
    Fanout, drills,
    rabbitmq::{FanoutConfig, Fanouts, RabbitConfig, RabbitOrderQueue},
};
use service_kit::{
    Clock, Service, Tasks, audit::AuditTrail, health::Health, keys::KeySource, metrics::Metrics, peer::Peer,
    redis::Redis, token::ServiceTokens,
};
use tokio::net::TcpListener;
use wire::{identity::Jwk, ops::ServiceName};

use crate::{
    settings::Settings,
    start::{self, StartError, Surroundings},
};

/// How long one service may take to answer another.
const PEER_DEADLINE: Duration = Duration::from_secs(3);
/// How long the last words to RabbitMQ may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All was finished.
    Finished,
    /// Not everything ended in time; what is stored is safe.
    Cut,
    /// It was killed by a drill, or a worker panicked: it is to be started anew.
    Broken,
}

/// One service that is being put together.
struct Post {
    name: ServiceName,
    settings: Settings,
    clock: Clock,
    /// The service's own.
    tasks: Tasks,
    /// Of what carries its messages, which outlives it by a moment.
    carriers: Tasks,
    metrics: Metrics,
    instance: String,
    seed: [u8; 32],
    public: Vec<Jwk>,
    rabbitmq: String,
}

/// Serves until `stop` completes or the service breaks. `listening` is told where it listens.
///
/// # Errors
/// It cannot start: one line, which names what is wrong.
pub async fn run(
    name: ServiceName,
    settings: Settings,
    clock: Clock,
    stop: impl Future<Output = ()>,
    listening: impl FnOnce(SocketAddr),
) -> Result<End, StartError> {
    let post = Post::new(name, settings, clock)?;
    let grace = post.settings.shutdown();
    let mut stop = std::pin::pin!(stop);
    let opened = tokio::select! {
        biased;
        () = &mut stop => return Ok(End::Finished),
        opened = services::open(&post) => opened?,
    };
    listening(opened.address);
    let ended = tokio::select! {
        biased;
        () = post.tasks.killed() => End::Broken,
        () = opened.serving => End::Finished,
        () = async {
            stop.await;
            tracing::info!("stopping: what is under way is finished first");
            post.tasks.ask_to_stop();
            tokio::time::sleep(grace).await;
        } => End::Cut,
    };
    let gentle = post.tasks.stop(grace).await;
    post.carriers.stop(LAST_WORDS).await;
    Ok(if ended == End::Finished && !gentle { End::Cut } else { ended })
}

impl Post {
    fn new(name: ServiceName, mut settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let places = &settings.distributed;
        let key = secrets::admit(&settings, places.service_key().map_err(StartError::new)?)?;
        let rabbitmq = secrets::admit(&settings, places.rabbitmq().map_err(StartError::new)?)?;
        Ok(Self {
            name,
            instance: settings.instance(name),
            seed: secrets::service_seed(name, &key),
            public: secrets::public_keys(&settings)?,
            tasks: Tasks::new(),
            carriers: Tasks::new(),
            metrics: Metrics::new(name.as_str()),
            rabbitmq,
            settings,
            clock,
        })
    }

    fn listen(&self) -> Result<TcpListener, StartError> {
        let address = SocketAddr::new(self.settings.host, self.settings.port(self.name));
        service_kit::http::listen(address).map_err(|error| {
            StartError::new(format_args!("{} cannot listen on {address}: {error}", self.name))
        })
    }

    fn database(&self) -> Result<String, StartError> {
        secrets::admit(&self.settings, self.settings.distributed.database().map_err(StartError::new)?)
    }

    fn redis(&self) -> Result<Redis, StartError> {
        let url =
            secrets::admit(&self.settings, self.settings.distributed.redis().map_err(StartError::new)?)?;
        let deadline = Duration::from_millis(self.settings.distributed.redis_deadline_ms);
        Redis::patient(&url, deadline, &self.metrics)
            .map_err(|error| StartError::new(format_args!("setting REDIS_URL: {error}")))
    }

    fn fanouts(&self) -> Result<Fanouts, StartError> {
        let (config, tasks) = (FanoutConfig::new(&self.instance), &self.carriers);
        Fanouts::connect(&self.rabbitmq, &config, tasks, &self.clock, &self.metrics)
            .map_err(|error| StartError::new(format_args!("setting RABBITMQ_URL: {error}")))
    }

    fn queue(&self) -> Result<Arc<RabbitOrderQueue>, StartError> {
        let capacity = self.settings.queue.capacity;
        let config = RabbitConfig { capacity, ..RabbitConfig::new(&self.instance) };
        let (tasks, clock) = (&self.carriers, self.clock.clone());
        RabbitOrderQueue::connect(&self.rabbitmq, &config, tasks, clock, &self.metrics)
            .map_err(|error| StartError::new(format_args!("setting RABBITMQ_URL: {error}")))
    }

    fn peer(&self, target: ServiceName) -> Peer {
        let places = &self.settings.distributed;
        let base = match target {
            ServiceName::StockService => &places.stock_service_url,
            ServiceName::KitchenQueue => &places.kitchen_queue_url,
            ServiceName::IdentityProvider | ServiceName::OrderGateway | ServiceName::NotificationHub => {
                &places.identity_provider_url
            }
        };
        let tokens = ServiceTokens::new(self.name, &self.seed, self.clock.clone());
        Peer::new(target, base, tokens, PEER_DEADLINE)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.settings.data_dir.join(name)
    }

    /// The context of the service, whose drills are carried to its other replicas and back.
    fn context(
        &self,
        health: Health,
        audit: Arc<dyn AuditTrail>,
        keys: Option<KeySource>,
        fanouts: &Fanouts,
    ) -> Service {
        let identity = self.settings.distributed.identity_provider_url.trim_end_matches('/');
        let people = keys.unwrap_or_else(|| KeySource::Url(format!("{identity}/.well-known/jwks.json")));
        let around = Surroundings {
            settings: &self.settings,
            clock: &self.clock,
            tasks: &self.tasks,
            metrics: self.metrics.clone(),
            instance: self.instance.clone(),
            people,
            services: &self.public,
            keys_kept_at: self.file(&format!("{}.jwks.json", self.name)),
        };
        let service = start::context(around, health, audit);
        let carrier: Arc<dyn Fanout> = fanouts.drills.clone();
        drills::start(&service, &carrier);
        service
    }
}
