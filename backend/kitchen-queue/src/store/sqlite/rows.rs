//! Rows as they are stored, and what they mean.

use sqlx::FromRow;
use wire::{
    OrderKey, OrderStatus, Time,
    kitchen::Ticket,
    order::{OrderView, PricedLine, StatusChange, total_poisha},
    problem::ItemLeft,
    status::Reason,
};

use crate::store::StoreError;

/// What cannot be, since we wrote it: a row that does not mean anything.
pub(super) fn broken(what: &str) -> StoreError {
    StoreError(format!("a stored {what} cannot be read").into())
}

pub(super) fn status(text: &str) -> Result<OrderStatus, StoreError> {
    OrderStatus::parse(text).ok_or_else(|| broken("status"))
}

pub(super) fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| broken("number"))
}

pub(super) fn key(user_id: &str, order_id: &str) -> Result<OrderKey, StoreError> {
    match (user_id.parse(), order_id.parse()) {
        (Ok(user_id), Ok(order_id)) => Ok(OrderKey { user_id, order_id }),
        _ => Err(broken("key")),
    }
}

pub(super) fn lines(text: &str) -> Result<Vec<PricedLine>, StoreError> {
    serde_json::from_str(text).map_err(|_| broken("list of lines"))
}

pub(super) fn left(text: &str) -> Result<Vec<ItemLeft>, StoreError> {
    serde_json::from_str(text).map_err(|_| broken("list of dishes"))
}

pub(super) fn reason(text: Option<&str>) -> Result<Option<Reason>, StoreError> {
    text.map(|text| Reason::parse(text).ok_or_else(|| broken("reason"))).transpose()
}

/// An order with everything that people see of it.
#[derive(FromRow)]
pub(super) struct OrderRow {
    pub(super) pk: i64,
    pub(super) id: String,
    pub(super) order_id: String,
    pub(super) placed_at: i64,
    pub(super) ticket: i64,
    pub(super) lines: String,
    pub(super) status: String,
    pub(super) seq: i64,
    pub(super) since: i64,
    pub(super) reason: Option<String>,
    pub(super) items_left: String,
}

impl OrderRow {
    pub(super) fn ticket(self) -> Result<Ticket, StoreError> {
        Ok(Ticket {
            id: self.id.parse().map_err(|_| broken("id"))?,
            ticket: number(self.ticket)?,
            status: status(&self.status)?,
            seq: number(self.seq)?,
            lines: lines(&self.lines)?,
            placed_at: Time::from_millis(self.placed_at),
            since: Time::from_millis(self.since),
            note: self.reason,
        })
    }

    /// `events` are those of this order, oldest first.
    pub(super) fn view(self, events: Vec<StatusChange>) -> Result<OrderView, StoreError> {
        let lines = lines(&self.lines)?;
        let placed_at = Time::from_millis(self.placed_at);
        let mut history = vec![StatusChange { status: OrderStatus::Pending, seq: 0, at: placed_at }];
        history.extend(events);
        Ok(OrderView {
            order_id: self.order_id.parse().map_err(|_| broken("order id"))?,
            status: status(&self.status)?,
            reason: reason(self.reason.as_deref())?,
            items: left(&self.items_left)?,
            ticket: Some(number(self.ticket)?),
            total_poisha: total_poisha(&lines),
            lines,
            placed_at,
            seq: number(self.seq)?,
            history,
        })
    }
}
