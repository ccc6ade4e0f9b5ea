//! The kitchen's store on PostgreSQL, which replicas share. Claims are leases in the rows, by the database's clock:
//! a replica that died or stands still loses what it had claimed when they end.

mod outbox;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use service_kit::{
    Tasks,
    audit::Deed,
    metrics::Metrics,
    postgres::{self, Database, OpenError},
    secret,
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

/// For how long one replica tells news without a word before another takes over; longer than a confirmed publish
/// takes.
const RELAY_LEASE: Duration = Duration::from_secs(3);

/// Orders, their history, and the outbox, in one PostgreSQL database.
#[derive(Debug)]
pub struct PgKitchen {
    db: Database,
    /// Whose claims are ours.
    me: Uuid,
    /// How long a claim lasts.
    lease: Duration,
    /// Whether a claim of ours may stand that nobody here works on, since an answer of the database was lost.
    adrift: AtomicBool,
}

impl PgKitchen {
    /// Opens the database at `url` with at most `connections` connections, and brings its tables up to date. A claim
    /// lasts for `lease`, which must be longer than a call to the stock-service.
    ///
    /// # Errors
    /// The database cannot be reached or migrated.
    pub async fn open(
        url: &str,
        connections: u32,
        lease: Duration,
        tasks: &Tasks,
        metrics: &Metrics,
    ) -> Result<Self, OpenError> {
        let migrations = sqlx::migrate!("migrations/postgres");
        let db = Database::open(url, &migrations, connections, tasks, metrics).await?;
        let me = uuid::Builder::from_random_bytes(secret::random()).into_uuid();
        Ok(Self { db, me, lease, adrift: AtomicBool::new(false) })
    }

    /// The database, for the audit trail.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Does a piece of work within the deadline; once more when another replica was in its way.
    async fn run<T, F>(&self, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        match self.once(work()).await {
            Err(error) if is_contention(&error) => self.once(work()).await,
            done => done,
        }
    }

    async fn once<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.db.within(async { Ok(work.await) }).await?
    }

    /// Runs what makes or ends claims: should it fail, they are in doubt.
    async fn run_claims<T, F>(&self, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let done = self.run(work).await;
        if done.is_err() {
            self.adrift.store(true, Ordering::Release);
        }
        done
    }

    /// Ends claims that are in doubt, so that nobody has to wait for the end of their leases. Another worker of this
    /// process may lose one that it works on; that costs it nothing but a repetition.
    async fn settle_doubt(&self) -> Result<(), StoreError> {
        if self.adrift.swap(false, Ordering::AcqRel) {
            self.run_claims(|| write::end_all_claims(&self.db, self.me)).await?;
        }
        Ok(())
    }
}

/// Whether the database gave up this transaction for the sake of another one.
fn is_contention(error: &StoreError) -> bool {
    error.0.downcast_ref::<sqlx::Error>().is_some_and(postgres::is_contention)
}

#[async_trait]
impl KitchenStore for PgKitchen {
    async fn receive(
        &self,
        orders: &[OrderMessage],
        ids: &[Uuid],
        now: Time,
    ) -> Result<Vec<Arrival>, StoreError> {
        self.run(|| write::receive(&self.db, orders, ids, now)).await
    }

    async fn claim_unverified(&self, now: Time, limit: u32) -> Result<Vec<Unverified>, StoreError> {
        self.settle_doubt().await?;
        self.run_claims(|| write::claim_unverified(&self.db, self.me, self.lease, now, limit)).await
    }

    async fn settle(
        &self,
        changes: &[Change],
        postponed: &[Postponed],
        now: Time,
    ) -> Result<Vec<i64>, StoreError> {
        self.run_claims(|| write::settle(&self.db, self.me, changes, postponed, now)).await
    }

    async fn put_down(&self, orders: &[i64]) {
        if orders.is_empty() {
            return;
        }
        if let Err(error) = self.run_claims(|| write::end_claims(&self.db, self.me, orders)).await {
            tracing::debug!(%error, orders = orders.len(), "claims could not be ended yet");
        }
    }

    async fn cook_by(&self, due: Time) -> Result<u32, StoreError> {
        self.run(|| write::cook_by(&self.db, due)).await
    }

    async fn run_timers(&self, now: Time, limit: u32, rules: TimerRules) -> Result<TimerRun, StoreError> {
        if !self.run(|| read::has_due_timer(&self.db, now)).await? {
            return Ok(TimerRun::default());
        }
        self.run(|| write::run_timers(&self.db, now, limit, rules)).await
    }

    async fn next_due(&self) -> Result<(Option<Time>, Option<Time>), StoreError> {
        self.run(|| read::next_due(&self.db)).await
    }

    async fn claim_unreleased(&self, now: Time, limit: u32) -> Result<Vec<Unreleased>, StoreError> {
        self.settle_doubt().await?;
        self.run_claims(|| write::claim_unreleased(&self.db, self.me, self.lease, now, limit)).await
    }

    async fn released(&self, orders: &[i64]) -> Result<(), StoreError> {
        self.run_claims(|| write::release_due(&self.db, orders, None)).await
    }

    async fn release_later(&self, orders: &[i64], due: Time) -> Result<(), StoreError> {
        self.run_claims(|| write::release_due(&self.db, orders, Some(due))).await
    }

    async fn news(&self, limit: u32) -> Result<Vec<(i64, Vec<Event>)>, StoreError> {
        self.run(|| outbox::news(&self.db, self.me, RELAY_LEASE, limit)).await
    }

    async fn relayed(&self, places: &[i64]) {
        if let Err(error) = self.run(|| outbox::relayed(&self.db, self.me, places)).await {
            tracing::debug!(%error, "what was told is not written down; it is told again");
        }
    }

    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn orders_of(
        &self,
        user: UserId,
        before: Option<&OrderCursor>,
        limit: u32,
    ) -> Result<OrderPage, StoreError> {
        self.run(|| read::orders_of(&self.db, user, before, limit)).await
    }

    async fn order(&self, key: &OrderKey) -> Result<Option<OrderView>, StoreError> {
        self.run(|| read::order(&self.db, key)).await
    }

    async fn tickets(
        &self,
        status: Option<OrderStatus>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<TicketPage, StoreError> {
        self.run(|| read::tickets(&self.db, status, before, limit)).await
    }

    async fn ticket(&self, id: Uuid) -> Result<Option<Found>, StoreError> {
        self.run(|| read::ticket(&self.db, id)).await
    }

    async fn change_by_staff(
        &self,
        change: &Change,
        now: Time,
        deed: &Deed,
    ) -> Result<Option<Ticket>, StoreError> {
        self.run(|| write::change_by_staff(&self.db, change, now, deed)).await
    }

    async fn board(&self, ready_after: Time) -> Result<Board, StoreError> {
        self.run(|| read::board(&self.db, ready_after)).await
    }

    async fn reduce_to_totals(&self, before: Time, limit: u32) -> Result<u32, StoreError> {
        self.run(|| write::reduce_to_totals(&self.db, before, limit)).await
    }

    async fn stats(&self) -> Result<KitchenStats, StoreError> {
        self.run(|| read::stats(&self.db)).await
    }

    async fn is_up(&self) -> bool {
        self.db.is_up().await
    }
}
