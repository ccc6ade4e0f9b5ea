//! What students do: read the menu, order, follow their orders. The menu and the board are everybody's.

use std::time::Duration;

use wire::{
    OrderId,
    kitchen::Board,
    ops::ServiceName,
    order::{OrderAccepted, OrderCursor, OrderPage, OrderView, PlaceOrder},
    stock::StockItem,
};

use super::Client;
use crate::{
    chance::{self, new_order_id},
    error::Failure,
    platform::{self, Portable},
};

/// How long the answer to an order may take.
const ORDER_DEADLINE: Duration = Duration::from_secs(4);
/// How long an order is sent again and again.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// The longest rest between two tries, when the service says nothing of it.
const LONGEST_REST: Duration = Duration::from_secs(8);

/// An order that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The answer.
    pub accepted: OrderAccepted,
    /// Whether it had been accepted before.
    pub replayed: bool,
}

impl Client {
    /// The menu, with what is left.
    ///
    /// # Errors
    /// No good answer.
    pub async fn menu(&self) -> Result<Vec<StockItem>, Failure> {
        self.get_public(ServiceName::StockService, "/stock").await
    }

    /// The pick-up board.
    ///
    /// # Errors
    /// No good answer.
    pub async fn board(&self) -> Result<Board, Failure> {
        self.get_public(ServiceName::KitchenQueue, "/board").await
    }

    /// Places an order: one try. An order that names itself may be sent again, whatever the failure.
    ///
    /// # Errors
    /// It was refused, or nobody knows whether it was accepted.
    pub async fn place(&self, order: &PlaceOrder) -> Result<Placed, Failure> {
        let mut ask = self.ask("POST", ServiceName::OrderGateway, "/order").json(order);
        ask.deadline = ORDER_DEADLINE;
        let answer = self.send(&ask).await?;
        Ok(Placed { accepted: answer.read()?, replayed: answer.replayed })
    }

    /// Places an order, and sends the same again until it is known what became of it: after 0.5, 1, 2, 4, 8 s (each
    /// 20 % more or less) or as long as the service wants, for at most 5 minutes. An order without a name is given
    /// one. Before each rest, `on_wait` is told why and after which try, counted from 1.
    ///
    /// # Errors
    /// It was refused, which is final; or the last failure, when the time is over: what became of it is not known.
    pub async fn place_until_known(
        &self,
        order: &PlaceOrder,
        on_wait: impl Fn(&Failure, u32) + Portable,
    ) -> Result<Placed, Failure> {
        let mut order = order.clone();
        order.order_id.get_or_insert_with(new_order_id);
        let (began, mut tries) = (platform::now(), 0);
        loop {
            let failure = match self.place(&order).await {
                Err(failure) if failure.is_worth_retrying() => failure,
                known => return known,
            };
            let rest = chance::rest(tries, LONGEST_REST, chance::dice());
            let rest = rest.max(failure.retry_after().unwrap_or_default());
            tries += 1;
            if platform::now().since(began) + rest > PATIENCE {
                return Err(failure);
            }
            on_wait(&failure, tries);
            platform::pause(rest).await;
        }
    }

    /// A page of the own orders, newest first: `limit` of them, 1 to 100.
    ///
    /// # Errors
    /// No good answer.
    pub async fn orders(&self, limit: u32, before: Option<&OrderCursor>) -> Result<OrderPage, Failure> {
        let mut path = format!("/orders?limit={limit}");
        if let Some(before) = before {
            path += &format!("&before={before}");
        }
        self.get(ServiceName::OrderGateway, &path).await
    }

    /// One of the own orders.
    ///
    /// # Errors
    /// `not_found`, or no good answer.
    pub async fn order(&self, id: &OrderId) -> Result<OrderView, Failure> {
        self.get(ServiceName::OrderGateway, &format!("/orders/{id}")).await
    }
}
