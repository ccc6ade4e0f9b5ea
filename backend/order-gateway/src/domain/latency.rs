//! The rolling latency of order requests: thirty buckets of one second.

use std::time::Duration;

use parking_lot::Mutex;
use wire::{Time, order::LatencyStats};

const SECONDS: usize = 30;

/// Upper bounds of the classes that times are counted in, in milliseconds. What took longer is in one class more.
const BOUNDS_MS: [u16; 18] =
    [1, 2, 3, 5, 7, 10, 15, 25, 50, 100, 200, 350, 600, 1_000, 1_500, 2_500, 5_000, 10_000];

/// The last thirty seconds.
#[derive(Debug)]
pub struct LatencyWindow {
    threshold: Duration,
    buckets: Mutex<[Bucket; SECONDS]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    second: i64,
    count: u64,
    total: Duration,
    /// How many took as long as each class says.
    classes: [u64; BOUNDS_MS.len() + 1],
}

impl LatencyWindow {
    /// An empty window; an average above `threshold` breaches it.
    pub fn new(threshold: Duration) -> Self {
        Self { threshold, buckets: Mutex::new([Bucket::default(); SECONDS]) }
    }

    /// Adds a request that ended at `now`.
    pub fn record(&self, now: Time, took: Duration) {
        let second = now.as_secs();
        let at = usize::try_from(second.rem_euclid(30)).unwrap_or(0);
        let mut buckets = self.buckets.lock();
        let bucket = &mut buckets[at];
        if bucket.second != second {
            *bucket = Bucket { second, ..Bucket::default() };
        }
        bucket.count += 1;
        bucket.total += took;
        let class = BOUNDS_MS.partition_point(|bound| Duration::from_millis((*bound).into()) < took);
        bucket.classes[class] += 1;
    }

    /// How the times of the window that ends at `now` are spread: for each bound in seconds, how many requests took at
    /// most as long. Such counts add up over replicas, which percentiles do not.
    pub fn spread(&self, now: Time) -> Vec<(String, f64)> {
        let now = now.as_secs();
        let mut classes = [0_u64; BOUNDS_MS.len() + 1];
        for bucket in self.buckets.lock().iter() {
            if (now - 29..=now).contains(&bucket.second) {
                classes.iter_mut().zip(bucket.classes).for_each(|(sum, count)| *sum += count);
            }
        }
        let bounds = BOUNDS_MS.map(|bound| (f64::from(bound) / 1000.0).to_string());
        let names = bounds.into_iter().chain(["+Inf".to_owned()]);
        let mut sum = 0;
        let spread = names.zip(classes).map(|(bound, count)| {
            sum += count;
            #[expect(
                clippy::cast_precision_loss,
                reason = "a count of requests in 30 s stays far below 2^52"
            )]
            let sum = sum as f64;
            (format!("order_latency_30s{{le={bound}}}"), sum)
        });
        spread.collect()
    }

    /// The window that ends at `now`.
    pub fn stats(&self, now: Time) -> LatencyStats {
        let now = now.as_secs();
        let (mut count, mut total) = (0_u64, Duration::ZERO);
        for bucket in self.buckets.lock().iter() {
            if (now - 29..=now).contains(&bucket.second) {
                count += bucket.count;
                total += bucket.total;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of requests in 30 s stays far below 2^52")]
        let avg_30s = if count == 0 { 0.0 } else { total.as_secs_f64() / count as f64 };
        LatencyStats {
            avg_30s,
            count_30s: count,
            breached: avg_30s > self.threshold.as_secs_f64(),
            threshold_s: self.threshold.as_secs_f64(),
            window_ms: 30_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_by_the_bound_that_they_keep() {
        let window = LatencyWindow::new(Duration::from_secs(1));
        let at = |seconds: i64| Time::from_millis(1_700_000_000_000 + seconds * 1000);
        for (second, millis) in [(0, 4), (10, 1_000), (10, 1_001), (11, 60_000)] {
            window.record(at(second), Duration::from_millis(millis));
        }
        let within = |now, bound: &str| {
            let name = format!("order_latency_30s{{le={bound}}}");
            window.spread(at(now)).into_iter().find(|(known, _)| *known == name).map(|(_, count)| count)
        };
        let bounds = ["0.003", "0.005", "1", "1.5", "10", "+Inf"];
        assert_eq!(bounds.map(|bound| within(20, bound)), [0.0, 1.0, 2.0, 3.0, 3.0, 4.0].map(Some));
        assert_eq!(bounds.map(|bound| within(30, bound)), [0.0, 0.0, 1.0, 2.0, 2.0, 3.0].map(Some));
    }

    #[test]
    fn what_is_older_than_thirty_seconds_no_longer_counts() {
        let window = LatencyWindow::new(Duration::from_secs(1));
        let at = |seconds: i64| Time::from_millis(1_700_000_000_000 + seconds * 1000);
        window.record(at(0), Duration::from_secs(3));
        window.record(at(1), Duration::from_secs(1));
        let stats = window.stats(at(1));
        assert_eq!((stats.count_30s, stats.avg_30s, stats.breached), (2, 2.0, true));
        assert_eq!(window.stats(at(30)).count_30s, 1);
        assert_eq!(window.stats(at(31)).count_30s, 0);
        window.record(at(60), Duration::from_millis(500));
        let stats = window.stats(at(60));
        assert_eq!((stats.count_30s, stats.avg_30s, stats.breached), (1, 0.5, false));
    }
}
