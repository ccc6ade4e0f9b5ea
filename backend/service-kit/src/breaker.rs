//! Circuit breaker: after a call without an answer the next calls are refused at once for a while. Then one call at a
//! time probes whether the dependency answers again.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

/// A circuit breaker. Clones share their state.
#[derive(Debug, Clone)]
pub struct Breaker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    open_for: Duration,
    core: Mutex<Core>,
}

/// Admission of one call. Its outcome is reported with [`Permit::succeed`] or [`Permit::fail`]; a permit that is
/// dropped without an outcome lets the next call probe.
#[derive(Debug)]
#[must_use = "the outcome of the call has to be reported"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    admission: Admission,
    reported: bool,
}

impl Breaker {
    /// A closed breaker. A failure opens it for `open_for`, reckoned from the moment at which the call failed.
    pub fn new(open_for: Duration) -> Self {
        Self(Arc::new(Inner { open_for, core: Mutex::new(Core::new()) }))
    }

    /// Admits a call, or returns `None` while the breaker is open or another call probes.
    pub fn admit(&self) -> Option<Permit<'_>> {
        let admission = self.0.core.lock().admit(Instant::now())?;
        Some(Permit { breaker: self, admission, reported: false })
    }
}

impl Permit<'_> {
    /// Reports an answer of the dependency, and closes the breaker.
    pub fn succeed(mut self) {
        self.reported = true;
        self.breaker.0.core.lock().succeed();
    }

    /// Reports that the dependency gave no answer, and opens the breaker.
    pub fn fail(mut self) {
        self.reported = true;
        let reopen_at = Instant::now() + self.breaker.0.open_for;
        self.breaker.0.core.lock().fail(self.admission, reopen_at);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.breaker.0.core.lock().abandon(self.admission, Instant::now());
        }
    }
}

/// The rules without a clock and without a lock.
#[derive(Debug)]
struct Core {
    state: State,
    /// Number of changes of the state. A failure or an abandoned probe counts only in the state that admitted its call.
    epoch: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Every call is admitted.
    Closed,
    /// No call is admitted before this instant; the first one then probes.
    Open(Instant),
    /// One call probes, and no other is admitted.
    HalfOpen,
}

/// State in which a call was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Admission {
    epoch: u64,
    probe: bool,
}

impl Core {
    fn new() -> Self {
        Self { state: State::Closed, epoch: 0 }
    }

    fn admit(&mut self, now: Instant) -> Option<Admission> {
        let probe = match self.state {
            State::Closed => false,
            State::Open(until) if now >= until => {
                self.enter(State::HalfOpen);
                true
            }
            State::Open(_) | State::HalfOpen => return None,
        };
        Some(Admission { epoch: self.epoch, probe })
    }

    /// Closes the breaker: an answer is proof that the dependency is up, whenever its call began.
    fn succeed(&mut self) {
        if self.state != State::Closed {
            self.enter(State::Closed);
        }
    }

    fn fail(&mut self, call: Admission, reopen_at: Instant) {
        if call.epoch == self.epoch {
            self.enter(State::Open(reopen_at));
        }
    }

    fn abandon(&mut self, call: Admission, now: Instant) {
        if call.probe && call.epoch == self.epoch {
            self.enter(State::Open(now));
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_millis(200);

    /// Lets a call of this duration fail.
    async fn fails_after(breaker: &Breaker, duration: Duration) {
        let permit = breaker.admit().unwrap();
        tokio::time::advance(duration).await;
        permit.fail();
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_fails_late_opens_it_from_then_on() {
        let breaker = Breaker::new(OPEN_FOR);
        fails_after(&breaker, OPEN_FOR * 10).await;
        assert!(breaker.admit().is_none());
        tokio::time::advance(OPEN_FOR - Duration::from_millis(1)).await;
        assert!(breaker.clone().admit().is_none(), "a clone is the same breaker");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(breaker.admit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_at_a_time_probes() {
        let breaker = Breaker::new(OPEN_FOR);
        fails_after(&breaker, Duration::ZERO).await;
        tokio::time::advance(OPEN_FOR).await;
        let probe = breaker.admit().unwrap();
        tokio::time::advance(OPEN_FOR * 100).await;
        assert!(breaker.admit().is_none(), "however long the probe takes");
        probe.fail();
        assert!(breaker.admit().is_none());
        tokio::time::advance(OPEN_FOR).await;
        breaker.admit().unwrap().succeed();
        let (one, other) = (breaker.admit(), breaker.admit());
        assert!(one.is_some() && other.is_some(), "it is closed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_probe_leaves_the_next_one_room() {
        let breaker = Breaker::new(OPEN_FOR);
        fails_after(&breaker, Duration::ZERO).await;
        tokio::time::advance(OPEN_FOR).await;
        drop(breaker.admit().unwrap());
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_none());
        probe.succeed();
        drop(breaker.admit().unwrap());
        assert!(breaker.admit().is_some(), "a call without an outcome does not open it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_straggler_neither_extends_an_outage_nor_begins_another() {
        let breaker = Breaker::new(OPEN_FOR);
        let (first, second, third) =
            (breaker.admit().unwrap(), breaker.admit().unwrap(), breaker.admit().unwrap());
        first.fail();
        tokio::time::advance(OPEN_FOR).await;
        second.fail();
        breaker.admit().unwrap().succeed();
        third.fail();
        assert!(breaker.admit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_closes_it_whenever_its_call_began() {
        let breaker = Breaker::new(OPEN_FOR);
        let (slow, failed) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        failed.fail();
        slow.succeed();
        assert!(breaker.admit().is_some());
    }
}
