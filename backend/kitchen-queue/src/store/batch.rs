//! What is worked out in memory about a batch, the same way for every database.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use wire::{
    ItemId, OrderKey, OrderStatus, Time,
    message::{Fingerprint, OrderMessage},
};

use super::{Arrival, Change, StoreError, TimerRules, TimerRun, rows};

/// A key as it is remembered for ever, without saying whose it was: the first half of its SHA-256.
pub(super) fn key_hash(key: &OrderKey) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&Sha256::digest(key.to_string().as_bytes())[..16]);
    half
}

/// A key that was used before: with its order, or without one when that is past.
#[derive(FromRow)]
pub(super) struct KnownRow {
    user_id: String,
    order_id: String,
    fingerprint: Option<String>,
    status: Option<String>,
    seq: Option<i64>,
    ticket: Option<i64>,
}

/// An order that has a key already.
struct Standing {
    fingerprint: Fingerprint,
    status: OrderStatus,
    seq: u32,
    /// None before its batch is stored.
    ticket: Option<u32>,
}

impl KnownRow {
    fn standing(&self) -> Result<Option<Standing>, StoreError> {
        let (Some(fingerprint), Some(status), Some(seq)) = (&self.fingerprint, &self.status, self.seq) else {
            return Ok(None);
        };
        Ok(Some(Standing {
            fingerprint: fingerprint.parse().map_err(|_| rows::broken("fingerprint"))?,
            status: rows::status(status)?,
            seq: rows::number(seq)?,
            ticket: self.ticket.map(rows::number).transpose()?,
        }))
    }
}

/// What becomes of each order of a batch, where these keys are known.
pub(super) fn arrivals(orders: &[OrderMessage], known: Vec<KnownRow>) -> Result<Vec<Arrival>, StoreError> {
    let mut standing = HashMap::with_capacity(known.len());
    for row in known {
        standing.insert(rows::key(&row.user_id, &row.order_id)?, row.standing()?);
    }
    let judge = |order: &OrderMessage| match standing.get(&order.key) {
        None => {
            let (status, seq, ticket) = (OrderStatus::InKitchen, 1, None);
            let first = Standing { fingerprint: order.fingerprint, status, seq, ticket };
            standing.insert(order.key.clone(), Some(first));
            Arrival::New
        }
        Some(Some(other)) if other.fingerprint != order.fingerprint => {
            Arrival::Contradiction { status: other.status, seq: other.seq, ticket: other.ticket }
        }
        Some(_) => Arrival::Repeat,
    };
    Ok(orders.iter().map(judge).collect())
}

/// An order whose time has come: its pk, its seq, its status.
pub(super) type Due = (i64, i64, String);

/// What timers make of the orders whose time has come.
pub(super) fn timer_changes(due: Vec<Due>, now: Time, rules: TimerRules) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::with_capacity(due.len());
    for (pk, seq, status) in due {
        let from = rows::status(&status)?;
        let Some(to) = from.timer_next() else { continue };
        let due = (to == OrderStatus::Ready).then(|| rules.collect_at(now));
        let (seq, by) = (rows::number(seq)?, "timer".to_owned());
        changes.push(Change { pk, seq, from, to, by, reason: None, left: Vec::new(), due });
    }
    Ok(changes)
}

/// Counts the changes of timers that were applied.
pub(super) fn timer_run(changes: &[Change], applied: &[i64]) -> Result<TimerRun, StoreError> {
    let first = changes.iter().filter(|change| change.is_first_ready() && applied.contains(&change.pk));
    let count = |count| u32::try_from(count).map_err(|_| rows::broken("count"));
    Ok(TimerRun { changed: count(applied.len())?, first_ready: count(first.count())? })
}

/// An ended order that has had its time.
#[derive(FromRow)]
pub(super) struct PastRow {
    pk: i64,
    user_id: String,
    order_id: String,
    day: String,
    status: String,
    lines: String,
}

/// What is left of orders that have had their time.
#[derive(Default)]
pub(super) struct Remains {
    /// The orders.
    pub(super) pks: Vec<i64>,
    /// Their keys.
    pub(super) hashes: Vec<[u8; 16]>,
    /// How many portions of each dish were eaten on each day.
    pub(super) portions: BTreeMap<(String, ItemId), u32>,
}

impl Remains {
    pub(super) fn of(past: Vec<PastRow>) -> Result<Self, StoreError> {
        let mut remains = Self::default();
        for order in past {
            remains.hashes.push(key_hash(&rows::key(&order.user_id, &order.order_id)?));
            remains.pks.push(order.pk);
            if rows::status(&order.status)? == OrderStatus::Collected {
                for line in rows::lines(&order.lines)? {
                    let portions = remains.portions.entry((order.day.clone(), line.item_id)).or_default();
                    *portions += u32::from(line.quantity.get());
                }
            }
        }
        // Replicas that write the same keys do so in the same order.
        remains.hashes.sort_unstable();
        Ok(remains)
    }
}
