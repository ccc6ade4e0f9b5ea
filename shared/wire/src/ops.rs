//! What operators see: health, chaos, the audit trail, and the beat of each replica.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    named::{self, named_enum},
    time::Time,
};

/// Our services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceName {
    /// Users, passwords, tokens.
    IdentityProvider,
    /// The front door of orders.
    OrderGateway,
    /// What is left.
    StockService,
    /// What happens to an order.
    KitchenQueue,
    /// Who hears about it.
    NotificationHub,
}

impl ServiceName {
    /// All five, in the order of their ports.
    pub const ALL: [Self; 5] = [
        Self::IdentityProvider,
        Self::OrderGateway,
        Self::StockService,
        Self::KitchenQueue,
        Self::NotificationHub,
    ];

    /// As on the wire and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdentityProvider => "identity-provider",
            Self::OrderGateway => "order-gateway",
            Self::StockService => "stock-service",
            Self::KitchenQueue => "kitchen-queue",
            Self::NotificationHub => "notification-hub",
        }
    }

    /// How far its port lies above the web's: 1 to 5.
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
    /// Up or down.
    Up {
        /// Does its work.
        Up = "UP",
        /// Cannot do its work.
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

/// The body of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HealthReport {
    /// Whether it can do its work.
    pub status: Up,
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// What it needs, and how that is.
    pub dependencies: BTreeMap<String, Up>,
    /// What is away without stopping its work.
    pub degraded: Vec<String>,
}

named_enum! {
    /// How a service misbehaves in a drill.
    ChaosMode {
        /// Answers 503 and does no work.
        Unavailable = "unavailable",
        /// Answers late.
        Latency = "latency",
        /// Answers some requests with 503.
        Errors = "errors",
        /// Ends at once, without draining, and is started again.
        Kill = "kill",
    }
}

/// The body of `POST /chaos`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetChaos {
    /// On or off.
    pub enable: bool,
    /// How; `unavailable` when absent.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub mode: Option<ChaosMode>,
    /// For `latency`: how late, 1 to 60,000 ms; 2,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// For `errors`: the share of requests that fail, above 0 up to 1; 0.5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// After how long it ends by itself, 1 to 86,400 s; 300 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<u32>,
}

/// The body of `GET /chaos`, and the answer to `POST /chaos`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChaosState {
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// Whether chaos is on.
    pub chaos_mode: bool,
    /// How, when it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ChaosMode>,
    /// How late, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// The share of requests that fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// One thing that a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Time,
    /// Who: a user's id.
    pub actor: String,
    /// What, as in `stock.adjust`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// How, for people.
    pub detail: String,
}

/// A page of the audit trail, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The value for `before` that gets the next page; null on the last one.
    pub next: Option<i64>,
}

/// One replica's statistics, sent once a second to admins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Beat {
    /// The service; `None` is one that a later version has added.
    #[serde(deserialize_with = "known_service")]
    #[cfg_attr(feature = "schema", schemars(with = "ServiceName"))]
    pub service: Option<ServiceName>,
    /// Which replica.
    pub instance: String,
    /// When.
    pub at: Time,
    /// How it is.
    pub health: HealthReport,
    /// Whether it is in a drill.
    pub chaos: ChaosState,
    /// Its counters and gauges, by name and labels.
    pub counters: BTreeMap<String, f64>,
    /// The gateway's rolling latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<crate::order::LatencyStats>,
}
