//! The identity-provider: who you are, what your password is, and what your token says.
//!
//! The map of the service:
//! - [`config`]: its settings
//! - [`domain`]: the rules without I/O: passwords, names, the file of an import, the turns of signing keys
//! - [`store`]: the port of users, sessions, signing keys and imports, and its adapters on SQLite and PostgreSQL
//! - [`attempts`]: the port of login attempts, at most 3 a minute for each user name, and its adapters in memory and in
//!   the database, with what Redis remembers in front
//! - [`hashing`]: a few threads that hash passwords, so that logins slow nothing else down
//! - [`secrets`]: the keys derived from the service's one secret
//! - [`signing`]: the keys that tokens are signed with, published before they are used
//! - `kiosks`: sessions of students at kiosks, heartbeats
//! - `sessions`: signing in, staying signed in, signing out
//! - `import`: users from a file, in the background
//! - [`setup`]: the first users: the demo accounts, the first admin
//! - `http`: the routes, one resource a file
//!
//! Invariant: no password, token or private key is in a log, in the audit trail, or unsealed in the store.

pub mod attempts;
pub mod config;
pub mod domain;
pub mod error;
pub mod hashing;
mod http;
mod import;
mod kiosk_metrics;
mod kiosks;
mod metrics;
pub mod secrets;
mod sessions;
pub mod setup;
pub mod signing;
pub mod store;

use std::{fmt, io, sync::Arc, time::Duration};

use messaging::Fanout;
use service_kit::{
    Service, audit,
    health::{Health, Need},
    http::{Routes, assemble},
    keys::PublishedKeys,
};
use tokio::net::TcpListener;
use wire::ops::ServiceName;

pub use config::Config;
pub use setup::{DEMO_ACCOUNTS, create_admin, demo_accounts_present, seed_demo};

use attempts::LoginAttempts;
use config::days;
use domain::rotation::Turns;
use hashing::HashingPool;
use import::Imports;
use kiosk_metrics::{KIOSK_METRICS_INTERVAL, KioskMetrics, MAX_KIOSKS};
use kiosks::Kiosks;
use metrics::IdentityMetrics;
use secrets::Secrets;
use sessions::Desk;
use signing::{KeyError, KeyRing};
use store::{UserStore, kiosk::KioskStore};

/// How often the signing keys are looked at.
const KEYS_EVERY: Duration = Duration::from_secs(60);
/// How often login attempts that have left their window are forgotten.
const FORGET_EVERY: Duration = attempts::WINDOW;
/// How often what is too old is swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// What this service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Users, sessions, signing keys, imports.
    pub users: Arc<dyn UserStore>,
    /// Kiosks and cards, in the same store.
    pub kiosks: Arc<dyn KioskStore>,
    /// Login attempts.
    pub attempts: Arc<dyn LoginAttempts>,
    /// Where its beats go.
    pub fanout: Arc<dyn Fanout>,
    /// The secret of this service, the same for all its replicas, from a file.
    pub secret: [u8; 32],
    /// The public keys, kept filled by this service for its own verifier.
    pub keys: PublishedKeys,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports")
    }
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There are no keys to sign with.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The system gives no threads to hash on.
    #[error("the threads that hash passwords cannot be started")]
    Threads(#[from] io::Error),
}

/// The service, ready to answer. Clones are the same one.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

struct Inner {
    service: Service,
    fanout: Arc<dyn Fanout>,
    desk: Desk,
    imports: Imports,
    kiosk_metrics: KioskMetrics,
    secure_cookies: bool,
    import_life: Duration,
    audit_life: Duration,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// Makes the service: starts its hashing threads, reads or makes its signing keys.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn open(service: &Service, config: &Config, ports: Ports) -> Result<Self, StartError> {
        let secrets = Secrets::derive(&ports.secret);
        let keys = KeyRing::open(
            Arc::clone(&ports.users),
            secrets.clone(),
            Turns::new(config),
            service.clock.clone(),
            ports.keys,
        )
        .await?;
        let hashing =
            Arc::new(HashingPool::start(config.hashing_threads, config.hashing_queue, &service.metrics)?);
        let imports = Imports::new(
            Arc::clone(&ports.users),
            Arc::clone(&hashing),
            service.clock.clone(),
            service.tasks.clone(),
        );
        let (token_life, session_life) = Desk::lives(config);
        let kiosks = Kiosks::new(ports.kiosks, config);
        let kiosk_metrics = KioskMetrics::new(&service.metrics, kiosks.silent_after);
        let desk = Desk {
            users: ports.users,
            kiosks,
            attempts: ports.attempts,
            hashing,
            keys,
            secrets,
            clock: service.clock.clone(),
            metrics: IdentityMetrics::new(&service.metrics),
            token_life,
            session_life,
        };
        Ok(Self(Arc::new(Inner {
            service: service.clone(),
            fanout: ports.fanout,
            desk,
            imports,
            kiosk_metrics,
            secure_cookies: config.secure_cookies,
            import_life: days(config.import_days),
            audit_life: days(config.audit_days),
        })))
    }

    /// The signing keys.
    pub fn keys(&self) -> &KeyRing {
        &self.0.desk.keys
    }

    /// Sweeps out what is too old: deeds, refresh tokens that have ended, reports of imports.
    pub async fn sweep(&self) {
        audit::forget_after(&self.0.service, self.0.audit_life).await;
        let now = self.0.service.clock.now();
        loop {
            match self.0.desk.users.sweep(now, now.minus(self.0.import_life)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(?error, "what is too old cannot be swept out");
                    return;
                }
            }
        }
    }

    /// Reads the kiosks and shows them in the metrics. None are shown while the store is down.
    pub async fn refresh_kiosk_metrics(&self) {
        let kiosks = match self.0.desk.kiosks.store.kiosks(MAX_KIOSKS).await {
            Ok(kiosks) => kiosks,
            Err(error) => {
                tracing::debug!(?error, "the kiosks cannot be read for the metrics");
                Vec::new()
            }
        };
        self.0.kiosk_metrics.show(&kiosks, self.0.service.clock.now());
    }

    fn start_workers(&self) {
        let tasks = &self.0.service.tasks;
        let (identity, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("kiosk-metrics", async move {
            loop {
                identity.refresh_kiosk_metrics().await;
                if !group.pause(KIOSK_METRICS_INTERVAL).await {
                    return;
                }
            }
        });
        let (identity, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("signing-keys", async move {
            while group.pause(KEYS_EVERY).await {
                if let Err(error) = identity.keys().refresh().await {
                    tracing::warn!(?error, "the signing keys cannot be looked at");
                }
            }
        });
        let (identity, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("login-attempts", async move {
            while group.pause(FORGET_EVERY).await {
                if let Err(error) = identity.0.desk.attempts.sweep().await {
                    tracing::warn!(?error, "old login attempts cannot be forgotten");
                }
            }
        });
        let (identity, group) = (self.clone(), tasks.clone());
        tasks.spawn_worker("retention", async move {
            while group.pause(SWEEP_EVERY).await {
                identity.sweep().await;
            }
        });
    }
}

/// What the service needs to do its work.
pub fn health(ports: &Ports) -> Health {
    Health::new(ServiceName::IdentityProvider)
        .with("database", Need::Required, &ports.users, async move |users| users.is_up().await)
        .with("login-attempts", Need::Optional, &ports.attempts, async move |attempts| attempts.is_up().await)
}

/// The routes of the service, but for those that every service has.
pub fn routes(identity: &Identity) -> Routes<()> {
    http::routes(identity)
}

/// Serves until the service is asked to stop.
pub async fn serve(identity: Identity, listener: TcpListener) {
    let service = identity.0.service.clone();
    identity.start_workers();
    messaging::beats::start(&service, Arc::clone(&identity.0.fanout), |_| {});
    let router = assemble(&service, service.http.frame(), routes(&identity));
    drop(identity);
    service_kit::http::serve(listener, router, &service.http, &service.tasks).await;
}
