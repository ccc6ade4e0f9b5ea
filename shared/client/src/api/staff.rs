//! Calls of staff: the kitchen's tickets and the stock.

use uuid::Uuid;
use wire::{
    ItemId, OrderStatus,
    kitchen::{SetStatus, Ticket, TicketPage},
    ops::ServiceName,
    stock::{Adjust, ItemChange, Seed, Seeded, StockItem},
};

use super::Client;
use crate::{
    error::Failure,
    transport::{Method, Request},
};

impl Client {
    /// Fetches a page of tickets, newest first: `limit` of them, 1 to 100.
    ///
    /// # Errors
    /// The request failed.
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
        self.get(ServiceName::KitchenQueue, path).await
    }

    /// Sets the status of a ticket. Repeating the call is harmless.
    ///
    /// # Errors
    /// `stale` if the ticket has moved on, `conflict` if the change is not allowed, or the request failed.
    pub async fn set_ticket(&self, ticket: Uuid, status: &SetStatus) -> Result<Ticket, Failure> {
        let path = format!("/tickets/{ticket}/status");
        self.send(Request::new(Method::Post, ServiceName::KitchenQueue, path).json(status)).await?.read()
    }

    /// Fetches one dish.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn item(&self, item: &ItemId) -> Result<StockItem, Failure> {
        self.get_public(ServiceName::StockService, format!("/stock/{item}")).await
    }

    /// Changes some fields of a dish that still has this revision.
    ///
    /// # Errors
    /// `stale` if it has another revision, `invalid` with the fields, or the request failed.
    pub async fn change_item(
        &self,
        item: &ItemId,
        revision: u64,
        change: &ItemChange,
    ) -> Result<StockItem, Failure> {
        self.send_change(Method::Patch, item, revision, change).await
    }

    /// Replaces all fields of a dish that still has this revision.
    ///
    /// # Errors
    /// As [`Client::change_item`].
    pub async fn replace_item(
        &self,
        item: &ItemId,
        revision: u64,
        whole: &ItemChange,
    ) -> Result<StockItem, Failure> {
        self.send_change(Method::Put, item, revision, whole).await
    }

    async fn send_change(
        &self,
        method: Method,
        item: &ItemId,
        revision: u64,
        change: &ItemChange,
    ) -> Result<StockItem, Failure> {
        let path = format!("/stock/{item}");
        let mut request = Request::new(method, ServiceName::StockService, path).json(change);
        request.if_match = Some(revision);
        self.send(request).await?.read()
    }

    /// Adds or removes portions of a dish. Repeating the call with the same key is harmless.
    ///
    /// # Errors
    /// `invalid`, `insufficient_stock` if fewer portions are left than are removed, or the request failed.
    pub async fn adjust(&self, item: &ItemId, adjust: &Adjust) -> Result<StockItem, Failure> {
        let path = format!("/stock/{item}/adjust");
        self.send(Request::new(Method::Post, ServiceName::StockService, path).json(adjust)).await?.read()
    }

    /// Adds or changes dishes and sets the portions left of them.
    ///
    /// # Errors
    /// `invalid` with the fields, or the request failed.
    pub async fn seed(&self, seed: &Seed) -> Result<Seeded, Failure> {
        self.send(Request::new(Method::Post, ServiceName::StockService, "/seed").json(seed)).await?.read()
    }
}
