//! Random numbers and durations, from the randomness of the operating system.

use std::time::Duration;

use crate::secret;

/// Returns a random number from 0 up to, and without, 1.
pub fn fraction() -> f64 {
    f64::from(u32::from_ne_bytes(secret::random())) / (f64::from(u32::MAX) + 1.0)
}

/// Returns the duration, longer or shorter by up to `share` of it.
pub fn jitter(duration: Duration, share: f64) -> Duration {
    spread(duration, share, fraction())
}

/// Returns the duration, `share` of it shorter for a `fraction` of 0, and as much longer for 1.
pub fn spread(duration: Duration, share: f64, fraction: f64) -> Duration {
    duration.mul_f64((1.0 + share * (2.0 * fraction.clamp(0.0, 1.0) - 1.0)).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_duration_stays_within_its_share() {
        let spread = |fraction| spread(Duration::from_secs(10), 0.1, fraction).as_millis();
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(spread), [9_000, 10_000, 11_000, 11_000]);
    }

    #[test]
    fn fractions_differ_and_lie_below_one() {
        let all: Vec<_> = (0..100).map(|_| fraction()).collect();
        assert!(all.iter().all(|fraction| (0.0..1.0).contains(fraction)), "{all:?}");
        assert!(all.iter().any(|fraction| *fraction != all[0]), "{all:?}");
    }
}
