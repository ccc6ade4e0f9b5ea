//! A batch of orders in one transaction: two statements that read, the plan, and most often three that write.

use service_kit::postgres::Database;
use sqlx::PgConnection;
use wire::{ItemId, Time};

use super::{Hold, Tried, is_all};
use crate::{
    domain::plan::{ItemWrite, Operation, Plan, Snapshot, plan},
    store::{
        Applied,
        rows::{self, OrderRecord, PortionRecord, signed},
    },
};

pub(super) async fn apply(db: &Database, batch: &[Operation], at: Time, hold: Hold) -> Tried<Applied> {
    let mut tx = db.begin().await?;
    let Plan { outcomes, items, orders } = plan(read(&mut tx, batch, hold).await?, batch);
    // Nothing but repeats: there is nothing to write.
    let written = orders.is_empty() || {
        let records = rows::records(&orders)?;
        change_items(&mut tx, &items).await?
            && add_orders(&mut tx, &records.new, at).await?
            && release_orders(&mut tx, &records.given_back, at).await?
            && add_portions(&mut tx, &records.portions).await?
    };
    if !written {
        tx.rollback().await?;
        return Ok(None);
    }
    tx.commit().await?;
    let changed = items.into_iter().map(|write| write.level).collect();
    Ok(Some(Applied { outcomes, changed }))
}

/// What the database holds of everything that the batch speaks of. The dishes are read last, so that they can be those
/// that the orders hold; an order that has changed in between is found out when it is written.
async fn read(tx: &mut PgConnection, batch: &[Operation], hold: Hold) -> Result<Snapshot, sqlx::Error> {
    let keys: Vec<_> = rows::keys_of(batch).into_iter().map(ToString::to_string).collect();
    let rows = sqlx::query_as(
        "SELECT orders.order_key, state, fingerprint, code, left_json, item_id, quantity, new_quantity, version
         FROM stock_orders AS orders LEFT JOIN reservations AS held ON held.order_key = orders.order_key
         WHERE orders.order_key = ANY ($1) ORDER BY orders.order_key, item_id",
    )
    .bind(keys)
    .fetch_all(&mut *tx)
    .await?;
    let orders = rows::orders(rows)?;
    let ids: Vec<_> = rows::items_of(batch, &orders).into_iter().map(ItemId::as_str).collect();
    let items = match hold {
        Hold::ToWrite => "SELECT id, quantity, version, available FROM items WHERE id = ANY ($1)",
        Hold::ToRead => {
            "SELECT id, quantity, version, available FROM items WHERE id = ANY ($1)
             ORDER BY id FOR NO KEY UPDATE"
        }
    };
    let rows = sqlx::query_as(items).bind(ids).fetch_all(&mut *tx).await?;
    Ok(Snapshot { items: rows::shelves(rows)?, orders })
}

/// Whether every dish still had the version that was expected; if not, some may have been changed.
async fn change_items(tx: &mut PgConnection, items: &[ItemWrite]) -> Result<bool, sqlx::Error> {
    if items.is_empty() {
        return Ok(true);
    }
    let ids: Vec<_> = items.iter().map(|write| write.level.item_id.as_str()).collect();
    let expected = items.iter().map(|write| signed(write.expected)).collect::<Result<Vec<_>, _>>()?;
    let quantities: Vec<_> = items.iter().map(|write| i64::from(write.level.quantity)).collect();
    let versions = items.iter().map(|write| signed(write.level.version)).collect::<Result<Vec<_>, _>>()?;
    // The update alone would take the rows in whatever order it finds them.
    let changed = sqlx::query(
        "WITH held AS MATERIALIZED (
             SELECT items.id, new.quantity, new.version
             FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                 AS new (id, expected, quantity, version)
             JOIN items ON items.id = new.id AND items.version = new.expected
             ORDER BY items.id FOR NO KEY UPDATE OF items)
         UPDATE items SET quantity = held.quantity, version = held.version
         FROM held WHERE items.id = held.id",
    )
    .bind(ids)
    .bind(expected)
    .bind(quantities)
    .bind(versions)
    .execute(tx)
    .await?;
    Ok(is_all(changed.rows_affected(), items))
}

/// Whether every key was new. The unique key is the judge: it waits for another replica that is just adding one.
async fn add_orders(
    tx: &mut PgConnection,
    orders: &[OrderRecord<'_>],
    at: Time,
) -> Result<bool, sqlx::Error> {
    if orders.is_empty() {
        return Ok(true);
    }
    let keys: Vec<_> = orders.iter().map(|order| order.key.as_str()).collect();
    let states: Vec<_> = orders.iter().map(|order| order.state).collect();
    let fingerprints: Vec<_> = orders.iter().map(|order| order.fingerprint).collect();
    let codes: Vec<_> = orders.iter().map(|order| order.code).collect();
    let left: Vec<_> = orders.iter().map(|order| order.left_json.as_deref()).collect();
    let added = sqlx::query(
        "INSERT INTO stock_orders (order_key, state, fingerprint, code, left_json, at)
         SELECT order_key, state, fingerprint, code, left_json, $6
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             AS new (order_key, state, fingerprint, code, left_json)
         ON CONFLICT ON CONSTRAINT stock_orders_key DO NOTHING",
    )
    .bind(keys)
    .bind(states)
    .bind(fingerprints)
    .bind(codes)
    .bind(left)
    .bind(at.as_millis())
    .execute(tx)
    .await?;
    Ok(is_all(added.rows_affected(), orders))
}

/// Whether every one of them still held its portions.
async fn release_orders(tx: &mut PgConnection, keys: &[String], at: Time) -> Result<bool, sqlx::Error> {
    if keys.is_empty() {
        return Ok(true);
    }
    let released = sqlx::query(
        "UPDATE stock_orders SET state = 'released', at = $2
         WHERE order_key = ANY ($1) AND state = 'reserved'",
    )
    .bind(keys)
    .bind(at.as_millis())
    .execute(&mut *tx)
    .await?;
    end_reservations(tx, keys).await?;
    Ok(is_all(released.rows_affected(), keys))
}

/// Takes away what orders hold.
pub(super) async fn end_reservations(tx: &mut PgConnection, keys: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM reservations WHERE order_key = ANY ($1)").bind(keys).execute(tx).await?;
    Ok(())
}

async fn add_portions(tx: &mut PgConnection, portions: &[PortionRecord<'_>]) -> Result<bool, sqlx::Error> {
    if portions.is_empty() {
        return Ok(true);
    }
    let keys: Vec<_> = portions.iter().map(|portion| portion.key.as_str()).collect();
    let ids: Vec<_> = portions.iter().map(|portion| portion.item_id).collect();
    let quantities: Vec<_> = portions.iter().map(|portion| portion.quantity).collect();
    let new_quantities: Vec<_> = portions.iter().map(|portion| portion.new_quantity).collect();
    let versions: Vec<_> = portions.iter().map(|portion| portion.version).collect();
    let added = sqlx::query(
        "INSERT INTO reservations (order_key, item_id, quantity, new_quantity, version)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])",
    )
    .bind(keys)
    .bind(ids)
    .bind(quantities)
    .bind(new_quantities)
    .bind(versions)
    .execute(tx)
    .await?;
    Ok(is_all(added.rows_affected(), portions))
}
