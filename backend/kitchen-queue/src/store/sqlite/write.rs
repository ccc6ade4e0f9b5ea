//! Everything that changes the kitchen's tables. Each function works in the caller's transaction.

use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;
use wire::{Time, message::OrderMessage};

use crate::store::{
    Arrival, Change, Postponed, StoreError, TimerRules, TimerRun,
    batch::{self, Due, KnownRow, PastRow, Remains},
    rows,
};

/// A key's hash as the table keeps it.
fn key_hash(hash: [u8; 16]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn known(tx: &mut SqliteConnection, orders: &[OrderMessage]) -> Result<Vec<KnownRow>, StoreError> {
    let keys: Vec<_> = orders
        .iter()
        .map(|order| {
            let hash = key_hash(batch::key_hash(&order.key));
            json!({ "u": order.key.user_id, "o": order.key.order_id, "h": hash })
        })
        .collect();
    Ok(sqlx::query_as(
        "SELECT o.user_id, o.order_id, o.fingerprint, o.status, o.seq, o.ticket
         FROM json_each(?1) AS j
         CROSS JOIN orders AS o ON o.user_id = j.value ->> 'u' AND o.order_id = j.value ->> 'o'
         UNION ALL
         SELECT j.value ->> 'u', j.value ->> 'o', NULL, NULL, NULL, NULL
         FROM json_each(?1) AS j
         CROSS JOIN past_keys AS p ON p.key_hash = j.value ->> 'h'",
    )
    .bind(Value::Array(keys).to_string())
    .fetch_all(tx)
    .await?)
}

/// Stores the new ones among the orders that arrived.
pub(super) async fn receive(
    tx: &mut SqliteConnection,
    orders: &[OrderMessage],
    ids: &[Uuid],
    now: Time,
) -> Result<Vec<Arrival>, StoreError> {
    let arrivals = batch::arrivals(orders, known(tx, orders).await?)?;
    let new: Vec<_> = orders
        .iter()
        .zip(ids)
        .zip(&arrivals)
        .filter(|(_, arrival)| **arrival == Arrival::New)
        .map(|(order, _)| order)
        .collect();
    if new.is_empty() {
        return Ok(arrivals);
    }
    let day = now.dhaka_day().to_string();
    let count = i64::try_from(new.len()).map_err(|_| rows::broken("count"))?;
    let (last,): (i64,) = sqlx::query_as(
        "INSERT INTO ticket_days (day, last) VALUES (?1, ?2)
         ON CONFLICT (day) DO UPDATE SET last = last + ?2 RETURNING last",
    )
    .bind(&day)
    .bind(count)
    .fetch_one(&mut *tx)
    .await?;
    let batch: Vec<_> = (last - count + 1..)
        .zip(&new)
        .map(|(ticket, (order, id))| {
            json!({
                "id": id, "u": order.key.user_id, "o": order.key.order_id, "f": order.fingerprint,
                "p": order.accepted_at.as_millis(), "t": ticket, "l": order.lines,
                "trace": order.trace,
            })
        })
        .collect();
    let batch = Value::Array(batch).to_string();
    sqlx::query(
        "INSERT INTO orders
             (id, user_id, order_id, fingerprint, placed_at, day, ticket, lines, trace, status, seq, since, due_at)
         SELECT value ->> 'id', value ->> 'u', value ->> 'o', value ->> 'f', value ->> 'p', ?2, value ->> 't',
                value -> 'l', value ->> 'trace', 'in_kitchen', 1, ?3, ?3
         FROM json_each(?1)",
    )
    .bind(&batch)
    .bind(&day)
    .bind(now.as_millis())
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO order_events (order_pk, seq, status, at, actor)
         SELECT o.pk, 1, 'in_kitchen', ?2, 'kitchen'
         FROM json_each(?1) AS j
         CROSS JOIN orders AS o ON o.id = j.value ->> 'id'",
    )
    .bind(&batch)
    .bind(now.as_millis())
    .execute(&mut *tx)
    .await?;
    Ok(arrivals)
}

/// Applies the changes that still fit; returns their orders.
pub(super) async fn change(
    tx: &mut SqliteConnection,
    changes: &[Change],
    now: Time,
) -> Result<Vec<i64>, StoreError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let batch: Vec<_> = changes
        .iter()
        .map(|change| {
            json!({
                "pk": change.pk, "seq": change.seq, "from": change.from, "to": change.to, "by": change.by,
                "reason": change.reason, "left": change.left, "due": change.due.map(Time::as_millis),
                "release": change.to.releases_stock().then_some(now.as_millis()),
            })
        })
        .collect();
    let batch = Value::Array(batch).to_string();
    let applied: Vec<(i64,)> = sqlx::query_as(
        "UPDATE orders
         SET status = j.new_status, seq = orders.seq + 1, since = ?2, reason = j.reason, items_left = j.items_left,
             due_at = j.due, release_due = j.release_due
         FROM (SELECT value ->> 'pk' AS pk, value ->> 'seq' AS seq, value ->> 'from' AS old_status,
                      value ->> 'to' AS new_status, value ->> 'reason' AS reason, value -> 'left' AS items_left,
                      value ->> 'due' AS due, value ->> 'release' AS release_due
               FROM json_each(?1)) AS j
         WHERE orders.pk = j.pk AND orders.seq = j.seq AND orders.status = j.old_status
         RETURNING pk",
    )
    .bind(&batch)
    .bind(now.as_millis())
    .fetch_all(&mut *tx)
    .await?;
    let applied: Vec<i64> = applied.into_iter().map(|(pk,)| pk).collect();
    sqlx::query(
        "INSERT INTO order_events (order_pk, seq, status, at, actor)
         SELECT value ->> 'pk', (value ->> 'seq') + 1, value ->> 'to', ?3, value ->> 'by'
         FROM json_each(?1)
         WHERE value ->> 'pk' IN (SELECT value FROM json_each(?2))",
    )
    .bind(&batch)
    .bind(json!(applied).to_string())
    .bind(now.as_millis())
    .execute(&mut *tx)
    .await?;
    Ok(applied)
}

/// Sets when to try again.
pub(super) async fn postpone(tx: &mut SqliteConnection, postponed: &[Postponed]) -> Result<(), StoreError> {
    if postponed.is_empty() {
        return Ok(());
    }
    let batch: Vec<_> = postponed
        .iter()
        .map(|order| json!({ "pk": order.pk, "attempts": order.attempts, "due": order.due.as_millis() }))
        .collect();
    sqlx::query(
        "UPDATE orders SET attempts = j.attempts, due_at = j.due
         FROM (SELECT value ->> 'pk' AS pk, value ->> 'attempts' AS attempts, value ->> 'due' AS due
               FROM json_each(?1)) AS j
         WHERE orders.pk = j.pk AND orders.status = 'in_kitchen'",
    )
    .bind(Value::Array(batch).to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Sets when verified orders that nothing is due for are ready.
pub(super) async fn cook_by(tx: &mut SqliteConnection, due: Time) -> Result<u32, StoreError> {
    let set = sqlx::query("UPDATE orders SET due_at = ?1 WHERE status = 'stock_verified' AND due_at IS NULL")
        .bind(due.as_millis())
        .execute(tx)
        .await?;
    rows::count(set.rows_affected())
}

/// Makes ready what is cooked and collected what has waited long enough.
pub(super) async fn run_timers(
    tx: &mut SqliteConnection,
    now: Time,
    limit: u32,
    rules: TimerRules,
) -> Result<TimerRun, StoreError> {
    let due: Vec<Due> = sqlx::query_as(
        "SELECT pk, seq, status FROM orders
         WHERE status IN ('stock_verified', 'ready') AND due_at <= ?1
         ORDER BY due_at LIMIT ?2",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let changes = batch::timer_changes(due, now, rules)?;
    batch::timer_run(&changes, &change(tx, &changes, now).await?)
}

/// Sets when these are to be given back, as long as they have not been; `None` once they have.
pub(super) async fn release_due(
    tx: &mut SqliteConnection,
    orders: &[i64],
    due: Option<Time>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET release_due = ?2
         WHERE pk IN (SELECT value FROM json_each(?1)) AND release_due IS NOT NULL",
    )
    .bind(json!(orders).to_string())
    .bind(due.map(Time::as_millis))
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes the outbox's place down.
pub(super) async fn relayed(tx: &mut SqliteConnection, place: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE relayed SET upto = max(upto, ?1)").bind(place).execute(tx).await?;
    Ok(())
}

/// Replaces ended orders by what was eaten, and by the hashes of their keys.
pub(super) async fn reduce_to_totals(
    tx: &mut SqliteConnection,
    before: Time,
    limit: u32,
) -> Result<u32, StoreError> {
    let past: Vec<PastRow> = sqlx::query_as(
        "SELECT pk, user_id, order_id, day, status, lines FROM orders
         WHERE status IN ('collected', 'rejected', 'cancelled') AND since < ?1 AND release_due IS NULL
           AND pk NOT IN (SELECT order_pk FROM order_events WHERE n > (SELECT upto FROM relayed))
         ORDER BY since LIMIT ?2",
    )
    .bind(before.as_millis())
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let remains = Remains::of(past)?;
    let totals: Vec<_> = remains
        .portions
        .into_iter()
        .map(|((day, item), count)| json!({ "d": day, "i": item, "n": count }))
        .collect();
    let hashes: Vec<_> = remains.hashes.into_iter().map(key_hash).collect();
    sqlx::query(
        "INSERT INTO daily_totals (day, item_id, portions)
         SELECT value ->> 'd', value ->> 'i', value ->> 'n' FROM json_each(?1) WHERE true
         ON CONFLICT (day, item_id) DO UPDATE SET portions = portions + excluded.portions",
    )
    .bind(Value::Array(totals).to_string())
    .execute(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO past_keys SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING")
        .bind(json!(hashes).to_string())
        .execute(&mut *tx)
        .await?;
    // Their history goes with them.
    let gone = sqlx::query("DELETE FROM orders WHERE pk IN (SELECT value FROM json_each(?1))")
        .bind(json!(remains.pks).to_string())
        .execute(&mut *tx)
        .await?;
    rows::count(gone.rows_affected())
}
