//! Events that a client receives, recorded in their order.

use std::sync::{Arc, Mutex};

use client::{Client, ConnectionState, Event, Subscription, socket::all_events};
use wire::{OrderStatus, event::Notification};

use crate::wait;

/// Subscription of a client, with every event since it was made.
#[derive(Debug)]
pub struct Recorder {
    events: Arc<Mutex<Vec<Event>>>,
    _subscription: Subscription,
}

impl Recorder {
    /// Subscribes in the name of the user whom `client` has signed in, or of nobody.
    pub fn start(client: &Client) -> Self {
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let record = Arc::clone(&events);
        let subscription = client.subscribe(all_events, move |event| record.lock().unwrap().push(event));
        Self { events, _subscription: subscription }
    }

    /// Returns every event so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// Returns the notifications so far.
    pub fn notifications(&self) -> Vec<Notification> {
        let notification = |event| match event {
            Event::Notification(notification) => Some(notification),
            _ => None,
        };
        self.events().into_iter().filter_map(notification).collect()
    }

    /// Waits for an event that satisfies `is_wanted`, at or after the `since`th event. Returns the number of events up
    /// to it.
    pub async fn hears(&self, what: &str, since: usize, is_wanted: impl Fn(&Event) -> bool) -> usize {
        wait::until(&format!("to hear {what}"), async || {
            let events = self.events.lock().unwrap();
            match events.iter().skip(since).position(&is_wanted) {
                Some(at) => Ok(since + at + 1),
                None => Err(events.clone()),
            }
        })
        .await
    }

    /// Waits until the connection reports `state`.
    pub async fn is(&self, state: ConnectionState, since: usize) -> usize {
        self.hears(&format!("{state:?}"), since, |event| *event == Event::State(state)).await
    }

    /// Waits until the rooms are joined.
    pub async fn is_ready(&self, since: usize) -> usize {
        self.hears("ready", since, |event| *event == Event::Ready).await
    }

    /// Waits for the notification that an order has `status`.
    pub async fn hears_of(&self, order_id: &str, status: OrderStatus, since: usize) -> usize {
        self.hears(&format!("that {order_id} is {}", status.as_str()), since, |event| {
            matches!(event, Event::Notification(notification)
                if notification.order_id.as_str() == order_id && notification.status == status)
        })
        .await
    }
}
