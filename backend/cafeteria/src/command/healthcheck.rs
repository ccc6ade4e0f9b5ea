//! `cafeteria healthcheck URL`: for containers and scripts.

use std::time::Duration;

use wire::ops::{HealthReport, ServiceName, Up};

/// Asks a service how it is. Returns a line for people.
///
/// # Errors
/// It does not answer, or it is down.
pub async fn run(url: &str) -> anyhow::Result<String> {
    let url = format!("{}/health", url.trim_end_matches('/').trim_end_matches("/health"));
    let response = reqwest::Client::new()
        .get(&url)
        .timeout(Duration::from_secs(3))
        .send()
        .await
        .map_err(|_| anyhow::anyhow!("{url} does not answer"))?;
    let report: HealthReport =
        response.json().await.map_err(|_| anyhow::anyhow!("{url} is not the health of a service of ours"))?;
    let parts: Vec<_> =
        report.dependencies.iter().map(|(name, up)| format!("{name} {}", word(*up))).collect();
    let service = report.service.map_or("unknown", ServiceName::as_str);
    let line = format!("{service} {} ({})", word(report.status), parts.join(", "));
    match report.status {
        Up::Up => Ok(line),
        Up::Down | Up::Unknown => Err(anyhow::anyhow!(line)),
    }
}

fn word(up: Up) -> &'static str {
    match up {
        Up::Up => "up",
        Up::Down => "down",
        Up::Unknown => "unknown",
    }
}
