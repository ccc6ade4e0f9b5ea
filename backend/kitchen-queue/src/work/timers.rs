//! Makes ready what is cooked, and collected what has waited long enough.

use std::time::Duration;

use service_kit::random;

use crate::{
    App, Cooking,
    store::{StoreError, TimerRules},
};

/// The most orders in one commit.
const BATCH: u32 = 500;
/// The longest time until the store is looked into again, should a wake-up have been missed.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// The shortest: what is due may be in the hands of another replica.
const SHORTEST_REST: Duration = Duration::from_millis(5);

/// When a ready order counts as collected.
pub(crate) fn timer_rules(app: &App) -> TimerRules {
    let collected_after = match app.config.cooking {
        Cooking::Simulated => Some(Duration::from_secs(app.config.collected_after_s)),
        Cooking::Staff => None,
    };
    TimerRules { collected_after }
}

pub(super) async fn run(app: App) {
    let mut adopted = app.config.cooking == Cooking::Staff;
    while app.may_work().await {
        if !adopted {
            // Left by staff, who cooked before: nobody else would make them ready.
            let due = app.service.clock.now().plus(app.config.cooking_ms.pick(random::fraction()));
            adopted = match app.ports.store.cook_by(due).await {
                Ok(_) => true,
                Err(error) if app.rest("timers", &error).await => continue,
                Err(_) => return,
            };
        }
        match step(&app).await {
            Ok(None) => {}
            Ok(Some(rest)) => tokio::select! {
                () = app.service.tasks.stopping() => return,
                () = app.timers.notified() => {}
                () = tokio::time::sleep(rest) => {}
            },
            Err(error) => {
                if !app.rest("timers", &error).await {
                    return;
                }
            }
        }
    }
}

/// How long to rest; `None` when there may be more to do.
async fn step(app: &App) -> Result<Option<Duration>, StoreError> {
    let now = app.service.clock.now();
    let done = app.ports.store.run_timers(now, BATCH, timer_rules(app)).await?;
    if done.changed > 0 {
        app.metrics.ready.inc_by(done.first_ready.into());
        app.note_change();
        return Ok(None);
    }
    let (_, next) = app.ports.store.next_due().await?;
    let rest = next.map_or(LONGEST_REST, |due| due.since(app.service.clock.now())).min(LONGEST_REST);
    Ok(Some(rest.max(SHORTEST_REST)))
}
