//! The settings of the identity-provider.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use service_kit::config::{Check, ConfigError, within};

/// The longest that an access token may be set to live, in minutes.
pub const MAX_TOKEN_MINUTES: u32 = 60;

/// Longest setting of the life of a student's token at a kiosk, in hours.
pub const MAX_KIOSK_TOKEN_HOURS: u32 = 72;

/// The settings, under `[identity]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How long an access token lives, in minutes. 1 to 60.
    pub token_minutes: u32,
    /// How long a refresh token lives, in days. 1 to 90.
    pub refresh_days: u32,
    /// How long a signing key is used, in days. 1 to 365.
    pub rotate_days: u32,
    /// How long before its first use a signing key is published, in minutes. 10 to 1,440.
    pub publish_lead_minutes: u32,
    /// Threads that hash passwords. 1 to 16.
    pub hashing_threads: usize,
    /// Logins that may wait for them; further ones are answered with 503. 2 to 4,096, since each of
    /// two imports has a place as well.
    pub hashing_queue: usize,
    /// Whether the browser's cookie is sent over TLS alone.
    pub secure_cookies: bool,
    /// How long the report of an import is kept, in days. 1 to 365.
    pub import_days: u32,
    /// How long it is kept who did what, in days. 30 to 3,650.
    pub audit_days: u32,
    /// Life of a student's token at a kiosk, in hours. 1 to 72. It should be as long as the kiosk keeps orders that
    /// could not be sent, since an order is sent with the token of the session that it was placed in.
    pub kiosk_token_hours: u32,
    /// Age of the last heartbeat from which an open kiosk counts as silent, in seconds. 30 to 3,600.
    pub kiosk_silent_seconds: u32,
    /// Oldest version of the kiosk's app that this server works with, as in `1.2.0`. Older ones ask for an update.
    pub kiosk_minimum_version: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token_minutes: 15,
            refresh_days: 14,
            rotate_days: 30,
            publish_lead_minutes: 60,
            hashing_threads: 1,
            hashing_queue: 64,
            secure_cookies: false,
            import_days: 7,
            audit_days: 400,
            kiosk_token_hours: 48,
            kiosk_silent_seconds: 120,
            kiosk_minimum_version: "0.1.0".to_owned(),
        }
    }
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        within("identity.token_minutes", self.token_minutes, 1..=MAX_TOKEN_MINUTES)?;
        within("identity.refresh_days", self.refresh_days, 1..=90)?;
        within("identity.rotate_days", self.rotate_days, 1..=365)?;
        within("identity.publish_lead_minutes", self.publish_lead_minutes, 10..=1_440)?;
        within("identity.hashing_threads", self.hashing_threads, 1..=16)?;
        within("identity.hashing_queue", self.hashing_queue, 2..=4_096)?;
        within("identity.import_days", self.import_days, 1..=365)?;
        within("identity.audit_days", self.audit_days, 30..=3_650)?;
        within("identity.kiosk_token_hours", self.kiosk_token_hours, 1..=MAX_KIOSK_TOKEN_HOURS)?;
        within("identity.kiosk_silent_seconds", self.kiosk_silent_seconds, 30..=3_600)?;
        if is_version(&self.kiosk_minimum_version) {
            return Ok(());
        }
        Err(ConfigError {
            setting: "identity.kiosk_minimum_version".to_owned(),
            problem: format!(
                "{:?} is no version; it must be three numbers, as in 1.2.0",
                self.kiosk_minimum_version
            ),
        })
    }
}

/// Returns whether a text is three numbers with dots between them.
fn is_version(text: &str) -> bool {
    let numbers: Vec<_> = text.split('.').collect();
    let is_number =
        |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok();
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// So many minutes.
pub(crate) fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

/// So many days.
pub(crate) fn days(count: u32) -> Duration {
    minutes(count) * (24 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_is_named() {
        Config::default().check().unwrap();
        let error = Config { token_minutes: 61, ..Config::default() }.check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "setting identity.token_minutes: 61 is out of range; it must be 1 to 60"
        );
        let error = Config { audit_days: 29, ..Config::default() }.check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "setting identity.audit_days: 29 is out of range; it must be 30 to 3650"
        );
        let error = Config { kiosk_token_hours: 73, ..Config::default() }.check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "setting identity.kiosk_token_hours: 73 is out of range; it must be 1 to 72"
        );
        for version in ["", "1.2", "1.2.x", "1.2.3.4", "1.+2.3", "1..3", "1.2.99999999999"] {
            let config = Config { kiosk_minimum_version: version.to_owned(), ..Config::default() };
            assert_eq!(
                config.check().unwrap_err().to_string(),
                format!(
                    "setting identity.kiosk_minimum_version: {version:?} is no version; \
                     it must be three numbers, as in 1.2.0"
                )
            );
        }
    }
}
