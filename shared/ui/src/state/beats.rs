//! How the services are, from the beats of their replicas, or from what they answer while no beat is heard.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use wire::{
    Time,
    ops::{ChaosState, HealthReport, Heartbeat, ServiceName, Up},
    order::LatencyStats,
};
use yew::Reducible;

use super::{alert::Alert, figures::Figures};

/// After so long without a beat a replica is no longer counted.
const SILENCE: Duration = Duration::from_secs(5);
/// An answer is believed for so long.
const BELIEVED: Duration = Duration::from_secs(10);

/// How a service is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// All is well.
    Up,
    /// It works, without something, or without some of its replicas.
    Degraded,
    /// It is in a drill.
    Chaos,
    /// It does not work.
    Down,
    /// Nobody has heard of it.
    Silent,
}

/// What a service said when it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// When, by this device's clock.
    pub at: Time,
    /// How it is; `None` when it did not say.
    pub health: Option<HealthReport>,
    /// Its drill.
    pub chaos: Option<ChaosState>,
}

/// What is known of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceView {
    /// Which service.
    pub service: ServiceName,
    /// How it is as a whole.
    pub condition: Condition,
    /// What it needs, and whether every replica has it.
    pub needs: Vec<(String, Up)>,
    /// Its replicas: name, and whether each does its work.
    pub replicas: Vec<(String, Up)>,
    /// Its drill, while there is one.
    pub chaos: Option<ChaosState>,
}

/// What is known of all services.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beats {
    replicas: BTreeMap<(ServiceName, String), (Time, Rc<Heartbeat>)>,
    asked: BTreeMap<ServiceName, Asked>,
    /// Whether anything was heard or asked yet.
    begun: bool,
    /// Whether any beat was ever heard.
    spoken: bool,
    /// The figures for the plots.
    pub figures: Figures,
    /// Whether the gateway is slow.
    pub alert: Alert,
}

/// Something that has happened.
#[derive(Debug)]
pub enum Act {
    /// A second has passed at `now`, in which these beats were heard.
    Second {
        /// The beats.
        beats: Vec<Heartbeat>,
        /// The present, by this device's clock.
        now: Time,
    },
    /// A service was asked.
    Asked(ServiceName, Asked),
    /// A drill was ordered, and this is how it stands.
    Ordered(ChaosState, Time),
    /// The gateway was asked for its latency.
    Latency(LatencyStats, Time),
    /// Another person is there.
    Forget,
}

impl Beats {
    /// The newest beat of each replica that is heard.
    pub fn heard(&self) -> impl Iterator<Item = &Heartbeat> + Clone {
        self.replicas.values().map(|(_, beat)| &**beat)
    }

    /// The services that are not heard.
    pub fn unheard(&self) -> impl Iterator<Item = ServiceName> {
        ServiceName::ALL.into_iter().filter(|service| self.heard().all(|beat| beat.service != Some(*service)))
    }

    /// Whether nothing is known yet of anything.
    pub fn is_empty(&self) -> bool {
        !self.begun
    }

    /// Whether beats were heard, and no longer are: nothing comes through the line.
    pub fn has_fallen_silent(&self) -> bool {
        self.spoken && self.replicas.is_empty()
    }

    /// The gateway's rolling latency over all its replicas.
    pub fn latency(&self) -> Option<LatencyStats> {
        together(self.heard().filter_map(|beat| beat.latency.as_ref()))
    }

    /// Whether any service is in a drill.
    pub fn any_drill(&self, now: Time) -> bool {
        ServiceName::ALL.into_iter().any(|service| self.drill(service, now).is_some())
    }

    /// The drill of a service that is not over.
    fn drill(&self, service: ServiceName, now: Time) -> Option<&ChaosState> {
        let on = |state: &&ChaosState| state.chaos_mode && state.until.is_none_or(|until| until > now);
        let mut heard = self.heard().filter(|beat| beat.service == Some(service)).peekable();
        if heard.peek().is_some() {
            return heard.map(|beat| &beat.chaos).find(on);
        }
        self.asked.get(&service).and_then(|asked| asked.chaos.as_ref()).filter(on)
    }

    /// What is known of one service.
    pub fn service(&self, service: ServiceName, now: Time) -> ServiceView {
        let beats: Vec<_> = self.heard().filter(|beat| beat.service == Some(service)).collect();
        let chaos = self.drill(service, now).cloned();
        let asked = self.asked.get(&service).filter(|asked| now.since(asked.at) < BELIEVED);
        let reports: Vec<&HealthReport> = match asked {
            _ if !beats.is_empty() => beats.iter().map(|beat| &beat.health).collect(),
            Some(asked) => asked.health.iter().collect(),
            None => Vec::new(),
        };
        let condition = match (&chaos, reports.as_slice()) {
            (Some(_), _) => Condition::Chaos,
            (None, []) if asked.is_some() => Condition::Down,
            (None, []) => Condition::Silent,
            (None, reports) if reports.iter().all(|report| report.status == Up::Down) => Condition::Down,
            (None, reports) if reports.iter().all(|report| is_well(report)) => Condition::Up,
            (None, _) => Condition::Degraded,
        };
        ServiceView {
            service,
            condition,
            needs: needs(&reports),
            replicas: beats.iter().map(|beat| (beat.instance.clone(), beat.health.status)).collect(),
            chaos,
        }
    }

    fn second(&mut self, beats: Vec<Heartbeat>, now: Time) {
        self.begun |= !beats.is_empty();
        self.spoken |= !beats.is_empty();
        for beat in beats {
            let Some(service) = beat.service else { continue };
            let key = (service, beat.instance.clone());
            let newer = self.replicas.get(&key).is_none_or(|(_, known)| known.at <= beat.at);
            if newer {
                self.replicas.insert(key, (now, Rc::new(beat)));
            }
        }
        self.replicas.retain(|_, (heard, _)| now.since(*heard) < SILENCE);
        let latency = self.latency();
        let Self { replicas, figures, alert, .. } = self;
        figures.add(&replicas.values().map(|(_, beat)| &**beat));
        if let Some(latency) = latency {
            alert.take(&latency, now);
        }
    }

    fn ordered(&mut self, state: &ChaosState, now: Time) {
        for ((service, _), (_, beat)) in &mut self.replicas {
            if Some(*service) == state.service {
                Rc::make_mut(beat).chaos = state.clone();
            }
        }
        let Some(service) = state.service else { return };
        let asked = self.asked.entry(service).or_insert(Asked { at: now, health: None, chaos: None });
        asked.chaos = Some(state.clone());
    }
}

/// What all replicas measured, as one.
fn together<'a>(all: impl Iterator<Item = &'a LatencyStats>) -> Option<LatencyStats> {
    all.cloned().reduce(|one, two| {
        let count = one.count_30s + two.count_30s;
        #[expect(clippy::cast_precision_loss, reason = "a count of requests in 30 s stays far below 2^52")]
        let weighed = |stats: &LatencyStats| stats.avg_30s * stats.count_30s as f64 / count.max(1) as f64;
        let avg_30s = weighed(&one) + weighed(&two);
        LatencyStats { avg_30s, count_30s: count, breached: avg_30s > one.threshold_s, ..one }
    })
}

fn is_well(report: &HealthReport) -> bool {
    report.status == Up::Up
        && report.degraded.is_empty()
        && report.dependencies.values().all(|up| *up == Up::Up)
}

/// What the replicas need: up where every one of them has it.
fn needs(reports: &[&HealthReport]) -> Vec<(String, Up)> {
    let mut needs = BTreeMap::<&str, Up>::new();
    for report in reports {
        let away =
            report.degraded.iter().filter(|name| *name != "chaos").map(|name| (name.as_str(), Up::Down));
        let told = report.dependencies.iter().map(|(name, up)| (name.as_str(), *up));
        for (name, up) in told.chain(away) {
            let known = needs.entry(name).or_insert(Up::Up);
            if up == Up::Down {
                *known = Up::Down;
            }
        }
    }
    needs.into_iter().map(|(name, up)| (name.to_owned(), up)).collect()
}

impl Reducible for Beats {
    type Action = Act;

    fn reduce(mut self: Rc<Self>, act: Act) -> Rc<Self> {
        let beats = Rc::make_mut(&mut self);
        match act {
            Act::Second { beats: heard, now } => beats.second(heard, now),
            Act::Asked(service, asked) => {
                beats.begun = true;
                beats.asked.insert(service, asked);
            }
            Act::Ordered(state, now) => beats.ordered(&state, now),
            Act::Latency(latency, now) => beats.alert.take(&latency, now),
            Act::Forget => *beats = Self::default(),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{super::figures::tests::beat, *};

    const STOCK: ServiceName = ServiceName::StockService;

    fn at(second: i64) -> Time {
        Time::from_millis(second * 1000)
    }

    fn told(beats: &mut Beats, second: i64, heard: &[Heartbeat]) {
        beats.second(heard.to_vec(), at(second));
    }

    fn down(mut beat: Heartbeat) -> Heartbeat {
        beat.health.status = Up::Down;
        beat.health.dependencies.insert("database".to_owned(), Up::Down);
        beat
    }

    fn condition(beats: &Beats, second: i64) -> Condition {
        beats.service(STOCK, at(second)).condition
    }

    #[test]
    fn a_service_is_as_its_replicas_are_together() {
        let mut beats = Beats::default();
        assert_eq!(condition(&beats, 0), Condition::Silent);
        told(&mut beats, 1, &[beat(STOCK, "a", 1, &[]), beat(STOCK, "b", 1, &[])]);
        assert_eq!(condition(&beats, 1), Condition::Up);
        told(&mut beats, 2, &[down(beat(STOCK, "a", 2, &[]))]);
        let view = beats.service(STOCK, at(2));
        assert_eq!(view.condition, Condition::Degraded);
        assert_eq!(view.needs, [("database".to_owned(), Up::Down)]);
        assert_eq!(view.replicas, [("a".to_owned(), Up::Down), ("b".to_owned(), Up::Up)]);
        told(&mut beats, 3, &[down(beat(STOCK, "b", 3, &[]))]);
        assert_eq!(condition(&beats, 3), Condition::Down);
        // A beat that was overtaken changes nothing.
        told(&mut beats, 4, &[beat(STOCK, "b", 2, &[])]);
        assert_eq!(condition(&beats, 4), Condition::Down);
    }

    #[test]
    fn a_replica_that_is_silent_for_five_seconds_is_gone() {
        let mut beats = Beats::default();
        told(&mut beats, 0, &[beat(STOCK, "a", 0, &[])]);
        told(&mut beats, 4, &[]);
        assert_eq!((condition(&beats, 4), beats.has_fallen_silent()), (Condition::Up, false));
        assert!(beats.unheard().all(|service| service != STOCK));
        told(&mut beats, 5, &[]);
        assert_eq!((condition(&beats, 5), beats.has_fallen_silent()), (Condition::Silent, true));
        assert_eq!(beats.unheard().count(), 5);
        // It was asked instead, and did not answer; later nobody knows.
        let beats = Rc::new(beats);
        let asked = Asked { at: at(6), health: None, chaos: None };
        let beats = beats.reduce(Act::Asked(STOCK, asked));
        assert_eq!(condition(&beats, 7), Condition::Down);
        assert_eq!(condition(&beats, 16), Condition::Silent);
    }

    #[test]
    fn a_drill_is_seen_until_it_ends_whoever_tells_of_it() {
        let mut beats = Beats::default();
        told(&mut beats, 0, &[beat(STOCK, "a", 0, &[])]);
        let mut drill = beat(STOCK, "a", 0, &[]).chaos;
        (drill.chaos_mode, drill.until) = (true, Some(at(60)));
        let beats = Rc::new(beats).reduce(Act::Ordered(drill, at(1)));
        assert_eq!(condition(&beats, 1), Condition::Chaos);
        assert!(beats.any_drill(at(59)) && !beats.any_drill(at(60)));
        // While no beat is heard, the answer counts.
        let beats = beats.reduce(Act::Second { beats: vec![], now: at(30) });
        assert_eq!(condition(&beats, 30), Condition::Chaos);
        let beats = beats.reduce(Act::Second { beats: vec![beat(STOCK, "a", 31, &[])], now: at(31) });
        assert_eq!(condition(&beats, 31), Condition::Up, "the beat knows better");
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
        let sum = together([stats(4.0, 1), stats(0.0, 3)].iter()).unwrap();
        assert_eq!((sum.avg_30s, sum.count_30s, sum.breached), (1.0, 4, false));
        assert_eq!(together([stats(0.0, 0), stats(0.0, 0)].iter()).unwrap().avg_30s, 0.0);
    }
}
