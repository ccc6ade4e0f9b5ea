//! Rows as both databases give them, and what they mean. Identifiers and lists are text, numbers are 64 bits wide.

use std::collections::HashMap;

use sqlx::FromRow;
use wire::{
    OrderKey, OrderStatus, Time, TraceContext,
    event::{Event, Notification},
    kitchen::{Ticket, TicketPage},
    order::{Line, OrderCursor, OrderPage, OrderView, PricedLine, StatusChange, total_poisha},
    problem::ItemLeft,
    status::Reason,
};

use super::{StoreError, Unreleased, Unverified};

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

pub(super) fn numbers(values: impl IntoIterator<Item = i64>) -> Result<Vec<u32>, StoreError> {
    values.into_iter().map(number).collect()
}

/// How many rows a statement has changed.
pub(super) fn count(rows: u64) -> Result<u32, StoreError> {
    u32::try_from(rows).map_err(|_| broken("count"))
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

fn left(text: &str) -> Result<Vec<ItemLeft>, StoreError> {
    serde_json::from_str(text).map_err(|_| broken("list of dishes"))
}

fn reason(text: Option<&str>) -> Result<Option<Reason>, StoreError> {
    text.map(|text| Reason::parse(text).ok_or_else(|| broken("reason"))).transpose()
}

fn trace(text: Option<&str>) -> Result<Option<TraceContext>, StoreError> {
    text.map(|text| text.parse().map_err(|_| broken("trace"))).transpose()
}

/// An order with everything that people see of it.
#[derive(FromRow)]
pub(super) struct OrderRow {
    pub(super) pk: i64,
    id: String,
    order_id: String,
    placed_at: i64,
    ticket: i64,
    lines: String,
    status: String,
    seq: i64,
    since: i64,
    reason: Option<String>,
    items_left: String,
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
    fn view(self, events: Vec<StatusChange>) -> Result<OrderView, StoreError> {
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

/// A change of an order, as its history keeps it.
#[derive(FromRow)]
pub(super) struct EventRow {
    order_pk: i64,
    status: String,
    seq: i64,
    at: i64,
}

/// Orders with their histories; the events of each are oldest first.
pub(super) fn views(orders: Vec<OrderRow>, events: Vec<EventRow>) -> Result<Vec<OrderView>, StoreError> {
    let mut history = HashMap::<i64, Vec<StatusChange>>::new();
    for event in events {
        let change = StatusChange {
            status: status(&event.status)?,
            seq: number(event.seq)?,
            at: Time::from_millis(event.at),
        };
        history.entry(event.order_pk).or_default().push(change);
    }
    orders
        .into_iter()
        .map(|order| {
            // The two reads are apart; what the history has beyond the order is of a moment later.
            let seq = number(order.seq)?;
            let mut events = history.remove(&order.pk).unwrap_or_default();
            events.retain(|event| event.seq <= seq);
            order.view(events)
        })
        .collect()
}

/// Cuts off the one row that was read beyond the page; says whether there was one.
pub(super) fn cut<T>(found: &mut Vec<T>, limit: u32) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    more
}

/// A page of a student's orders, which has another one after it or not.
pub(super) fn order_page(orders: Vec<OrderView>, more: bool) -> OrderPage {
    let next = orders
        .last()
        .filter(|_| more)
        .map(|order| OrderCursor { placed_at: order.placed_at, order_id: order.order_id.clone() });
    OrderPage { orders, next }
}

/// The page of these rows, of which one more than `limit` was asked for.
pub(super) fn ticket_page(mut found: Vec<OrderRow>, limit: u32) -> Result<TicketPage, StoreError> {
    let more = cut(&mut found, limit);
    let tickets = found.into_iter().map(OrderRow::ticket).collect::<Result<Vec<_>, _>>()?;
    let next = tickets.last().filter(|_| more).map(|ticket| ticket.id);
    Ok(TicketPage { tickets, next })
}

/// A change that is to be told, beside its order as it is now.
#[derive(FromRow)]
pub(super) struct NewsRow {
    n: i64,
    event_seq: i64,
    event_status: String,
    at: i64,
    user_id: String,
    trace: Option<String>,
    #[sqlx(flatten)]
    order: OrderRow,
}

impl NewsRow {
    pub(super) fn told(self) -> Result<(i64, Vec<Event>), StoreError> {
        let key = key(&self.user_id, &self.order.order_id)?;
        let (status, seq) = (status(&self.event_status)?, number(self.event_seq)?);
        let at = Time::from_millis(self.at);
        let failed = status.is_failed();
        let mut news = Notification::new(key.order_id, status, seq, at);
        news.ticket = Some(number(self.order.ticket)?);
        if failed {
            news.reason = reason(self.order.reason.as_deref())?;
            news.items = left(&self.order.items_left)?;
        }
        // The ticket as it was at this change, which may not be the last one.
        let ticket = Ticket { status, seq, since: at, ..self.order.ticket()? };
        let ticket = Ticket { note: if failed { ticket.note } else { None }, ..ticket };
        let trace = trace(self.trace.as_deref())?;
        let order = Event::Order { user_id: key.user_id, notification: news, trace };
        Ok((self.n, vec![order, Event::Ticket(ticket)]))
    }
}

/// An order that is due to be verified.
#[derive(FromRow)]
pub(super) struct UnverifiedRow {
    pk: i64,
    user_id: String,
    order_id: String,
    lines: String,
    attempts: i64,
    seq: i64,
    since: i64,
    trace: Option<String>,
}

impl UnverifiedRow {
    pub(super) fn order(self) -> Result<Unverified, StoreError> {
        Ok(Unverified {
            pk: self.pk,
            key: key(&self.user_id, &self.order_id)?,
            lines: lines(&self.lines)?
                .into_iter()
                .map(|line| Line { item_id: line.item_id, quantity: line.quantity })
                .collect(),
            attempts: u8::try_from(self.attempts).map_err(|_| broken("number"))?,
            seq: number(self.seq)?,
            since: Time::from_millis(self.since),
            trace: trace(self.trace.as_deref())?,
        })
    }
}

/// An ended order whose portions are to be given back.
#[derive(FromRow)]
pub(super) struct UnreleasedRow {
    pk: i64,
    user_id: String,
    order_id: String,
    trace: Option<String>,
}

impl UnreleasedRow {
    pub(super) fn order(self) -> Result<Unreleased, StoreError> {
        Ok(Unreleased {
            pk: self.pk,
            key: key(&self.user_id, &self.order_id)?,
            trace: trace(self.trace.as_deref())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_admit_every_status_that_an_order_has_in_the_kitchen() {
        let kitchen = OrderStatus::ALL.into_iter().filter(|status| *status != OrderStatus::Pending);
        let names: Vec<_> = kitchen.map(|status| format!("'{}'", status.as_str())).collect();
        let list = format!("({})", names.join(", "));
        for schema in [
            include_str!("../../migrations/postgres/0001_kitchen.sql"),
            include_str!("../../migrations/sqlite/0001_kitchen.sql"),
        ] {
            assert!(schema.contains(&list), "{list} is not what {schema} checks");
        }
    }
}
