//! What operators see of the order queue, under the same names whichever adapter serves.

use prometheus::{Gauge, Histogram, IntGauge};
use service_kit::metrics::Metrics;

use crate::QueueStats;

/// The figures of an order queue. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    depth: IntGauge,
    dead_letters: IntGauge,
    per_commit: Histogram,
    /// The time from the call of `publish` to its confirmation.
    pub(crate) confirm: Histogram,
    /// The age of the oldest message, in seconds.
    pub(crate) oldest: Gauge,
}

impl Figures {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            depth: metrics.gauge("orders_queue_depth", "Orders published and not yet acknowledged"),
            dead_letters: metrics.gauge("queue_dead_letters", "Messages that the kitchen could not read"),
            per_commit: metrics.sizes("queue_orders_per_commit", "Orders made durable by one commit"),
            confirm: metrics.seconds("queue_confirm_seconds", "From publishing an order to its confirmation"),
            oldest: metrics.float_gauge("queue_oldest_seconds", "Age of the oldest order in the queue"),
        }
    }

    /// Shows how many messages there are.
    pub(crate) fn show(&self, stats: &QueueStats) {
        self.depth.set(i64::try_from(stats.depth).unwrap_or(i64::MAX));
        self.dead_letters.set(i64::try_from(stats.dead_letters).unwrap_or(i64::MAX));
    }

    /// So many messages were made durable together.
    pub(crate) fn committed(&self, messages: usize) {
        self.per_commit.observe(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
    }
}
