//! Randomness: order ids, and the jitter that keeps a campus from coming back in the same instant.

use std::time::Duration;

use wire::OrderId;

use crate::platform;

/// Shortest delay of [`backoff`].
const FIRST_BACKOFF_MS: u64 = 500;
/// Share of a delay by which [`backoff`] varies it.
const BACKOFF_JITTER: f64 = 0.2;

/// Makes an order id that nobody else has or guesses: 128 random bits in hexadecimal digits.
pub fn new_order_id() -> OrderId {
    let mut bytes = [0; 16];
    platform::randomize(&mut bytes);
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    match text.parse() {
        Ok(id) => id,
        Err(_) => unreachable!("32 hexadecimal digits are an order id"),
    }
}

/// Returns a random number in `0.0..1.0`.
pub fn unit() -> f64 {
    let mut bytes = [0; 4];
    platform::randomize(&mut bytes);
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// Returns `delay`, longer or shorter by up to `share` of it (0 to 1).
pub fn jitter(delay: Duration, share: f64) -> Duration {
    jitter_at(delay, share, unit())
}

/// Returns the delay after `failures` earlier failures in a row (0 after the first): 0.5, 1, 2 s and so on up to
/// `longest`, each varied by 20 %.
pub fn backoff(failures: u32, longest: Duration) -> Duration {
    backoff_at(failures, longest, unit())
}

fn jitter_at(delay: Duration, share: f64, unit: f64) -> Duration {
    delay.mul_f64((1.0 + share * (2.0 * unit - 1.0)).max(0.0))
}

fn backoff_at(failures: u32, longest: Duration, unit: f64) -> Duration {
    let doubled = Duration::from_millis(FIRST_BACKOFF_MS << failures.min(10));
    jitter_at(doubled.min(longest), BACKOFF_JITTER, unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_order_ids_differ() {
        let (one, other) = (new_order_id(), new_order_id());
        assert_ne!(one, other);
        assert_eq!((one.as_str().len(), other.as_str().len()), (32, 32));
    }

    #[test]
    fn backoff_doubles_up_to_the_longest_delay() {
        let delays = |longest| [0, 1, 2, 3, 4, 5, 40].map(|n| backoff_at(n, longest, 0.5).as_millis());
        assert_eq!(delays(Duration::from_secs(8)), [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        assert_eq!(delays(Duration::from_secs(5)), [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_its_share(millis in 0_u64..1_000_000, share in 0.0..1.0, unit in 0.0..1.0) {
            let delay = Duration::from_millis(millis);
            let varied = jitter_at(delay, share, unit);
            // One nanosecond for rounding.
            let most = delay.mul_f64(1.0 + share) + Duration::from_nanos(1);
            let least = delay.mul_f64(1.0 - share).saturating_sub(Duration::from_nanos(1));
            prop_assert!((least..=most).contains(&varied), "{varied:?}");
        }
    }

    #[test]
    fn the_unit_interval_is_half_open() {
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&unit()));
        }
    }
}
