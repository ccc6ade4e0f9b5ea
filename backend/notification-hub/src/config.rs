//! Whose pages may connect, and how sockets are closed at the end.

use serde::{Deserialize, Serialize};
use service_kit::config::{Check, ConfigError, within};

/// The settings of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Origins of pages that may connect, as in `https://cafeteria.example`, beside pages of the hub's own host.
    pub allowed_origins: Vec<String>,
    /// Over how long sockets are closed when the service stops, in ms, so that clients do not all come back at
    /// once. 0 to 60,000.
    pub close_over_ms: u64,
    /// Sockets at once; further ones are refused. 1 to 1,000,000.
    pub max_sockets: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { allowed_origins: Vec::new(), close_over_ms: 2_000, max_sockets: 20_000 }
    }
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        for origin in &self.allowed_origins {
            if !(origin.starts_with("http://") || origin.starts_with("https://")) || origin.ends_with('/') {
                return Err(ConfigError {
                    setting: "hub.allowed_origins".to_owned(),
                    problem: format!("{origin:?} must be like https://cafeteria.example, without a path"),
                });
            }
        }
        within("hub.close_over_ms", self.close_over_ms, 0..=60_000)?;
        within("hub.max_sockets", self.max_sockets, 1..=1_000_000)
    }
}
