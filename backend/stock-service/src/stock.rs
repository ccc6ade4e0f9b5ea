//! The state of the running service: the store, the batcher in front of it, its metrics.

use std::sync::Arc;

use futures_util::future::join_all;
use prometheus::{Histogram, IntCounter, IntCounterVec};
use service_kit::{Clock, Service, batcher::Batcher};
use wire::ErrorCode;

use crate::{
    Config, Ports,
    domain::{
        StockError, StorageError,
        plan::{Operation, Outcome, RefusalReason},
    },
    news::News,
    store::StockStore,
    upkeep,
};

/// What the handlers work with. Clones are the same state.
#[derive(Clone)]
pub struct Stock {
    pub(crate) store: Arc<dyn StockStore>,
    pub(crate) news: News,
    pub(crate) clock: Clock,
    batcher: Batcher<Operation, Result<Outcome, StorageError>>,
}

impl Stock {
    /// Makes the state, registers the metrics of the service and starts its workers.
    pub fn start(service: &Service, config: &Config, ports: Ports) -> Self {
        let Ports { store, hints, fanout } = ports;
        let news = News::start(service, config, Arc::clone(&hints), fanout);
        upkeep::start(service, config, &store, &hints);
        let writer = Writer {
            store: Arc::clone(&store),
            news: news.clone(),
            clock: service.clock.clone(),
            counts: Counts::new(service),
        };
        let batcher = Batcher::start(
            &service.tasks,
            "stock-writer",
            config.waiting_orders,
            config.commit_orders,
            move |batch| {
                let writer = writer.clone();
                async move { writer.write(batch).await }
            },
        );
        Self { store, news, clock: service.clock.clone(), batcher }
    }

    /// Does what is asked, together with what others ask for at the same time. One outcome for each, in order.
    ///
    /// # Errors
    /// The database is away, or too many orders wait. Some of it may have been done; asking again is harmless.
    pub(crate) async fn apply(&self, operations: Vec<Operation>) -> Result<Vec<Outcome>, StockError> {
        let results = join_all(operations.into_iter().map(|operation| self.batcher.submit(operation))).await;
        results
            .into_iter()
            .map(|result| match result {
                Ok(Ok(outcome)) => Ok(outcome),
                Ok(Err(error)) => Err(StockError::Storage(error)),
                Err(_) => Err(StockError::Overloaded),
            })
            .collect()
    }
}

/// Writes batches.
#[derive(Clone)]
struct Writer {
    store: Arc<dyn StockStore>,
    news: News,
    clock: Clock,
    counts: Counts,
}

impl Writer {
    async fn write(&self, batch: Vec<Operation>) -> Vec<Result<Outcome, StorageError>> {
        match self.store.apply(&batch, self.clock.now()).await {
            Ok(applied) => {
                self.news.levels(applied.changed);
                self.counts.count(&batch, &applied.outcomes);
                applied.outcomes.into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error); batch.len()],
        }
    }
}

/// What is counted of orders.
#[derive(Clone)]
struct Counts {
    reduced: IntCounter,
    failed: IntCounterVec,
    released: IntCounter,
    per_commit: Histogram,
}

impl Counts {
    fn new(service: &Service) -> Self {
        let metrics = &service.metrics;
        Self {
            reduced: metrics.counter("stock_reduce_total", "Orders whose portions were taken"),
            failed: metrics.counters(
                "stock_reduce_failed_total",
                "Orders whose portions were not taken, by reason",
                "reason",
                RefusalReason::ALL
                    .map(RefusalReason::code)
                    .into_iter()
                    .chain([ErrorCode::Released, ErrorCode::KeyReused, ErrorCode::Conflict])
                    .map(ErrorCode::as_str),
            ),
            released: metrics.counter("stock_release_total", "Orders that were released"),
            per_commit: metrics.sizes("stock_orders_per_commit", "Orders that one commit carried"),
        }
    }

    /// Counts what is new; repeats were counted the first time.
    #[expect(clippy::cast_precision_loss, reason = "a batch has at most some thousand orders")]
    fn count(&self, batch: &[Operation], outcomes: &[Outcome]) {
        self.per_commit.observe(batch.len() as f64);
        for (operation, outcome) in batch.iter().zip(outcomes) {
            match (operation, outcome) {
                (_, Outcome::Done { repeated: true, .. } | Outcome::Refused { repeated: true, .. }) => {}
                (Operation::Reduce { .. }, Outcome::Done { .. }) => self.reduced.inc(),
                (Operation::Release { .. }, Outcome::Done { .. }) => self.released.inc(),
                (_, Outcome::Refused { .. } | Outcome::Released | Outcome::KeyReused | Outcome::Conflict) => {
                    let reason = outcome.code().map_or("", ErrorCode::as_str);
                    self.failed.with_label_values(&[reason]).inc();
                }
            }
        }
    }
}
