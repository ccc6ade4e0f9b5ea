//! Whether the gateway is slow, since when, and until when it was.

use std::time::Duration;

use wire::{Time, order::LatencyStats};

/// How long it is still said that the gateway was slow.
const REMEMBERED: Duration = Duration::from_secs(120);

/// A slow gateway.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slow {
    /// Since when.
    pub since: Time,
    /// Since when no longer.
    pub until: Option<Time>,
    /// The average in seconds: the present one, or the worst while it was slow.
    pub average: f64,
    worst: f64,
}

/// Whether the gateway is slow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alert(Option<Slow>);

impl Alert {
    /// The slowness that there is, or was a moment ago.
    pub fn slow(&self) -> Option<&Slow> {
        self.0.as_ref()
    }

    /// Takes a measurement in.
    pub fn take(&mut self, stats: &LatencyStats, now: Time) {
        let average = stats.avg_30s;
        self.0 = match (self.0, average > stats.threshold_s) {
            (Some(slow @ Slow { until: None, .. }), true) => {
                Some(Slow { average, worst: slow.worst.max(average), ..slow })
            }
            (_, true) => Some(Slow { since: now, until: None, average, worst: average }),
            (Some(slow @ Slow { until: None, .. }), false) => {
                Some(Slow { until: Some(now), average: slow.worst, ..slow })
            }
            (over, false) => {
                over.filter(|slow| slow.until.is_some_and(|until| now.since(until) < REMEMBERED))
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(alert: &mut Alert, second: i64, avg_30s: f64) {
        let stats =
            LatencyStats { avg_30s, count_30s: 9, breached: false, threshold_s: 1.0, window_ms: 30_000 };
        alert.take(&stats, Time::from_millis(second * 1000));
    }

    fn seen(alert: &Alert) -> Option<(i64, Option<i64>, f64)> {
        let slow = alert.slow()?;
        Some((slow.since.as_secs(), slow.until.map(Time::as_secs), slow.average))
    }

    #[test]
    fn it_says_since_when_and_then_until_when_for_a_while() {
        let mut alert = Alert::default();
        told(&mut alert, 0, 1.0);
        assert_eq!(seen(&alert), None, "the threshold itself is kept");
        told(&mut alert, 1, 1.2);
        told(&mut alert, 9, 3.4);
        told(&mut alert, 10, 1.1);
        assert_eq!(seen(&alert), Some((1, None, 1.1)));
        told(&mut alert, 20, 0.9);
        told(&mut alert, 30, 0.1);
        assert_eq!(seen(&alert), Some((1, Some(20), 3.4)));
        told(&mut alert, 50, 1.5);
        assert_eq!(seen(&alert), Some((50, None, 1.5)), "slow once more");
        told(&mut alert, 60, 0.5);
        told(&mut alert, 180, 0.5);
        assert_eq!(seen(&alert), None);
    }
}
