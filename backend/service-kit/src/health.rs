//! What a service needs, and how that is at the moment.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::future::join_all;
use wire::ops::{HealthReport, ServiceName, Up};

/// How long a dependency may take to answer before it counts as away.
const PROBE_DEADLINE: Duration = Duration::from_millis(500);

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
}

impl Health {
    /// A service that needs nothing yet.
    pub fn new(service: ServiceName) -> Self {
        Self { service, dependencies: Arc::default() }
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
        Self { service: self.service, dependencies: Arc::new(dependencies) }
    }

    /// Asks every dependency.
    pub async fn report(&self) -> HealthReport {
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

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("service", &self.service).finish_non_exhaustive()
    }
}
