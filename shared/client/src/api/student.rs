//! Calls of students: read the menu, order, follow own orders. The menu and the pick-up board are public.

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
    error::Failure,
    platform::{self, Portable},
    random::{self, new_order_id},
    transport::{Method, Request},
};

/// Deadline for the response to an order.
pub(super) const ORDER_TIMEOUT: Duration = Duration::from_secs(4);
/// Time for which an order is sent again.
const PLACE_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Longest delay between two attempts, unless the service asks for a longer one.
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(8);

/// Accepted order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Response of the gateway.
    pub accepted: OrderAccepted,
    /// True if it had been accepted before.
    pub replayed: bool,
}

impl Client {
    /// Fetches the menu with the portions left.
    ///
    /// # Errors
    /// The request failed.
    pub async fn menu(&self) -> Result<Vec<StockItem>, Failure> {
        self.get_public(ServiceName::StockService, "/stock").await
    }

    /// Fetches the pick-up board.
    ///
    /// # Errors
    /// The request failed.
    pub async fn board(&self) -> Result<Board, Failure> {
        self.get_public(ServiceName::KitchenQueue, "/board").await
    }

    /// Places an order in one attempt. An order with an id may be sent again after any failure.
    ///
    /// # Errors
    /// The order was refused, or its outcome is unknown.
    pub async fn place(&self, order: &PlaceOrder) -> Result<Placed, Failure> {
        let request = Request::new(Method::Post, ServiceName::OrderGateway, "/order").json(order);
        let response = self.send(request.timeout(ORDER_TIMEOUT)).await?;
        Ok(Placed { accepted: response.read()?, replayed: response.replayed })
    }

    /// Places an order, and sends it again until its outcome is known: after 0.5, 1, 2, 4, 8 s (each varied by 20 %) or
    /// the service's `Retry-After`, for at most 5 minutes. An order without an id gets one. Calls `on_retry` before each
    /// delay with the failure and the number of attempts so far.
    ///
    /// # Errors
    /// The order was refused, which is final; or the last failure after 5 minutes, when the outcome is unknown.
    pub async fn place_until_known(
        &self,
        order: &PlaceOrder,
        on_retry: impl Fn(&Failure, u32) + Portable,
    ) -> Result<Placed, Failure> {
        let mut order = order.clone();
        order.order_id.get_or_insert_with(new_order_id);
        let (started, mut attempts) = (platform::now(), 0);
        loop {
            let failure = match self.place(&order).await {
                Err(failure) if failure.is_retryable() => failure,
                known => return known,
            };
            let delay = random::backoff(attempts, LONGEST_RETRY_DELAY);
            let delay = delay.max(failure.retry_after().unwrap_or_default());
            attempts += 1;
            if platform::now().since(started) + delay > PLACE_TIMEOUT {
                return Err(failure);
            }
            on_retry(&failure, attempts);
            platform::sleep(delay).await;
        }
    }

    /// Fetches a page of own orders, newest first: `limit` of them, 1 to 100.
    ///
    /// # Errors
    /// The request failed.
    pub async fn orders(&self, limit: u32, before: Option<&OrderCursor>) -> Result<OrderPage, Failure> {
        let mut path = format!("/orders?limit={limit}");
        if let Some(before) = before {
            path += &format!("&before={before}");
        }
        self.get(ServiceName::OrderGateway, path).await
    }

    /// Fetches one of the own orders.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn order(&self, id: &OrderId) -> Result<OrderView, Failure> {
        self.get(ServiceName::OrderGateway, format!("/orders/{id}")).await
    }
}
