//! Each replica's statistics, once a second onto the fan-out, for admins.

use std::{sync::Arc, time::Duration};

use service_kit::Service;
use wire::{event::Event, ops::Heartbeat};

use crate::Fanout;

/// How often a replica beats.
const PERIOD: Duration = Duration::from_secs(1);

/// Beats until the service stops. `add` puts into each beat what only this service has.
pub fn start(
    service: &Service,
    fanout: Arc<dyn Fanout>,
    add: impl Fn(&mut Heartbeat) + Send + Sync + 'static,
) {
    let context = service.clone();
    service.tasks.spawn_worker("beats", async move {
        while context.tasks.pause(PERIOD).await {
            let mut beat = context.beat().await;
            add(&mut beat);
            // A beat that is lost is followed by the next one.
            let _ = fanout.publish(vec![Event::Ops(beat)]).await;
        }
    });
}
