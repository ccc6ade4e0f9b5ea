//! A batch of orders in one transaction: read what it speaks of, plan, write.

use service_kit::sqlite::Database;
use sqlx::SqliteConnection;
use wire::Time;

use crate::{
    domain::plan::{Operation, Outcome, Plan, Snapshot, plan},
    store::{
        Applied,
        rows::{self, json},
    },
};

/// How often a batch is planned when others are faster. With one writer nobody ever is.
const ATTEMPTS: u32 = 3;

pub(super) async fn apply(db: &Database, batch: &[Operation], at: Time) -> Result<Applied, sqlx::Error> {
    for _ in 0..ATTEMPTS {
        let mut tx = db.begin().await?;
        let plan = plan(read(&mut tx, batch).await?, batch);
        if plan.orders.is_empty() {
            // Nothing but repeats: there is nothing to write.
            tx.rollback().await?;
            return Ok(Applied { outcomes: plan.outcomes, changed: Vec::new() });
        }
        if write(&mut tx, &plan, at).await? {
            tx.commit().await?;
            let changed = plan.items.into_iter().map(|write| write.level).collect();
            return Ok(Applied { outcomes: plan.outcomes, changed });
        }
        tx.rollback().await?;
    }
    tracing::warn!(orders = batch.len(), "a batch was overtaken again and again");
    Ok(Applied { outcomes: vec![Outcome::Conflict; batch.len()], changed: Vec::new() })
}

/// What the database holds of everything that the batch speaks of.
async fn read(tx: &mut SqliteConnection, batch: &[Operation]) -> Result<Snapshot, sqlx::Error> {
    let rows = sqlx::query_as(
        "SELECT orders.order_key, state, fingerprint, code, left_json, item_id, quantity, new_quantity, version
         FROM stock_orders AS orders LEFT JOIN reservations AS held ON held.order_key = orders.order_key
         WHERE orders.order_key IN (SELECT value FROM json_each(?1)) ORDER BY orders.order_key, item_id",
    )
    .bind(json(&rows::keys_of(batch))?)
    .fetch_all(&mut *tx)
    .await?;
    let orders = rows::orders(rows)?;
    let rows = sqlx::query_as(
        "SELECT id, quantity, version, available FROM items WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(json(&rows::items_of(batch, &orders))?)
    .fetch_all(&mut *tx)
    .await?;
    Ok(Snapshot { items: rows::shelves(rows)?, orders })
}

/// Writes a plan. Returns false, and may have written half of it, when a dish has changed since it was read.
async fn write(tx: &mut SqliteConnection, plan: &Plan, at: Time) -> Result<bool, sqlx::Error> {
    let records = rows::records(&plan.orders)?;
    sqlx::query(
        "INSERT INTO stock_orders (order_key, state, fingerprint, code, left_json, at)
         SELECT value ->> 'key', value ->> 'state', value ->> 'fingerprint', value ->> 'code',
             value ->> 'left_json', ?2
         FROM json_each(?1)",
    )
    .bind(json(&records.new)?)
    .bind(at.as_millis())
    .execute(&mut *tx)
    .await?;
    if !records.given_back.is_empty() {
        let keys = json(&records.given_back)?;
        sqlx::query(
            "UPDATE stock_orders SET state = 'released', at = ?2
             WHERE order_key IN (SELECT value FROM json_each(?1))",
        )
        .bind(&keys)
        .bind(at.as_millis())
        .execute(&mut *tx)
        .await?;
        end_reservations(&mut *tx, &keys).await?;
    }
    if !records.portions.is_empty() {
        sqlx::query(
            "INSERT INTO reservations (order_key, item_id, quantity, new_quantity, version)
             SELECT value ->> 'key', value ->> 'item_id', value ->> 'quantity', value ->> 'new_quantity',
                 value ->> 'version'
             FROM json_each(?1)",
        )
        .bind(json(&records.portions)?)
        .execute(&mut *tx)
        .await?;
    }
    if plan.items.is_empty() {
        return Ok(true);
    }
    let items: Vec<_> = plan
        .items
        .iter()
        .map(|write| (&write.level.item_id, write.expected, write.level.quantity, write.level.version))
        .collect();
    let updated = sqlx::query(
        "UPDATE items SET quantity = new.quantity, version = new.version
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS expected, value ->> 2 AS quantity, value ->> 3 AS version
               FROM json_each(?1)) AS new
         WHERE items.id = new.id AND items.version = new.expected",
    )
    .bind(json(&items)?)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    Ok(updated == plan.items.len() as u64)
}

/// Takes away what orders hold, whose keys are a list in JSON.
pub(super) async fn end_reservations(tx: &mut SqliteConnection, keys: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM reservations WHERE order_key IN (SELECT value FROM json_each(?1))")
        .bind(keys)
        .execute(tx)
        .await?;
    Ok(())
}
