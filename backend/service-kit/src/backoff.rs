//! Growing delays between attempts at something that fails.

use std::time::Duration;

use crate::random;

/// Share by which a delay is longer or shorter, so that replicas do not try in step.
const JITTER: f64 = 0.2;

/// Delays that double from one failure to the next, up to the longest.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Delays from `first` to `longest`, each up to 20 % longer or shorter.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first.min(longest) }
    }

    /// Returns the delay before the next attempt.
    pub fn delay(&mut self) -> Duration {
        let delay = self.next;
        self.next = (delay * 2).min(self.longest);
        random::jitter(delay, JITTER)
    }

    /// Begins anew with the first delay, after a success.
    pub fn reset(&mut self) {
        self.next = self.first.min(self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(500));
        for millis in [100.0, 200.0, 400.0, 500.0, 500.0] {
            let delay = backoff.delay().as_secs_f64() * 1000.0;
            assert!((0.79 * millis..1.21 * millis).contains(&delay), "{delay} ms instead of {millis}");
        }
        backoff.reset();
        assert!(backoff.delay() <= Duration::from_millis(120));
    }
}
