//! Alert while orders take too long at the gateway.

use std::time::Duration;

use wire::{Time, order::LatencyStats};

/// Period for which an alert that is over is still shown.
const SHOWN_PERIOD: Duration = Duration::from_secs(120);

/// Period in which the gateway was slow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slow {
    /// Beginning.
    pub since: Time,
    /// End; `None` while it lasts.
    pub until: Option<Time>,
    /// Average latency in seconds: the present one, or the worst of a period that is over.
    pub average: f64,
    worst: f64,
}

/// Alert while orders take too long at the gateway.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LatencyAlert(Option<Slow>);

impl LatencyAlert {
    /// Returns the slow period that lasts, or ended a moment ago.
    pub fn slow(&self) -> Option<&Slow> {
        self.0.as_ref()
    }

    /// Takes a measurement of the rolling latency.
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
                over.filter(|slow| slow.until.is_some_and(|until| now.since(until) < SHOWN_PERIOD))
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(alert: &mut LatencyAlert, second: i64, avg_30s: f64) {
        let stats =
            LatencyStats { avg_30s, count_30s: 9, breached: false, threshold_s: 1.0, window_ms: 30_000 };
        alert.take(&stats, Time::from_millis(second * 1000));
    }

    fn shown(alert: &LatencyAlert) -> Option<(i64, Option<i64>, f64)> {
        let slow = alert.slow()?;
        Some((slow.since.as_secs(), slow.until.map(Time::as_secs), slow.average))
    }

    #[test]
    fn a_slow_period_is_shown_until_a_while_after_its_end() {
        let mut alert = LatencyAlert::default();
        measure(&mut alert, 0, 1.0);
        assert_eq!(shown(&alert), None, "the threshold itself is kept");
        measure(&mut alert, 1, 1.2);
        measure(&mut alert, 9, 3.4);
        measure(&mut alert, 10, 1.1);
        assert_eq!(shown(&alert), Some((1, None, 1.1)));
        measure(&mut alert, 20, 0.9);
        measure(&mut alert, 30, 0.1);
        assert_eq!(shown(&alert), Some((1, Some(20), 3.4)));
        measure(&mut alert, 50, 1.5);
        assert_eq!(shown(&alert), Some((50, None, 1.5)), "slow once more");
        measure(&mut alert, 60, 0.5);
        measure(&mut alert, 180, 0.5);
        assert_eq!(shown(&alert), None);
    }
}
