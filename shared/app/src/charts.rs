//! Metrics of all replicas together, second by second, for the charts of the console.

use std::collections::{BTreeMap, VecDeque};

use wire::{
    Time,
    ops::{Heartbeat, ServiceName},
};

/// Seconds shown by the charts.
pub const WINDOW_S: usize = 300;
/// Counter of accepted orders.
const ACCEPTED: &str = "orders_accepted_total";
/// Gauge of orders in the queue.
const DEPTH: &str = "orders_queue_depth";
/// Gauge of connected sockets.
const SOCKETS: &str = "socket_connections_active";
/// Histogram of the latency of order requests in the last 30 s.
const LATENCY: &str = "order_latency_30s";

/// Metrics of one second; `None` for a metric that no replica reported.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// Orders accepted per second.
    pub orders: Option<f64>,
    /// Median latency of order requests, in seconds.
    pub p50: Option<f64>,
    /// 95th percentile of the latency, in seconds.
    pub p95: Option<f64>,
    /// 99th percentile of the latency, in seconds.
    pub p99: Option<f64>,
    /// Orders in the queue.
    pub depth: Option<f64>,
    /// Orders verified per second.
    pub processed: Option<f64>,
    /// Retries per second.
    pub retried: Option<f64>,
    /// Orders rejected per second.
    pub failed: Option<f64>,
    /// Connected sockets.
    pub sockets: Option<f64>,
}

/// Counter of one replica: time of the reading, value, and growth per second up to it.
type Reading = (Time, f64, f64);

/// Metrics of the last minutes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Charts {
    points: VecDeque<Point>,
    readings: BTreeMap<(String, &'static str), Reading>,
}

impl Charts {
    /// Returns one point for each second, oldest first.
    pub fn points(&self) -> impl Iterator<Item = &Point> + Clone {
        self.points.iter()
    }

    /// Returns the newest point.
    pub fn newest(&self) -> Point {
        self.points.back().copied().unwrap_or_default()
    }

    /// Adds the point of a second from the newest heartbeat of each replica.
    pub fn add<'a>(&mut self, heartbeats: &(impl Iterator<Item = &'a Heartbeat> + Clone)) {
        let of = |service| heartbeats.clone().filter(move |heartbeat| heartbeat.service == Some(service));
        let (gateways, kitchens) = (of(ServiceName::OrderGateway), of(ServiceName::KitchenQueue));
        let histogram = histogram(gateways.clone());
        let point = Point {
            orders: self.rate(gateways, ACCEPTED),
            p50: quantile(&histogram, 0.5),
            p95: quantile(&histogram, 0.95),
            p99: quantile(&histogram, 0.99),
            // Each replica reports the same queue, so the maximum counts and not the sum.
            depth: heartbeats.clone().filter_map(|heartbeat| gauge(heartbeat, DEPTH)).reduce(f64::max),
            processed: self.rate(kitchens.clone(), "orders_processed_total"),
            retried: self.rate(kitchens.clone(), "orders_retried_total"),
            failed: self.rate(kitchens, "orders_failed_total"),
            sockets: of(ServiceName::NotificationHub)
                .filter_map(|heartbeat| gauge(heartbeat, SOCKETS))
                .reduce(|a, b| a + b),
        };
        self.points.push_back(point);
        while self.points.len() > WINDOW_S {
            self.points.pop_front();
        }
        // A replica that is gone comes back under another name, or counts anew.
        let is_alive = |instance: &str| heartbeats.clone().any(|heartbeat| heartbeat.instance == instance);
        self.readings.retain(|(instance, _), _| is_alive(instance));
    }

    /// Returns the growth of a counter per second over all replicas; `None` without a replica.
    fn rate<'a>(
        &mut self,
        heartbeats: impl Iterator<Item = &'a Heartbeat>,
        name: &'static str,
    ) -> Option<f64> {
        let mut sum = None;
        for heartbeat in heartbeats {
            let value = total(heartbeat, name);
            let key = (heartbeat.instance.clone(), name);
            let rate = self.readings.get(&key).map_or(0.0, |(at, before, rate)| {
                // A restarted replica counts from zero.
                let grown = if value < *before { value } else { value - before };
                let seconds = heartbeat.at.since(*at).as_secs_f64();
                // No heartbeat arrived in this second; the next one covers both.
                if seconds > 0.0 { grown / seconds } else { *rate }
            });
            self.readings.insert(key, (heartbeat.at, value, rate));
            sum = Some(sum.unwrap_or(0.0) + rate);
        }
        sum
    }
}

fn gauge(heartbeat: &Heartbeat, name: &str) -> Option<f64> {
    heartbeat.counters.get(name).copied()
}

/// Returns a counter summed over its labels.
fn total(heartbeat: &Heartbeat, name: &str) -> f64 {
    labelled(heartbeat, name).map(|(_, value)| value).sum()
}

/// Returns a metric by its labels.
fn labelled<'a>(heartbeat: &'a Heartbeat, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    heartbeat.counters.range(name.to_owned()..).take_while(move |(key, _)| key.starts_with(name)).filter_map(
        move |(key, value)| match &key[name.len()..] {
            "" => Some(("", *value)),
            labels => Some((labels.strip_prefix('{')?.strip_suffix('}')?, *value)),
        },
    )
}

/// Returns the cumulative histogram of the latency over all replicas: upper bound in seconds, requests.
fn histogram<'a>(heartbeats: impl Iterator<Item = &'a Heartbeat>) -> Vec<(f64, f64)> {
    let mut sums = Vec::<(f64, f64)>::new();
    for heartbeat in heartbeats {
        for (label, count) in labelled(heartbeat, LATENCY) {
            let bound = match label.strip_prefix("le=") {
                Some("+Inf") => f64::INFINITY,
                Some(bound) => bound.parse().unwrap_or(f64::INFINITY),
                None => continue,
            };
            match sums.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => sums.push((bound, count)),
            }
        }
    }
    sums.sort_by(|(one, _), (two, _)| one.total_cmp(two));
    sums
}

/// Returns a quantile of a histogram in seconds, by linear interpolation within its bucket; the last finite bound if it
/// lies above.
fn quantile(histogram: &[(f64, f64)], share: f64) -> Option<f64> {
    let all = histogram.last().map(|(_, count)| *count).filter(|count| *count > 0.0)?;
    let wanted = share * all;
    let (mut bound_before, mut count_before) = (0.0, 0.0);
    for (bound, count) in histogram {
        if *count >= wanted {
            if bound.is_infinite() {
                return Some(bound_before);
            }
            let part = (wanted - count_before) / (count - count_before);
            return Some(bound_before + (bound - bound_before) * part);
        }
        (bound_before, count_before) = (*bound, *count);
    }
    Some(bound_before)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use wire::ops::{ChaosState, HealthReport, Up};

    use super::*;

    pub(crate) fn heartbeat(
        service: ServiceName,
        instance: &str,
        second: i64,
        counters: &[(&str, f64)],
    ) -> Heartbeat {
        Heartbeat {
            service: Some(service),
            instance: instance.to_owned(),
            at: Time::from_millis(second * 1000),
            health: HealthReport {
                status: Up::Up,
                service: Some(service),
                dependencies: BTreeMap::new(),
                degraded: vec![],
            },
            chaos: ChaosState {
                service: Some(service),
                chaos_mode: false,
                mode: None,
                latency_ms: None,
                error_rate: None,
                until: None,
            },
            counters: counters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            latency: None,
        }
    }

    fn gateway(instance: &str, second: i64, accepted: f64) -> Heartbeat {
        heartbeat(ServiceName::OrderGateway, instance, second, &[(ACCEPTED, accepted)])
    }

    fn orders(figures: &mut Charts, heartbeats: &[Heartbeat]) -> Option<f64> {
        figures.add(&heartbeats.iter());
        figures.newest().orders
    }

    #[test]
    fn rates_add_up_over_replicas_and_survive_a_restart() {
        let mut figures = Charts::default();
        assert_eq!(orders(&mut figures, &[]), None, "nobody says");
        assert_eq!(orders(&mut figures, &[gateway("a", 0, 100.0), gateway("b", 0, 7.0)]), Some(0.0));
        assert_eq!(orders(&mut figures, &[gateway("a", 2, 120.0), gateway("b", 1, 12.0)]), Some(15.0));
        // The same heartbeat again, and one that counts from zero.
        assert_eq!(orders(&mut figures, &[gateway("a", 2, 120.0), gateway("b", 2, 3.0)]), Some(13.0));
        // One that comes back after a while is not a leap.
        orders(&mut figures, &[gateway("b", 3, 3.0)]);
        assert_eq!(orders(&mut figures, &[gateway("a", 9, 500.0), gateway("b", 4, 3.0)]), Some(0.0));
    }

    #[test]
    fn counters_are_summed_over_their_labels_and_no_other_name() {
        let counters = [
            ("orders_failed_total{reason=sold_out}", 2.0),
            ("orders_failed_total{reason=unknown_item}", 3.0),
            ("orders_failed_total_of_all_times", 50.0),
        ];
        let kitchen = |second, more: f64| {
            let counters = counters.map(|(name, value)| (name, value + more));
            heartbeat(ServiceName::KitchenQueue, "k", second, &counters)
        };
        let mut figures = Charts::default();
        figures.add(&[kitchen(0, 0.0)].iter());
        figures.add(&[kitchen(1, 1.0)].iter());
        assert_eq!(figures.newest().failed, Some(2.0));
        assert_eq!(figures.newest().processed, Some(0.0));
    }

    #[test]
    fn the_queue_is_one_and_sockets_are_many() {
        let at =
            |instance, name, value| heartbeat(ServiceName::NotificationHub, instance, 0, &[(name, value)]);
        let heartbeats =
            [at("a", SOCKETS, 3.0), at("b", SOCKETS, 4.0), at("c", DEPTH, 9.0), at("d", DEPTH, 8.0)];
        let mut figures = Charts::default();
        figures.add(&heartbeats.iter());
        assert_eq!((figures.newest().sockets, figures.newest().depth), (Some(7.0), Some(9.0)));
    }

    #[test]
    fn percentiles_are_those_of_all_requests_together() {
        let histogram = |instance, within: [f64; 3]| {
            let [a, b, c] = within;
            let counters = [
                ("order_latency_30s{le=0.1}", a),
                ("order_latency_30s{le=1}", b),
                ("order_latency_30s{le=+Inf}", c),
            ];
            heartbeat(ServiceName::OrderGateway, instance, 0, &counters)
        };
        let mut figures = Charts::default();
        figures.add(&[histogram("a", [90.0, 90.0, 90.0]), histogram("b", [0.0, 8.0, 10.0])].iter());
        let point = figures.newest();
        let close = |one: Option<f64>, two: f64| one.is_some_and(|one| (one - two).abs() < 1e-9);
        assert!(close(point.p50, 0.1 * 50.0 / 90.0), "{point:?}");
        assert!(close(point.p95, 0.1 + 0.9 * 5.0 / 8.0), "{point:?}");
        assert!(close(point.p99, 1.0), "longer than the last bound: {point:?}");
        figures.add(&[histogram("a", [0.0, 0.0, 0.0])].iter());
        assert_eq!(figures.newest().p50, None, "nothing was ordered");
    }

    #[test]
    fn no_more_than_five_minutes_are_kept() {
        let mut figures = Charts::default();
        for second in 0..2 * i64::try_from(WINDOW_S).unwrap() {
            figures.add(&[gateway(&format!("replica-{second}"), second, 0.0)].iter());
        }
        assert_eq!(figures.points().count(), WINDOW_S);
        assert_eq!(figures.readings.len(), 1);
    }
}
