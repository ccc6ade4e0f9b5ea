//! Whether stock is conserved, and what is forgotten so that it stays so.

use service_kit::sqlite::Database;
use wire::Time;

use crate::{domain::StorageError, store::Forgotten};

/// How many rows of a kind one transaction forgets, so that no order waits long for it.
const AT_ONCE: i64 = 1_000;

pub(super) async fn oversold(db: &Database) -> Result<u64, StorageError> {
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
) -> Result<Forgotten, StorageError> {
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

    let sold: Vec<String> = sqlx::query_scalar(
        "SELECT order_key FROM stock_orders WHERE state = 'reserved' AND at < ?1 LIMIT ?2",
    )
    .bind(history_before.as_millis())
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let orders = serde_json::to_string(&sold)?;
    sqlx::query(
        "UPDATE items SET sold = sold + held.portions
         FROM (SELECT item_id, sum(quantity) AS portions FROM reservations
               WHERE order_key IN (SELECT value FROM json_each(?1)) GROUP BY item_id) AS held
         WHERE items.id = held.item_id",
    )
    .bind(&orders)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM reservations WHERE order_key IN (SELECT value FROM json_each(?1))")
        .bind(&orders)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM stock_orders WHERE order_key IN (SELECT value FROM json_each(?1))")
        .bind(&orders)
        .execute(&mut *tx)
        .await?;

    let adjusted: Vec<i64> = sqlx::query_scalar("SELECT id FROM adjustments WHERE at < ?1 LIMIT ?2")
        .bind(history_before.as_millis())
        .bind(AT_ONCE)
        .fetch_all(&mut *tx)
        .await?;
    let adjustments = serde_json::to_string(&adjusted)?;
    sqlx::query(
        "UPDATE items SET adjusted = adjusted + given.portions
         FROM (SELECT item_id, sum(delta) AS portions FROM adjustments
               WHERE id IN (SELECT value FROM json_each(?1)) GROUP BY item_id) AS given
         WHERE items.id = given.item_id",
    )
    .bind(&adjustments)
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM adjustments WHERE id IN (SELECT value FROM json_each(?1))")
        .bind(&adjustments)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Forgotten { keys, folded: (sold.len() + adjusted.len()) as u64 })
}
