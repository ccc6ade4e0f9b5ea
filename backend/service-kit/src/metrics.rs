//! A registry of metrics, passed in: each service of a process has its own.

use std::{collections::BTreeMap, sync::Arc};

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};

/// Upper bounds of the buckets for durations, in seconds, from 0.25 ms to 10 s.
const SECONDS: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0, 2.0, 5.0,
    10.0,
];

/// Upper bounds of the buckets for sizes of batches.
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Makes and keeps the metrics of one service. Clones are the same registry.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// Every request: service, method, route, status.
    pub(crate) requests: HistogramVec,
    service: Arc<str>,
    /// Of a part that lives longer than the service and is shown with it.
    also: Option<Registry>,
}

impl Metrics {
    /// An empty registry for this service.
    pub fn new(service: &str) -> Self {
        let registry = Registry::new();
        let requests = HistogramVec::new(
            HistogramOpts::new(
                "http_request_duration_seconds",
                "How long requests took, by route and status",
            )
            .buckets(SECONDS.to_vec()),
            &["service", "method", "route", "status"],
        );
        let requests = registered(&registry, requests);
        Self { registry, requests, service: service.into(), also: None }
    }

    /// Shows the metrics of another registry too: of a part that outlives this service's restarts.
    #[must_use]
    pub fn also(mut self, other: &Self) -> Self {
        self.also = Some(other.registry.clone());
        self
    }

    fn families(&self) -> Vec<prometheus::proto::MetricFamily> {
        let mut families = self.registry.gather();
        families.extend(self.also.iter().flat_map(Registry::gather));
        families
    }

    /// A number that only grows.
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        registered(&self.registry, IntCounter::new(name, help))
    }

    /// A number that only grows, for each value of one label. The known values are shown from the start, at 0: what
    /// Prometheus first sees at 5 has not increased for it.
    pub fn counters(
        &self,
        name: &str,
        help: &str,
        label: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> IntCounterVec {
        let counters = registered(&self.registry, IntCounterVec::new(Opts::new(name, help), &[label]));
        for value in known {
            counters.with_label_values(&[value]);
        }
        counters
    }

    /// A number that goes up and down.
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        registered(&self.registry, IntGauge::new(name, help))
    }

    /// A number that goes up and down, for each value of one label.
    pub fn gauges(&self, name: &str, help: &str, label: &str) -> IntGaugeVec {
        registered(&self.registry, IntGaugeVec::new(Opts::new(name, help), &[label]))
    }

    /// A fraction that goes up and down.
    pub fn float_gauge(&self, name: &str, help: &str) -> prometheus::Gauge {
        registered(&self.registry, prometheus::Gauge::new(name, help))
    }

    /// How long something takes, in seconds.
    pub fn seconds(&self, name: &str, help: &str) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
        registered(&self.registry, Histogram::with_opts(options))
    }

    /// How many of something there are at a time.
    pub fn sizes(&self, name: &str, help: &str) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(SIZES.to_vec());
        registered(&self.registry, Histogram::with_opts(options))
    }

    /// Counts one request.
    pub(crate) fn request(&self, method: &str, route: &str, status: &str, seconds: f64) {
        self.requests.with_label_values(&[&*self.service, method, route, status]).observe(seconds);
    }

    /// Everything, as Prometheus reads it.
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.families()).unwrap_or_default()
    }

    /// Counters and gauges with their values, for the beat; histograms as their count and sum.
    pub fn values(&self) -> BTreeMap<String, f64> {
        let mut values = BTreeMap::new();
        for family in self.families() {
            if family.name() == "http_request_duration_seconds" {
                continue;
            }
            for metric in family.get_metric() {
                let labels: Vec<_> = metric
                    .get_label()
                    .iter()
                    .map(|label| format!("{}={}", label.name(), label.value()))
                    .collect();
                let name = if labels.is_empty() {
                    family.name().to_owned()
                } else {
                    format!("{}{{{}}}", family.name(), labels.join(","))
                };
                match family.get_field_type() {
                    prometheus::proto::MetricType::COUNTER => {
                        values.insert(name, metric.get_counter().get_value());
                    }
                    prometheus::proto::MetricType::GAUGE => {
                        values.insert(name, metric.get_gauge().get_value());
                    }
                    prometheus::proto::MetricType::HISTOGRAM => {
                        let histogram = metric.get_histogram();
                        #[expect(
                            clippy::cast_precision_loss,
                            reason = "a count of events stays far below 2^52"
                        )]
                        values.insert(format!("{name}_count"), histogram.get_sample_count() as f64);
                        values.insert(format!("{name}_sum"), histogram.get_sample_sum());
                    }
                    prometheus::proto::MetricType::SUMMARY | prometheus::proto::MetricType::UNTYPED => {}
                }
            }
        }
        values
    }
}

#[expect(
    clippy::expect_used,
    reason = "names are literals of ours; each is registered once, when its service is made"
)]
fn registered<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let collector = made.expect("a literal name of ours is valid");
    registry.register(Box::new(collector.clone())).expect("each metric is registered once");
    collector
}
