//! Whether stock is conserved, and what is forgotten so that it stays so.

use service_kit::sqlite::Database;
use wire::Time;

use super::apply;
use crate::store::{Forgotten, rows::json};

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
    .fetch_one(db.reader())
    .await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn forget(
    db: &Database,
    keys_before: Time,
    history_before: Time,
) -> Result<Forgotten, sqlx::Error> {
    let mut tx = db.begin().await?;
    let keys = sqlx::query(
        "DELETE FROM stock_orders WHERE order_key IN
             (SELECT order_key FROM stock_orders WHERE state IN ('released', 'refused') AND at < ?1 LIMIT ?2)",
    )
    .bind(keys_before.as_millis())
    .bind(AT_ONCE)
    .execute(&mut *tx)
    .await?
    .rows_affected();

    let orders: Vec<String> = sqlx::query_scalar(
        "SELECT order_key FROM stock_orders WHERE state = 'reserved' AND at < ?1 LIMIT ?2",
    )
    .bind(history_before.as_millis())
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let adjustments: Vec<i64> = sqlx::query_scalar("SELECT id FROM adjustments WHERE at < ?1 LIMIT ?2")
        .bind(history_before.as_millis())
        .bind(AT_ONCE)
        .fetch_all(&mut *tx)
        .await?;
    let folded = (orders.len() + adjustments.len()) as u64;
    let (orders, adjustments) = (json(&orders)?, json(&adjustments)?);
    sqlx::query(
        "UPDATE items SET sold = items.sold + old.sold, adjusted = items.adjusted + old.adjusted
         FROM (SELECT item_id, sum(sold) AS sold, sum(adjusted) AS adjusted
               FROM (SELECT item_id, quantity AS sold, 0 AS adjusted FROM reservations
                     WHERE order_key IN (SELECT value FROM json_each(?1))
                     UNION ALL
                     SELECT item_id, 0, delta FROM adjustments WHERE id IN (SELECT value FROM json_each(?2)))
               GROUP BY item_id) AS old
         WHERE items.id = old.item_id",
    )
    .bind(&orders)
    .bind(&adjustments)
    .execute(&mut *tx)
    .await?;
    apply::end_reservations(&mut tx, &orders).await?;
    for (forget, what) in [
        ("DELETE FROM stock_orders WHERE order_key IN (SELECT value FROM json_each(?1))", &orders),
        ("DELETE FROM adjustments WHERE id IN (SELECT value FROM json_each(?1))", &adjustments),
    ] {
        sqlx::query(forget).bind(what).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(Forgotten { keys, folded })
}
