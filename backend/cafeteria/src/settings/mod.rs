//! Everything that can be set: defaults, then `cafeteria.toml`, then `CAFETERIA_…`, then the command line.

mod distributed;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use service_kit::{
    config::{Check, ConfigError, within},
    http::HttpConfig,
    logs::LogFormat,
    telemetry::Telemetry,
};
use wire::ops::ServiceName;

pub use distributed::{ALIASES, Distributed, Named};
pub use kitchen_queue::{Cooking, CookingTime};

/// The commented defaults, which `cafeteria default-config` prints.
pub const DEFAULTS: &str = include_str!("../../default-config.toml");

/// The file that is read when it is there and none is named.
pub const FILE: &str = "cafeteria.toml";

/// What the installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Trying it out: demo accounts and the demo menu.
    #[default]
    Demo,
    /// Real students: demo accounts are refused.
    Production,
}

/// Whether drills may be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChaosSetting {
    /// In demo mode.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

/// The order queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueConfig {
    /// How many orders may wait for the kitchen; further ones are answered with 503. 1 to 10,000,000.
    pub capacity: u64,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self { capacity: 100_000 }
    }
}

/// Every setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the installation is for.
    pub mode: Mode,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub host: IpAddr,
    /// The web's port; the services follow it. 0 chooses free ports.
    pub base_port: u16,
    /// The folder with the built pages; found where it usually is when it is not set.
    pub web_root: Option<PathBuf>,
    /// Whether drills may be ordered.
    pub chaos: ChaosSetting,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are shown, as in `info,order_gateway=debug`.
    pub log: String,
    /// How long the end may take, in s. 1 to 600.
    pub shutdown_s: u64,
    /// Where traces are sent, as in `http://jaeger:4318` (OTLP over HTTP); nowhere when it is not set.
    pub otlp_endpoint: Option<String>,
    /// In production, the user name of the first admin, made when there are no users.
    pub first_admin: Option<String>,
    /// The file with the first admin's password.
    pub first_admin_password_file: Option<PathBuf>,
    /// The limits of each service's HTTP server.
    pub http: HttpConfig,
    /// One service as a process of its own.
    pub distributed: Distributed,
    /// The order queue.
    pub queue: QueueConfig,
    /// The identity-provider.
    pub identity: identity_provider::Config,
    /// The order-gateway.
    pub gateway: order_gateway::Config,
    /// The stock-service.
    pub stock: stock_service::Config,
    /// The kitchen-queue.
    pub kitchen: kitchen_queue::Config,
    /// The notification-hub.
    pub hub: notification_hub::Config,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Demo,
            data_dir: PathBuf::from("data"),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            base_port: 3000,
            web_root: None,
            chaos: ChaosSetting::Auto,
            log_format: LogFormat::Human,
            log: "info".to_owned(),
            shutdown_s: 20,
            otlp_endpoint: None,
            first_admin: None,
            first_admin_password_file: None,
            http: HttpConfig::default(),
            distributed: Distributed::default(),
            queue: QueueConfig::default(),
            identity: identity_provider::Config::default(),
            gateway: order_gateway::Config::default(),
            stock: stock_service::Config::default(),
            kitchen: kitchen_queue::Config::default(),
            hub: notification_hub::Config::default(),
        }
    }
}

impl Check for Settings {
    fn check(&self) -> Result<(), ConfigError> {
        if self.base_port != 0 {
            within("base_port", self.base_port, 1..=65_530)?;
        }
        if let Some(folder) = self.web_root.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(ConfigError {
                setting: "web_root".to_owned(),
                problem: format!("{} is no folder; `cargo xtask web` builds target/web", folder.display()),
            });
        }
        within("shutdown_s", self.shutdown_s, 1..=600)?;
        within("queue.capacity", self.queue.capacity, 1..=10_000_000)?;
        if self.first_admin.is_some() != self.first_admin_password_file.is_some() {
            return Err(ConfigError {
                setting: "first_admin".to_owned(),
                problem: "needs first_admin_password_file, and the other way round".to_owned(),
            });
        }
        self.http.check()?;
        self.distributed.check()?;
        self.identity.check()?;
        self.gateway.check()?;
        self.stock.check()?;
        self.kitchen.check()?;
        self.hub.check()?;
        let (deadline, confirm) = (self.http.deadline_ms, self.gateway.confirm_deadline_ms);
        if deadline <= confirm {
            return Err(ConfigError {
                setting: "http.deadline_ms".to_owned(),
                problem: format!(
                    "{deadline} is too short; it must be longer than gateway.confirm_deadline_ms, which is {confirm}"
                ),
            });
        }
        Ok(())
    }
}

impl Settings {
    /// The port of a service that is a process of its own.
    pub fn port(&self, name: ServiceName) -> u16 {
        self.distributed.port.unwrap_or(self.base_port + name.port_offset())
    }

    /// The name of this replica of a service; made up, once, where none is set.
    pub fn instance(&mut self, name: ServiceName) -> String {
        let made = || format!("{name}-{}", service_kit::secret::random_text::<4>());
        self.distributed.instance.get_or_insert_with(made).clone()
    }

    /// The folder with the built pages: the one that is set, the checkout's, or `web` beside the program.
    pub fn pages(&self) -> PathBuf {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/web");
        let beside = || Some(std::env::current_exe().ok()?.parent()?.join("web"));
        match &self.web_root {
            Some(folder) => folder.clone(),
            None => beside().filter(|folder| folder.is_dir()).unwrap_or(built),
        }
    }

    /// Whether drills may be ordered.
    pub fn chaos_allowed(&self) -> bool {
        match self.chaos {
            ChaosSetting::Auto => self.mode == Mode::Demo,
            ChaosSetting::On => true,
            ChaosSetting::Off => false,
        }
    }

    /// Where the spans of these services go, each with its replica's name, if they go anywhere.
    pub fn telemetry(&self, instances: impl Into<Vec<(ServiceName, String)>>) -> Option<Telemetry> {
        let endpoint = self.otlp_endpoint.clone()?;
        Some(Telemetry { endpoint, instances: instances.into() })
    }

    /// How long the end may take.
    pub fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_defaults_are_the_defaults() {
        assert_eq!(service_kit::config::parse::<Settings>(DEFAULTS).unwrap(), Settings::default());
    }

    #[test]
    fn a_request_may_take_longer_than_the_confirm_of_the_queue() {
        let check = |text| service_kit::config::parse::<Settings>(text).map_err(|error| error.to_string());
        let wrong = "setting http.deadline_ms: 1500 is too short; it must be longer than \
                     gateway.confirm_deadline_ms, which is 1500";
        assert_eq!(check("[http]\ndeadline_ms = 1500").unwrap_err(), wrong);
        assert!(check("[http]\ndeadline_ms = 1501").is_ok());
        assert!(check("[http]\ndeadline_ms = 100\n[gateway]\nconfirm_deadline_ms = 99").is_ok());
    }

    #[test]
    fn every_setting_is_in_the_printed_defaults() {
        let settings = serde_json::to_value(Settings::default()).unwrap();
        for (name, value) in settings.as_object().unwrap() {
            match value.as_object() {
                None => assert!(DEFAULTS.contains(&format!("{name} = ")), "{name} is missing"),
                Some(section) => {
                    let text = DEFAULTS.split(&format!("\n[{name}]\n")).nth(1).unwrap_or_default();
                    let text = text.split("\n[").next().unwrap_or_default();
                    for key in section.keys() {
                        assert!(text.contains(&format!("{key} = ")), "{name}.{key} is missing");
                    }
                }
            }
        }
    }
}
