//! Whether stock is conserved, and what is forgotten so that it stays so.

use service_kit::postgres::Database;
use wire::Time;

use super::{Tried, apply, is_all};
use crate::store::Forgotten;

/// How many rows of a kind one transaction forgets, so that no order waits long for it.
const AT_ONCE: i64 = 1_000;

pub(super) async fn oversold(db: &Database) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM items
         LEFT JOIN (SELECT item_id, sum(quantity) AS portions FROM reservations GROUP BY item_id) AS held
             ON held.item_id = items.id
         LEFT JOIN (SELECT item_id, sum(delta) AS portions FROM adjustments GROUP BY item_id) AS given
             ON given.item_id = items.id
         WHERE items.quantity < 0
            OR items.quantity + items.sold + coalesce(held.portions, 0)
               <> items.adjusted + coalesce(given.portions, 0)",
    )
    .fetch_one(db.pool())
    .await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn forget(db: &Database, keys_before: Time, history_before: Time) -> Tried<Forgotten> {
    let mut tx = db.begin().await?;
    let orders: Vec<String> = sqlx::query_scalar(
        "SELECT order_key FROM stock_orders WHERE state = 'reserved' AND at < $1 ORDER BY order_key LIMIT $2",
    )
    .bind(history_before.as_millis())
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let adjustments: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM adjustments WHERE at < $1 ORDER BY id LIMIT $2")
            .bind(history_before.as_millis())
            .bind(AT_ONCE)
            .fetch_all(&mut *tx)
            .await?;
    sqlx::query(
        "WITH held AS MATERIALIZED (
             SELECT items.id, old.sold, old.adjusted
             FROM (SELECT item_id, sum(sold)::bigint AS sold, sum(adjusted)::bigint AS adjusted
                   FROM (SELECT item_id, quantity AS sold, 0 AS adjusted FROM reservations
                         WHERE order_key = ANY ($1)
                         UNION ALL
                         SELECT item_id, 0, delta FROM adjustments WHERE id = ANY ($2)) AS one
                   GROUP BY item_id) AS old
             JOIN items ON items.id = old.item_id
             ORDER BY items.id FOR NO KEY UPDATE OF items)
         UPDATE items SET sold = items.sold + held.sold, adjusted = items.adjusted + held.adjusted
         FROM held WHERE items.id = held.id",
    )
    .bind(&orders)
    .bind(&adjustments)
    .execute(&mut *tx)
    .await?;
    apply::end_reservations(&mut tx, &orders).await?;
    // What was released or folded by another replica since it was read counts there.
    let sold = sqlx::query("DELETE FROM stock_orders WHERE order_key = ANY ($1) AND state = 'reserved'")
        .bind(&orders)
        .execute(&mut *tx)
        .await?;
    let adjusted = sqlx::query("DELETE FROM adjustments WHERE id = ANY ($1)")
        .bind(&adjustments)
        .execute(&mut *tx)
        .await?;
    if !is_all(sold.rows_affected(), &orders) || !is_all(adjusted.rows_affected(), &adjustments) {
        tx.rollback().await?;
        return Ok(None);
    }
    let keys = sqlx::query(
        "DELETE FROM stock_orders WHERE order_key IN
             (SELECT order_key FROM stock_orders WHERE state IN ('released', 'refused') AND at < $1
              ORDER BY order_key LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(keys_before.as_millis())
    .bind(AT_ONCE)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(Some(Forgotten { keys, folded: (orders.len() + adjustments.len()) as u64 }))
}
