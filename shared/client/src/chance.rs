//! What is left to chance: names of orders, and how waiting is spread, so that a campus does not come back at once.

use std::time::Duration;

use wire::OrderId;

use crate::platform;

/// A name for an order that nobody else has or guesses: 128 random bits in hexadecimal digits.
pub fn new_order_id() -> OrderId {
    let mut bytes = [0; 16];
    platform::randomize(&mut bytes);
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    match text.parse() {
        Ok(id) => id,
        Err(_) => unreachable!("32 hexadecimal digits name an order"),
    }
}

/// A number from 0 up to, and without, 1.
pub(crate) fn dice() -> f64 {
    let mut bytes = [0; 4];
    platform::randomize(&mut bytes);
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// This time, longer or shorter by up to a share of it.
pub(crate) fn spread(time: Duration, share: f64, dice: f64) -> Duration {
    time.mul_f64((1.0 + share * (2.0 * dice - 1.0)).max(0.0))
}

/// How long to wait after so many failures in a row (0 for the first): 0.5, 1, 2 s and so on, up to `longest`, each
/// 20 % more or less.
pub(crate) fn rest(failures: u32, longest: Duration, dice: f64) -> Duration {
    let doubled = Duration::from_millis(500 << failures.min(10));
    spread(doubled.min(longest), 0.2, dice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_two_orders_have_one_name() {
        let (one, other) = (new_order_id(), new_order_id());
        assert_ne!(one, other);
        assert_eq!((one.as_str().len(), other.as_str().len()), (32, 32));
    }

    #[test]
    fn rests_double_up_to_the_longest() {
        let rests = |longest| [0, 1, 2, 3, 4, 5, 40].map(|n| rest(n, longest, 0.5).as_millis());
        assert_eq!(rests(Duration::from_secs(8)), [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        assert_eq!(rests(Duration::from_secs(5)), [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    }

    proptest! {
        #[test]
        fn what_is_spread_stays_near(millis in 0_u64..1_000_000, share in 0.0..1.0, dice in 0.0..1.0) {
            let time = Duration::from_millis(millis);
            let found = spread(time, share, dice);
            // A nanosecond for the rounding.
            let most = time.mul_f64(1.0 + share) + Duration::from_nanos(1);
            let least = time.mul_f64(1.0 - share).saturating_sub(Duration::from_nanos(1));
            prop_assert!((least..=most).contains(&found), "{found:?}");
        }
    }

    #[test]
    fn dice_lie_below_one() {
        for _ in 0..1_000 {
            assert!((0.0..1.0).contains(&dice()));
        }
    }
}
