//! What this service counts.

use prometheus::IntCounter;
use service_kit::metrics::Metrics;

/// The counters of signing in.
#[derive(Debug, Clone)]
pub(crate) struct IdentityMetrics {
    pub(crate) success: IntCounter,
    pub(crate) failed: IntCounter,
    pub(crate) limited: IntCounter,
}

impl IdentityMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            success: metrics.counter("login_success_total", "Logins that succeeded"),
            failed: metrics.counter("login_failed_total", "Logins with a wrong user name or password"),
            limited: metrics.counter("login_limited_total", "Logins refused for too many attempts"),
        }
    }
}
