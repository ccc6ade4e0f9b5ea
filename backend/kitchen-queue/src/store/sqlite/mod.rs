//! The kitchen's store on SQLite. Claims are kept in memory: the file has one process, and its crash ends them.

mod read;
mod write;

use std::{
    collections::HashSet,
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use service_kit::{
    audit::Deed,
    sqlite::{Database, OpenError},
};
use uuid::Uuid;
use wire::{
    OrderKey, OrderStatus, Time, UserId,
    event::Event,
    kitchen::{Board, Ticket, TicketPage},
    message::OrderMessage,
    order::{OrderCursor, OrderPage, OrderView},
};

use super::{
    Arrival, Change, Found, KitchenStats, KitchenStore, Postponed, StoreError, TimerRules, TimerRun,
    Unreleased, Unverified,
};

/// Orders, their history, and the outbox, in one SQLite file.
#[derive(Debug)]
pub struct SqliteKitchen {
    pub(super) db: Database,
    /// Orders that the stock-service is being asked about, or told of.
    claimed: Mutex<HashSet<i64>>,
    /// The place up to which the outbox has been relayed, which rides with the next commit.
    relayed: AtomicI64,
    /// The place that the file knows.
    relayed_on_disk: AtomicI64,
}

impl SqliteKitchen {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// The file cannot be made, read or migrated.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let db = Database::open(path, &sqlx::migrate!("migrations/sqlite"), 4).await?;
        // Without it, all news there ever was would be told again.
        let upto = read::relayed(&db).await.map_err(|error| OpenError::new(path, &error.0))?;
        Ok(Self {
            db,
            claimed: Mutex::default(),
            relayed: AtomicI64::new(upto),
            relayed_on_disk: AtomicI64::new(upto),
        })
    }

    /// The database, for the audit trail.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Closes the file.
    pub async fn close(&self) {
        if let Err(error) = self.flush().await {
            tracing::debug!(%error, "the outbox's place is not written down; the news is told again");
        }
        self.db.close().await;
    }

    fn claims(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.claimed.lock()
    }

    /// Claims those of the candidates that nobody has; at most `limit`.
    fn claim<T>(&self, candidates: Vec<T>, limit: usize, pk: impl Fn(&T) -> i64) -> Vec<T> {
        let mut claims = self.claims();
        candidates.into_iter().filter(|order| claims.insert(pk(order))).take(limit).collect()
    }

    /// How many candidates to look at: what is claimed lies among the first that are due.
    fn look_at(&self, limit: usize) -> usize {
        limit.saturating_add(self.claims().len())
    }

    fn end_claims(&self, orders: impl IntoIterator<Item = i64>) {
        let mut claims = self.claims();
        for order in orders {
            claims.remove(&order);
        }
    }
}

#[async_trait]
impl KitchenStore for SqliteKitchen {
    async fn receive(
        &self,
        orders: &[OrderMessage],
        ids: &[Uuid],
        now: Time,
    ) -> Result<Vec<Arrival>, StoreError> {
        self.with_place(async |tx| write::receive(tx, orders, ids, now).await).await
    }

    async fn claim_unverified(&self, now: Time, limit: u32) -> Result<Vec<Unverified>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let candidates = read::unverified(&self.db, now, self.look_at(limit)).await?;
        Ok(self.claim(candidates, limit, |order| order.pk))
    }

    async fn settle(
        &self,
        changes: &[Change],
        postponed: &[Postponed],
        now: Time,
    ) -> Result<Vec<i64>, StoreError> {
        let done = self
            .with_place(async |tx| {
                write::postpone(tx, postponed).await?;
                write::change(tx, changes, now).await
            })
            .await;
        self.end_claims(changes.iter().map(|change| change.pk).chain(postponed.iter().map(|order| order.pk)));
        done
    }

    async fn put_down(&self, orders: &[i64]) {
        self.end_claims(orders.iter().copied());
    }

    async fn cook_by(&self, due: Time) -> Result<u32, StoreError> {
        self.with_place(async |tx| write::cook_by(tx, due).await).await
    }

    async fn run_timers(&self, now: Time, limit: u32, rules: TimerRules) -> Result<TimerRun, StoreError> {
        if !read::has_due_timer(&self.db, now).await? {
            return Ok(TimerRun::default());
        }
        self.with_place(async |tx| write::run_timers(tx, now, limit, rules).await).await
    }

    async fn next_due(&self) -> Result<(Option<Time>, Option<Time>), StoreError> {
        let claimed: Vec<i64> = self.claims().iter().copied().collect();
        read::next_due(&self.db, &claimed).await
    }

    async fn claim_unreleased(&self, now: Time, limit: u32) -> Result<Vec<Unreleased>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let candidates = read::unreleased(&self.db, now, self.look_at(limit)).await?;
        Ok(self.claim(candidates, limit, |order| order.pk))
    }

    async fn released(&self, orders: &[i64]) -> Result<(), StoreError> {
        let done = self.with_place(async |tx| write::release_due(tx, orders, None).await).await;
        self.end_claims(orders.iter().copied());
        done
    }

    async fn release_later(&self, orders: &[i64], due: Time) -> Result<(), StoreError> {
        let done = self.with_place(async |tx| write::release_due(tx, orders, Some(due)).await).await;
        self.end_claims(orders.iter().copied());
        done
    }

    async fn news(&self, limit: u32) -> Result<Vec<(i64, Vec<Event>)>, StoreError> {
        read::news(&self.db, self.relayed.load(Ordering::Acquire), limit).await
    }

    async fn relayed(&self, places: &[i64]) {
        // With one writer, what is seen is all there is up to the last of it.
        if let Some(place) = places.iter().max() {
            self.relayed.fetch_max(*place, Ordering::AcqRel);
        }
    }

    async fn flush(&self) -> Result<(), StoreError> {
        if self.relayed.load(Ordering::Acquire) > self.relayed_on_disk.load(Ordering::Acquire) {
            self.with_place(async |_| Ok(())).await?;
        }
        Ok(())
    }

    async fn orders_of(
        &self,
        user: UserId,
        before: Option<&OrderCursor>,
        limit: u32,
    ) -> Result<OrderPage, StoreError> {
        read::orders_of(&self.db, user, before, limit).await
    }

    async fn order(&self, key: &OrderKey) -> Result<Option<OrderView>, StoreError> {
        read::order(&self.db, key).await
    }

    async fn tickets(
        &self,
        status: Option<OrderStatus>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<TicketPage, StoreError> {
        read::tickets(&self.db, status, before, limit).await
    }

    async fn ticket(&self, id: Uuid) -> Result<Option<Found>, StoreError> {
        read::ticket(&self.db, id).await
    }

    async fn change_by_staff(
        &self,
        change: &Change,
        now: Time,
        deed: &Deed,
    ) -> Result<Option<Ticket>, StoreError> {
        let changed = self
            .with_place(async |tx| {
                let changed = write::change(tx, std::slice::from_ref(change), now).await?;
                if !changed.is_empty() {
                    service_kit::audit::SqliteAudit::write(tx, deed).await?;
                }
                Ok(!changed.is_empty())
            })
            .await?;
        if !changed {
            return Ok(None);
        }
        // Of whoever is asking for its portions: they may now have to be given back.
        self.end_claims([change.pk]);
        read::ticket_of(&self.db, change.pk).await
    }

    async fn board(&self, ready_after: Time) -> Result<Board, StoreError> {
        read::board(&self.db, ready_after).await
    }

    async fn reduce_to_totals(&self, before: Time, limit: u32) -> Result<u32, StoreError> {
        self.with_place(async |tx| write::reduce_to_totals(tx, before, limit).await).await
    }

    async fn stats(&self) -> Result<KitchenStats, StoreError> {
        read::stats(&self.db, self.relayed.load(Ordering::Acquire)).await
    }

    async fn is_up(&self) -> bool {
        self.db.is_up().await
    }
}

impl SqliteKitchen {
    /// Runs a transaction, and writes the outbox's place down in it.
    async fn with_place<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: AsyncFnOnce(&mut sqlx::SqliteConnection) -> Result<T, StoreError>,
    {
        let mut tx = self.db.begin().await?;
        let result = work(&mut tx).await?;
        let place = self.relayed.load(Ordering::Acquire);
        if place > self.relayed_on_disk.load(Ordering::Acquire) {
            write::relayed(&mut tx, place).await?;
        }
        tx.commit().await?;
        self.relayed_on_disk.fetch_max(place, Ordering::AcqRel);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_conforms() {
        let folder = tempfile::tempdir().unwrap();
        let count = AtomicI64::new(0);
        super::super::conformance::all(async || {
            let name = format!("{}.db", count.fetch_add(1, Ordering::Relaxed));
            SqliteKitchen::open(&folder.path().join(name)).await.unwrap()
        })
        .await;
    }

    #[tokio::test]
    async fn old_deeds_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteKitchen::open(&folder.path().join("kitchen.db")).await.unwrap();
        let trail = service_kit::audit::SqliteAudit(store.database().clone());
        service_kit::audit::conformance::old_deeds_are_forgotten(&trail).await;
    }

    #[tokio::test]
    async fn a_crash_ends_claims_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kitchen.db");
        let key: OrderKey = "00000000-0000-0000-0000-000000000001/a".parse().unwrap();
        let order = OrderMessage {
            key: key.clone(),
            fingerprint: wire::message::Fingerprint([1; 16]),
            accepted_at: Time::from_millis(0),
            lines: vec![],
            trace: None,
        };
        let store = SqliteKitchen::open(&path).await.unwrap();
        store.receive(&[order], &[Uuid::from_u128(7)], Time::from_millis(0)).await.unwrap();
        assert_eq!(store.claim_unverified(Time::from_millis(0), 10).await.unwrap().len(), 1);
        // Nothing is closed: what is written is all there is.
        let after = SqliteKitchen::open(&path).await.unwrap();
        assert_eq!(after.claim_unverified(Time::from_millis(0), 10).await.unwrap()[0].key, key);
    }

    #[tokio::test]
    async fn the_outbox_s_place_survives_and_the_rows_tell_who_did_what() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kitchen.db");
        let store = SqliteKitchen::open(&path).await.unwrap();
        let (noon, order_id) =
            (Time::from_millis(1_772_344_800_000), |n: u8| format!("o{n}").parse().unwrap());
        let line = wire::order::PricedLine {
            item_id: "burger".parse().unwrap(),
            name: "Burger".into(),
            quantity: 3.try_into().unwrap(),
            price_poisha: 18_000,
        };
        for n in 0..3 {
            let order = OrderMessage {
                key: OrderKey { user_id: UserId(Uuid::from_u128(1)), order_id: order_id(n) },
                fingerprint: wire::message::Fingerprint([1; 16]),
                accepted_at: noon,
                lines: vec![line.clone()],
                trace: None,
            };
            store.receive(&[order], &[Uuid::from_u128(n.into())], noon).await.unwrap();
            let order = store.claim_unverified(noon, 1).await.unwrap().remove(0);
            let rejected = n == 2;
            let to = if rejected { OrderStatus::Rejected } else { OrderStatus::StockVerified };
            let by = "kitchen".to_owned();
            let (seq, due) = (order.seq, (!rejected).then_some(noon));
            let change = Change {
                pk: order.pk,
                seq,
                from: OrderStatus::InKitchen,
                to,
                by,
                reason: None,
                left: vec![],
                due,
            };
            store.settle(&[change], &[], noon).await.unwrap();
            store.released(&[order.pk]).await.unwrap();
        }
        let at_once = TimerRules { collected_after: Some(std::time::Duration::ZERO) };
        while store.run_timers(noon, 1, at_once).await.unwrap().changed > 0 {}
        let actors: Vec<(String,)> = sqlx::query_as(
            "SELECT group_concat(actor ORDER BY seq) FROM order_events GROUP BY order_pk ORDER BY order_pk",
        )
        .fetch_all(store.db.reader())
        .await
        .unwrap();
        let eaten = "kitchen,kitchen,timer,timer";
        assert_eq!(
            actors.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
            [eaten, eaten, "kitchen,kitchen"]
        );

        let last = store.news(100).await.unwrap().pop().unwrap().0;
        store.relayed(&[last]).await;
        store.close().await;
        let store = SqliteKitchen::open(&path).await.unwrap();
        assert!(store.news(100).await.unwrap().is_empty(), "told, and known to be");
        let later = noon.plus(std::time::Duration::from_secs(1));
        while store.reduce_to_totals(later, 1).await.unwrap() > 0 {}
        let (events,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM order_events").fetch_one(store.db.reader()).await.unwrap();
        assert_eq!(events, 0);
        let totals: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT day, item_id, portions FROM daily_totals")
                .fetch_all(store.db.reader())
                .await
                .unwrap();
        assert_eq!(
            totals,
            [("2026-03-01".to_owned(), "burger".to_owned(), 6)],
            "what was eaten, not what was refused"
        );
    }
}
