//! How food becomes ready, and how long things are waited for and kept.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use service_kit::config::{Check, ConfigError, within};

/// The settings of the kitchen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who makes verified orders ready.
    pub cooking: Cooking,
    /// How long simulated cooking takes, in ms, as in `3000..7000`; `0..0` is at once.
    pub cooking_ms: CookingTime,
    /// After how long a ready order counts as collected when cooking is simulated, in s. 1 to 86,400.
    pub collected_after_s: u64,
    /// How long a ready ticket stays on the pick-up board, in minutes. 1 to 1,440.
    pub board_minutes: u64,
    /// How long an order waits for a stock-service that cannot be reached, in s. 1 to 86,400.
    pub stock_wait_s: u64,
    /// After how many days an order is reduced to totals. 1 to 3,650.
    pub retention_days: u64,
    /// How long it is kept who did what, in days. 30 to 3,650.
    pub audit_days: u64,
}

/// Who makes verified orders ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cooking {
    /// A timer.
    Simulated,
    /// People, on the kitchen board.
    Staff,
}

impl FromStr for Cooking {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "simulated" => Ok(Self::Simulated),
            "staff" => Ok(Self::Staff),
            other => Err(format!("{other:?} is not one of simulated, staff")),
        }
    }
}

/// The shortest and the longest time that simulated cooking takes, in ms; at most an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CookingTime {
    min: u32,
    max: u32,
}

impl CookingTime {
    /// A time in the range; `dice` is 0 to 1.
    pub fn pick(self, dice: f64) -> Duration {
        let span = f64::from(self.max - self.min);
        Duration::from_millis(u64::from(self.min))
            + Duration::from_secs_f64(span * dice.clamp(0.0, 1.0) / 1000.0)
    }
}

impl FromStr for CookingTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} must be two numbers of milliseconds, as in 3000..7000, at most 3600000");
        let (min, max) = text.split_once("..").ok_or_else(wrong)?;
        let (min, max): (u32, u32) =
            (min.trim().parse().map_err(|_| wrong())?, max.trim().parse().map_err(|_| wrong())?);
        if min > max || max > 3_600_000 {
            return Err(wrong());
        }
        Ok(Self { min, max })
    }
}

impl fmt::Display for CookingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min, self.max)
    }
}

impl TryFrom<String> for CookingTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CookingTime> for String {
    fn from(time: CookingTime) -> Self {
        time.to_string()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cooking: Cooking::Simulated,
            cooking_ms: CookingTime { min: 3000, max: 7000 },
            collected_after_s: 120,
            board_minutes: 60,
            stock_wait_s: 600,
            retention_days: 31,
            audit_days: 400,
        }
    }
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        within("kitchen.collected_after_s", self.collected_after_s, 1..=86_400)?;
        within("kitchen.board_minutes", self.board_minutes, 1..=1_440)?;
        within("kitchen.stock_wait_s", self.stock_wait_s, 1..=86_400)?;
        within("kitchen.retention_days", self.retention_days, 1..=3_650)?;
        within("kitchen.audit_days", self.audit_days, 30..=3_650)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cooking_time_is_two_numbers_in_order() {
        let time: CookingTime = "3000..7000".parse().unwrap();
        assert_eq!(time.pick(0.0), Duration::from_secs(3));
        assert_eq!(time.pick(1.0), Duration::from_secs(7));
        assert_eq!("0..0".parse::<CookingTime>().unwrap().pick(0.5), Duration::ZERO);
        for wrong in ["", "3000", "7000..3000", "a..b", "-1..5", "0..3600001"] {
            assert!(wrong.parse::<CookingTime>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn deeds_are_kept_for_a_month_at_least() {
        assert_eq!(Config::default().check(), Ok(()));
        let error = Config { audit_days: 29, ..Config::default() }.check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "setting kitchen.audit_days: 29 is out of range; it must be 30 to 3650"
        );
    }
}
