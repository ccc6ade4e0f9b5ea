//! Receives orders: stores a batch in one commit, then acknowledges it. The queue is never held up by cooking.

use messaging::{Delivery, OrderConsumer};
use wire::{
    event::{Event, Notification, NotificationType},
    message::OrderMessage,
    status::Reason,
};

use crate::{App, store::Arrival};

/// The most orders in one commit.
const BATCH: usize = 256;

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

/// Returns once the queue is closed or the service is asked to stop.
async fn consume(app: &App, consumer: &mut dyn OrderConsumer) -> bool {
    loop {
        let received = tokio::select! {
            biased;
            () = app.service.tasks.stopping() => return true,
            received = consumer.receive(BATCH) => received,
        };
        let Some(deliveries) = received else { return true };
        let (orders, good) = read(app, consumer, deliveries).await;
        match store(app, &orders).await {
            Ok(()) => consumer.acknowledge(&good).await,
            Err(error) => {
                consumer.give_back(&good).await;
                if !app.rest("receive", &error).await {
                    return true;
                }
            }
        }
    }
}

/// The orders that can be read, and their tags; the others are set aside.
async fn read(
    app: &App,
    consumer: &mut dyn OrderConsumer,
    deliveries: Vec<Delivery>,
) -> (Vec<OrderMessage>, Vec<i64>) {
    let (mut orders, mut tags) = (Vec::with_capacity(deliveries.len()), Vec::with_capacity(deliveries.len()));
    for delivery in deliveries {
        match serde_json::from_slice::<OrderMessage>(&delivery.body) {
            Ok(order) if (1..=wire::id::MAX_LINES).contains(&order.lines.len()) => {
                orders.push(order);
                tags.push(delivery.tag);
            }
            unreadable => {
                let reason = match unreadable {
                    Ok(order) => format!("it has {} lines", order.lines.len()),
                    Err(error) => error.to_string(),
                };
                tracing::error!(reason, "a message cannot be read; it goes to the dead letters");
                match consumer.set_aside(delivery.tag, &reason).await {
                    Ok(()) => app.metrics.poison.inc(),
                    Err(error) => {
                        tracing::warn!(%error, "it could not be set aside; it will be delivered again");
                        consumer.give_back(&[delivery.tag]).await;
                    }
                }
            }
        }
    }
    (orders, tags)
}

async fn store(app: &App, orders: &[OrderMessage]) -> Result<(), crate::store::StoreError> {
    if orders.is_empty() {
        return Ok(());
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
                });
            }
        }
    }
    app.to_verify.notify_one();
    app.note_change();
    if !contradictions.is_empty() {
        // A courtesy beside the truth, which is the first order: it may be lost.
        let _ = app.ports.fanout.publish(contradictions).await;
    }
    Ok(())
}
