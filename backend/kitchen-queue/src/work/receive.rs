//! Receives orders: stores a batch in one commit, then acknowledges it. The queue is never held up by cooking.

use std::time::Duration;

use messaging::{Delivery, OrderConsumer};
use service_kit::telemetry::{self, Span, SpanKind, Tracer};
use wire::{
    TraceContext,
    event::{Event, Notification, NotificationType},
    message::OrderMessage,
    status::Reason,
};

use super::REST;
use crate::{
    App,
    store::{Arrival, StoreError},
};

/// The most orders in one commit.
const BATCH: usize = 256;
/// How long orders gather after a batch that was not full. What follows a batch (commits here and at the
/// stock-service, a call, news) costs nearly the same for one order as for many, and would otherwise take the time
/// that accepting orders needs. An order that comes alone does not wait.
const GATHER: Duration = Duration::from_millis(10);

pub(super) async fn run(app: App) {
    while app.may_work().await {
        // A consumer of its own for each stretch of work: in a drill, what it held goes back to the queue.
        let mut consumer = app.ports.queue.consumer();
        let ended = tokio::select! {
            () = app.service.chaos.unusable() => false,
            ended = consume(&app, consumer.as_mut()) => ended,
        };
        if ended {
            return;
        }
    }
}

/// A message that can never be handled: its tag, and why.
type Poison = (i64, String);

/// Returns once the queue is closed or the service is asked to stop.
async fn consume(app: &App, consumer: &mut dyn OrderConsumer) -> bool {
    // Held until the queue has it among its dead letters; meanwhile the others go on.
    let mut poison = Vec::new();
    loop {
        let received = tokio::select! {
            biased;
            () = app.service.tasks.stopping() => return true,
            received = consumer.receive(BATCH), if poison.len() < BATCH => received,
            () = tokio::time::sleep(REST), if !poison.is_empty() => Some(Vec::new()),
        };
        let Some(deliveries) = received else { return true };
        let full = deliveries.len() >= BATCH;
        let (orders, good, mut spans) = read(app, deliveries, &mut poison);
        match store(app, &orders, &mut spans).await {
            Ok(contradictions) => {
                consumer.acknowledge(&good).await;
                drop(spans);
                if !contradictions.is_empty() {
                    // A courtesy beside the truth, which is the first order: it may be lost.
                    let _ = app.ports.fanout.publish(contradictions).await;
                }
            }
            Err(error) => {
                spans.iter_mut().for_each(|span| span.fail(error.to_string()));
                drop(spans);
                consumer.give_back(&good).await;
                if !app.rest("receive", &error).await {
                    return true;
                }
            }
        }
        set_aside(app, consumer, &mut poison).await;
        if !full && !app.service.tasks.pause(GATHER).await {
            return true;
        }
    }
}

/// The orders that can be read, their tags, and where spans are exported a span for each; the others join the poison.
fn read(
    app: &App,
    deliveries: Vec<Delivery>,
    poison: &mut Vec<Poison>,
) -> (Vec<OrderMessage>, Vec<i64>, Vec<Span>) {
    let tracer = telemetry::tracer();
    let (mut orders, mut tags) = (Vec::with_capacity(deliveries.len()), Vec::with_capacity(deliveries.len()));
    let mut spans = Vec::new();
    for Delivery { tag, body, trace } in deliveries {
        let begin =
            |tracer: &Tracer| tracer.begin(app.service.name, SpanKind::Consumer, "receive", trace.as_ref());
        let mut span = tracer.as_ref().map(begin);
        let reason = match serde_json::from_slice::<OrderMessage>(&body) {
            Ok(order) if (1..=wire::id::MAX_LINES).contains(&order.lines.len()) => {
                let trace = span.as_ref().map(|span| span.context().clone()).or(trace);
                orders.push(OrderMessage { trace, ..order });
                tags.push(tag);
                spans.extend(span);
                continue;
            }
            Ok(order) => format!("it has {} lines", order.lines.len()),
            Err(error) => error.to_string(),
        };
        let trace_id = trace.as_ref().map(TraceContext::trace_id);
        tracing::error!(trace_id, reason, "a message cannot be read; it goes to the dead letters");
        if let Some(span) = &mut span {
            span.fail(reason.clone());
        }
        poison.push((tag, reason));
    }
    (orders, tags, spans)
}

/// Puts poison among the dead letters, as far as the queue takes it now.
async fn set_aside(app: &App, consumer: &mut dyn OrderConsumer, poison: &mut Vec<Poison>) {
    while let Some((tag, reason)) = poison.last() {
        if let Err(error) = consumer.set_aside(*tag, reason).await {
            tracing::warn!(%error, messages = poison.len(), "cannot be set aside yet; it is tried again");
            return;
        }
        app.metrics.poison.inc();
        poison.pop();
    }
}

/// Stores the orders; returns what those are to be told who used a key for two orders.
async fn store(app: &App, orders: &[OrderMessage], spans: &mut [Span]) -> Result<Vec<Event>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = orders.iter().map(|_| app.service.clock.uuid()).collect();
    let arrivals = app.ports.store.receive(orders, &ids, app.service.clock.now()).await?;
    for (span, arrival) in spans.iter_mut().zip(&arrivals) {
        span.set("order.new", *arrival == Arrival::New);
    }
    let mut contradictions = Vec::new();
    for (order, arrival) in orders.iter().zip(arrivals) {
        match arrival {
            Arrival::New => app.metrics.received.inc(),
            Arrival::Repeat => app.metrics.repeats.with_label_values(&["same"]).inc(),
            Arrival::Contradiction { status, seq, ticket } => {
                app.metrics.repeats.with_label_values(&["other"]).inc();
                let news =
                    Notification::new(order.key.order_id.clone(), status, seq, app.service.clock.now());
                contradictions.push(Event::Order {
                    user_id: order.key.user_id,
                    notification: Notification {
                        kind: NotificationType::OrderFailed,
                        reason: Some(Reason::KeyReused),
                        message: "This order number was used before for another order, which stands."
                            .to_owned(),
                        ticket,
                        ..news
                    },
                    trace: order.trace.clone(),
                });
            }
        }
    }
    app.to_verify.notify_one();
    app.note_change();
    Ok(contradictions)
}
