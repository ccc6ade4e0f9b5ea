//! The whole system in one process, on embedded storage: five services, each on its own port, with its own stores,
//! metrics and tasks, supervised: one that is killed or panics is started anew on the same port. In front of them the
//! web, likewise.

mod services;

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::future::{BoxFuture, FutureExt as _};
use messaging::embedded::{BroadcastFanout, SqliteOrderQueue};
use service_kit::{
    Clock, Service, Tasks,
    audit::AuditTrail,
    health::Health,
    hints::MemoryHints,
    keys::KeySource,
    metrics::Metrics,
    peer::Peer,
    secret,
    token::{ServiceTokens, Signer},
};
use tokio::{net::TcpListener, sync::watch, time::Instant};
use wire::{identity::Jwk, ops::ServiceName};

use crate::{
    command::backup::RESTORING,
    settings::Settings,
    start::{self, StartError, Surroundings},
};

/// How many events a hub may lag behind before it is told to resync.
const FANOUT_CAPACITY: usize = 8_192;
/// How long one service may take to answer another.
const PEER_DEADLINE: Duration = Duration::from_secs(3);
/// How long to wait before a service that did not start again is tried once more.
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// A running system.
#[derive(Debug)]
pub struct System {
    shared: Arc<Shared>,
    supervisors: Tasks,
    addresses: BTreeMap<ServiceName, SocketAddr>,
    web: SocketAddr,
    _lock: File,
}

/// What all services of the process share: what would be servers of their own in the distributed shape.
struct Shared {
    settings: Settings,
    clock: Clock,
    addresses: BTreeMap<ServiceName, SocketAddr>,
    web: SocketAddr,
    seeds: BTreeMap<ServiceName, [u8; 32]>,
    public: Vec<Jwk>,
    broker: Tasks,
    queue: Arc<SqliteOrderQueue>,
    queue_metrics: Metrics,
    fanout: Arc<BroadcastFanout>,
    hints: Arc<MemoryHints>,
    /// Which services have come up at least once.
    up: watch::Sender<Vec<ServiceName>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl System {
    /// Starts everything, and returns once every service answers. On an empty folder, makes its data, keys and,
    /// in demo mode, the demo accounts and the demo menu.
    ///
    /// # Errors
    /// A port is taken, the folder cannot be used or is in use, or the settings contradict what is in it.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let lock = lock(&settings.data_dir)?;
        let web = listen(&settings, "the web", 0)?;
        let mut listeners = BTreeMap::new();
        for name in ServiceName::ALL {
            listeners.insert(name, listen(&settings, name.as_str(), name.port_offset())?);
        }
        let mut addresses = BTreeMap::new();
        for (name, listener) in &listeners {
            addresses.insert(*name, listener.local_addr().map_err(StartError::new)?);
        }
        let web_address = web.local_addr().map_err(StartError::new)?;
        let shared = Arc::new(Shared::open(settings, clock, addresses.clone(), web_address).await?);
        let supervisors = Tasks::new();
        let mut firsts = Vec::new();
        for (name, listener) in listeners {
            let (first, started) = tokio::sync::oneshot::channel();
            supervisors.spawn_worker(
                "supervisor",
                supervise(Arc::clone(&shared), supervisors.clone(), name, listener, first),
            );
            firsts.push(started);
        }
        let watch = supervise_web(Arc::clone(&shared), supervisors.clone(), web);
        supervisors.spawn_worker("supervisor", watch);
        let system = Self { shared, supervisors, addresses, web: web_address, _lock: lock };
        for started in firsts {
            if let Ok(Err(error)) = started.await {
                system.stop().await;
                return Err(error);
            }
        }
        Ok(system)
    }

    /// Where a service listens.
    pub fn url(&self, name: ServiceName) -> String {
        self.addresses.get(&name).copied().map(url_on_this_machine).unwrap_or_default()
    }

    /// Where the pages are.
    pub fn web(&self) -> String {
        url_on_this_machine(self.web)
    }

    /// Stops everything: no new work, what is under way is finished within the bound of the settings. Returns
    /// whether all ended by itself.
    pub async fn stop(self) -> bool {
        let grace = self.shared.settings.shutdown();
        let gentle = self.supervisors.stop(grace + Duration::from_secs(2)).await;
        let broker = self.shared.broker.stop(Duration::from_secs(2)).await;
        self.shared.queue.close().await;
        gentle && broker
    }
}

/// Takes a port that follows the web's, or any where that is 0.
fn listen(settings: &Settings, who: &str, offset: u16) -> Result<TcpListener, StartError> {
    let port = if settings.base_port == 0 { 0 } else { settings.base_port + offset };
    let address = SocketAddr::new(settings.host, port);
    service_kit::http::listen(address).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "is it running already? base_port chooses other ports",
            _ => "host must be an address of this machine, and the port one that may be used",
        };
        StartError::new(format_args!("{who} cannot listen on {address}: {error}; {hint}"))
    })
}

/// Where somebody on this machine reaches what listens there: "every address" is none that all systems connect to.
fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    address
}

fn url_on_this_machine(address: SocketAddr) -> String {
    format!("http://{}", on_this_machine(address))
}

/// Sees to it that only one process works on a folder.
pub(crate) fn lock(folder: &Path) -> Result<File, StartError> {
    let lock = lock_for_restore(folder)?;
    if folder.join(RESTORING).exists() {
        return Err(StartError::new(format_args!(
            "a restore into the data folder {} was not finished; run `cafeteria restore` again",
            folder.display()
        )));
    }
    Ok(lock)
}

/// As [`lock`], also where a restore was not finished.
pub(crate) fn lock_for_restore(folder: &Path) -> Result<File, StartError> {
    let failed = |error: io::Error| {
        let path = folder.display();
        StartError::new(if folder.exists() && !folder.is_dir() {
            format!(
                "setting data_dir: {path} is not a folder; name a folder, or a place where one can be made"
            )
        } else {
            format!("setting data_dir: the folder {path} cannot be used: {error}")
        })
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::new(format_args!(
            "another cafeteria is running on the data folder {}; stop it, or use another --data-dir",
            folder.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

impl Shared {
    async fn open(
        settings: Settings,
        clock: Clock,
        addresses: BTreeMap<ServiceName, SocketAddr>,
        web: SocketAddr,
    ) -> Result<Self, StartError> {
        let mut seeds = BTreeMap::new();
        let mut public = Vec::new();
        for name in ServiceName::ALL {
            let path = settings.data_dir.join("secrets").join(format!("{name}.key"));
            let seed = secret::load_or_create(&path)
                .map_err(|error| StartError::new(format_args!("the secret {}: {error}", path.display())))?;
            public.push(Signer::new(name.as_str(), &seed).public().clone());
            seeds.insert(name, seed);
        }
        let broker = Tasks::new();
        let queue_metrics = Metrics::new("order-queue");
        let path = settings.data_dir.join("queue.db");
        let queue =
            SqliteOrderQueue::open(&path, settings.queue.capacity, &broker, clock.clone(), &queue_metrics)
                .await
                .map_err(StartError::new)?;
        Ok(Self {
            settings,
            clock,
            addresses,
            web,
            seeds,
            public,
            broker,
            queue,
            queue_metrics,
            fanout: Arc::new(BroadcastFanout::new(FANOUT_CAPACITY)),
            hints: Arc::new(MemoryHints::new()),
            up: watch::Sender::default(),
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.settings.data_dir.join(name)
    }

    fn url(&self, name: ServiceName) -> String {
        self.addresses.get(&name).copied().map(url_on_this_machine).unwrap_or_default()
    }

    fn seed(&self, name: ServiceName) -> [u8; 32] {
        self.seeds.get(&name).copied().unwrap_or_default()
    }

    fn peer(&self, caller: ServiceName, target: ServiceName) -> Peer {
        let tokens = ServiceTokens::new(caller, &self.seed(caller), self.clock.clone());
        Peer::new(target, &self.url(target), tokens, PEER_DEADLINE)
    }

    /// The context of one service.
    fn context(
        &self,
        health: Health,
        audit: Arc<dyn AuditTrail>,
        tasks: &Tasks,
        keys: Option<KeySource>,
    ) -> Service {
        let name = health.service();
        let people = keys.unwrap_or_else(|| {
            KeySource::Url(format!("{}/.well-known/jwks.json", self.url(ServiceName::IdentityProvider)))
        });
        let metrics = Metrics::new(name.as_str());
        let around = Surroundings {
            settings: &self.settings,
            clock: &self.clock,
            tasks,
            metrics: if name == ServiceName::OrderGateway {
                metrics.also(&self.queue_metrics)
            } else {
                metrics
            },
            instance: format!("{name}-1"),
            people,
            services: &self.public,
            keys_kept_at: self.file("keys").join(format!("{name}.jwks.json")),
        };
        start::context(around, health, audit)
    }

    fn came_up(&self, name: ServiceName) {
        self.up.send_modify(|up| {
            if !up.contains(&name) {
                up.push(name);
            }
        });
    }
}

/// Tells the one who waits for the first start how it went.
type First = tokio::sync::oneshot::Sender<Result<(), StartError>>;

/// Runs one service again and again until the system stops.
async fn supervise(
    shared: Arc<Shared>,
    supervisors: Tasks,
    name: ServiceName,
    listener: TcpListener,
    first: First,
) {
    let (mut first, mut listener) = (Some(first), Some(listener));
    while !supervisors.is_stopping() {
        let socket = match listener.take() {
            Some(listener) => listener,
            None => match bind_again(&shared, name) {
                Ok(listener) => listener,
                Err(error) => {
                    tracing::error!(service = %name, %error, "the port cannot be had again");
                    supervisors.pause(RESTART_PAUSE).await;
                    continue;
                }
            },
        };
        let tasks = Tasks::new();
        let began = Instant::now();
        let mut run =
            survived(services::incarnation(Arc::clone(&shared), name, tasks.clone(), socket), tasks.clone());
        let mut came_up = shared.up.subscribe();
        let mut told = first.is_none();
        let ended = loop {
            tokio::select! {
                ended = &mut run => break ended,
                () = supervisors.stopping(), if !tasks.is_stopping() => tasks.ask_to_stop(),
                _ = came_up.wait_for(|up| up.contains(&name)), if !told => {
                    told = true;
                    if let Some(first) = first.take() {
                        let _ = first.send(Ok(()));
                    }
                }
            }
        };
        match (ended, first.take()) {
            (Err(error), Some(first)) => {
                let _ = first.send(Err(error));
                return;
            }
            (Err(error), None) => {
                tracing::error!(service = %name, %error, "the service did not start again; it is tried once more");
                supervisors.pause(RESTART_PAUSE).await;
            }
            (Ok(()), _) if !supervisors.is_stopping() => {
                tracing::warn!(service = %name, "the service ended; it is started again");
                // One that ends as soon as it starts is not started again and again without a rest.
                if began.elapsed() < RESTART_PAUSE {
                    supervisors.pause(RESTART_PAUSE).await;
                }
            }
            (Ok(()), _) => {}
        }
    }
}

/// Runs the web again and again until the system stops. It has no stores and nothing to come up, so it is no service.
async fn supervise_web(shared: Arc<Shared>, supervisors: Tasks, listener: TcpListener) {
    let behind = web::Behind {
        services: shared.addresses.iter().map(|(name, address)| (*name, on_this_machine(*address))).collect(),
        pages: shared.settings.pages(),
    };
    let mut listener = Some(listener);
    while !supervisors.is_stopping() {
        let socket = match listener.take().map_or_else(|| service_kit::http::listen(shared.web), Ok) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::error!(%error, "the web's port cannot be had again");
                supervisors.pause(RESTART_PAUSE).await;
                continue;
            }
        };
        let tasks = Tasks::new();
        let serve =
            AssertUnwindSafe(web::serve(socket, &behind, &shared.settings.http, &tasks)).catch_unwind();
        tokio::select! {
            ended = serve => if ended.is_err() {
                tracing::error!("the web panicked; it is started again");
            },
            () = supervisors.stopping() => {}
        }
        tasks.stop(shared.settings.shutdown()).await;
        if !supervisors.is_stopping() {
            supervisors.pause(RESTART_PAUSE).await;
        }
    }
}

fn bind_again(shared: &Shared, name: ServiceName) -> io::Result<TcpListener> {
    let address = shared.addresses.get(&name).copied().ok_or(io::ErrorKind::NotFound)?;
    service_kit::http::listen(address)
}

type Run = BoxFuture<'static, Result<(), StartError>>;

/// A life whose panic is its end alone, not that of who watches over all services.
fn survived(run: Run, tasks: Tasks) -> Run {
    async move {
        match AssertUnwindSafe(run).catch_unwind().await {
            Ok(ended) => ended,
            Err(_) => {
                tasks.kill();
                tasks.stop(Duration::ZERO).await;
                Err(StartError::new("it panicked"))
            }
        }
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_reached_on_this_machine() {
        for (listens, reached) in [
            ("0.0.0.0:3003", "http://127.0.0.1:3003"),
            ("[::]:3003", "http://[::1]:3003"),
            ("192.168.1.5:3003", "http://192.168.1.5:3003"),
        ] {
            assert_eq!(url_on_this_machine(listens.parse().unwrap()), reached);
        }
    }

    #[tokio::test]
    async fn a_service_that_panics_ends_alone() {
        let tasks = Tasks::new();
        tasks.spawn(std::future::pending());
        let ended = survived(async { panic!("broken on purpose") }.boxed(), tasks.clone()).await;
        assert_eq!(ended.unwrap_err().to_string(), "it panicked");
        tasks.killed().await;
    }
}
