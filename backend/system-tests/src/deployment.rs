//! The distributed shape: processes for each service, on real PostgreSQL, Redis and RabbitMQ. A proxy in front of each
//! server can cut it off, and one in front of each service spreads connections over its replicas.

use std::{
    collections::BTreeMap,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use cafeteria::{
    distributed::secrets::{self, Secrets},
    settings::Settings,
};
use tempfile::TempDir;
use test_support::servers::{Postgres, Proxy, RabbitMq, Redis, free_port, proxy::Network};
use tokio::sync::OnceCell;
use wire::{identity::Secret, ops::ServiceName};

use crate::{
    FULL, PICTURES, RECORD,
    system::{self, Addresses, binary, healthy},
    wait,
};

/// Servers of a deployment.
#[derive(Debug)]
pub struct Servers {
    /// Databases.
    pub postgres: Postgres,
    /// Cached stock levels, and idempotency keys.
    pub redis: Redis,
    /// Order queue, and event fan-out.
    pub rabbitmq: RabbitMq,
}

impl Servers {
    /// Starts all three.
    pub async fn start() -> Self {
        let (postgres, redis, rabbitmq) = tokio::join!(Postgres::start(), Redis::start(), RabbitMq::start());
        Self { postgres, redis, rabbitmq }
    }
}

/// Servers that the deployments of one test program share, each with databases and a virtual host of its own.
static SHARED: OnceCell<Servers> = OnceCell::const_new();

/// Deadline of Redis in milliseconds, for scenarios without an outage of Redis: generous, since other scenarios keep all
/// cores busy.
pub const REDIS_TIMEOUT_MS: u64 = 5_000;

/// Number of deployments so far.
static DEPLOYMENTS: AtomicU32 = AtomicU32::new(0);

/// Part of the system behind a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Database of the identity-provider.
    IdentityDatabase,
    /// Database of the stock-service.
    StockDatabase,
    /// Database of the kitchen-queue.
    KitchenDatabase,
    /// Redis.
    Redis,
    /// RabbitMQ.
    RabbitMq,
}

impl Part {
    const ALL: [Self; 5] =
        [Self::IdentityDatabase, Self::StockDatabase, Self::KitchenDatabase, Self::Redis, Self::RabbitMq];
}

/// Process of a service. Killed when dropped.
#[derive(Debug)]
struct Replica {
    port: u16,
    log: PathBuf,
    program: Arc<Program>,
    child: Option<Child>,
    /// True if it is restarted when it ends by itself, as a container is.
    wanted: bool,
    /// Restarts after it ended by itself.
    restarts: usize,
}

/// Configuration of a replica.
#[derive(Debug)]
struct Program {
    name: ServiceName,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Replica {
    fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(binary())
            .arg(self.program.name.as_str())
            .arg("--config")
            .arg(self.program.folder.join("cafeteria.toml"))
            .envs(self.program.environment.iter().cloned())
            .env("PORT", self.port.to_string())
            .env("CAFETERIA_DATA_DIR", self.log.with_extension("data"))
            .env_remove(FULL)
            .env_remove(PICTURES)
            .env_remove(RECORD)
            .current_dir(&self.program.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        self.wanted = true;
    }

    fn kill(&mut self) {
        self.wanted = false;
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Restarts it if it ended by itself.
    fn supervise(&mut self) {
        let ended = self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|end| end.is_some()));
        if self.wanted && ended {
            self.restarts += 1;
            self.start();
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

type Replicas = Arc<Mutex<BTreeMap<ServiceName, Vec<Replica>>>>;

/// Interval at which replicas are supervised.
const SUPERVISION_INTERVAL: Duration = Duration::from_millis(100);

/// Restarts replicas that end by themselves, until the deployment is dropped.
fn supervise(replicas: &Replicas) {
    let replicas = Arc::downgrade(replicas);
    std::thread::spawn(move || {
        while let Some(replicas) = replicas.upgrade() {
            replicas
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values_mut()
                .flatten()
                .for_each(Replica::supervise);
            drop(replicas);
            std::thread::park_timeout(SUPERVISION_INTERVAL);
        }
    });
}

/// Running deployment.
#[derive(Debug)]
pub struct Deployment {
    own: Option<Servers>,
    proxies: BTreeMap<Part, Proxy>,
    _balancers: BTreeMap<ServiceName, Proxy>,
    replicas: Replicas,
    databases: BTreeMap<Part, String>,
    addresses: Addresses,
    folder: TempDir,
}

/// Plan of a deployment.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Replicas of each service.
    pub replicas: usize,
    /// Whether it has servers of its own, which a scenario may kill.
    pub own_servers: bool,
    /// True if it has no proxies: for measurements, with one replica each.
    pub direct: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { replicas: 1, own_servers: false, direct: false }
    }
}

impl Deployment {
    /// Starts one replica of each service on shared servers, with some settings changed, and waits until all are up.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start(Plan::default(), change).await
    }

    /// Starts a deployment by a plan, with some settings changed, and waits until all replicas are up.
    pub async fn start(plan: Plan, change: impl FnOnce(&mut Settings)) -> Self {
        let own = if plan.own_servers { Some(Servers::start().await) } else { None };
        let servers = match &own {
            Some(own) => own,
            None => SHARED.get_or_init(Servers::start).await,
        };
        let folder = tempfile::tempdir().unwrap();
        let mut settings = system::settings(folder.path());
        if !plan.own_servers {
            settings.distributed.redis_deadline_ms = REDIS_TIMEOUT_MS;
        }
        change(&mut settings);
        let (proxies, databases, urls) = places(servers, plan.direct).await;
        let ports: BTreeMap<_, Vec<_>> = ServiceName::ALL
            .into_iter()
            .map(|name| (name, (0..plan.replicas).map(|_| free_port()).collect()))
            .collect();
        let mut balancers = BTreeMap::new();
        for (name, ports) in &ports {
            let all = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
            balancers.insert(*name, Proxy::start(all).await);
        }
        let addresses = Addresses::of(|name| match plan.direct {
            true => format!("http://127.0.0.1:{}", ports[&name][0]),
            false => format!("http://{}", balancers[&name].address()),
        });
        configure(folder.path(), &settings, &urls, &addresses);
        let replicas = ports.into_iter().map(|(name, ports)| {
            let program = Arc::new(program(name, folder.path(), &urls));
            let started = ports.into_iter().enumerate().map(|(number, port)| {
                let log = folder.path().join(format!("{name}-{number}.log"));
                let mut replica = Replica {
                    port,
                    log,
                    program: Arc::clone(&program),
                    child: None,
                    wanted: true,
                    restarts: 0,
                };
                replica.start();
                replica
            });
            (name, started.collect())
        });
        let replicas = Arc::new(Mutex::new(replicas.collect()));
        supervise(&replicas);
        let deployment = Self { own, proxies, _balancers: balancers, replicas, databases, addresses, folder };
        deployment.up().await;
        deployment
    }

    /// Waits until every replica is up.
    pub async fn up(&self) {
        let most = self.replicas().values().map(Vec::len).max().unwrap_or(0);
        for number in 0..most {
            let replicas = Addresses::of(|name| self.url_of(name, number));
            healthy(&replicas).await;
        }
    }

    /// Returns its own servers.
    pub fn servers(&mut self) -> &mut Servers {
        self.own.as_mut().expect("a plan with own_servers")
    }

    /// Sets the network to a part.
    pub fn network(&self, part: Part, network: Network) {
        self.proxies[&part].set(network);
    }

    /// Returns the address of a service's database, without the proxy.
    pub fn database(&self, part: Part) -> &str {
        &self.databases[&part]
    }

    /// Returns the address of one replica, without the proxy.
    pub fn url_of(&self, name: ServiceName, number: usize) -> String {
        format!("http://127.0.0.1:{}", self.replicas()[&name][number].port)
    }

    /// Returns the running processes of a service.
    pub fn pids(&self, name: ServiceName) -> Vec<u32> {
        self.replicas()[&name].iter().filter_map(|replica| Some(replica.child.as_ref()?.id())).collect()
    }

    /// Returns the restarts of each replica of a service after it ended by itself.
    pub fn restarts(&self, name: ServiceName) -> Vec<usize> {
        self.replicas()[&name].iter().map(|replica| replica.restarts).collect()
    }

    /// Kills a replica (SIGKILL), without a restart.
    pub fn kill(&self, name: ServiceName, number: usize) {
        self.with(name, number, Replica::kill);
    }

    /// Starts a replica again, without waiting.
    pub fn revive(&self, name: ServiceName, number: usize) {
        self.with(name, number, Replica::start);
    }

    /// Kills every replica of a service.
    pub fn kill_all(&self, name: ServiceName) {
        self.replicas().get_mut(&name).into_iter().flatten().for_each(Replica::kill);
    }

    /// Starts every replica of a service again, without waiting.
    pub fn revive_all(&self, name: ServiceName) {
        self.replicas().get_mut(&name).into_iter().flatten().for_each(Replica::start);
    }

    /// Returns the logs of all processes, of all their starts.
    pub fn log(&self) -> String {
        let replicas = self.replicas();
        let logs = replicas.values().flatten().map(|replica| std::fs::read_to_string(&replica.log));
        logs.filter_map(Result::ok).collect()
    }

    /// Returns the seed of a service's own key.
    pub fn service_seed(&self, name: ServiceName) -> [u8; 32] {
        let path = self.folder.path().join("secrets").join(format!("{name}.key"));
        secrets::service_seed(name, std::fs::read_to_string(path).unwrap().trim())
    }

    /// Stops the deployment, and fails if a process did not succeed.
    pub async fn stop(self) {
        let ending: Vec<_> = self
            .replicas()
            .values_mut()
            .flatten()
            .filter_map(|replica| {
                replica.wanted = false;
                Some((replica.child.take()?, replica.log.clone()))
            })
            .collect();
        for (child, _) in &ending {
            let asked = Command::new("kill").arg(child.id().to_string()).status().unwrap();
            assert!(asked.success());
        }
        for (mut child, log) in ending {
            let well = wait::until("a service to end", async || match child.try_wait().unwrap() {
                Some(status) => Ok(status.success()),
                None => Err(log.clone()),
            })
            .await;
            assert!(well, "{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
    }

    fn replicas(&self) -> MutexGuard<'_, BTreeMap<ServiceName, Vec<Replica>>> {
        self.replicas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, name: ServiceName, number: usize, act: impl FnOnce(&mut Replica)) {
        act(self.replicas().get_mut(&name).and_then(|all| all.get_mut(number)).unwrap());
    }
}

impl Deref for Deployment {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        &self.addresses
    }
}

/// Creates databases and a virtual host for a deployment. Returns the proxies, the addresses of the databases without
/// them, and the addresses that the services use.
async fn places(
    servers: &Servers,
    direct: bool,
) -> (BTreeMap<Part, Proxy>, BTreeMap<Part, String>, BTreeMap<Part, String>) {
    let number = DEPLOYMENTS.fetch_add(1, Ordering::Relaxed);
    let (mut proxies, mut databases, mut urls) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for part in Part::ALL {
        let (address, url) = match part {
            Part::IdentityDatabase | Part::StockDatabase | Part::KitchenDatabase => {
                let name = format!("{part:?}{number}").to_lowercase();
                let url = servers.postgres.named_database(&name).await;
                databases.insert(part, url.clone());
                (servers.postgres.address(), url)
            }
            // Each deployment uses a database of its own: they are numbered from 0 to 15.
            Part::Redis => (servers.redis.address(), format!("{}/{}", servers.redis.url(), number % 16)),
            Part::RabbitMq => (servers.rabbitmq.address(), servers.rabbitmq.vhost()),
        };
        let proxy = Proxy::start(vec![address.clone()]).await;
        urls.insert(part, if direct { url } else { url.replace(&address, &proxy.address()) });
        proxies.insert(part, proxy);
    }
    (proxies, databases, urls)
}

/// Writes the settings and the secrets.
fn configure(folder: &Path, settings: &Settings, urls: &BTreeMap<Part, String>, addresses: &Addresses) {
    let secrets = folder.join("secrets");
    Secrets::random().write(&secrets, false).unwrap();
    let file = |name: &str| Some(secrets.join(name));
    let mut settings = settings.clone();
    let places = &mut settings.distributed;
    places.service_keys_file = file("service-keys.json");
    places.identity_secret_file = file("identity.secret");
    places.redis_url = Some(Secret(urls[&Part::Redis].clone()));
    places.rabbitmq_url = Some(Secret(urls[&Part::RabbitMq].clone()));
    places.identity_provider_url = addresses.url(ServiceName::IdentityProvider);
    places.stock_service_url = addresses.url(ServiceName::StockService);
    places.kitchen_queue_url = addresses.url(ServiceName::KitchenQueue);
    std::fs::write(folder.join("cafeteria.toml"), toml::to_string(&settings).unwrap()).unwrap();
}

/// Returns the configuration of a service.
fn program(name: ServiceName, folder: &Path, urls: &BTreeMap<Part, String>) -> Program {
    let key = folder.join("secrets").join(format!("{name}.key"));
    let mut environment =
        vec![("CAFETERIA_DISTRIBUTED__SERVICE_KEY_FILE", key.to_string_lossy().into_owned())];
    let database = match name {
        ServiceName::IdentityProvider => Some(Part::IdentityDatabase),
        ServiceName::StockService => Some(Part::StockDatabase),
        ServiceName::KitchenQueue => Some(Part::KitchenDatabase),
        ServiceName::OrderGateway | ServiceName::NotificationHub => None,
    };
    environment.extend(database.map(|part| ("DATABASE_URL", urls[&part].clone())));
    Program { name, folder: folder.to_owned(), environment }
}
