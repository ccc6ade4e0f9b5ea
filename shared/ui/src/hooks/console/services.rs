//! Asking services how they are, and drills.

use client::Failure;
use futures_util::future::{join, join_all};
use wire::ops::{ChaosState, ServiceName, SetChaos};
use yew::{platform::spawn_local, prelude::*};

use super::ConsoleHandle;
use crate::{
    state::beats::{Act, Asked},
    text::admin as say,
};

impl ConsoleHandle {
    /// Asks these services how they are, and which drill is on.
    pub fn ask_services(&self, services: impl IntoIterator<Item = ServiceName>) {
        for service in services {
            let this = self.clone();
            spawn_local(async move {
                let (health, chaos) = join(this.client.health(service), this.client.chaos(service)).await;
                let asked = Asked { at: client::now(), health: health.ok(), chaos: chaos.ok() };
                this.beats.dispatch(Act::Asked(service, asked));
            });
        }
    }

    /// Asks the gateway for its latency.
    pub fn ask_latency(&self) {
        let this = self.clone();
        spawn_local(async move {
            if let Ok(latency) = this.client.latency_stats().await {
                this.beats.dispatch(Act::Latency(latency, client::now()));
            }
        });
    }

    /// Starts or ends a drill; calls back with how that went.
    pub fn set_chaos(
        &self,
        service: ServiceName,
        chaos: SetChaos,
        then: Callback<Result<ChaosState, Failure>>,
    ) {
        let this = self.clone();
        spawn_local(async move {
            let answer = this.ordered(service, &chaos).await;
            this.ask_services([service]);
            then.emit(answer);
        });
    }

    /// Ends the drill of one service.
    pub fn recover(&self, service: ServiceName) {
        let this = self.clone();
        spawn_local(async move {
            match this.ordered(service, &off()).await {
                Ok(_) => this.say_with(say::SERVICE_RECOVERING, vec![("service", service.to_string())], None),
                Err(failure) => this.say_failure(&failure),
            }
            this.ask_services([service]);
        });
    }

    /// Ends every drill.
    pub fn recover_all(&self) {
        let this = self.clone();
        spawn_local(async move {
            let off = off();
            let orders = ServiceName::ALL.map(|service| this.ordered(service, &off));
            let failed = join_all(orders).await.into_iter().find_map(Result::err);
            match failed {
                None => this.say(say::ALL_RECOVERING),
                Some(failure) => this.say_failure(&failure),
            }
            this.ask_services(ServiceName::ALL);
        });
    }

    async fn ordered(&self, service: ServiceName, chaos: &SetChaos) -> Result<ChaosState, Failure> {
        let state = self.client.set_chaos(service, chaos).await?;
        self.beats.dispatch(Act::Ordered(state.clone(), client::now()));
        Ok(state)
    }
}

fn off() -> SetChaos {
    SetChaos { enable: false, mode: None, latency_ms: None, error_rate: None, for_seconds: None }
}
