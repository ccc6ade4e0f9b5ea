//! Metrics of kiosks, read from the store at an interval, so that every replica shows the same kiosks.

use std::{collections::BTreeSet, time::Duration};

use parking_lot::Mutex;
use prometheus::{IntGauge, IntGaugeVec};
use service_kit::metrics::Metrics;
use wire::Time;

use crate::store::kiosk::StoredKiosk;

/// Interval between two reads of the store.
pub(crate) const KIOSK_METRICS_INTERVAL: Duration = Duration::from_secs(10);
/// Most kiosks that are read, and so most values of the label.
pub(crate) const MAX_KIOSKS: u32 = 200;

/// Gauges of kiosks that are admitted, open, and have reported.
pub(crate) struct KioskMetrics {
    age: IntGaugeVec,
    outbox: IntGaugeVec,
    silent_after: IntGauge,
    shown: Mutex<BTreeSet<String>>,
}

impl KioskMetrics {
    pub(crate) fn new(metrics: &Metrics, silent_after: Duration) -> Self {
        let gauges = Self {
            age: metrics.gauges(
                "kiosk_heartbeat_age_seconds",
                "Time since the last heartbeat of each kiosk that is open",
                "kiosk",
            ),
            outbox: metrics.gauges(
                "kiosk_outbox_orders",
                "Orders kept at each open kiosk and not sent yet, by its last heartbeat",
                "kiosk",
            ),
            silent_after: metrics.gauge(
                "kiosk_silent_after_seconds",
                "Age of the last heartbeat from which a kiosk is silent",
            ),
            shown: Mutex::default(),
        };
        gauges.silent_after.set(i64::try_from(silent_after.as_secs()).unwrap_or(i64::MAX));
        gauges
    }

    /// Shows these kiosks and no others.
    pub(crate) fn show(&self, kiosks: &[StoredKiosk], now: Time) {
        let mut shown = self.shown.lock();
        let mut current = BTreeSet::new();
        for kiosk in kiosks.iter().filter(|kiosk| kiosk.open && !kiosk.user.disabled) {
            let Some(heartbeat) = &kiosk.heartbeat else { continue };
            let name = kiosk.user.username.as_str();
            let age = i64::try_from(now.since(heartbeat.at).as_secs()).unwrap_or(i64::MAX);
            self.age.with_label_values(&[name]).set(age);
            self.outbox.with_label_values(&[name]).set(heartbeat.report.outbox.into());
            current.insert(name.to_owned());
        }
        for gone in shown.difference(&current) {
            let _ = self.age.remove_label_values(&[gone]);
            let _ = self.outbox.remove_label_values(&[gone]);
        }
        *shown = current;
    }
}
