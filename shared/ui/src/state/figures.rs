//! Figures of all replicas together, second by second, for the plots of the console.

use std::collections::{BTreeMap, VecDeque};

use wire::{
    Time,
    ops::{Heartbeat, ServiceName},
};

/// For so many seconds figures are kept.
pub const KEPT: usize = 300;
/// The counter of orders that were accepted.
const ACCEPTED: &str = "orders_accepted_total";
/// The gauge of orders that wait in the queue.
const DEPTH: &str = "orders_queue_depth";
/// The gauge of sockets.
const SOCKETS: &str = "socket_connections_active";
/// How many order requests of the last 30 s took at most so long.
const SPREAD: &str = "order_latency_30s";

/// The figures of one second. What nobody has told is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// Orders accepted in a second.
    pub orders: Option<f64>,
    /// The latency that half of the order requests keep, in seconds.
    pub p50: Option<f64>,
    /// That 95 of 100 keep.
    pub p95: Option<f64>,
    /// That 99 of 100 keep.
    pub p99: Option<f64>,
    /// Orders in the queue.
    pub depth: Option<f64>,
    /// Orders in a second whose stock was verified.
    pub processed: Option<f64>,
    /// Tries in a second that are repeated.
    pub retried: Option<f64>,
    /// Orders in a second that were rejected.
    pub failed: Option<f64>,
    /// Sockets that are connected.
    pub sockets: Option<f64>,
}

/// A counter of one replica: when it was read, what it was, and how fast it grew up to then, in a second.
type Reading = (Time, f64, f64);

/// The figures of the last minutes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    points: VecDeque<Point>,
    readings: BTreeMap<(String, &'static str), Reading>,
}

impl Figures {
    /// The points, the oldest first, one for each second.
    pub fn points(&self) -> impl Iterator<Item = &Point> + Clone {
        self.points.iter()
    }

    /// The newest.
    pub fn newest(&self) -> Point {
        self.points.back().copied().unwrap_or_default()
    }

    /// Adds the point of a second, from the newest beat of each replica that is heard.
    pub fn add<'a>(&mut self, beats: &(impl Iterator<Item = &'a Heartbeat> + Clone)) {
        let of = |service| beats.clone().filter(move |beat| beat.service == Some(service));
        let (gateways, kitchens) = (of(ServiceName::OrderGateway), of(ServiceName::KitchenQueue));
        let spread = spread(gateways.clone());
        let point = Point {
            orders: self.rate(gateways, ACCEPTED),
            p50: quantile(&spread, 0.5),
            p95: quantile(&spread, 0.95),
            p99: quantile(&spread, 0.99),
            // Each replica sees the one queue, so the numbers do not add up.
            depth: beats.clone().filter_map(|beat| gauge(beat, DEPTH)).reduce(f64::max),
            processed: self.rate(kitchens.clone(), "orders_processed_total"),
            retried: self.rate(kitchens.clone(), "orders_retried_total"),
            failed: self.rate(kitchens, "orders_failed_total"),
            sockets: of(ServiceName::NotificationHub)
                .filter_map(|beat| gauge(beat, SOCKETS))
                .reduce(|a, b| a + b),
        };
        self.points.push_back(point);
        while self.points.len() > KEPT {
            self.points.pop_front();
        }
        // A replica that has gone comes back under another name, or begins anew.
        let heard = |instance: &str| beats.clone().any(|beat| beat.instance == instance);
        self.readings.retain(|(instance, _), _| heard(instance));
    }

    /// How fast a counter grows, over all replicas together; nothing where no replica is heard.
    fn rate<'a>(&mut self, beats: impl Iterator<Item = &'a Heartbeat>, name: &'static str) -> Option<f64> {
        let mut sum = None;
        for beat in beats {
            let value = total(beat, name);
            let key = (beat.instance.clone(), name);
            let rate = self.readings.get(&key).map_or(0.0, |(at, before, rate)| {
                // One that was started again counts from zero.
                let grown = if value < *before { value } else { value - before };
                let seconds = beat.at.since(*at).as_secs_f64();
                // No beat has come in this second; the next one tells of both.
                if seconds > 0.0 { grown / seconds } else { *rate }
            });
            self.readings.insert(key, (beat.at, value, rate));
            sum = Some(sum.unwrap_or(0.0) + rate);
        }
        sum
    }
}

fn gauge(beat: &Heartbeat, name: &str) -> Option<f64> {
    beat.counters.get(name).copied()
}

/// A counter, summed over its labels.
fn total(beat: &Heartbeat, name: &str) -> f64 {
    labelled(beat, name).map(|(_, value)| value).sum()
}

/// A metric with what stands in its braces.
fn labelled<'a>(beat: &'a Heartbeat, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    beat.counters.range(name.to_owned()..).take_while(move |(key, _)| key.starts_with(name)).filter_map(
        move |(key, value)| match &key[name.len()..] {
            "" => Some(("", *value)),
            labels => Some((labels.strip_prefix('{')?.strip_suffix('}')?, *value)),
        },
    )
}

/// For each bound in seconds, how many requests of all replicas took at most as long.
fn spread<'a>(beats: impl Iterator<Item = &'a Heartbeat>) -> Vec<(f64, f64)> {
    let mut sums = Vec::<(f64, f64)>::new();
    for beat in beats {
        for (label, count) in labelled(beat, SPREAD) {
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

/// What a share of the requests keeps, in seconds: on a straight line between the bounds around it, since more is not
/// known. Where it lies above the last bound, that bound.
fn quantile(spread: &[(f64, f64)], share: f64) -> Option<f64> {
    let all = spread.last().map(|(_, count)| *count).filter(|count| *count > 0.0)?;
    let wanted = share * all;
    let (mut bound_before, mut count_before) = (0.0, 0.0);
    for (bound, count) in spread {
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

    pub(crate) fn beat(
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
        beat(ServiceName::OrderGateway, instance, second, &[(ACCEPTED, accepted)])
    }

    fn orders(figures: &mut Figures, beats: &[Heartbeat]) -> Option<f64> {
        figures.add(&beats.iter());
        figures.newest().orders
    }

    #[test]
    fn rates_add_up_over_replicas_and_survive_a_restart() {
        let mut figures = Figures::default();
        assert_eq!(orders(&mut figures, &[]), None, "nobody says");
        assert_eq!(orders(&mut figures, &[gateway("a", 0, 100.0), gateway("b", 0, 7.0)]), Some(0.0));
        assert_eq!(orders(&mut figures, &[gateway("a", 2, 120.0), gateway("b", 1, 12.0)]), Some(15.0));
        // The same beat again, and one that counts from zero.
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
            beat(ServiceName::KitchenQueue, "k", second, &counters)
        };
        let mut figures = Figures::default();
        figures.add(&[kitchen(0, 0.0)].iter());
        figures.add(&[kitchen(1, 1.0)].iter());
        assert_eq!(figures.newest().failed, Some(2.0));
        assert_eq!(figures.newest().processed, Some(0.0));
    }

    #[test]
    fn the_queue_is_one_and_sockets_are_many() {
        let at = |instance, name, value| beat(ServiceName::NotificationHub, instance, 0, &[(name, value)]);
        let beats = [at("a", SOCKETS, 3.0), at("b", SOCKETS, 4.0), at("c", DEPTH, 9.0), at("d", DEPTH, 8.0)];
        let mut figures = Figures::default();
        figures.add(&beats.iter());
        assert_eq!((figures.newest().sockets, figures.newest().depth), (Some(7.0), Some(9.0)));
    }

    #[test]
    fn percentiles_are_those_of_all_requests_together() {
        let spread = |instance, within: [f64; 3]| {
            let [a, b, c] = within;
            let counters = [
                ("order_latency_30s{le=0.1}", a),
                ("order_latency_30s{le=1}", b),
                ("order_latency_30s{le=+Inf}", c),
            ];
            beat(ServiceName::OrderGateway, instance, 0, &counters)
        };
        let mut figures = Figures::default();
        figures.add(&[spread("a", [90.0, 90.0, 90.0]), spread("b", [0.0, 8.0, 10.0])].iter());
        let point = figures.newest();
        let close = |one: Option<f64>, two: f64| one.is_some_and(|one| (one - two).abs() < 1e-9);
        assert!(close(point.p50, 0.1 * 50.0 / 90.0), "{point:?}");
        assert!(close(point.p95, 0.1 + 0.9 * 5.0 / 8.0), "{point:?}");
        assert!(close(point.p99, 1.0), "longer than the last bound: {point:?}");
        figures.add(&[spread("a", [0.0, 0.0, 0.0])].iter());
        assert_eq!(figures.newest().p50, None, "nothing was ordered");
    }

    #[test]
    fn no_more_than_five_minutes_are_kept() {
        let mut figures = Figures::default();
        for second in 0..2 * i64::try_from(KEPT).unwrap() {
            figures.add(&[gateway(&format!("replica-{second}"), second, 0.0)].iter());
        }
        assert_eq!(figures.points().count(), KEPT);
        assert_eq!(figures.readings.len(), 1);
    }
}
