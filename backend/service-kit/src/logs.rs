//! Logs: lines for people, or JSON for machines. The program sets this up once; nothing else is global.

use std::io::IsTerminal as _;

use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::telemetry::{self, Exporting, Guard, Telemetry};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Libraries that log what is said to them, tokens included, when they are asked for more than this.
const INDISCREET: [&str; 4] = ["tungstenite", "engineioxide", "socketioxide", "lapin"];

/// Sends logs to standard error, and spans to a collector if there is one. `filter` is as in
/// `info,order_gateway=debug`. What it returns is kept until the program ends.
///
/// # Errors
/// The filter or the collector's address cannot be read, or logs were set up before.
pub fn init(format: LogFormat, filter: &str, telemetry: Option<&Telemetry>) -> Result<Guard, String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        format!("setting log: {filter:?}: {error}; it must be as in \"info,order_gateway=debug\"")
    })?;
    let filter = filter.and(filter_fn(|line| {
        let library = line.target().split("::").next().unwrap_or_default();
        *line.level() <= Level::INFO || !INDISCREET.contains(&library)
    }));
    let tracer = telemetry.map(telemetry::start).transpose()?;
    let exporting = tracer.clone().map(|tracer| Exporting(tracer).with_filter(LevelFilter::OFF));
    let registry = tracing_subscriber::registry().with(exporting);
    match format {
        LogFormat::Human => {
            let colours = std::io::stderr().is_terminal();
            let lines = fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours);
            registry.with(lines.with_filter(filter)).try_init()
        }
        LogFormat::Json => {
            registry.with(fmt::layer().json().with_writer(std::io::stderr).with_filter(filter)).try_init()
        }
    }
    .map_err(|error| error.to_string())?;
    Ok(Guard(tracer))
}
