//! Login attempts in the memory of one process.

use std::collections::{HashMap, VecDeque};

use async_trait::async_trait;
use parking_lot::Mutex;
use service_kit::Clock;
use wire::Time;

use super::{Attempt, AttemptsError, LIMIT, LoginAttempts, Name, WINDOW, name_of};

/// How many names are remembered at once. Beyond it the longest known is forgotten early: 100,000 names a minute
/// are far more than can be hashed, and refusing new ones instead would let a stranger lock everybody out.
const MAX_NAMES: usize = 100_000;

/// Login attempts in memory, bounded.
#[derive(Debug)]
pub struct MemoryAttempts {
    clock: Clock,
    max_names: usize,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The times of the allowed attempts of each name, oldest first.
    names: HashMap<Name, VecDeque<Time>>,
    /// When each name is to be looked at again, soonest first. Each name stands in here once.
    ends: VecDeque<(Time, Name)>,
}

impl MemoryAttempts {
    /// None yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, max_names: MAX_NAMES, known: Mutex::default() }
    }
}

#[async_trait]
impl LoginAttempts for MemoryAttempts {
    async fn count(&self, username: &str) -> Result<Attempt, AttemptsError> {
        let now = self.clock.now();
        let name = name_of(username);
        let mut known = self.known.lock();
        known.forget_what_is_over(now);
        if !known.names.contains_key(&name) {
            if known.names.len() >= self.max_names
                && let Some((_, oldest)) = known.ends.pop_front()
            {
                known.names.remove(&oldest);
            }
            known.ends.push_back((now.plus(WINDOW), name));
        }
        let times = known.names.entry(name).or_insert_with(|| VecDeque::with_capacity(LIMIT));
        // An attempt in the future is from before the clock was set back.
        times.retain(|time| *time <= now && now < time.plus(WINDOW));
        if times.len() < LIMIT {
            times.push_back(now);
            return Ok(Attempt::Allowed);
        }
        let free_at = times.front().map_or(now, |first| first.plus(WINDOW));
        Ok(Attempt::Refused { wait: free_at.since(now) })
    }

    async fn peek(&self, name: &str) -> Result<Attempt, AttemptsError> {
        let now = self.clock.now();
        let known = self.known.lock();
        let times = known.names.get(&name_of(name)).into_iter().flatten();
        let counted: Vec<_> = times.filter(|time| **time <= now && now < time.plus(WINDOW)).collect();
        match counted.first() {
            Some(first) if counted.len() >= LIMIT => {
                Ok(Attempt::Refused { wait: first.plus(WINDOW).since(now) })
            }
            _ => Ok(Attempt::Allowed),
        }
    }

    /// Nothing to do: each attempt clears up.
    async fn sweep(&self) -> Result<(), AttemptsError> {
        Ok(())
    }

    async fn is_up(&self) -> bool {
        true
    }
}

impl Known {
    fn forget_what_is_over(&mut self, now: Time) {
        while let Some((_, name)) = self.ends.pop_front_if(|(end, _)| *end <= now) {
            let end = self.names.get(&name).and_then(|times| times.back()).map(|last| last.plus(WINDOW));
            match end.filter(|end| now < *end) {
                Some(end) => self.ends.push_back((end, name)),
                None => {
                    self.names.remove(&name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use service_kit::clock::Hand;

    use super::*;
    use crate::attempts::conformance;

    fn by_hand() -> (MemoryAttempts, Hand) {
        let (clock, hand) = Clock::by_hand(Time::from_millis(1_000_000));
        (MemoryAttempts::new(clock), hand)
    }

    #[tokio::test]
    async fn conforms() {
        let (attempts, hand) = by_hand();
        conformance::the_fourth_within_a_minute_waits(&attempts, async |time| hand.advance(time)).await;
        let (attempts, _) = by_hand();
        conformance::each_name_has_its_own_window(&attempts).await;
    }

    #[tokio::test]
    async fn the_window_is_exact_to_the_millisecond() {
        let (attempts, hand) = by_hand();
        for _ in 0..3 {
            attempts.count("rahim").await.unwrap();
        }
        hand.advance(WINDOW - Duration::from_millis(1));
        let wait = Duration::from_millis(1);
        assert_eq!(attempts.count("rahim").await.unwrap(), Attempt::Refused { wait });
        hand.advance(wait);
        assert_eq!(attempts.count("rahim").await.unwrap(), Attempt::Allowed);
    }

    #[tokio::test]
    async fn names_are_forgotten_once_their_window_is_over() {
        let (attempts, hand) = by_hand();
        let sizes = || {
            let known = attempts.known.lock();
            (known.names.len(), known.ends.len())
        };
        attempts.count("first").await.unwrap();
        hand.advance(Duration::from_secs(30));
        for n in 0..100 {
            attempts.count(&n.to_string()).await.unwrap();
        }
        attempts.count("first").await.unwrap();
        hand.advance(Duration::from_secs(31));
        attempts.count("other").await.unwrap();
        assert_eq!(sizes(), (102, 102), "the first has an attempt left in its window");
        hand.advance(WINDOW);
        attempts.count("last").await.unwrap();
        assert_eq!(sizes(), (1, 1));
    }

    #[tokio::test]
    async fn memory_is_bounded() {
        let (clock, _hand) = Clock::by_hand(Time::from_millis(1_000_000));
        let attempts = MemoryAttempts { max_names: 10, ..MemoryAttempts::new(clock) };
        for n in 0..100 {
            attempts.count(&n.to_string()).await.unwrap();
        }
        let known = attempts.known.lock();
        assert_eq!((known.names.len(), known.ends.len()), (10, 10));
    }
}
