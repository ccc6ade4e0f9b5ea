//! Everything that reads the kitchen's tables. Each function is one statement, or two whose moments may differ.

use service_kit::postgres::Database;
use uuid::Uuid;
use wire::{
    OrderKey, OrderStatus, Time, UserId,
    kitchen::{Board, Ticket, TicketPage},
    order::{OrderCursor, OrderPage, OrderView},
};

use crate::store::{
    BOARD_PLACES, Found, KitchenStats, StoreError,
    rows::{self, EventRow, OrderRow},
};

pub(super) async fn has_due_timer(db: &Database, now: Time) -> Result<bool, StoreError> {
    let (due,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM orders WHERE status IN ('stock_verified', 'ready') AND due_at <= $1)",
    )
    .bind(now.as_millis())
    .fetch_one(db.pool())
    .await?;
    Ok(due)
}

pub(super) async fn next_due(db: &Database) -> Result<(Option<Time>, Option<Time>), StoreError> {
    let (verify, timer): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT (SELECT min(due_at) FROM orders
                 WHERE status = 'in_kitchen' AND due_at IS NOT NULL
                   AND (lease_until IS NULL OR lease_until < clock_timestamp())),
                least((SELECT min(due_at) FROM orders WHERE status = 'stock_verified' AND due_at IS NOT NULL),
                      (SELECT min(due_at) FROM orders WHERE status = 'ready' AND due_at IS NOT NULL))",
    )
    .fetch_one(db.pool())
    .await?;
    Ok((verify.map(Time::from_millis), timer.map(Time::from_millis)))
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
        "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason, items_left::text
         FROM orders
         WHERE user_id = $1 AND (placed_at, order_id) < ($2, $3)
         ORDER BY placed_at DESC, order_id DESC LIMIT $4",
    )
    .bind(user.0)
    .bind(placed_at)
    .bind(order_id)
    .bind(i64::from(limit) + 1)
    .fetch_all(db.pool())
    .await?;
    let more = rows::cut(&mut found, limit);
    Ok(rows::order_page(with_history(db, found).await?, more))
}

pub(super) async fn order(db: &Database, key: &OrderKey) -> Result<Option<OrderView>, StoreError> {
    let found: Vec<OrderRow> = sqlx::query_as(
        "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason, items_left::text
         FROM orders
         WHERE user_id = $1 AND order_id = $2",
    )
    .bind(key.user_id.0)
    .bind(key.order_id.as_str())
    .fetch_all(db.pool())
    .await?;
    Ok(with_history(db, found).await?.pop())
}

async fn with_history(db: &Database, orders: Vec<OrderRow>) -> Result<Vec<OrderView>, StoreError> {
    let pks: Vec<_> = orders.iter().map(|order| order.pk).collect();
    let events: Vec<EventRow> = sqlx::query_as(
        "SELECT order_pk, status, seq, at FROM order_events WHERE order_pk = ANY ($1) ORDER BY order_pk, seq",
    )
    .bind(pks)
    .fetch_all(db.pool())
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
            "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason,
                    items_left::text
             FROM orders
             WHERE $1::text IS NULL
               AND pk < CASE WHEN $2::uuid IS NULL THEN 9223372036854775807
                             ELSE (SELECT pk FROM orders WHERE id = $2) END
             ORDER BY pk DESC LIMIT $3",
        ),
        Some(_) => sqlx::query_as(
            "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason,
                    items_left::text
             FROM orders
             WHERE status = $1
               AND pk < CASE WHEN $2::uuid IS NULL THEN 9223372036854775807
                             ELSE (SELECT pk FROM orders WHERE id = $2) END
             ORDER BY pk DESC LIMIT $3",
        ),
    };
    let found: Vec<OrderRow> = query
        .bind(status.map(OrderStatus::as_str))
        .bind(before)
        .bind(i64::from(limit) + 1)
        .fetch_all(db.pool())
        .await?;
    rows::ticket_page(found, limit)
}

pub(super) async fn ticket(db: &Database, id: Uuid) -> Result<Option<Found>, StoreError> {
    let found: Option<OrderRow> = sqlx::query_as(
        "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason, items_left::text
         FROM orders
         WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(db.pool())
    .await?;
    found.map(|row| Ok(Found { pk: row.pk, ticket: row.ticket()? })).transpose()
}

/// The ticket as the caller's transaction sees it.
pub(super) async fn ticket_of(tx: &mut sqlx::PgConnection, pk: i64) -> Result<Option<Ticket>, StoreError> {
    let found: Option<OrderRow> = sqlx::query_as(
        "SELECT pk, id::text, order_id, placed_at, ticket, lines::text, status, seq, since, reason, items_left::text
         FROM orders
         WHERE pk = $1",
    )
    .bind(pk)
    .fetch_optional(tx)
    .await?;
    found.map(OrderRow::ticket).transpose()
}

/// One statement, so that `seq` is of the very moment that is drawn: what is drawn later has none smaller.
pub(super) async fn board(db: &Database, ready_after: Time) -> Result<Board, StoreError> {
    let (seq, preparing, ready): (i64, Vec<i64>, Vec<i64>) = sqlx::query_as(
        "SELECT greatest((SELECT upto FROM relay), (SELECT max(n) FROM outbox)),
                ARRAY (SELECT ticket
                       FROM ((SELECT pk, day, ticket FROM orders WHERE status = 'in_kitchen' ORDER BY pk LIMIT $2)
                             UNION ALL
                             (SELECT pk, day, ticket FROM orders WHERE status = 'stock_verified' ORDER BY pk LIMIT $2)
                             ORDER BY pk LIMIT $2) AS oldest
                       ORDER BY day, ticket),
                ARRAY (SELECT ticket FROM orders WHERE status = 'ready' AND since > $1
                       ORDER BY since DESC, pk DESC LIMIT $2)",
    )
    .bind(ready_after.as_millis())
    .bind(i64::from(BOARD_PLACES))
    .fetch_one(db.pool())
    .await?;
    Ok(Board {
        seq: u64::try_from(seq).unwrap_or(0),
        preparing: rows::numbers(preparing)?,
        ready: rows::numbers(ready)?,
    })
}

pub(super) async fn stats(db: &Database) -> Result<KitchenStats, StoreError> {
    let (unserved, oldest, outbox, to_release): (i64, Option<i64>, i64, i64) = sqlx::query_as(
        "SELECT count(*), min(placed_at), (SELECT count(*) FROM outbox),
                (SELECT count(*) FROM orders WHERE release_due IS NOT NULL)
         FROM orders WHERE status IN ('in_kitchen', 'stock_verified')",
    )
    .fetch_one(db.pool())
    .await?;
    let count = |number| u64::try_from(number).unwrap_or(0);
    Ok(KitchenStats {
        unserved: count(unserved),
        oldest: oldest.map(Time::from_millis),
        outbox: count(outbox),
        to_release: count(to_release),
    })
}
