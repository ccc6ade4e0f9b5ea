//! Drills: an admin switches a service off, makes it slow or faulty, or ends it, and it recovers by itself.

use std::time::Duration;

use tokio::{sync::watch, time::Instant};
use wire::{
    FieldError, Time,
    ops::{ChaosMode, ChaosState, ServiceName, SetChaos},
};

use crate::clock::Clock;

/// One service's drill. Clones are the same drill.
#[derive(Debug, Clone)]
pub struct Chaos {
    service: ServiceName,
    clock: Clock,
    now: watch::Sender<Option<Drill>>,
    /// The last order that was given to this replica itself.
    ordered: watch::Sender<Option<SetChaos>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Drill {
    kind: Kind,
    ends: Instant,
    until: Time,
}

/// What a drill does to a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Every request is answered with 503, and no work is done.
    Unavailable,
    /// Every request is answered this much later.
    Latency(Duration),
    /// This share of requests is answered with 503.
    Errors(f64),
    /// The service ends at once.
    Kill,
}

impl Chaos {
    /// No drill.
    pub fn new(service: ServiceName, clock: Clock) -> Self {
        Self { service, clock, now: watch::Sender::new(None), ordered: watch::Sender::new(None) }
    }

    /// What a drill does at the moment.
    pub fn current(&self) -> Option<Kind> {
        self.drill().map(|drill| drill.kind)
    }

    fn drill(&self) -> Option<Drill> {
        (*self.now.borrow()).filter(|drill| Instant::now() < drill.ends)
    }

    /// Whether the service is to do no work.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.current(), Some(Kind::Unavailable | Kind::Kill))
    }

    /// Completes when the service may work: at once, but in a drill of the kind `unavailable`.
    pub async fn usable(&self) {
        let mut changes = self.now.subscribe();
        loop {
            let Some(drill) = self.drill() else { return };
            if !matches!(drill.kind, Kind::Unavailable | Kind::Kill) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(drill.ends) => {}
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Completes when the service is to do no work any more.
    pub async fn unusable(&self) {
        let mut changes = self.now.subscribe();
        while !self.is_unavailable() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Starts or ends a drill.
    ///
    /// # Errors
    /// The fields that are out of range; nothing has changed then.
    pub fn set(&self, order: &SetChaos) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut check = |good: bool, field: &str, rule: &str| {
            if !good {
                errors.push(FieldError { field: field.to_owned(), message: rule.to_owned() });
            }
        };
        let latency = order.latency_ms.unwrap_or(2000);
        let rate = order.error_rate.unwrap_or(0.5);
        let seconds = order.for_seconds.unwrap_or(300);
        check((1..=60_000).contains(&latency), "latencyMs", "must be 1 to 60000");
        check(rate > 0.0 && rate <= 1.0, "errorRate", "must be above 0 and at most 1");
        check((1..=86_400).contains(&seconds), "forSeconds", "must be 1 to 86400");
        if !errors.is_empty() {
            return Err(errors);
        }
        let kind = match order.mode.unwrap_or(ChaosMode::Unavailable) {
            ChaosMode::Unavailable => Kind::Unavailable,
            ChaosMode::Latency => Kind::Latency(Duration::from_millis(latency.into())),
            ChaosMode::Errors => Kind::Errors(rate),
            ChaosMode::Kill => Kind::Kill,
            ChaosMode::Unknown => {
                let message = "is not known to this version".to_owned();
                return Err(vec![FieldError { field: "mode".to_owned(), message }]);
            }
        };
        let time = Duration::from_secs(seconds.into());
        let drill = Drill { kind, ends: Instant::now() + time, until: self.clock.now().plus(time) };
        self.now.send_replace(order.enable.then_some(drill));
        Ok(())
    }

    /// Tells whoever carries drills to the other replicas that this order was given here.
    pub fn announce(&self, order: SetChaos) {
        self.ordered.send_replace(Some(order));
    }

    /// The orders that are given to this replica itself, from now on.
    pub fn announced(&self) -> watch::Receiver<Option<SetChaos>> {
        self.ordered.subscribe()
    }

    /// For people.
    pub fn state(&self) -> ChaosState {
        let mut state = ChaosState {
            service: Some(self.service),
            chaos_mode: false,
            mode: None,
            latency_ms: None,
            error_rate: None,
            until: None,
        };
        if let Some(drill) = self.drill() {
            state.chaos_mode = true;
            state.until = Some(drill.until);
            state.mode = Some(match drill.kind {
                Kind::Unavailable => ChaosMode::Unavailable,
                Kind::Latency(time) => {
                    state.latency_ms = u32::try_from(time.as_millis()).ok();
                    ChaosMode::Latency
                }
                Kind::Errors(rate) => {
                    state.error_rate = Some(rate);
                    ChaosMode::Errors
                }
                Kind::Kill => ChaosMode::Kill,
            });
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(enable: bool) -> SetChaos {
        SetChaos { enable, mode: None, latency_ms: None, error_rate: None, for_seconds: Some(60) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_drill_ends_by_itself_and_by_order() {
        let chaos = Chaos::new(ServiceName::StockService, Clock::system());
        chaos.usable().await;
        chaos.set(&order(true)).unwrap();
        assert!(chaos.is_unavailable() && chaos.state().chaos_mode);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(chaos.is_unavailable());
        chaos.usable().await;
        assert!(!chaos.is_unavailable() && !chaos.state().chaos_mode);

        chaos.set(&order(true)).unwrap();
        chaos.unusable().await;
        chaos.set(&order(false)).unwrap();
        chaos.usable().await;
    }

    #[test]
    fn a_wrong_order_changes_nothing() {
        let chaos = Chaos::new(ServiceName::StockService, Clock::system());
        let wrong =
            SetChaos { latency_ms: Some(0), error_rate: Some(1.5), for_seconds: Some(0), ..order(true) };
        assert_eq!(chaos.set(&wrong).unwrap_err().len(), 3);
        assert_eq!(chaos.current(), None);
    }
}
