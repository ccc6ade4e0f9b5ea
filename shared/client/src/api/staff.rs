//! What staff do: the kitchen's tickets, and the stock.

use uuid::Uuid;
use wire::{
    ItemId, OrderStatus,
    kitchen::{SetStatus, Ticket, TicketPage},
    ops::ServiceName,
    stock::{Adjust, ItemChange, Seed, Seeded, StockItem},
};

use super::Client;
use crate::error::Failure;

impl Client {
    /// A page of tickets, newest first: `limit` of them, 1 to 100.
    ///
    /// # Errors
    /// No good answer.
    pub async fn tickets(
        &self,
        status: Option<OrderStatus>,
        limit: u32,
        before: Option<Uuid>,
    ) -> Result<TicketPage, Failure> {
        let mut path = format!("/tickets?limit={limit}");
        if let Some(status) = status {
            path += &format!("&status={}", status.as_str());
        }
        if let Some(before) = before {
            path += &format!("&before={before}");
        }
        self.get(ServiceName::KitchenQueue, &path).await
    }

    /// Sets a ticket's status. Repeating it is harmless.
    ///
    /// # Errors
    /// `stale` when the ticket has moved on, `conflict` when it may not be changed so, or no good answer.
    pub async fn set_ticket(&self, ticket: Uuid, status: &SetStatus) -> Result<Ticket, Failure> {
        let path = format!("/tickets/{ticket}/status");
        self.send(&self.ask("POST", ServiceName::KitchenQueue, &path).json(status)).await?.read()
    }

    /// One dish.
    ///
    /// # Errors
    /// `not_found`, or no good answer.
    pub async fn item(&self, item: &ItemId) -> Result<StockItem, Failure> {
        self.get_public(ServiceName::StockService, &format!("/stock/{item}")).await
    }

    /// Changes some of what is said of a dish, if it still has this revision.
    ///
    /// # Errors
    /// `stale` when it has another one, `invalid` with the fields, or no good answer.
    pub async fn change_item(
        &self,
        item: &ItemId,
        revision: u64,
        change: &ItemChange,
    ) -> Result<StockItem, Failure> {
        self.send_change("PATCH", item, revision, change).await
    }

    /// Changes all that is said of a dish, if it still has this revision.
    ///
    /// # Errors
    /// As [`Client::change_item`].
    pub async fn replace_item(
        &self,
        item: &ItemId,
        revision: u64,
        whole: &ItemChange,
    ) -> Result<StockItem, Failure> {
        self.send_change("PUT", item, revision, whole).await
    }

    async fn send_change(
        &self,
        method: &'static str,
        item: &ItemId,
        revision: u64,
        change: &ItemChange,
    ) -> Result<StockItem, Failure> {
        let mut ask = self.ask(method, ServiceName::StockService, &format!("/stock/{item}")).json(change);
        ask.if_match = Some(revision);
        self.send(&ask).await?.read()
    }

    /// Adds portions of a dish or takes some away. Repeating it with the same key is harmless.
    ///
    /// # Errors
    /// `invalid`, `insufficient_stock` when more would be taken than there are, or no good answer.
    pub async fn adjust(&self, item: &ItemId, adjust: &Adjust) -> Result<StockItem, Failure> {
        let path = format!("/stock/{item}/adjust");
        self.send(&self.ask("POST", ServiceName::StockService, &path).json(adjust)).await?.read()
    }

    /// Adds dishes or changes them, and sets what is left of them.
    ///
    /// # Errors
    /// `invalid` with the fields, or no good answer.
    pub async fn seed(&self, seed: &Seed) -> Result<Seeded, Failure> {
        self.send(&self.ask("POST", ServiceName::StockService, "/seed").json(seed)).await?.read()
    }
}
