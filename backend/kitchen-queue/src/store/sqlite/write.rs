//! Everything that changes the kitchen's tables. Each function works in the caller's transaction.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::SqliteConnection;
use uuid::Uuid;
use wire::{ItemId, OrderKey, OrderStatus, Time, message::OrderMessage, status::Actor};

use super::rows;
use crate::store::{Arrival, Change, Postponed, StoreError, TimerRules};

/// A key as it is remembered for ever, without saying whose it was.
fn key_hash(key: &OrderKey) -> String {
    Sha256::digest(key.to_string().as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is known of a key: the fingerprint, and where the order is; nothing of the latter once it is past.
type Known = HashMap<String, (String, Option<(String, i64, i64)>)>;

async fn known(tx: &mut SqliteConnection, orders: &[OrderMessage]) -> Result<Known, StoreError> {
    let keys: Vec<_> = orders
        .iter()
        .map(|order| json!({ "u": order.key.user_id, "o": order.key.order_id, "h": key_hash(&order.key) }))
        .collect();
    let keys = Value::Array(keys).to_string();
    let present: Vec<(String, String, String, String, i64, i64)> = sqlx::query_as(
        "SELECT o.user_id, o.order_id, o.fingerprint, o.status, o.seq, o.ticket
         FROM json_each(?1) AS j
         CROSS JOIN orders AS o ON o.user_id = j.value ->> 'u' AND o.order_id = j.value ->> 'o'",
    )
    .bind(&keys)
    .fetch_all(&mut *tx)
    .await?;
    let past: Vec<(String, String)> = sqlx::query_as(
        "SELECT j.value ->> 'u', j.value ->> 'o'
         FROM json_each(?1) AS j
         CROSS JOIN past_keys AS p ON p.key_hash = j.value ->> 'h'",
    )
    .bind(&keys)
    .fetch_all(&mut *tx)
    .await?;
    let mut known: Known =
        past.into_iter().map(|(u, o)| (format!("{u}/{o}"), (String::new(), None))).collect();
    known.extend(present.into_iter().map(|(u, o, print, status, seq, ticket)| {
        (format!("{u}/{o}"), (print, Some((status, seq, ticket))))
    }));
    Ok(known)
}

/// Stores the new ones among the orders that arrived.
pub(super) async fn receive(
    tx: &mut SqliteConnection,
    orders: &[OrderMessage],
    ids: &[Uuid],
    now: Time,
) -> Result<Vec<Arrival>, StoreError> {
    let mut known = known(tx, orders).await?;
    let mut arrivals = Vec::with_capacity(orders.len());
    let mut new = Vec::new();
    for (order, id) in orders.iter().zip(ids) {
        let (key, print) = (order.key.to_string(), order.fingerprint.to_string());
        let arrival = match known.get(&key) {
            None => {
                new.push((order, id));
                known.insert(key, (print, None));
                Arrival::New
            }
            Some((there, place)) if !there.is_empty() && *there != print => match place {
                Some((status, seq, ticket)) => Arrival::Contradiction {
                    status: rows::status(status)?,
                    seq: rows::number(*seq)?,
                    ticket: Some(rows::number(*ticket)?),
                },
                // The other one came in this very batch.
                None => Arrival::Contradiction { status: OrderStatus::InKitchen, seq: 1, ticket: None },
            },
            Some(_) => Arrival::Repeat,
        };
        arrivals.push(arrival);
    }
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
            })
        })
        .collect();
    let batch = Value::Array(batch).to_string();
    sqlx::query(
        "INSERT INTO orders
             (id, user_id, order_id, fingerprint, placed_at, day, ticket, lines, status, seq, since, due_at)
         SELECT value ->> 'id', value ->> 'u', value ->> 'o', value ->> 'f', value ->> 'p', ?2, value ->> 't',
                value -> 'l', 'in_kitchen', 1, ?3, ?3
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
            let release = matches!(change.to, OrderStatus::Rejected | OrderStatus::Cancelled);
            json!({
                "pk": change.pk, "seq": change.seq, "from": change.from, "to": change.to, "by": change.by,
                "reason": change.reason, "left": change.left, "due": change.due.map(Time::as_millis),
                "release": release.then_some(now.as_millis()),
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
    u32::try_from(set.rows_affected()).map_err(|_| rows::broken("count"))
}

/// Makes ready what is cooked and collected what has waited long enough.
pub(super) async fn run_timers(
    tx: &mut SqliteConnection,
    now: Time,
    limit: u32,
    rules: TimerRules,
) -> Result<u32, StoreError> {
    let due: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT pk, seq, status FROM orders
         WHERE status IN ('stock_verified', 'ready') AND due_at <= ?1
         ORDER BY due_at LIMIT ?2",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let mut changes = Vec::with_capacity(due.len());
    for (pk, seq, status) in due {
        let from = rows::status(&status)?;
        let (to, due) = match from {
            OrderStatus::StockVerified => (OrderStatus::Ready, Some(rules.collect_at(now))),
            OrderStatus::Ready => (OrderStatus::Collected, None),
            OrderStatus::Pending
            | OrderStatus::InKitchen
            | OrderStatus::Collected
            | OrderStatus::Rejected
            | OrderStatus::Cancelled => continue,
        };
        if from.transition(to, Actor::Timer).is_some() {
            let by = "timer".to_owned();
            changes.push(Change {
                pk,
                seq: rows::number(seq)?,
                from,
                to,
                by,
                reason: None,
                left: Vec::new(),
                due,
            });
        }
    }
    let applied = change(tx, &changes, now).await?;
    u32::try_from(applied.len()).map_err(|_| rows::broken("count"))
}

/// Sets when these are to be given back; never, once they have been.
pub(super) async fn release_due(
    tx: &mut SqliteConnection,
    orders: &[i64],
    due: Option<Time>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE orders SET release_due = ?2 WHERE pk IN (SELECT value FROM json_each(?1))")
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
    let old: Vec<(i64, String, String, String, String, String)> = sqlx::query_as(
        "SELECT pk, user_id, order_id, day, status, lines FROM orders
         WHERE status IN ('collected', 'rejected', 'cancelled') AND since < ?1 AND release_due IS NULL
           AND pk NOT IN (SELECT order_pk FROM order_events WHERE n > (SELECT upto FROM relayed))
         ORDER BY since LIMIT ?2",
    )
    .bind(before.as_millis())
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let mut portions = BTreeMap::<(String, ItemId), u32>::new();
    let (mut hashes, mut pks) = (Vec::new(), Vec::new());
    for (pk, user_id, order_id, day, status, lines) in old {
        hashes.push(key_hash(&rows::key(&user_id, &order_id)?));
        pks.push(pk);
        if rows::status(&status)? == OrderStatus::Collected {
            for line in rows::lines(&lines)? {
                *portions.entry((day.clone(), line.item_id)).or_default() += u32::from(line.quantity.get());
            }
        }
    }
    let totals: Vec<_> =
        portions.into_iter().map(|((day, item), count)| json!({ "d": day, "i": item, "n": count })).collect();
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
        .bind(json!(pks).to_string())
        .execute(&mut *tx)
        .await?;
    u32::try_from(gone.rows_affected()).map_err(|_| rows::broken("count"))
}
