//! Placing the basket: sent under its one key until the outcome is known, or until the student stops it.

use std::sync::Arc;

use client::Failure;
use futures_util::future::abortable;
use wire::{
    ErrorCode, OrderId,
    order::{PlaceOrder, PricedLine},
};

use super::{Placing, Shop};

/// Outcome of [`Shop::place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The order was accepted.
    Accepted(OrderId),
    /// An earlier attempt with other contents had been accepted. The basket has a new key.
    EarlierAccepted(OrderId),
    /// The order was refused; see [`Placing::Refused`].
    Refused,
    /// The student stopped it.
    Stopped,
    /// Nothing was sent: the basket is empty or being sent, or nobody is signed in.
    NotSent,
}

impl Shop {
    /// Sends the basket until the outcome is known. A basket that is being sent is not sent twice.
    pub async fn place(&self) -> Placement {
        let Some(user) = self.user() else { return Placement::NotSent };
        // The listener stores the basket before it is sent, so that a reload sends the same.
        let order =
            self.store.update(|state| if state.basket.is_sending() { None } else { state.basket.send(user) });
        match order {
            Some(order) => self.send(order).await,
            None => Placement::NotSent,
        }
    }

    /// Goes on with a basket that was being sent when the page was left.
    pub async fn resume_placing(&self) -> Placement {
        let state = self.store.get();
        let is_left = state.basket.is_sending() && state.placing == Placing::Idle;
        match state.basket.order().filter(|_| is_left) {
            Some(order) => self.send(order).await,
            None => Placement::NotSent,
        }
    }

    async fn send(&self, order: PlaceOrder) -> Placement {
        self.set_placing(Placing::Sending { last_failure: None });
        let this = self.clone();
        let on_retry = move |failure: &Failure, _| {
            this.set_placing(Placing::Sending { last_failure: Some(Arc::new(failure.clone())) });
        };
        let (sending, handle) = abortable(self.session.client().place_until_known(&order, on_retry));
        self.set_sending(Some(handle));
        let Ok(outcome) = sending.await else { return Placement::Stopped };
        self.set_sending(None);
        match outcome {
            Ok(placed) => {
                let (id, at) = (placed.accepted.order_id, placed.accepted.accepted_at);
                let lines = self.priced(&order);
                self.store.update(|state| state.order_accepted(id.clone(), lines, at));
                Placement::Accepted(id)
            }
            Err(failure) => self.refused(failure).await,
        }
    }

    async fn refused(&self, failure: Failure) -> Placement {
        let key = self.store.update(|state| {
            state.basket.stopped();
            state.basket.key().cloned()
        });
        if failure.code() == Some(ErrorCode::KeyReused)
            && let Some(key) = key
            && self.fetch_order(&key).await.is_ok()
        {
            self.store.update(|state| {
                state.basket.rekey(client::new_order_id());
                state.placing = Placing::Idle;
            });
            return Placement::EarlierAccepted(key);
        }
        let items = failure.problem().map(|problem| problem.items.clone()).unwrap_or_default();
        self.store.update(|state| {
            state.items_left(&items);
            state.placing = Placing::Refused(Arc::new(failure));
        });
        self.fetch_menu().await;
        Placement::Refused
    }

    /// Stops sending the basket. Returns the order if an attempt had been accepted after all.
    pub async fn stop_placing(&self) -> Option<OrderId> {
        self.set_sending(None)?.abort();
        let key = self.store.update(|state| {
            state.basket.stopped();
            state.placing = Placing::Idle;
            state.basket.key().cloned()
        })?;
        // If it is accepted later all the same, the key makes it one order.
        self.fetch_order(&key).await.ok()?;
        self.store.update(|state| state.basket.accepted(&key));
        Some(key)
    }

    fn set_placing(&self, placing: Placing) {
        self.store.update(|state| state.placing = placing);
    }

    /// Returns the lines of an order at the names and prices of the menu, until the kitchen sends its own.
    fn priced(&self, order: &PlaceOrder) -> Vec<PricedLine> {
        let menu = self.store.get().dishes();
        let lines = order.lines.iter().flatten();
        lines
            .filter_map(|line| {
                let dish = menu.dish(&line.item_id)?;
                Some(PricedLine {
                    item_id: line.item_id.clone(),
                    name: dish.name.clone(),
                    quantity: line.quantity,
                    price_poisha: dish.price_poisha,
                })
            })
            .collect()
    }
}
