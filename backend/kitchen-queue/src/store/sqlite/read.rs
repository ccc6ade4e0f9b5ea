//! Everything that reads the kitchen's tables.

use serde_json::json;
use service_kit::sqlite::Database;
use uuid::Uuid;
use wire::{
    OrderKey, OrderStatus, Time, UserId,
    event::Event,
    kitchen::{Board, Ticket, TicketPage},
    order::{OrderCursor, OrderPage, OrderView},
};

use crate::store::{
    BOARD_PLACES, Found, KitchenStats, StoreError, Unreleased, Unverified,
    rows::{self, EventRow, NewsRow, OrderRow, UnreleasedRow, UnverifiedRow},
};

pub(super) async fn relayed(db: &Database) -> Result<i64, StoreError> {
    let (upto,): (i64,) = sqlx::query_as("SELECT upto FROM relayed").fetch_one(db.reader()).await?;
    Ok(upto)
}

pub(super) async fn unverified(
    db: &Database,
    now: Time,
    limit: usize,
) -> Result<Vec<Unverified>, StoreError> {
    let due: Vec<UnverifiedRow> = sqlx::query_as(
        "SELECT pk, user_id, order_id, lines, attempts, seq, since, trace FROM orders
         WHERE status = 'in_kitchen' AND due_at <= ?1
         ORDER BY due_at LIMIT ?2",
    )
    .bind(now.as_millis())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db.reader())
    .await?;
    due.into_iter().map(UnverifiedRow::order).collect()
}

pub(super) async fn has_due_timer(db: &Database, now: Time) -> Result<bool, StoreError> {
    let (due,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM orders WHERE status IN ('stock_verified', 'ready') AND due_at <= ?1)",
    )
    .bind(now.as_millis())
    .fetch_one(db.reader())
    .await?;
    Ok(due)
}

pub(super) async fn next_due(
    db: &Database,
    claimed: &[i64],
) -> Result<(Option<Time>, Option<Time>), StoreError> {
    let (verify,): (Option<i64>,) = sqlx::query_as(
        "SELECT min(due_at) FROM orders
         WHERE status = 'in_kitchen' AND due_at IS NOT NULL AND pk NOT IN (SELECT value FROM json_each(?1))",
    )
    .bind(json!(claimed).to_string())
    .fetch_one(db.reader())
    .await?;
    let (timer,): (Option<i64>,) = sqlx::query_as(
        "SELECT min(due) FROM (SELECT min(due_at) AS due FROM orders WHERE status = 'stock_verified' AND due_at > 0
                               UNION ALL SELECT min(due_at) FROM orders WHERE status = 'ready' AND due_at > 0)",
    )
    .fetch_one(db.reader())
    .await?;
    Ok((verify.map(Time::from_millis), timer.map(Time::from_millis)))
}

pub(super) async fn unreleased(
    db: &Database,
    now: Time,
    limit: usize,
) -> Result<Vec<Unreleased>, StoreError> {
    let due: Vec<UnreleasedRow> = sqlx::query_as(
        "SELECT pk, user_id, order_id, trace FROM orders WHERE release_due <= ?1 ORDER BY release_due LIMIT ?2",
    )
    .bind(now.as_millis())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db.reader())
    .await?;
    due.into_iter().map(UnreleasedRow::order).collect()
}

pub(super) async fn news(
    db: &Database,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, Vec<Event>)>, StoreError> {
    let events: Vec<NewsRow> = sqlx::query_as(
        "SELECT e.n, e.seq AS event_seq, e.status AS event_status, e.at, o.user_id, o.trace,
                o.pk, o.id, o.order_id, o.placed_at, o.ticket, o.lines, o.status, o.seq, o.since, o.reason,
                o.items_left
         FROM order_events AS e CROSS JOIN orders AS o ON o.pk = e.order_pk
         WHERE e.n > ?1 ORDER BY e.n LIMIT ?2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(db.reader())
    .await?;
    events.into_iter().map(NewsRow::told).collect()
}

pub(super) async fn orders_of(
    db: &Database,
    user: UserId,
    before: Option<&OrderCursor>,
    limit: u32,
) -> Result<OrderPage, StoreError> {
    let (placed_at, order_id) = match before {
        Some(cursor) => (cursor.placed_at.as_millis(), cursor.order_id.as_str()),
        None => (i64::MAX, ""),
    };
    let mut found: Vec<OrderRow> = sqlx::query_as(
        "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
         WHERE user_id = ?1 AND (placed_at, order_id) < (?2, ?3)
         ORDER BY placed_at DESC, order_id DESC LIMIT ?4",
    )
    .bind(user.to_string())
    .bind(placed_at)
    .bind(order_id)
    .bind(limit + 1)
    .fetch_all(db.reader())
    .await?;
    let more = rows::cut(&mut found, limit);
    Ok(rows::order_page(with_history(db, found).await?, more))
}

pub(super) async fn order(db: &Database, key: &OrderKey) -> Result<Option<OrderView>, StoreError> {
    let found: Vec<OrderRow> = sqlx::query_as(
        "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
         WHERE user_id = ?1 AND order_id = ?2",
    )
    .bind(key.user_id.to_string())
    .bind(key.order_id.as_str())
    .fetch_all(db.reader())
    .await?;
    Ok(with_history(db, found).await?.pop())
}

async fn with_history(db: &Database, orders: Vec<OrderRow>) -> Result<Vec<OrderView>, StoreError> {
    let pks: Vec<_> = orders.iter().map(|order| order.pk).collect();
    let events: Vec<EventRow> = sqlx::query_as(
        "SELECT order_pk, status, seq, at FROM order_events
         WHERE order_pk IN (SELECT value FROM json_each(?1)) ORDER BY order_pk, seq",
    )
    .bind(json!(pks).to_string())
    .fetch_all(db.reader())
    .await?;
    rows::views(orders, events)
}

pub(super) async fn tickets(
    db: &Database,
    status: Option<OrderStatus>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<TicketPage, StoreError> {
    // Two texts, so that each has its index: tickets of one status are few among all that are kept.
    let query = match status {
        None => sqlx::query_as(
            "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
             WHERE ?1 IS NULL AND pk < iif(?2 IS NULL, 9223372036854775807, (SELECT pk FROM orders WHERE id = ?2))
             ORDER BY pk DESC LIMIT ?3",
        ),
        Some(_) => sqlx::query_as(
            "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
             WHERE status = ?1 AND pk < iif(?2 IS NULL, 9223372036854775807, (SELECT pk FROM orders WHERE id = ?2))
             ORDER BY pk DESC LIMIT ?3",
        ),
    };
    let found: Vec<OrderRow> = query
        .bind(status.map(OrderStatus::as_str))
        .bind(before.map(|id| id.to_string()))
        .bind(limit + 1)
        .fetch_all(db.reader())
        .await?;
    rows::ticket_page(found, limit)
}

pub(super) async fn ticket(db: &Database, id: Uuid) -> Result<Option<Found>, StoreError> {
    let found: Option<OrderRow> = sqlx::query_as(
        "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
         WHERE id = ?1",
    )
    .bind(id.to_string())
    .fetch_optional(db.reader())
    .await?;
    found.map(|row| Ok(Found { pk: row.pk, ticket: row.ticket()? })).transpose()
}

pub(super) async fn ticket_of(db: &Database, pk: i64) -> Result<Option<Ticket>, StoreError> {
    let found: Option<OrderRow> = sqlx::query_as(
        "SELECT pk, id, order_id, placed_at, ticket, lines, status, seq, since, reason, items_left FROM orders
         WHERE pk = ?1",
    )
    .bind(pk)
    .fetch_optional(db.reader())
    .await?;
    found.map(OrderRow::ticket).transpose()
}

pub(super) async fn board(db: &Database, ready_after: Time) -> Result<Board, StoreError> {
    // One snapshot for the three queries: otherwise a ticket could be in both lists for a moment.
    let mut snapshot = db.reader().begin().await?;
    let (seq,): (i64,) =
        sqlx::query_as("SELECT coalesce(max(n), 0) FROM order_events").fetch_one(&mut *snapshot).await?;
    let preparing: Vec<(i64,)> = sqlx::query_as(
        "SELECT ticket FROM orders WHERE status IN ('in_kitchen', 'stock_verified') ORDER BY pk LIMIT ?1",
    )
    .bind(BOARD_PLACES)
    .fetch_all(&mut *snapshot)
    .await?;
    let ready: Vec<(i64,)> = sqlx::query_as(
        "SELECT ticket FROM orders WHERE status = 'ready' AND since > ?1 ORDER BY since DESC, pk DESC LIMIT ?2",
    )
    .bind(ready_after.as_millis())
    .bind(BOARD_PLACES)
    .fetch_all(&mut *snapshot)
    .await?;
    let numbers = |tickets: Vec<(i64,)>| rows::numbers(tickets.into_iter().map(|(ticket,)| ticket));
    Ok(Board { seq: u64::try_from(seq).unwrap_or(0), preparing: numbers(preparing)?, ready: numbers(ready)? })
}

pub(super) async fn stats(db: &Database, relayed: i64) -> Result<KitchenStats, StoreError> {
    let (unserved, oldest): (i64, Option<i64>) = sqlx::query_as(
        "SELECT count(*), min(placed_at) FROM orders WHERE status IN ('in_kitchen', 'stock_verified')",
    )
    .fetch_one(db.reader())
    .await?;
    let (outbox,): (i64,) = sqlx::query_as("SELECT count(*) FROM order_events WHERE n > ?1")
        .bind(relayed)
        .fetch_one(db.reader())
        .await?;
    let (to_release,): (i64,) = sqlx::query_as("SELECT count(*) FROM orders WHERE release_due IS NOT NULL")
        .fetch_one(db.reader())
        .await?;
    let count = |number| u64::try_from(number).unwrap_or(0);
    Ok(KitchenStats {
        unserved: count(unserved),
        oldest: oldest.map(Time::from_millis),
        outbox: count(outbox),
        to_release: count(to_release),
    })
}
