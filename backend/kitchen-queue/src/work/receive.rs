//! Receives orders: stores a batch in one commit, then acknowledges it. The queue is never held up by cooking.

use std::time::Duration;

use messaging::{Delivery, OrderConsumer};
use wire::{
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
        let (orders, good) = read(deliveries, &mut poison);
        match store(app, &orders).await {
            Ok(contradictions) => {
                consumer.acknowledge(&good).await;
                if !contradictions.is_empty() {
                    // A courtesy beside the truth, which is the first order: it may be lost.
                    let _ = app.ports.fanout.publish(contradictions).await;
                }
            }
            Err(error) => {
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

/// The orders that can be read, and their tags; the others join the poison.
fn read(deliveries: Vec<Delivery>, poison: &mut Vec<Poison>) -> (Vec<OrderMessage>, Vec<i64>) {
    let (mut orders, mut tags) = (Vec::with_capacity(deliveries.len()), Vec::with_capacity(deliveries.len()));
    for delivery in deliveries {
        let reason = match serde_json::from_slice::<OrderMessage>(&delivery.body) {
            Ok(order) if (1..=wire::id::MAX_LINES).contains(&order.lines.len()) => {
                orders.push(OrderMessage { trace: delivery.trace, ..order });
                tags.push(delivery.tag);
                continue;
            }
            Ok(order) => format!("it has {} lines", order.lines.len()),
            Err(error) => error.to_string(),
        };
        tracing::error!(reason, "a message cannot be read; it goes to the dead letters");
        poison.push((delivery.tag, reason));
    }
    (orders, tags)
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
async fn store(app: &App, orders: &[OrderMessage]) -> Result<Vec<Event>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = orders.iter().map(|_| app.service.clock.uuid()).collect();
    let arrivals = app.ports.store.receive(orders, &ids, app.service.clock.now()).await?;
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
