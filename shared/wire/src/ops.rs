//! Types for operators: health, chaos, the audit log, and the heartbeat of each replica.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    named::{self, named_enum},
    time::Time,
};

/// The five services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceName {
    /// Keeps users, passwords and sessions, and signs tokens.
    IdentityProvider,
    /// Accepts orders.
    OrderGateway,
    /// Keeps the menu and its stock.
    StockService,
    /// Leads orders from the queue to their end.
    KitchenQueue,
    /// Pushes events to clients.
    NotificationHub,
}

impl ServiceName {
    /// All services, in the order of their ports.
    pub const ALL: [Self; 5] = [
        Self::IdentityProvider,
        Self::OrderGateway,
        Self::StockService,
        Self::KitchenQueue,
        Self::NotificationHub,
    ];

    /// Returns the name on the wire and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdentityProvider => "identity-provider",
            Self::OrderGateway => "order-gateway",
            Self::StockService => "stock-service",
            Self::KitchenQueue => "kitchen-queue",
            Self::NotificationHub => "notification-hub",
        }
    }

    /// Returns the distance of the service's port from the web's: 1 to 5.
    pub fn port_offset(self) -> u16 {
        match self {
            Self::IdentityProvider => 1,
            Self::OrderGateway => 2,
            Self::StockService => 3,
            Self::KitchenQueue => 4,
            Self::NotificationHub => 5,
        }
    }
}

/// Reads the service that a report is about. The servers' own code distinguishes the services exhaustively, so that
/// [`ServiceName`] has no variant for one that does not exist.
fn known_service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ServiceName>, D::Error> {
    let name = std::borrow::Cow::<'de, str>::deserialize(from)?;
    Ok(ServiceName::ALL.into_iter().find(|service| service.as_str() == name))
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

named_enum! {
    /// Health of a service or of a dependency.
    Up {
        /// It works.
        Up = "UP",
        /// It does not work.
        Down = "DOWN",
    }
}

/// Version of the API that these types describe. It is raised when a client that knows only the earlier version would go
/// wrong: a field or a route is gone, or means something else. New fields, routes and enum values do not raise it. A client
/// that finds a higher version than its own asks to be updated.
pub const API_VERSION: u32 = 1;

/// Body of `GET /`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceInfo {
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub name: Option<ServiceName>,
    /// Version of the program, as in `0.1.0`.
    pub version: String,
    /// [`API_VERSION`] of the service; 1 where a service of an earlier release does not say.
    #[serde(default = "first_version")]
    pub api_version: u32,
    /// Always `UP`: the service answers.
    pub status: Up,
    /// Methods and paths, as in `GET /health`.
    pub endpoints: Vec<String>,
}

fn first_version() -> u32 {
    1
}

/// Body of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HealthReport {
    /// Health of the service.
    pub status: Up,
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// Health of each dependency.
    pub dependencies: BTreeMap<String, Up>,
    /// Optional dependencies that are down.
    pub degraded: Vec<String>,
}

named_enum! {
    /// Kind of a chaos experiment.
    ChaosMode {
        /// The service responds with 503 and does no work.
        Unavailable = "unavailable",
        /// The service responds late.
        Latency = "latency",
        /// The service responds to some requests with 503.
        Errors = "errors",
        /// The service exits at once, without draining, and is restarted.
        Kill = "kill",
    }
}

/// Body of `POST /chaos`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetChaos {
    /// True to start chaos, false to end it.
    pub enable: bool,
    /// Kind; `unavailable` if absent.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub mode: Option<ChaosMode>,
    /// Delay of `latency`, 1 to 60,000 ms; 2,000 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// Share of requests that fail in `errors`, above 0 up to 1; 0.5 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// Duration of the experiment, 1 to 86,400 s; 300 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<u32>,
}

/// Body of `GET /chaos`, and response to `POST /chaos`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChaosState {
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// True during a chaos experiment.
    pub chaos_mode: bool,
    /// Kind of the current experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ChaosMode>,
    /// Delay, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// Share of requests that fail, above 0 up to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// End of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// One action of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Number of the entry.
    pub id: i64,
    /// Time of the action.
    pub at: Time,
    /// Acting user's id.
    pub actor: String,
    /// Kind of the action, as in `stock.adjust`.
    pub action: String,
    /// Object of the action.
    pub subject: String,
    /// Details for people.
    pub detail: String,
}

/// A page of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// Entries of the page.
    pub entries: Vec<AuditEntry>,
    /// Value for `before` that fetches the next page; null on the last one.
    pub next: Option<i64>,
}

/// Heartbeat of one replica with its statistics, sent to admins once a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// Name of the replica.
    pub instance: String,
    /// Time of the heartbeat.
    pub at: Time,
    /// Health of the replica.
    pub health: HealthReport,
    /// Chaos experiment of the replica.
    pub chaos: ChaosState,
    /// Counters and gauges, by name and labels.
    pub counters: BTreeMap<String, f64>,
    /// Rolling latency of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<crate::order::LatencyStats>,
}
