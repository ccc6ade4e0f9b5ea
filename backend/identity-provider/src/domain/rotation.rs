//! The turns of signing keys: each is published before it is used, and stays published until no token that it
//! signed is good any more.

use std::time::Duration;

use wire::Time;

use crate::config::{Config, MAX_KIOSK_TOKEN_HOURS, days, minutes};

/// How long a key stays published after the next one has taken over: the longest life that a token may be set
/// to, whatever it is set to now, and some minutes for clocks that disagree. Tokens of students at kiosks live longest.
const KEPT: Duration = Duration::from_secs(MAX_KIOSK_TOKEN_HOURS as u64 * 3_600 + 5 * 60);

/// When keys change.
#[derive(Debug, Clone, Copy)]
pub struct Turns {
    /// How long a key is used.
    pub period: Duration,
    /// How long before its first use it is published.
    pub lead: Duration,
}

impl Turns {
    /// As configured.
    pub fn new(config: &Config) -> Self {
        Self { period: days(config.rotate_days), lead: minutes(config.publish_lead_minutes) }
    }

    /// From when a further key is to be used, if it is time to make it. `newest` is when the newest key came or
    /// comes into use.
    pub fn next(self, newest: Option<Time>, now: Time) -> Option<Time> {
        let Some(newest) = newest else { return Some(now) };
        let due = newest.plus(self.period);
        (due <= now.plus(self.lead)).then(|| due.max(now.plus(self.lead)))
    }
}

/// Which of the keys is used now, by the times at which they come into use, oldest first. Before the first of
/// them (the clock was set back) it is the first.
pub fn current(active_from: &[Time], now: Time) -> Option<usize> {
    let in_use = active_from.partition_point(|from| *from <= now);
    (!active_from.is_empty()).then(|| in_use.saturating_sub(1))
}

/// How many of the oldest keys have signed no token that could still be good.
pub fn ended(active_from: &[Time], now: Time) -> usize {
    active_from.iter().skip(1).take_while(|next| next.plus(KEPT) <= now).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(time: Duration) -> Time {
        Time::from_millis(0).plus(time)
    }

    #[test]
    fn keys_take_turns() {
        let turns = Turns::new(&Config::default());
        assert_eq!(turns.next(None, at(DAY)), Some(at(DAY)), "the first is used at once");
        let first = Some(at(DAY));
        assert_eq!(turns.next(first, at(DAY * 31 - HOUR - Duration::from_secs(1))), None);
        assert_eq!(turns.next(first, at(DAY * 31 - HOUR)), Some(at(DAY * 31)));
        assert_eq!(turns.next(first, at(DAY * 90)), Some(at(DAY * 90 + HOUR)), "published first, if late");

        let keys = [at(DAY), at(DAY * 31)];
        assert_eq!(current(&keys, at(DAY * 31 - HOUR)), Some(0));
        assert_eq!(current(&keys, at(DAY * 31)), Some(1));
        assert_eq!(current(&keys, at(HOUR)), Some(0));
        assert_eq!(current(&[], at(HOUR)), None);
        assert_eq!(ended(&keys, at(DAY * 31 + HOUR * 72)), 0, "a token of a kiosk could still be good");
        assert_eq!(ended(&keys, at(DAY * 31 + HOUR * 73)), 1);
        assert_eq!(ended(&keys, at(DAY * 900)), 1, "the last key never ends");
    }
}
