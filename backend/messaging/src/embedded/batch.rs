//! What one transaction of the embedded queue writes.

use serde_json::json;
use sqlx::SqliteConnection;
use wire::{Time, TraceContext};

/// What goes into one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The new messages, one after the other.
    pub(super) bodies: Vec<u8>,
    /// Where each begins, counted from 1, how long it is, and its trace.
    pub(super) places: Vec<(usize, usize, Option<TraceContext>)>,
    pub(super) set_aside: Vec<(i64, String)>,
    /// The request's place in the call, and the dead letter.
    pub(super) redrives: Vec<(usize, i64)>,
    pub(super) deletes: Vec<i64>,
    pub(super) probe: bool,
}

/// What a transaction has changed.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) rows: i64,
    pub(super) dead_letters: i64,
    pub(super) redriven: Vec<usize>,
    pub(super) counted: Option<(i64, i64)>,
}

impl Batch {
    pub(super) fn publish(&mut self, body: &[u8], trace: Option<TraceContext>) {
        self.places.push((self.bodies.len() + 1, body.len(), trace));
        self.bodies.extend_from_slice(body);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
            && self.set_aside.is_empty()
            && self.redrives.is_empty()
            && self.deletes.is_empty()
            && !self.probe
    }

    pub(super) async fn apply(self, tx: &mut SqliteConnection, now: Time) -> Result<Done, sqlx::Error> {
        let now = now.as_millis();
        let mut done = Done::default();
        if !self.places.is_empty() {
            // All bodies as one value and their places beside it: no byte is escaped, whatever it is. SQLite takes an
            // empty value for none at all, hence the `coalesce`.
            done.rows += affected(
                &sqlx::query(
                    "INSERT INTO messages (published_at, body, trace)
                     SELECT ?1, coalesce(substr(?2, value ->> 0, value ->> 1), x''), value ->> 2
                     FROM json_each(?3)",
                )
                .bind(now)
                .bind(self.bodies)
                .bind(json!(self.places).to_string())
                .execute(&mut *tx)
                .await?,
            );
        }
        for (tag, reason) in self.set_aside {
            done.dead_letters += affected(
                &sqlx::query(
                    "INSERT INTO dead_letters (body, trace, reason, at)
                     SELECT body, trace, ?2, ?3 FROM messages WHERE id = ?1",
                )
                .bind(tag)
                .bind(reason)
                .bind(now)
                .execute(&mut *tx)
                .await?,
            );
            done.rows -= affected(
                &sqlx::query("DELETE FROM messages WHERE id = ?1").bind(tag).execute(&mut *tx).await?,
            );
        }
        for (index, id) in self.redrives {
            let found = affected(
                &sqlx::query(
                    "INSERT INTO messages (published_at, body, trace)
                     SELECT ?2, body, trace FROM dead_letters WHERE id = ?1",
                )
                .bind(id)
                .bind(now)
                .execute(&mut *tx)
                .await?,
            );
            if found > 0 {
                sqlx::query("DELETE FROM dead_letters WHERE id = ?1").bind(id).execute(&mut *tx).await?;
                done.rows += found;
                done.dead_letters -= found;
                done.redriven.push(index);
            }
        }
        if !self.deletes.is_empty() {
            done.rows -= affected(
                &sqlx::query("DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?1))")
                    .bind(json!(self.deletes).to_string())
                    .execute(&mut *tx)
                    .await?,
            );
        }
        if self.probe {
            sqlx::query("UPDATE probe SET at = ?1 WHERE id = 1").bind(now).execute(&mut *tx).await?;
        }
        Ok(done)
    }
}

fn affected(result: &sqlx::sqlite::SqliteQueryResult) -> i64 {
    i64::try_from(result.rows_affected()).unwrap_or(i64::MAX)
}
