//! Health of the services, from the heartbeats of their replicas, or from their responses while no heartbeat arrives.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use wire::{
    Time,
    ops::{ChaosState, HealthReport, Heartbeat, ServiceName, Up},
    order::LatencyStats,
};

use crate::{charts::Charts, latency_alert::LatencyAlert};

/// Time without a heartbeat after which a replica no longer counts.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for which a polled response counts.
const POLLED_TTL: Duration = Duration::from_secs(10);

/// Condition of a service as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Healthy.
    Up,
    /// Working without a dependency or some of its replicas.
    Degraded,
    /// In a chaos experiment.
    Chaos,
    /// Not working.
    Down,
    /// Neither heartbeat nor response.
    Silent,
}

/// Response of a service that was polled.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// Time by this device's clock.
    pub at: Time,
    /// Health; `None` without a response.
    pub health: Option<HealthReport>,
    /// Chaos experiment.
    pub chaos: Option<ChaosState>,
}

/// Summary of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceView {
    /// Service.
    pub service: ServiceName,
    /// Condition as a whole.
    pub condition: Condition,
    /// Dependencies, up if every replica reaches them.
    pub dependencies: Vec<(String, Up)>,
    /// Replicas by name, with their status.
    pub replicas: Vec<(String, Up)>,
    /// Running chaos experiment.
    pub chaos: Option<ChaosState>,
}

/// Stats of all services.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    replicas: BTreeMap<(ServiceName, String), (Time, Arc<Heartbeat>)>,
    polled: BTreeMap<ServiceName, Polled>,
    /// Whether any heartbeat or response arrived yet.
    begun: bool,
    /// Whether any heartbeat arrived yet.
    had_heartbeat: bool,
    /// Metrics for the charts.
    pub charts: Charts,
    /// Alert while the gateway is slow.
    pub latency_alert: LatencyAlert,
}

impl Stats {
    /// Returns the newest heartbeat of each replica.
    pub fn heartbeats(&self) -> impl Iterator<Item = &Heartbeat> + Clone {
        self.replicas.values().map(|(_, heartbeat)| &**heartbeat)
    }

    /// Returns the services without a heartbeat.
    pub fn silent_services(&self) -> impl Iterator<Item = ServiceName> {
        ServiceName::ALL
            .into_iter()
            .filter(|service| self.heartbeats().all(|heartbeat| heartbeat.service != Some(*service)))
    }

    /// Returns whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        !self.begun
    }

    /// Returns whether heartbeats stopped: nothing arrives over the connection.
    pub fn has_fallen_silent(&self) -> bool {
        self.had_heartbeat && self.replicas.is_empty()
    }

    /// Returns the gateway's rolling latency over all its replicas.
    pub fn latency(&self) -> Option<LatencyStats> {
        combined(self.heartbeats().filter_map(|heartbeat| heartbeat.latency.as_ref()))
    }

    /// Returns whether any service is in a chaos experiment.
    pub fn any_chaos(&self, now: Time) -> bool {
        ServiceName::ALL.into_iter().any(|service| self.running_chaos(service, now).is_some())
    }

    /// Returns the chaos experiment of a service that is not over.
    fn running_chaos(&self, service: ServiceName, now: Time) -> Option<&ChaosState> {
        let on = |state: &&ChaosState| state.chaos_mode && state.until.is_none_or(|until| until > now);
        let mut heartbeats =
            self.heartbeats().filter(|heartbeat| heartbeat.service == Some(service)).peekable();
        if heartbeats.peek().is_some() {
            return heartbeats.map(|heartbeat| &heartbeat.chaos).find(on);
        }
        self.polled.get(&service).and_then(|polled| polled.chaos.as_ref()).filter(on)
    }

    /// Returns the summary of one service.
    pub fn service(&self, service: ServiceName, now: Time) -> ServiceView {
        let heartbeats: Vec<_> =
            self.heartbeats().filter(|heartbeat| heartbeat.service == Some(service)).collect();
        let chaos = self.running_chaos(service, now).cloned();
        let polled = self.polled.get(&service).filter(|polled| now.since(polled.at) < POLLED_TTL);
        let reports: Vec<&HealthReport> = match polled {
            _ if !heartbeats.is_empty() => heartbeats.iter().map(|heartbeat| &heartbeat.health).collect(),
            Some(polled) => polled.health.iter().collect(),
            None => Vec::new(),
        };
        let condition = match (&chaos, reports.as_slice()) {
            (Some(_), _) => Condition::Chaos,
            (None, []) if polled.is_some() => Condition::Down,
            (None, []) => Condition::Silent,
            (None, reports) if reports.iter().all(|report| report.status == Up::Down) => Condition::Down,
            (None, reports) if reports.iter().all(|report| is_healthy(report)) => Condition::Up,
            (None, _) => Condition::Degraded,
        };
        ServiceView {
            service,
            condition,
            dependencies: dependencies(&reports),
            replicas: heartbeats
                .iter()
                .map(|heartbeat| (heartbeat.instance.clone(), heartbeat.health.status))
                .collect(),
            chaos,
        }
    }

    /// Takes the heartbeats of the second that ends at `now`, by this device's clock.
    pub fn second(&mut self, heartbeats: Vec<Heartbeat>, now: Time) {
        self.begun |= !heartbeats.is_empty();
        self.had_heartbeat |= !heartbeats.is_empty();
        for heartbeat in heartbeats {
            // A service of a later version has no place on this page.
            let Some(service) = heartbeat.service else { continue };
            let key = (service, heartbeat.instance.clone());
            let is_newer = self.replicas.get(&key).is_none_or(|(_, known)| known.at <= heartbeat.at);
            if is_newer {
                self.replicas.insert(key, (now, Arc::new(heartbeat)));
            }
        }
        self.replicas.retain(|_, (received, _)| now.since(*received) < HEARTBEAT_TIMEOUT);
        let latency = self.latency();
        let Self { replicas, charts, latency_alert, .. } = self;
        charts.add(&replicas.values().map(|(_, heartbeat)| &**heartbeat));
        if let Some(latency) = latency {
            latency_alert.take(&latency, now);
        }
    }

    /// Takes the response of a service that was polled.
    pub fn polled(&mut self, service: ServiceName, polled: Polled) {
        self.begun = true;
        self.polled.insert(service, polled);
    }

    /// Takes a measurement of the gateway's latency.
    pub fn latency_polled(&mut self, latency: &LatencyStats, now: Time) {
        self.latency_alert.take(latency, now);
    }

    /// Takes the chaos experiment that a service has confirmed.
    pub fn chaos_changed(&mut self, service: ServiceName, state: &ChaosState, now: Time) {
        for ((replica_of, _), (_, heartbeat)) in &mut self.replicas {
            if *replica_of == service {
                Arc::make_mut(heartbeat).chaos = state.clone();
            }
        }
        let polled = self.polled.entry(service).or_insert(Polled { at: now, health: None, chaos: None });
        polled.chaos = Some(state.clone());
    }
}

/// Combines the measurements of all replicas.
fn combined<'a>(all: impl Iterator<Item = &'a LatencyStats>) -> Option<LatencyStats> {
    all.cloned().reduce(|one, two| {
        let count = one.count_30s + two.count_30s;
        #[expect(clippy::cast_precision_loss, reason = "a count of requests in 30 s stays far below 2^52")]
        let weighted = |stats: &LatencyStats| stats.avg_30s * stats.count_30s as f64 / count.max(1) as f64;
        let avg_30s = weighted(&one) + weighted(&two);
        LatencyStats { avg_30s, count_30s: count, breached: avg_30s > one.threshold_s, ..one }
    })
}

fn is_healthy(report: &HealthReport) -> bool {
    report.status == Up::Up
        && report.degraded.is_empty()
        && report.dependencies.values().all(|up| *up == Up::Up)
}

/// Returns the dependencies of the replicas: up if every one of them reaches it.
fn dependencies(reports: &[&HealthReport]) -> Vec<(String, Up)> {
    let mut dependencies = BTreeMap::<&str, Up>::new();
    for report in reports {
        let degraded =
            report.degraded.iter().filter(|name| *name != "chaos").map(|name| (name.as_str(), Up::Down));
        let reported = report.dependencies.iter().map(|(name, up)| (name.as_str(), *up));
        for (name, up) in reported.chain(degraded) {
            let known = dependencies.entry(name).or_insert(Up::Up);
            if up == Up::Down {
                *known = Up::Down;
            }
        }
    }
    dependencies.into_iter().map(|(name, up)| (name.to_owned(), up)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::heartbeat;

    const STOCK: ServiceName = ServiceName::StockService;

    fn at(second: i64) -> Time {
        Time::from_millis(second * 1000)
    }

    fn report(stats: &mut Stats, second: i64, heartbeats: &[Heartbeat]) {
        stats.second(heartbeats.to_vec(), at(second));
    }

    fn down(mut heartbeat: Heartbeat) -> Heartbeat {
        heartbeat.health.status = Up::Down;
        heartbeat.health.dependencies.insert("database".to_owned(), Up::Down);
        heartbeat
    }

    fn condition(stats: &Stats, second: i64) -> Condition {
        stats.service(STOCK, at(second)).condition
    }

    #[test]
    fn the_condition_combines_all_replicas() {
        let mut stats = Stats::default();
        assert_eq!(condition(&stats, 0), Condition::Silent);
        report(&mut stats, 1, &[heartbeat(STOCK, "a", 1, &[]), heartbeat(STOCK, "b", 1, &[])]);
        assert_eq!(condition(&stats, 1), Condition::Up);
        report(&mut stats, 2, &[down(heartbeat(STOCK, "a", 2, &[]))]);
        let view = stats.service(STOCK, at(2));
        assert_eq!(view.condition, Condition::Degraded);
        assert_eq!(view.dependencies, [("database".to_owned(), Up::Down)]);
        assert_eq!(view.replicas, [("a".to_owned(), Up::Down), ("b".to_owned(), Up::Up)]);
        report(&mut stats, 3, &[down(heartbeat(STOCK, "b", 3, &[]))]);
        assert_eq!(condition(&stats, 3), Condition::Down);
        // A heartbeat that was overtaken changes nothing.
        report(&mut stats, 4, &[heartbeat(STOCK, "b", 2, &[])]);
        assert_eq!(condition(&stats, 4), Condition::Down);
    }

    #[test]
    fn a_replica_that_is_silent_for_five_seconds_is_gone() {
        let mut stats = Stats::default();
        report(&mut stats, 0, &[heartbeat(STOCK, "a", 0, &[])]);
        report(&mut stats, 4, &[]);
        assert_eq!((condition(&stats, 4), stats.has_fallen_silent()), (Condition::Up, false));
        assert!(stats.silent_services().all(|service| service != STOCK));
        report(&mut stats, 5, &[]);
        assert_eq!((condition(&stats, 5), stats.has_fallen_silent()), (Condition::Silent, true));
        assert_eq!(stats.silent_services().count(), 5);
        // It is polled instead, and does not respond; later nobody knows.
        stats.polled(STOCK, Polled { at: at(6), health: None, chaos: None });
        assert_eq!(condition(&stats, 7), Condition::Down);
        assert_eq!(condition(&stats, 16), Condition::Silent);
    }

    #[test]
    fn a_chaos_experiment_is_shown_until_it_ends() {
        let mut stats = Stats::default();
        report(&mut stats, 0, &[heartbeat(STOCK, "a", 0, &[])]);
        let mut chaos = heartbeat(STOCK, "a", 0, &[]).chaos;
        (chaos.chaos_mode, chaos.until) = (true, Some(at(60)));
        stats.chaos_changed(STOCK, &chaos, at(1));
        assert_eq!(condition(&stats, 1), Condition::Chaos);
        assert!(stats.any_chaos(at(59)) && !stats.any_chaos(at(60)));
        // Without heartbeats the response counts.
        report(&mut stats, 30, &[]);
        assert_eq!(condition(&stats, 30), Condition::Chaos);
        report(&mut stats, 31, &[heartbeat(STOCK, "a", 31, &[])]);
        assert_eq!(condition(&stats, 31), Condition::Up, "the heartbeat is newer");
    }

    #[test]
    fn the_average_is_that_of_all_requests() {
        let stats = |avg_30s, count_30s| LatencyStats {
            avg_30s,
            count_30s,
            breached: avg_30s > 1.0,
            threshold_s: 1.0,
            window_ms: 30_000,
        };
        let sum = combined([stats(4.0, 1), stats(0.0, 3)].iter()).unwrap();
        assert_eq!((sum.avg_30s, sum.count_30s, sum.breached), (1.0, 4, false));
        assert_eq!(combined([stats(0.0, 0), stats(0.0, 0)].iter()).unwrap().avg_30s, 0.0);
    }
}
