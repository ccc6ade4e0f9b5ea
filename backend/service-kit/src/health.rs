//! What a service needs, and how that is at the moment.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{sync::Mutex, time::Instant};
use wire::ops::{HealthReport, ServiceName, Up};

/// How long a dependency may take to answer before it counts as away.
const PROBE_DEADLINE: Duration = Duration::from_millis(500);

/// Time for which a report is given to everybody who asks, so that requests do not multiply the probes.
const REPORT_TTL: Duration = Duration::from_millis(500);
/// The same for a report that something is down, which may end at any moment, as at the start.
const DOWN_REPORT_TTL: Duration = Duration::from_millis(50);

/// Whether a service can do without a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Without it the service is down.
    Required,
    /// Without it the service is degraded.
    Optional,
}

type Probe = Box<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// The dependencies of one service, asked when somebody wants to know.
#[derive(Clone)]
pub struct Health {
    service: ServiceName,
    dependencies: Arc<Vec<(&'static str, Need, Probe)>>,
    latest: Arc<Mutex<Option<(Instant, HealthReport)>>>,
}

impl Health {
    /// A service that needs nothing yet.
    pub fn new(service: ServiceName) -> Self {
        Self { service, dependencies: Arc::default(), latest: Arc::default() }
    }

    /// Whose health it is.
    pub fn service(&self) -> ServiceName {
        self.service
    }

    /// Adds a dependency: `part`, and the question whether it is up.
    #[must_use]
    pub fn with<T, F, Fut>(self, name: &'static str, need: Need, part: &T, probe: F) -> Self
    where
        T: Clone + Send + Sync + 'static,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        let part = part.clone();
        let mut dependencies = Arc::into_inner(self.dependencies).unwrap_or_default();
        dependencies.push((name, need, Box::new(move || Box::pin(probe(part.clone())))));
        Self { service: self.service, dependencies: Arc::new(dependencies), latest: Arc::default() }
    }

    /// Returns the health, at most half a second old. Requests that come while the dependencies are probed wait for
    /// that report.
    pub async fn report(&self) -> HealthReport {
        let mut latest = self.latest.lock().await;
        if let Some((at, report)) = &*latest
            && at.elapsed() < ttl(report)
        {
            return report.clone();
        }
        let report = self.probe().await;
        *latest = Some((Instant::now(), report.clone()));
        report
    }

    /// Probes every dependency.
    async fn probe(&self) -> HealthReport {
        let answers = join_all(self.dependencies.iter().map(async |(name, need, probe)| {
            let up = tokio::time::timeout(PROBE_DEADLINE, probe()).await.unwrap_or(false);
            (*name, *need, up)
        }))
        .await;
        let mut report = HealthReport {
            status: Up::Up,
            service: Some(self.service),
            dependencies: BTreeMap::new(),
            degraded: Vec::new(),
        };
        for (name, need, up) in answers {
            report.dependencies.insert(name.to_owned(), if up { Up::Up } else { Up::Down });
            match (up, need) {
                (true, _) => {}
                (false, Need::Required) => report.status = Up::Down,
                (false, Need::Optional) => report.degraded.push(name.to_owned()),
            }
        }
        report
    }
}

fn ttl(report: &HealthReport) -> Duration {
    let all_up = report.status == Up::Up && report.degraded.is_empty();
    if all_up { REPORT_TTL } else { DOWN_REPORT_TTL }
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("service", &self.service).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_share_one_probe_for_half_a_second() {
        let probes = Arc::new(AtomicU32::new(0));
        let probe = async |probes: Arc<AtomicU32>| {
            let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await;
            probes.fetch_add(1, Ordering::Relaxed).is_multiple_of(2)
        };
        let health = Health::new(ServiceName::StockService).with("database", Need::Required, &probes, probe);
        let all = join_all((0..50).map(|_| health.report())).await;
        assert!(all.iter().all(|report| report.status == Up::Up));
        assert_eq!(probes.load(Ordering::Relaxed), 1, "concurrent requests");
        tokio::time::advance(REPORT_TTL - Duration::from_millis(1)).await;
        assert_eq!(health.report().await.status, Up::Up);
        assert_eq!(probes.load(Ordering::Relaxed), 1, "the report is fresh");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(health.clone().report().await.status, Up::Down);
        assert_eq!(health.report().await.status, Up::Down);
        assert_eq!(probes.load(Ordering::Relaxed), 2);
        tokio::time::advance(DOWN_REPORT_TTL).await;
        assert_eq!(health.report().await.status, Up::Up, "an outage is not told for longer than it lasts");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_request_does_not_block_the_others() {
        let probe = async |()| {
            let _ = tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await;
            true
        };
        let health = Health::new(ServiceName::StockService).with("database", Need::Required, &(), probe);
        assert!(tokio::time::timeout(Duration::from_millis(50), health.report()).await.is_err());
        assert_eq!(health.report().await.status, Up::Up);
    }
}
