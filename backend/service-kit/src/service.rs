//! The context that a service is handed: everything that is not its own business.

use std::{fmt, sync::Arc, time::Duration};

use wire::ops::{HealthReport, Heartbeat, ServiceName, Up};

use crate::{
    audit::{AuditTrail, Deed},
    chaos::{Chaos, Kind},
    clock::Clock,
    health::Health,
    http::HttpConfig,
    keys::Verifier,
    metrics::Metrics,
    tasks::Tasks,
};

/// Time that an audit event may take to be written when what it tells of is done already.
const AUDIT_TIMEOUT: Duration = Duration::from_secs(2);

/// What every service needs from outside. Clones are the same context.
#[derive(Clone)]
pub struct Service {
    /// Which service.
    pub name: ServiceName,
    /// Which replica.
    pub instance: Arc<str>,
    /// The present.
    pub clock: Clock,
    /// Its tasks.
    pub tasks: Tasks,
    /// Its metrics.
    pub metrics: Metrics,
    /// What it needs.
    pub health: Health,
    /// Its drill.
    pub chaos: Chaos,
    /// Whether drills may be ordered at all.
    pub chaos_allowed: bool,
    /// Who may come in.
    pub verifier: Verifier,
    /// Who did what.
    pub audit: Arc<dyn AuditTrail>,
    /// The limits of its server.
    pub http: HttpConfig,
}

impl Service {
    /// How it is: DOWN in a drill of the kind `unavailable`, else as its dependencies are.
    pub async fn report(&self) -> HealthReport {
        let mut report = self.health.report().await;
        if self.chaos.is_unavailable() {
            report.status = Up::Down;
            report.degraded.push("chaos".to_owned());
        }
        if !self.verifier.has_keys() {
            report.degraded.push("identity-keys".to_owned());
        }
        report
    }

    /// Its statistics of the moment.
    pub async fn beat(&self) -> Heartbeat {
        Heartbeat {
            service: Some(self.name),
            instance: self.instance.to_string(),
            at: self.clock.now(),
            health: self.report().await,
            chaos: self.chaos.state(),
            counters: self.metrics.values(),
            latency: None,
        }
    }

    /// Writes an audit event of something that is done already. When that fails or takes longer than two seconds, the
    /// log has the event instead.
    pub async fn record_audit(&self, event: Deed) {
        let written = tokio::time::timeout(AUDIT_TIMEOUT, self.audit.record(event.clone())).await;
        let error = match written {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(elapsed) => elapsed.into(),
        };
        tracing::error!(
            error,
            actor = event.actor,
            action = event.action,
            subject = event.subject,
            detail = event.detail,
            "an audit event could not be written"
        );
    }

    /// Cuts the service off if a drill of the kind `kill` is on, a moment from now, so that the order is answered and
    /// the other replicas hear of it.
    pub fn obey_kill(&self) {
        if self.chaos.current() != Some(Kind::Kill) {
            return;
        }
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            tasks.kill();
        });
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}
