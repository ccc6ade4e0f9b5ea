//! The workers. Each takes what is due from the store, does one thing, and writes down the result; each can be cut
//! off at any point and carried on by the next process.

mod board;
mod receive;
mod relay;
mod release;
mod timers;
mod upkeep;
mod verify;

use std::time::Duration;

use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge};
use service_kit::telemetry::{self, Span, SpanKind};
use wire::{TraceContext, status::Reason};

use crate::{App, store::StoreError};

pub(crate) use timers::timer_rules;

/// How long a worker rests after a failure of its store before it tries again.
const REST: Duration = Duration::from_millis(500);

/// What the kitchen counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) received: IntCounter,
    pub(crate) repeats: IntCounterVec,
    pub(crate) processed: IntCounter,
    pub(crate) retried: IntCounter,
    pub(crate) failed: IntCounterVec,
    pub(crate) ready: IntCounter,
    pub(crate) poison: IntCounter,
    pub(crate) unserved: IntGauge,
    pub(crate) oldest: Gauge,
    pub(crate) outbox: IntGauge,
    pub(crate) to_release: IntGauge,
}

impl Metrics {
    pub(crate) fn new(metrics: &service_kit::metrics::Metrics) -> Self {
        Self {
            received: metrics
                .counter("kitchen_orders_received_total", "Orders that arrived for the first time"),
            repeats: metrics.counters(
                "kitchen_repeats_total",
                "Orders that had arrived before, by whether they are the same",
                "kind",
                ["same", "other"],
            ),
            processed: metrics.counter("orders_processed_total", "Orders whose stock was verified"),
            retried: metrics
                .counter("orders_retried_total", "Tries that failed in a known way and are repeated"),
            failed: metrics.counters(
                "orders_failed_total",
                "Orders rejected by the kitchen",
                "reason",
                Reason::ALL.map(Reason::as_str),
            ),
            ready: metrics.counter("orders_ready_total", "Orders that became ready, each counted once"),
            poison: metrics.counter("kitchen_poison_total", "Messages that could not be read"),
            unserved: metrics.gauge("kitchen_unserved_orders", "Orders received and neither ready nor ended"),
            oldest: metrics
                .float_gauge("kitchen_oldest_unserved_seconds", "Age of the oldest unserved order"),
            outbox: metrics.gauge("kitchen_outbox_lag", "Changes that are not relayed yet"),
            to_release: metrics
                .gauge("kitchen_releases_pending", "Ended orders whose portions are not given back yet"),
        }
    }
}

/// Starts every worker.
pub(crate) fn start(app: &App) {
    let tasks = &app.service.tasks;
    tasks.spawn_worker("receive", receive::run(app.clone()));
    tasks.spawn_worker("verify", verify::run(app.clone()));
    tasks.spawn_worker("timers", timers::run(app.clone()));
    tasks.spawn_worker("release", release::run(app.clone()));
    tasks.spawn_worker("relay", relay::run(app.clone()));
    tasks.spawn_worker("board", board::run(app.clone()));
    tasks.spawn_worker("upkeep", upkeep::run(app.clone()));
}

/// Where spans are exported, a span for each order of a batch, in the trace that the order was accepted in.
fn spans<'a>(
    app: &App,
    name: &'static str,
    traces: impl Iterator<Item = Option<&'a TraceContext>>,
) -> Vec<Span> {
    let Some(tracer) = telemetry::tracer() else { return Vec::new() };
    traces.map(|trace| tracer.begin(app.service.name, SpanKind::Client, name, trace)).collect()
}

impl App {
    /// Completes when the service may work; false once it is asked to stop.
    async fn may_work(&self) -> bool {
        tokio::select! {
            biased;
            () = self.service.tasks.stopping() => false,
            () = self.service.chaos.usable() => true,
        }
    }

    /// Rests after a failure; false once the service is asked to stop.
    async fn rest(&self, worker: &str, error: &StoreError) -> bool {
        tracing::warn!(worker, %error, cause = %error.0, "a worker could not do its work; it tries again");
        self.service.tasks.pause(REST).await
    }
}
