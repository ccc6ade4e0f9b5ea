//! Relays the outbox: tells everybody what has changed, in the order it was committed.

use std::time::Duration;

use service_kit::telemetry::{self, Span, SpanKind};
use wire::event::Event;

use crate::{App, store::StoreError};

/// The most changes told at once.
const BATCH: u32 = 500;
/// How long to rest when nothing changes; then the place is also written down.
const IDLE: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) {
    let mut changes = app.changed.subscribe();
    while app.may_work().await {
        changes.mark_unchanged();
        match step(&app).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = app.service.tasks.stopping() => return,
                    changed = changes.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(IDLE) => {
                        if let Err(error) = app.ports.store.flush().await {
                            tracing::debug!(%error, "the outbox's place is not written down yet");
                        }
                    }
                }
            }
            Err(error) => {
                if !app.rest("relay", &error).await {
                    return;
                }
            }
        }
    }
}

/// Whether there may be more to tell at once.
async fn step(app: &App) -> Result<bool, StoreError> {
    let news = app.ports.store.news(BATCH).await?;
    if news.is_empty() {
        return Ok(false);
    }
    let (places, events): (Vec<_>, Vec<_>) = news.into_iter().unzip();
    let mut events: Vec<_> = events.into_iter().flatten().collect();
    let mut spans = spans(app, &mut events);
    match app.ports.fanout.publish(events).await {
        Ok(()) => {
            drop(spans);
            app.ports.store.relayed(&places).await;
        }
        Err(error) => {
            spans.iter_mut().for_each(|span| span.fail(error.to_string()));
            drop(spans);
            tracing::warn!(%error, "news cannot be relayed; it is told later");
            // Another replica may reach them.
            app.ports.store.relayed(&[]).await;
            app.service.tasks.pause(IDLE).await;
        }
    }
    Ok(true)
}

/// Where spans are exported, a span for each change of an order, from the change on; what the hubs do with it goes on
/// there.
fn spans(app: &App, events: &mut [Event]) -> Vec<Span> {
    let Some(tracer) = telemetry::tracer() else { return Vec::new() };
    let mut spans = Vec::new();
    for event in events {
        if let Event::Order { notification, trace, .. } = event {
            let name = format!("relay {}", notification.status.as_str());
            let mut span = tracer.begin(app.service.name, SpanKind::Producer, name, trace.as_ref());
            span.since(notification.timestamp);
            *trace = Some(span.context().clone());
            spans.push(span);
        }
    }
    spans
}
