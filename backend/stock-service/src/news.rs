//! What is told after a commit: hints for the gateway, events for the hubs. Both after the answer, the latest level
//! of each dish once, and as well as it goes: whoever misses one hears the next.

use std::{collections::HashMap, mem, sync::Arc, time::Duration};

use messaging::Fanout;
use parking_lot::Mutex;
use service_kit::{Service, Tasks, hints::StockHints};
use tokio::sync::Notify;
use wire::{
    ItemId, Time,
    event::{Event, StockLevel},
    stock::CachedStockLevel,
};

use crate::Config;

/// Tells what has changed. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct News {
    hints: Arc<Untold>,
    events: Arc<Untold>,
}

/// What is still to be told.
#[derive(Debug, Default)]
struct Untold {
    latest: Mutex<Latest>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Latest {
    levels: HashMap<ItemId, StockLevel>,
    menu: bool,
}

impl News {
    /// Starts the two workers that tell.
    pub(crate) fn start(
        service: &Service,
        config: &Config,
        hints: Arc<dyn StockHints>,
        fanout: Arc<dyn Fanout>,
    ) -> Self {
        let news = Self { hints: Arc::default(), events: Arc::default() };
        let (untold, context) = (Arc::clone(&news.hints), service.clone());
        service.tasks.spawn_worker("stock-hints", async move {
            while let Some(latest) = untold.next(&context.tasks).await {
                let now = context.clock.now();
                hints.write(latest.levels.into_values().map(|level| hint(level, now)).collect()).await;
            }
        });
        let (untold, tasks) = (Arc::clone(&news.events), service.tasks.clone());
        let pause = Duration::from_millis(config.news_pause_ms);
        service.tasks.spawn_worker("stock-events", async move {
            while let Some(latest) = untold.next(&tasks).await {
                let menu = latest.menu.then_some(Event::Menu);
                let events = latest.levels.into_values().map(Event::Stock).chain(menu).collect();
                if let Err(error) = fanout.publish(events).await {
                    tracing::debug!(%error, "levels could not be told");
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = tasks.last_call() => {}
                }
            }
        });
        news
    }

    /// These dishes have changed.
    pub(crate) fn levels(&self, levels: Vec<StockLevel>) {
        if !levels.is_empty() {
            self.hints.add(levels.clone(), false);
            self.events.add(levels, false);
        }
    }

    /// These dishes have changed, and so has what the menu says of them.
    pub(crate) fn menu(&self, levels: Vec<StockLevel>) {
        self.hints.add(levels.clone(), false);
        self.events.add(levels, true);
    }
}

impl Untold {
    fn add(&self, levels: Vec<StockLevel>, menu: bool) {
        let mut latest = self.latest.lock();
        latest.menu |= menu;
        for level in levels {
            let newer = latest.levels.get(&level.item_id).is_none_or(|known| known.version < level.version);
            if newer {
                latest.levels.insert(level.item_id.clone(), level);
            }
        }
        drop(latest);
        self.bell.notify_one();
    }

    /// Waits until there is something to tell; `None` once the last of it was told and the service ends.
    async fn next(&self, tasks: &Tasks) -> Option<Latest> {
        loop {
            let latest = mem::take(&mut *self.latest.lock());
            if latest.menu || !latest.levels.is_empty() {
                return Some(latest);
            }
            tokio::select! {
                biased;
                () = self.bell.notified() => {}
                () = tasks.last_call() => return None,
            }
        }
    }
}

/// The hint that says so now.
pub(crate) fn hint(level: StockLevel, at: Time) -> CachedStockLevel {
    let StockLevel { item_id, quantity, available, version } = level;
    CachedStockLevel { item_id, quantity, available, version, at }
}
