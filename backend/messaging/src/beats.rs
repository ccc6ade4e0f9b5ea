//! Each replica's statistics, once a second onto the fan-out, for admins.

use std::{sync::Arc, time::Duration};

use service_kit::Service;
use wire::{event::Event, order::LatencyStats};

use crate::Fanout;

/// How often a replica beats.
const PERIOD: Duration = Duration::from_secs(1);

/// Beats until the service stops. `latency` adds the gateway's rolling window.
pub fn start(
    service: &Service,
    fanout: Arc<dyn Fanout>,
    latency: impl Fn() -> Option<LatencyStats> + Send + Sync + 'static,
) {
    let context = service.clone();
    service.tasks.spawn_worker("beats", async move {
        while context.tasks.pause(PERIOD).await {
            let mut beat = context.beat().await;
            beat.latency = latency();
            // A beat that is lost is followed by the next one.
            let _ = fanout.publish(vec![Event::Ops(beat)]).await;
        }
    });
}
