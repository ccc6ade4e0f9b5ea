//! Deadlines and bounds of the front door.

use serde::{Deserialize, Serialize};
use service_kit::config::{Check, ConfigError, within};

/// The settings of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How long the queue may take to confirm, in ms; then the outcome is unknown. 50 to 60,000.
    pub confirm_deadline_ms: u64,
    /// Above which rolling average orders count as slow, in ms. 1 to 60,000.
    pub latency_threshold_ms: u64,
    /// How long an idempotency key is remembered, in hours. 1 to 168.
    pub key_hours: u64,
    /// How many keys are remembered at most, in the process. 1,000 to 10,000,000.
    pub key_capacity: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { confirm_deadline_ms: 1_500, latency_threshold_ms: 1_000, key_hours: 24, key_capacity: 500_000 }
    }
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        within("gateway.confirm_deadline_ms", self.confirm_deadline_ms, 50..=60_000)?;
        within("gateway.latency_threshold_ms", self.latency_threshold_ms, 1..=60_000)?;
        within("gateway.key_hours", self.key_hours, 1..=168)?;
        within("gateway.key_capacity", self.key_capacity, 1_000..=10_000_000)
    }
}
