//! A drill that is ordered at one replica reaches every replica of its service. They have a fan-out of their own, so
//! that nobody but the hubs has to hear all news.

use std::sync::Arc;

use service_kit::Service;
use wire::event::Event;

use crate::{Fanout, News};

/// Carries drills between this replica and the others until the service stops. An order that the fan-out cannot carry
/// holds for the replica that was told alone; the beats show it.
pub fn start(service: &Service, fanout: &Arc<dyn Fanout>) {
    let (context, carrier) = (service.clone(), Arc::clone(fanout));
    let mut announced = service.chaos.announced();
    service.tasks.spawn_worker("drills-out", async move {
        loop {
            tokio::select! {
                () = context.tasks.stopping() => return,
                changed = announced.changed() => if changed.is_err() { return },
            }
            let order = announced.borrow_and_update().clone();
            let Some(order) = order else { continue };
            let instance = context.instance.to_string();
            let news = Event::Chaos { service: context.name, instance, order };
            if let Err(error) = carrier.publish(vec![news]).await {
                tracing::warn!(%error, "the drill was not carried to the other replicas");
            }
        }
    });
    let (context, mut subscription) = (service.clone(), fanout.subscribe());
    service.tasks.spawn_worker("drills-in", async move {
        loop {
            let news = tokio::select! {
                () = context.tasks.stopping() => return,
                news = subscription.next() => news,
            };
            match news {
                Some(News::Event(event)) => obey(&context, &event),
                Some(News::Gap) => {}
                None => return,
            }
        }
    });
}

fn obey(context: &Service, event: &Event) {
    let Event::Chaos { service, instance, order } = event else { return };
    if *service != context.name || **instance == *context.instance || (order.enable && !context.chaos_allowed)
    {
        return;
    }
    tracing::warn!(told = instance, "a drill was ordered at another replica");
    // It was checked where it was given.
    let _ = context.chaos.set(order);
    context.obey_kill();
}
