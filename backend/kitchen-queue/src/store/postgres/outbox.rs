//! The outbox: what is still to be told, and who tells it. What is lost here in a crash of the database is told again,
//! so that its commits need not wait for the disk.

use std::time::Duration;

use service_kit::postgres::Database;
use uuid::Uuid;
use wire::event::Event;

use super::write::millis;
use crate::store::{StoreError, rows::NewsRow};

/// What is to be told, if nobody else is telling it; it is then ours to tell for the time of `lease`.
pub(super) async fn news(
    db: &Database,
    me: Uuid,
    lease: Duration,
    limit: u32,
) -> Result<Vec<(i64, Vec<Event>)>, StoreError> {
    // Whoever made a change tries to tell it at once, and leaves it to the one who is telling just then. So that one
    // looks once more after having let go.
    for _ in 0..2 {
        if !take(db, me, lease).await? {
            return Ok(Vec::new());
        }
        let news: Vec<NewsRow> = sqlx::query_as(
            "SELECT x.n, x.seq AS event_seq, e.status AS event_status, e.at, o.user_id::text, o.trace,
                    o.pk, o.id::text, o.order_id, o.placed_at, o.ticket, o.lines::text, o.status, o.seq, o.since,
                    o.reason, o.items_left::text
             FROM (SELECT n, order_pk, seq FROM outbox ORDER BY n LIMIT $1) AS x
             JOIN order_events AS e ON e.order_pk = x.order_pk AND e.seq = x.seq
             JOIN orders AS o ON o.pk = x.order_pk
             ORDER BY x.n",
        )
        .bind(i64::from(limit))
        .fetch_all(db.pool())
        .await?;
        if !news.is_empty() {
            return news.into_iter().map(NewsRow::told).collect();
        }
        relayed(db, me, &[]).await?;
    }
    Ok(Vec::new())
}

/// Takes the right to tell, where there is something to tell and nobody else has it.
async fn take(db: &Database, me: Uuid, lease: Duration) -> Result<bool, StoreError> {
    let (some,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT FROM outbox)").fetch_one(db.pool()).await?;
    if !some {
        return Ok(false);
    }
    let mut tx = db.begin_unsynced().await?;
    let taken = sqlx::query(
        "UPDATE relay SET holder = $1, until = clock_timestamp() + $2 * interval '1 millisecond'
         WHERE holder IS NULL OR holder = $1 OR until < clock_timestamp()",
    )
    .bind(me)
    .bind(millis(lease))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(taken.rows_affected() == 1)
}

/// These rows have been told; whoever wants to may tell the rest.
pub(super) async fn relayed(db: &Database, me: Uuid, places: &[i64]) -> Result<(), StoreError> {
    let mut tx = db.begin_unsynced().await?;
    if !places.is_empty() {
        sqlx::query("DELETE FROM outbox WHERE n = ANY ($1)").bind(places).execute(&mut *tx).await?;
    }
    sqlx::query(
        "UPDATE relay SET upto = greatest(upto, $2), holder = nullif(holder, $1) WHERE upto < $2 OR holder = $1",
    )
    .bind(me)
    .bind(places.iter().max().copied().unwrap_or(0))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
