//! The context of one service under test, and small servers in place of the others.

use std::{fmt, sync::Arc};

use axum::Router;
use service_kit::{
    Clock, Service, Tasks,
    audit::{AuditTrail, LoggedAudit},
    chaos::Chaos,
    health::Health,
    http::HttpConfig,
    keys::{KeySource, Verifier},
    metrics::Metrics,
};
use wire::{identity::Jwk, ops::ServiceName};

use crate::tokens::TokenIssuer;

/// Builds a [`Service`] with what tests seldom change: tasks and metrics of its own, chaos allowed, an audit that is
/// only logged, default limits, and trust in [`TokenIssuer::default`].
pub struct TestService {
    name: ServiceName,
    clock: Clock,
    tasks: Tasks,
    keys: KeySource,
    callers: Vec<Jwk>,
    audit: Arc<dyn AuditTrail>,
    http: HttpConfig,
}

impl TestService {
    /// Starts with the defaults.
    pub fn new(name: ServiceName, clock: Clock) -> Self {
        Self {
            name,
            clock,
            tasks: Tasks::new(),
            keys: TokenIssuer::default().keys(),
            callers: Vec::new(),
            audit: Arc::new(LoggedAudit),
            http: HttpConfig::default(),
        }
    }

    /// Replaces the tasks.
    #[must_use]
    pub fn tasks(self, tasks: Tasks) -> Self {
        Self { tasks, ..self }
    }

    /// Replaces the keys that people's tokens are verified with.
    #[must_use]
    pub fn keys(self, keys: KeySource) -> Self {
        Self { keys, ..self }
    }

    /// Adds public keys of services that may call this one.
    #[must_use]
    pub fn callers(self, callers: Vec<Jwk>) -> Self {
        Self { callers, ..self }
    }

    /// Replaces the audit log.
    #[must_use]
    pub fn audit(self, audit: impl AuditTrail + 'static) -> Self {
        Self { audit: Arc::new(audit), ..self }
    }

    /// Replaces the limits of the HTTP server.
    #[must_use]
    pub fn http(self, http: HttpConfig) -> Self {
        Self { http, ..self }
    }

    /// Builds the context, with the health of the service's own ports.
    pub fn build(self, health: Health) -> Service {
        Service {
            name: self.name,
            instance: "test".into(),
            clock: self.clock.clone(),
            tasks: self.tasks,
            metrics: Metrics::new(self.name.as_str()),
            health,
            chaos: Chaos::new(self.name, self.clock.clone()),
            chaos_allowed: true,
            verifier: Verifier::new(self.name, self.clock, self.keys, &self.callers, None),
            audit: self.audit,
            http: self.http,
        }
    }
}

impl fmt::Debug for TestService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestService").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Serves a router on a free port of loopback in place of another service, and returns its URL.
pub async fn serve(router: Router, tasks: &Tasks) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
