//! What goes on by itself: hints are refreshed, conservation is checked, what is too old is forgotten.

use std::{sync::Arc, time::Duration};

use service_kit::{Service, audit, hints::StockHints};

use crate::{Config, config::days, domain::item::level, news::hint, store::StockStore};

/// Starts the workers.
pub(crate) fn start(
    service: &Service,
    config: &Config,
    store: &Arc<dyn StockStore>,
    hints: &Arc<dyn StockHints>,
) {
    let period = Duration::from_millis(config.hint_refresh_ms);
    let (context, shelf, told) = (service.clone(), Arc::clone(store), Arc::clone(hints));
    service.tasks.spawn_worker("hint-refresh", async move {
        loop {
            // A service that is switched off for a drill does not answer by hints either.
            if !context.chaos.is_unavailable() {
                refresh(&context, &*shelf, &*told).await;
            }
            if !context.tasks.pause(period).await {
                return;
            }
        }
    });

    let period = Duration::from_millis(config.conservation_check_ms);
    let oversold =
        service.metrics.gauge("stock_oversold", "Dishes of which the sums do not add up; must be 0");
    let (tasks, shelf) = (service.tasks.clone(), Arc::clone(store));
    service.tasks.spawn_worker("conservation", async move {
        loop {
            match shelf.oversold().await {
                Ok(count) => {
                    if count > 0 {
                        tracing::error!(dishes = count, "the stock does not add up");
                    }
                    oversold.set(count.try_into().unwrap_or(i64::MAX));
                }
                Err(error) => tracing::debug!(%error, "conservation could not be checked"),
            }
            if !tasks.pause(period).await {
                return;
            }
        }
    });

    let period = Duration::from_secs(config.retention_minutes * 60);
    let (keys, history, deeds) = (days(config.key_days), days(config.history_days), days(config.audit_days));
    let (context, shelf) = (service.clone(), Arc::clone(store));
    service.tasks.spawn_worker("retention", async move {
        while context.tasks.pause(period).await {
            audit::forget_after(&context, deeds).await;
            let now = context.clock.now();
            loop {
                match shelf.forget(now.minus(keys), now.minus(history)).await {
                    Ok(forgotten) if forgotten.keys + forgotten.folded > 0 => {
                        tracing::info!(forgotten.keys, forgotten.folded, "old orders were forgotten");
                    }
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(%error, "old orders could not be forgotten");
                        break;
                    }
                }
                // Orders go first.
                if !context.tasks.pause(Duration::from_millis(100)).await {
                    return;
                }
            }
        }
    });
}

/// Tells every level again, so that it is believed on.
async fn refresh(context: &Service, store: &dyn StockStore, hints: &dyn StockHints) {
    // The time before the question: what is read is at least as true as that.
    let asked = context.clock.now();
    match store.items().await {
        Ok(items) => hints.write(items.iter().map(|item| hint(level(item), asked)).collect()).await,
        Err(error) => tracing::debug!(%error, "hints could not be refreshed"),
    }
}
