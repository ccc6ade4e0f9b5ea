//! Everything that changes orders. Each function is one short transaction. Those that lock several orders do so by
//! rising number, or skip what another has locked; so replicas never wait for each other in a circle.

use std::{collections::HashSet, time::Duration};

use service_kit::{
    audit::{Deed, PgAudit},
    postgres::Database,
};
use sqlx::PgConnection;
use uuid::Uuid;
use wire::{Time, kitchen::Ticket, message::OrderMessage, status::Reason};

use super::read;
use crate::store::{
    Arrival, Change, Postponed, StoreError, TimerRules, TimerRun, Unreleased, Unverified,
    batch::{self, Due, KnownRow, PastRow, Remains},
    rows::{self, UnreleasedRow, UnverifiedRow},
};

/// A time as it is bound.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Locks orders for the rest of the transaction.
async fn lock(tx: &mut PgConnection, orders: &[i64]) -> Result<(), StoreError> {
    sqlx::query("SELECT FROM orders WHERE pk = ANY ($1) ORDER BY pk FOR NO KEY UPDATE")
        .bind(orders)
        .execute(tx)
        .await?;
    Ok(())
}

async fn known(db: &Database, orders: &[OrderMessage]) -> Result<Vec<KnownRow>, StoreError> {
    let users: Vec<_> = orders.iter().map(|order| order.key.user_id.0).collect();
    let names: Vec<_> = orders.iter().map(|order| order.key.order_id.as_str()).collect();
    let hashes: Vec<_> = orders.iter().map(|order| batch::key_hash(&order.key).to_vec()).collect();
    Ok(sqlx::query_as(
        "SELECT o.user_id::text, o.order_id, encode(o.fingerprint, 'hex') AS fingerprint, o.status, o.seq, o.ticket
         FROM UNNEST($1::uuid[], $2::text[]) AS a (user_id, order_id)
         JOIN orders AS o ON o.user_id = a.user_id AND o.order_id = a.order_id
         UNION ALL
         SELECT a.user_id::text, a.order_id, NULL, NULL, NULL, NULL
         FROM UNNEST($1::uuid[], $2::text[], $3::bytea[]) AS a (user_id, order_id, key_hash)
         JOIN past_keys AS p ON p.key_hash = a.key_hash",
    )
    .bind(users)
    .bind(names)
    .bind(hashes)
    .fetch_all(db.pool())
    .await?)
}

/// Stores the new ones among the orders that arrived.
pub(super) async fn receive(
    db: &Database,
    orders: &[OrderMessage],
    ids: &[Uuid],
    now: Time,
) -> Result<Vec<Arrival>, StoreError> {
    let mut ours = HashSet::new();
    loop {
        let mut arrivals = batch::arrivals(orders, known(db, orders).await?)?;
        let new: Vec<_> = orders
            .iter()
            .zip(ids)
            .zip(&arrivals)
            .filter(|(_, arrival)| **arrival == Arrival::New)
            .map(|(order, _)| order)
            .collect();
        let stored = if new.is_empty() { Vec::new() } else { store(db, &new, now).await? };
        if stored.len() == new.len() {
            // What was ours in an earlier round is known in this one.
            for (arrival, id) in arrivals.iter_mut().zip(ids) {
                if ours.contains(id) {
                    *arrival = Arrival::New;
                }
            }
            return Ok(arrivals);
        }
        // Another replica was quicker with some, which are known by now.
        ours.extend(stored);
    }
}

/// Stores those orders that no other replica has stored meanwhile; returns their ids.
async fn store(db: &Database, new: &[(&OrderMessage, &Uuid)], now: Time) -> Result<Vec<Uuid>, StoreError> {
    let day = now.dhaka_day().to_string();
    let count = i64::try_from(new.len()).map_err(|_| rows::broken("count"))?;
    // By itself, so that no replica holds the row for longer. It need not wait for the disk: the commit of the orders
    // does, and what was committed before is on the disk with it.
    let mut tx = db.begin_unsynced().await?;
    let (last,): (i64,) = sqlx::query_as(
        "INSERT INTO ticket_days AS t (day, last) VALUES ($1::date, $2)
         ON CONFLICT ON CONSTRAINT ticket_days_pk DO UPDATE SET last = t.last + $2 RETURNING last",
    )
    .bind(&day)
    .bind(count)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    let lines = new.iter().map(|(order, _)| serde_json::to_string(&order.lines));
    let lines: Vec<_> = lines.collect::<Result<_, _>>().map_err(|_| rows::broken("list of lines"))?;
    let trace = |order: &OrderMessage| order.trace.as_ref().map(|trace| trace.as_str().to_owned());
    // Numbered as they came, stored in the order of their keys: of two replicas with the same orders one waits for the
    // other, and never both.
    let stored: Vec<(Uuid,)> = sqlx::query_as(
        "WITH new AS (
             INSERT INTO orders
                 (pk, id, user_id, order_id, fingerprint, placed_at, day, ticket, lines, trace, status, seq, since,
                  due_at)
             SELECT pk, id, user_id, order_id, fingerprint, placed_at, $9::date, ticket, lines::json, trace,
                    'in_kitchen', 1, $10, $10
             FROM (SELECT nextval('orders_pk_seq') AS pk, a.*
                   FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bigint[], $6::bigint[],
                               $7::text[], $8::text[])
                        AS a (id, user_id, order_id, fingerprint, placed_at, ticket, lines, trace)) AS numbered
             ORDER BY user_id, order_id COLLATE \"C\"
             ON CONFLICT ON CONSTRAINT orders_key_unique DO NOTHING
             RETURNING pk, id),
         history AS (
             INSERT INTO order_events (order_pk, seq, status, at, actor)
             SELECT pk, 1, 'in_kitchen', $10, 'kitchen' FROM new),
         news AS (
             INSERT INTO outbox (order_pk, seq) SELECT pk, 1 FROM new ORDER BY pk)
         SELECT id FROM new",
    )
    .bind(new.iter().map(|(_, id)| **id).collect::<Vec<_>>())
    .bind(new.iter().map(|(order, _)| order.key.user_id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|(order, _)| order.key.order_id.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|(order, _)| order.fingerprint.0.to_vec()).collect::<Vec<_>>())
    .bind(new.iter().map(|(order, _)| order.accepted_at.as_millis()).collect::<Vec<_>>())
    .bind((last - count + 1..=last).collect::<Vec<_>>())
    .bind(lines)
    .bind(new.iter().map(|(order, _)| trace(order)).collect::<Vec<_>>())
    .bind(&day)
    .bind(now.as_millis())
    .fetch_all(db.pool())
    .await?;
    Ok(stored.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn claim_unverified(
    db: &Database,
    me: Uuid,
    lease: Duration,
    now: Time,
    limit: u32,
) -> Result<Vec<Unverified>, StoreError> {
    let mut tx = db.begin_unsynced().await?;
    let claimed: Vec<UnverifiedRow> = sqlx::query_as(
        "WITH due AS MATERIALIZED (
             SELECT pk FROM orders
             WHERE status = 'in_kitchen' AND due_at <= $1
               AND (lease_until IS NULL OR lease_until < clock_timestamp())
             ORDER BY due_at, pk LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED),
         claimed AS (
             UPDATE orders SET claimed_by = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
             FROM due WHERE orders.pk = due.pk
             RETURNING orders.pk, user_id, order_id, lines, attempts, seq, since, trace, due_at)
         SELECT pk, user_id::text, order_id, lines::text, attempts, seq, since, trace FROM claimed
         ORDER BY due_at, pk",
    )
    .bind(now.as_millis())
    .bind(i64::from(limit))
    .bind(me)
    .bind(millis(lease))
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    claimed.into_iter().map(UnverifiedRow::order).collect()
}

pub(super) async fn claim_unreleased(
    db: &Database,
    me: Uuid,
    lease: Duration,
    now: Time,
    limit: u32,
) -> Result<Vec<Unreleased>, StoreError> {
    let mut tx = db.begin_unsynced().await?;
    let claimed: Vec<UnreleasedRow> = sqlx::query_as(
        "WITH due AS MATERIALIZED (
             SELECT pk FROM orders
             WHERE release_due <= $1 AND (lease_until IS NULL OR lease_until < clock_timestamp())
             ORDER BY release_due, pk LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED),
         claimed AS (
             UPDATE orders SET claimed_by = $3, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
             FROM due WHERE orders.pk = due.pk
             RETURNING orders.pk, user_id, order_id, trace, release_due)
         SELECT pk, user_id::text, order_id, trace FROM claimed ORDER BY release_due, pk",
    )
    .bind(now.as_millis())
    .bind(i64::from(limit))
    .bind(me)
    .bind(millis(lease))
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    claimed.into_iter().map(UnreleasedRow::order).collect()
}

/// Ends claims of `me`.
pub(super) async fn end_claims(db: &Database, me: Uuid, orders: &[i64]) -> Result<(), StoreError> {
    let mut tx = db.begin_unsynced().await?;
    lock(&mut tx, orders).await?;
    put_down(&mut tx, me, orders).await?;
    tx.commit().await?;
    Ok(())
}

async fn put_down(tx: &mut PgConnection, me: Uuid, orders: &[i64]) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE orders SET claimed_by = NULL, lease_until = NULL WHERE pk = ANY ($1) AND claimed_by = $2",
    )
    .bind(orders)
    .bind(me)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends all claims of `me`.
pub(super) async fn end_all_claims(db: &Database, me: Uuid) -> Result<(), StoreError> {
    let claimed: Vec<(i64,)> = sqlx::query_as(
        "SELECT pk FROM orders WHERE status = 'in_kitchen' AND due_at IS NOT NULL AND claimed_by = $1
         UNION ALL
         SELECT pk FROM orders WHERE release_due IS NOT NULL AND claimed_by = $1",
    )
    .bind(me)
    .fetch_all(db.pool())
    .await?;
    let claimed: Vec<_> = claimed.into_iter().map(|(pk,)| pk).collect();
    end_claims(db, me, &claimed).await
}

pub(super) async fn settle(
    db: &Database,
    me: Uuid,
    changes: &[Change],
    postponed: &[Postponed],
    now: Time,
) -> Result<Vec<i64>, StoreError> {
    let orders: Vec<_> =
        changes.iter().map(|change| change.pk).chain(postponed.iter().map(|order| order.pk)).collect();
    let mut tx = db.begin().await?;
    lock(&mut tx, &orders).await?;
    postpone(&mut tx, me, postponed).await?;
    let applied = change(&mut tx, changes, now).await?;
    if applied.len() < changes.len() {
        put_down(&mut tx, me, &orders).await?;
    }
    tx.commit().await?;
    Ok(applied)
}

/// Applies the changes that still fit, and ends the claims of their orders, whoever has them; returns the orders.
async fn change(tx: &mut PgConnection, changes: &[Change], now: Time) -> Result<Vec<i64>, StoreError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let left = changes.iter().map(|change| serde_json::to_string(&change.left));
    let left: Vec<_> = left.collect::<Result<_, _>>().map_err(|_| rows::broken("list of dishes"))?;
    let release = |change: &Change| change.to.releases_stock().then_some(now.as_millis());
    let applied: Vec<(i64,)> = sqlx::query_as(
        "WITH applied AS (
             UPDATE orders
             SET status = a.new_status, seq = orders.seq + 1, since = $10, reason = a.reason,
                 items_left = a.items_left::json, due_at = a.due, release_due = a.release_due,
                 claimed_by = NULL, lease_until = NULL
             FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::bigint[], $9::bigint[])
                  AS a (pk, seq, old_status, new_status, actor, reason, items_left, due, release_due)
             WHERE orders.pk = a.pk AND orders.seq = a.seq AND orders.status = a.old_status
             RETURNING orders.pk, orders.seq, orders.status, a.actor),
         history AS (
             INSERT INTO order_events (order_pk, seq, status, at, actor)
             SELECT pk, seq, status, $10, actor FROM applied),
         news AS (
             INSERT INTO outbox (order_pk, seq) SELECT pk, seq FROM applied ORDER BY pk)
         SELECT pk FROM applied",
    )
    .bind(changes.iter().map(|change| change.pk).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| i64::from(change.seq)).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.from.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.to.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.by.as_str()).collect::<Vec<_>>())
    .bind(changes.iter().map(|change| change.reason.map(Reason::as_str)).collect::<Vec<_>>())
    .bind(left)
    .bind(changes.iter().map(|change| change.due.map(Time::as_millis)).collect::<Vec<_>>())
    .bind(changes.iter().map(release).collect::<Vec<_>>())
    .bind(now.as_millis())
    .fetch_all(tx)
    .await?;
    Ok(applied.into_iter().map(|(pk,)| pk).collect())
}

/// Sets when to try again, where nobody else has claimed the order since.
async fn postpone(tx: &mut PgConnection, me: Uuid, postponed: &[Postponed]) -> Result<(), StoreError> {
    if postponed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE orders SET attempts = a.attempts, due_at = a.due, claimed_by = NULL, lease_until = NULL
         FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) AS a (pk, attempts, due)
         WHERE orders.pk = a.pk AND orders.status = 'in_kitchen' AND orders.claimed_by = $4",
    )
    .bind(postponed.iter().map(|order| order.pk).collect::<Vec<_>>())
    .bind(postponed.iter().map(|order| i64::from(order.attempts)).collect::<Vec<_>>())
    .bind(postponed.iter().map(|order| order.due.as_millis()).collect::<Vec<_>>())
    .bind(me)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn change_by_staff(
    db: &Database,
    wanted: &Change,
    now: Time,
    deed: &Deed,
) -> Result<Option<Ticket>, StoreError> {
    let mut tx = db.begin().await?;
    if change(&mut tx, std::slice::from_ref(wanted), now).await?.is_empty() {
        return Ok(None);
    }
    PgAudit::write(&mut tx, deed).await?;
    let ticket = read::ticket_of(&mut tx, wanted.pk).await?;
    tx.commit().await?;
    Ok(ticket)
}

/// Sets when verified orders that nothing is due for are ready.
pub(super) async fn cook_by(db: &Database, due: Time) -> Result<u32, StoreError> {
    let set = sqlx::query(
        "WITH waiting AS MATERIALIZED (
             SELECT pk FROM orders WHERE status = 'stock_verified' AND due_at IS NULL
             ORDER BY pk FOR NO KEY UPDATE)
         UPDATE orders SET due_at = $1 FROM waiting WHERE orders.pk = waiting.pk",
    )
    .bind(due.as_millis())
    .execute(db.pool())
    .await?;
    rows::count(set.rows_affected())
}

/// Makes ready what is cooked and collected what has waited long enough; leaves to another replica what it is at.
pub(super) async fn run_timers(
    db: &Database,
    now: Time,
    limit: u32,
    rules: TimerRules,
) -> Result<TimerRun, StoreError> {
    let mut tx = db.begin().await?;
    let due: Vec<Due> = sqlx::query_as(
        "SELECT pk, seq, status FROM orders
         WHERE status IN ('stock_verified', 'ready') AND due_at <= $1
         ORDER BY due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind(now.as_millis())
    .bind(i64::from(limit))
    .fetch_all(&mut *tx)
    .await?;
    let changes = batch::timer_changes(due, now, rules)?;
    let applied = change(&mut tx, &changes, now).await?;
    tx.commit().await?;
    batch::timer_run(&changes, &applied)
}

/// Sets when these are to be given back, as long as they have not been; `None` once they have. Ends their claims.
pub(super) async fn release_due(db: &Database, orders: &[i64], due: Option<Time>) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "WITH given AS MATERIALIZED (
             SELECT pk FROM orders WHERE pk = ANY ($1) AND release_due IS NOT NULL
             ORDER BY pk FOR NO KEY UPDATE)
         UPDATE orders SET release_due = $2, claimed_by = NULL, lease_until = NULL
         FROM given WHERE orders.pk = given.pk",
    )
    .bind(orders)
    .bind(due.map(Time::as_millis))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Replaces ended orders by what was eaten, and by the hashes of their keys.
pub(super) async fn reduce_to_totals(db: &Database, before: Time, limit: u32) -> Result<u32, StoreError> {
    let mut tx = db.begin().await?;
    let past: Vec<PastRow> = sqlx::query_as(
        "SELECT pk, user_id::text, order_id, day::text, status, lines::text FROM orders AS o
         WHERE status IN ('collected', 'rejected', 'cancelled') AND since < $1 AND release_due IS NULL
           AND NOT EXISTS (SELECT FROM outbox WHERE order_pk = o.pk)
         ORDER BY since LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(before.as_millis())
    .bind(i64::from(limit))
    .fetch_all(&mut *tx)
    .await?;
    if past.is_empty() {
        return Ok(0);
    }
    let remains = Remains::of(past)?;
    let (mut days, mut items, mut portions) = (Vec::new(), Vec::new(), Vec::new());
    for ((day, item), count) in remains.portions {
        days.push(day);
        items.push(item.to_string());
        portions.push(i64::from(count));
    }
    sqlx::query(
        "INSERT INTO daily_totals AS t (day, item_id, portions)
         SELECT day::date, item_id, portions
         FROM UNNEST($1::text[], $2::text[], $3::bigint[]) AS a (day, item_id, portions)
         ON CONFLICT ON CONSTRAINT daily_totals_pk DO UPDATE SET portions = t.portions + excluded.portions",
    )
    .bind(days)
    .bind(items)
    .bind(portions)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO past_keys (key_hash) SELECT UNNEST($1::bytea[])
         ON CONFLICT ON CONSTRAINT past_keys_pk DO NOTHING",
    )
    .bind(remains.hashes.iter().map(|hash| hash.to_vec()).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM order_events WHERE order_pk = ANY ($1)")
        .bind(&remains.pks)
        .execute(&mut *tx)
        .await?;
    let gone =
        sqlx::query("DELETE FROM orders WHERE pk = ANY ($1)").bind(&remains.pks).execute(&mut *tx).await?;
    tx.commit().await?;
    rows::count(gone.rows_affected())
}
