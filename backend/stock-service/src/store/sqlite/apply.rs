//! A batch of orders in one transaction: read what it speaks of, plan, write.

use std::collections::{BTreeSet, HashMap};

use service_kit::sqlite::Database;
use sqlx::SqliteConnection;
use wire::{ItemId, OrderKey, Time, problem::ItemLeft, stock::ItemLevel};

use super::unreadable;
use crate::{
    domain::{
        StorageError,
        plan::{
            Operation, OrderState, Outcome, Plan, Portion, Refusal, RefusalReason, Shelf, Snapshot, plan,
        },
    },
    store::Applied,
};

/// How often a batch is planned when others are faster. With one writer nobody ever is.
const ATTEMPTS: u32 = 3;

pub(super) async fn apply(db: &Database, batch: &[Operation], at: Time) -> Result<Applied, StorageError> {
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
async fn read(tx: &mut SqliteConnection, batch: &[Operation]) -> Result<Snapshot, StorageError> {
    let keys = serde_json::to_string(&batch.iter().map(Operation::key).collect::<BTreeSet<_>>())?;
    let mut wanted: BTreeSet<ItemId> = batch
        .iter()
        .flat_map(|operation| match operation {
            Operation::Reduce { basket, .. } => basket.lines(),
            Operation::Release { .. } => &[],
        })
        .map(|line| line.item_id.clone())
        .collect();

    let rows: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT order_key, item_id, quantity, new_quantity, version FROM reservations
         WHERE order_key IN (SELECT value FROM json_each(?1)) ORDER BY order_key, item_id",
    )
    .bind(&keys)
    .fetch_all(&mut *tx)
    .await?;
    let mut held = HashMap::<String, Vec<Portion>>::new();
    for (key, item_id, quantity, new_quantity, version) in rows {
        let item_id: ItemId = item_id.parse().map_err(unreadable)?;
        wanted.insert(item_id.clone());
        held.entry(key).or_default().push(Portion {
            quantity: quantity.try_into().map_err(unreadable)?,
            level: ItemLevel {
                item_id,
                new_quantity: new_quantity.try_into().map_err(unreadable)?,
                version: version.try_into().map_err(unreadable)?,
            },
        });
    }

    let rows: Vec<OrderRow> = sqlx::query_as(
        "SELECT order_key, state, fingerprint, code, left_json FROM stock_orders
         WHERE order_key IN (SELECT value FROM json_each(?1))",
    )
    .bind(&keys)
    .fetch_all(&mut *tx)
    .await?;
    let mut orders = HashMap::with_capacity(rows.len());
    for row in rows {
        let portions = held.remove(&row.order_key).unwrap_or_default();
        let (key, state) = row.read(portions)?;
        orders.insert(key, state);
    }

    let rows: Vec<(String, i64, i64, bool)> = sqlx::query_as(
        "SELECT id, quantity, version, available FROM items WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(serde_json::to_string(&wanted)?)
    .fetch_all(&mut *tx)
    .await?;
    let mut items = HashMap::with_capacity(rows.len());
    for (id, quantity, version, available) in rows {
        let (quantity, version) =
            (quantity.try_into().map_err(unreadable)?, version.try_into().map_err(unreadable)?);
        items.insert(id.parse().map_err(unreadable)?, Shelf { quantity, version, available });
    }
    Ok(Snapshot { items, orders })
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    order_key: String,
    state: String,
    fingerprint: Option<String>,
    code: Option<String>,
    left_json: Option<String>,
}

impl OrderRow {
    fn read(self, portions: Vec<Portion>) -> Result<(OrderKey, OrderState), StorageError> {
        let key = self.order_key.parse().map_err(unreadable)?;
        let fingerprint = self.fingerprint.unwrap_or_default();
        let state = match self.state.as_str() {
            "reserved" => OrderState::Reserved { fingerprint, portions },
            "released" => OrderState::Released,
            "refused" => {
                let code = self.code.unwrap_or_default();
                let reason = RefusalReason::parse(&code).ok_or_else(|| unreadable(code))?;
                let left: Vec<ItemLeft> =
                    self.left_json.as_deref().map_or(Ok(vec![]), serde_json::from_str)?;
                OrderState::Refused { fingerprint, refusal: Refusal { reason, left } }
            }
            other => return Err(unreadable(other)),
        };
        Ok((key, state))
    }
}

/// Writes a plan. Returns false, and may have written half of it, when a dish has changed since it was read.
async fn write(tx: &mut SqliteConnection, plan: &Plan, at: Time) -> Result<bool, StorageError> {
    let (mut orders, mut reservations, mut given_back) = (Vec::new(), Vec::new(), Vec::new());
    for order in &plan.orders {
        let key = &order.key;
        if order.gives_back {
            given_back.push(key);
        }
        orders.push(match &order.state {
            OrderState::Reserved { fingerprint, portions } => {
                for Portion { quantity, level } in portions {
                    reservations.push((key, &level.item_id, quantity, level.new_quantity, level.version));
                }
                (key, "reserved", Some(fingerprint), None, None)
            }
            OrderState::Released => (key, "released", None, None, None),
            OrderState::Refused { fingerprint, refusal } => {
                let code = refusal.reason.code().as_str();
                (key, "refused", Some(fingerprint), Some(code), Some(&refusal.left))
            }
        });
    }
    sqlx::query(
        "INSERT INTO stock_orders (order_key, state, fingerprint, code, left_json, at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ?2 FROM json_each(?1) WHERE true
         ON CONFLICT (order_key) DO UPDATE SET state = excluded.state, at = excluded.at",
    )
    .bind(serde_json::to_string(&orders)?)
    .bind(at.as_millis())
    .execute(&mut *tx)
    .await?;
    if !given_back.is_empty() {
        sqlx::query("DELETE FROM reservations WHERE order_key IN (SELECT value FROM json_each(?1))")
            .bind(serde_json::to_string(&given_back)?)
            .execute(&mut *tx)
            .await?;
    }
    if !reservations.is_empty() {
        sqlx::query(
            "INSERT INTO reservations (order_key, item_id, quantity, new_quantity, version)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1)",
        )
        .bind(serde_json::to_string(&reservations)?)
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
    .bind(serde_json::to_string(&items)?)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    Ok(updated == plan.items.len() as u64)
}
