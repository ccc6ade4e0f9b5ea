//! Health and chaos experiments of the services.

use client::Failure;
use futures_util::future::{join, join_all};
use wire::ops::{ChaosState, ServiceName, SetChaos};

use super::Console;
use crate::stats::Polled;

impl Console {
    /// Polls the health and the chaos experiment of services.
    pub async fn poll_services(&self, services: impl IntoIterator<Item = ServiceName>) {
        join_all(services.into_iter().map(async |service| {
            let (health, chaos) = join(self.client().health(service), self.client().chaos(service)).await;
            let polled = Polled { at: client::now(), health: health.ok(), chaos: chaos.ok() };
            self.stats.update(|stats| stats.polled(service, polled));
        }))
        .await;
    }

    /// Polls the latency of the gateway.
    pub async fn poll_latency(&self) {
        if let Ok(latency) = self.client().latency_stats().await {
            self.stats.update(|stats| stats.latency_polled(&latency, client::now()));
        }
    }

    /// Starts or ends a chaos experiment.
    ///
    /// # Errors
    /// As [`client::Client::set_chaos`].
    pub async fn set_chaos(&self, service: ServiceName, chaos: &SetChaos) -> Result<ChaosState, Failure> {
        let result = self.request_chaos(service, chaos).await;
        self.poll_services([service]).await;
        result
    }

    /// Ends the chaos experiments of services.
    ///
    /// # Errors
    /// The first failure, after all services were asked.
    pub async fn end_chaos(&self, services: &[ServiceName]) -> Result<(), Failure> {
        let off =
            SetChaos { enable: false, mode: None, latency_ms: None, error_rate: None, for_seconds: None };
        let requests = services.iter().map(|service| self.request_chaos(*service, &off));
        let failed = join_all(requests).await.into_iter().find_map(Result::err);
        self.poll_services(services.iter().copied()).await;
        failed.map_or(Ok(()), Err)
    }

    async fn request_chaos(&self, service: ServiceName, chaos: &SetChaos) -> Result<ChaosState, Failure> {
        let state = self.client().set_chaos(service, chaos).await?;
        self.stats.update(|stats| stats.chaos_changed(service, &state, client::now()));
        Ok(state)
    }
}
