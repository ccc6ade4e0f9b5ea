//! The settings of the service, as in `[stock]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use service_kit::config::{Check, ConfigError, within};

/// The settings of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Orders that one commit takes at most. 1 to 5,000.
    pub commit_orders: usize,
    /// Orders that may wait for a commit; further ones are answered with 503. 500 to 1,000,000.
    pub waiting_orders: usize,
    /// How often all hints are told again, in ms; they are believed for 3 s. 100 to 2,000.
    pub hint_refresh_ms: u64,
    /// How long levels are collected before they are pushed, in ms. 10 to 1,000.
    pub news_pause_ms: u64,
    /// How often it is counted whether stock is conserved, in ms. 100 to 3,600,000.
    pub conservation_check_ms: u64,
    /// After how many days keys of refused and released orders are forgotten. 1 to 365.
    pub key_days: u32,
    /// After how many days reservations and adjustments are reduced to totals. 1 to 3,650, not below `key_days`.
    pub history_days: u32,
    /// How long it is kept who did what, in days. 30 to 3,650.
    pub audit_days: u32,
    /// How often what is too old is looked for, in minutes. 1 to 1,440.
    pub retention_minutes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            commit_orders: 512,
            waiting_orders: 20_000,
            hint_refresh_ms: 1_000,
            news_pause_ms: 50,
            conservation_check_ms: 10_000,
            key_days: 7,
            history_days: 31,
            audit_days: 400,
            retention_minutes: 60,
        }
    }
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        within("stock.commit_orders", self.commit_orders, 1..=5_000)?;
        within("stock.waiting_orders", self.waiting_orders, 500..=1_000_000)?;
        within("stock.hint_refresh_ms", self.hint_refresh_ms, 100..=2_000)?;
        within("stock.news_pause_ms", self.news_pause_ms, 10..=1_000)?;
        within("stock.conservation_check_ms", self.conservation_check_ms, 100..=3_600_000)?;
        within("stock.key_days", self.key_days, 1..=365)?;
        within("stock.history_days", self.history_days, self.key_days..=3_650)?;
        within("stock.audit_days", self.audit_days, 30..=3_650)?;
        within("stock.retention_minutes", self.retention_minutes, 1..=1_440)
    }
}

/// So many days.
pub(crate) fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range_and_what_is_kept_is_kept_long_enough() {
        assert_eq!(Config::default().check(), Ok(()));
        let short = Config { history_days: 6, ..Config::default() };
        assert_eq!(short.check().unwrap_err().setting, "stock.history_days");
        let short = Config { audit_days: 29, ..Config::default() };
        assert_eq!(short.check().unwrap_err().setting, "stock.audit_days");
    }
}
