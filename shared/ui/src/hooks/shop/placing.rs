//! Placing the basket: sent under its one key until it is known how it went, or until the person stops it.

use std::rc::Rc;

use client::Failure;
use futures_util::future::{Aborted, abortable};
use wire::{
    ErrorCode, OrderId,
    order::{PlaceOrder, PricedLine},
};
use yew::{platform::spawn_local, prelude::*};

use super::ShopHandle;
use crate::{
    state::shop::{Act, Placing},
    text::student,
};

impl ShopHandle {
    /// Sends the basket, and calls back with the order that it has become. One that is on its way is not sent twice.
    pub fn place(&self, then: Callback<OrderId>) {
        if self.basket.is_sending() {
            return;
        }
        let Some(sender) = self.person().map(|person| person.user.user_id) else { return };
        let mut basket = self.basket.clone();
        if let Some(order) = basket.send(sender) {
            // Kept before it is sent, so that a reload sends the same.
            self.act(Act::Basket(basket));
            self.send(order, then);
        }
    }

    /// Goes on with a basket that was on its way when the page was left.
    pub fn place_on(&self, then: Callback<OrderId>) {
        if self.basket.is_sending()
            && self.placing == Placing::Idle
            && let Some(order) = self.basket.order()
        {
            self.send(order, then);
        }
    }

    fn send(&self, order: PlaceOrder, then: Callback<OrderId>) {
        self.act(Act::Placing(Placing::Sending { held_up: None }));
        let this = self.clone();
        let hold_up = hold_up(self);
        let work = async move {
            let placed = this.client.place_until_known(&order, hold_up).await;
            match placed {
                Ok(placed) => {
                    let key = placed.accepted.order_id.clone();
                    let lines = this.priced(&order);
                    let at = placed.accepted.accepted_at;
                    this.act(Act::Accepted { order_id: key.clone(), lines, at });
                    then.emit(key);
                }
                Err(failure) => this.refused(failure, then).await,
            }
        };
        let (work, handle) = abortable(work);
        *self.trying.0.borrow_mut() = Some(handle);
        let trying = self.trying.clone();
        spawn_local(async move {
            if work.await != Err(Aborted) {
                trying.0.borrow_mut().take();
            }
        });
    }

    async fn refused(&self, failure: Failure, then: Callback<OrderId>) {
        let mut basket = self.basket.clone();
        basket.stopped();
        self.act(Act::Basket(basket.clone()));
        if failure.code() == Some(ErrorCode::KeyReused)
            && let Some(key) = basket.key().cloned()
        {
            // An earlier try of this basket has gone through, with what was in it then.
            if self.fetch_order(&key).await.is_ok() {
                basket.rekeyed(client::new_order_id());
                self.act(Act::Basket(basket));
                self.act(Act::Placing(Placing::Idle));
                self.say(student::EARLIER_ATTEMPT_ACCEPTED);
                then.emit(key);
                return;
            }
        }
        self.act(Act::Left(failure.problem().map(|problem| problem.items.clone()).unwrap_or_default()));
        self.act(Act::Placing(Placing::Refused(Rc::new(failure))));
        self.fetch_menu();
    }

    /// Stops trying. Should a try have gone through after all, calls back with the order.
    pub fn stop_trying(&self, then: Callback<OrderId>) {
        let Some(handle) = self.trying.0.borrow_mut().take() else { return };
        handle.abort();
        let mut basket = self.basket.clone();
        basket.stopped();
        self.act(Act::Basket(basket.clone()));
        self.act(Act::Placing(Placing::Idle));
        let this = self.clone();
        spawn_local(async move {
            let Some(key) = basket.key().cloned() else { return };
            match this.client.order(&key).await {
                Ok(order) => {
                    basket.accepted(&key);
                    this.act(Act::Basket(basket));
                    this.act(Act::Order(order));
                    then.emit(key);
                }
                // Should it have gone through all the same, the key sees to it that it is one order.
                Err(_) => this.say(student::RETRYING_STOPPED),
            }
        });
    }

    /// What is ordered, at the menu's names and prices, until the kitchen tells them.
    fn priced(&self, order: &PlaceOrder) -> Vec<PricedLine> {
        let menu = self.dishes();
        let lines = order.lines.iter().flatten();
        lines
            .filter_map(|line| {
                let item = menu.item(&line.item_id)?;
                Some(PricedLine {
                    item_id: line.item_id.clone(),
                    name: item.name.clone(),
                    quantity: line.quantity,
                    price_poisha: item.price_poisha,
                })
            })
            .collect()
    }
}

/// Tells the page why a try had no answer.
#[cfg(target_arch = "wasm32")]
fn hold_up(shop: &ShopHandle) -> impl Fn(&Failure, u32) + 'static {
    let shop = shop.clone();
    move |failure, _| {
        shop.act(Act::Placing(Placing::Sending { held_up: Some(Rc::new(failure.clone())) }));
    }
}

/// Outside of a browser nobody waits.
#[cfg(not(target_arch = "wasm32"))]
fn hold_up(_shop: &ShopHandle) -> impl Fn(&Failure, u32) + Send + Sync + 'static {
    |_, _| {}
}
