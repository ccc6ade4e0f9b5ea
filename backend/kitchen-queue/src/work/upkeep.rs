//! Measures the kitchen every few seconds, reduces old orders to totals, and forgets old deeds.

use std::time::Duration;

use service_kit::audit;

use crate::App;

/// How often the kitchen is measured.
const MEASURE: Duration = Duration::from_secs(5);
/// Every how many measurements it is looked for what is old.
const TIDY_EVERY: u32 = 60;
/// The most orders reduced in one commit.
const BATCH: u32 = 500;

pub(super) async fn run(app: App) {
    let mut round = 0_u32;
    loop {
        measure(&app).await;
        if round.is_multiple_of(TIDY_EVERY) {
            tidy(&app).await;
        }
        round = round.wrapping_add(1);
        if !app.service.tasks.pause(MEASURE).await {
            return;
        }
    }
}

async fn measure(app: &App) {
    match app.ports.store.stats().await {
        Ok(stats) => {
            let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            app.metrics.unserved.set(gauge(stats.unserved));
            app.metrics.outbox.set(gauge(stats.outbox));
            app.metrics.to_release.set(gauge(stats.to_release));
            let age = stats.oldest.map_or(Duration::ZERO, |oldest| app.service.clock.now().since(oldest));
            app.metrics.oldest.set(age.as_secs_f64());
        }
        Err(error) => tracing::debug!(%error, "the kitchen cannot be measured"),
    }
}

async fn tidy(app: &App) {
    audit::forget_after(&app.service, days(app.config.audit_days)).await;
    let kept = days(app.config.retention_days);
    let before = app.service.clock.now().minus(kept);
    loop {
        match app.ports.store.reduce_to_totals(before, BATCH).await {
            Ok(BATCH) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "old orders could not be reduced to totals; it is tried again later");
                return;
            }
        }
    }
}

/// So many days.
fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}
