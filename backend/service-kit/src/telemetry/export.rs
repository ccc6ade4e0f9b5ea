//! The way of spans to a collector: OTLP over HTTP, from a thread of its own behind a queue that drops what it has no
//! room for. Nobody ever waits for it.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::Arc,
    time::{Duration, Instant},
};

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor as _},
};
use parking_lot::Mutex;
use tracing_subscriber::Layer;
use wire::ops::ServiceName;

/// So many spans wait for export; further ones are dropped. An order has about a dozen.
const MAX_WAITING: usize = 4096;
/// So many are sent at once.
const BATCH: usize = 512;
/// How long spans wait for company.
const GATHER: Duration = Duration::from_secs(1);
/// How long the collector may take to answer.
const DEADLINE: Duration = Duration::from_secs(3);
/// How long the last spans may take at the end of the program.
const LAST: Duration = Duration::from_secs(3);
/// How long after one complaint the next may follow.
const COMPLAIN_AFTER: Duration = Duration::from_secs(600);

/// Where spans are sent, and who speaks.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// The collector, as in `http://jaeger:4318`.
    pub endpoint: String,
    /// The services of this process, each with the name of this replica.
    pub instances: Vec<(ServiceName, String)>,
}

/// What makes spans. Clones are the same.
#[derive(Clone)]
pub struct Tracer(Arc<Inner>);

struct Inner {
    processor: BatchSpanProcessor,
    scopes: BTreeMap<ServiceName, InstrumentationScope>,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer")
    }
}

impl Tracer {
    /// Which of the services of this process it is, for [`Collector`].
    pub(super) fn scope(&self, service: ServiceName) -> InstrumentationScope {
        self.0.scopes.get(&service).cloned().unwrap_or_default()
    }

    /// Never waits.
    pub(super) fn hand_over(&self, span: SpanData) {
        self.0.processor.on_end(span);
    }
}

/// How the subscriber knows the tracer. It looks at no line and no span.
#[derive(Debug)]
pub(crate) struct Exporting(pub(crate) Tracer);

impl<S: tracing::Subscriber> Layer<S> for Exporting {}

/// Sends the last spans when it is dropped, at the end of the program.
#[derive(Debug)]
#[must_use = "the last spans are sent when it is dropped"]
pub struct Guard(pub(crate) Option<Tracer>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(tracer) = &self.0 {
            // What does not arrive in time is lost, as it would be at any other time.
            let _ = tracer.0.processor.shutdown_with_timeout(LAST);
        }
    }
}

/// Starts the export.
///
/// # Errors
/// The address is none.
pub(crate) fn start(telemetry: &Telemetry) -> Result<Tracer, String> {
    let collector = Collector::new(telemetry).map_err(|error| {
        format!(
            "setting otlp_endpoint: {:?}: {error}; it must be as in http://jaeger:4318",
            telemetry.endpoint
        )
    })?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(MAX_WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(GATHER)
        .build();
    let scope =
        |(name, _): &(ServiceName, String)| (*name, InstrumentationScope::builder(name.as_str()).build());
    let scopes = telemetry.instances.iter().map(scope).collect();
    Ok(Tracer(Arc::new(Inner { processor: BatchSpanProcessor::new(collector, batches), scopes })))
}

/// The collector, as it is told of each service of this process: OTLP names the service once for many spans.
#[derive(Debug)]
struct Collector {
    runtime: tokio::runtime::Runtime,
    services: Vec<(ServiceName, opentelemetry_otlp::SpanExporter)>,
    complained: Mutex<Option<Instant>>,
}

impl Collector {
    fn new(telemetry: &Telemetry) -> Result<Self, Box<dyn std::error::Error>> {
        let base = telemetry.endpoint.trim_end_matches('/');
        if !base.starts_with("http://") {
            return Err("only plain HTTP is spoken to a collector".into());
        }
        let client = reqwest::Client::builder()
            .timeout(DEADLINE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // Between two batches nobody would notice that the other side has closed.
            .pool_max_idle_per_host(0)
            .build()?;
        let services = telemetry.instances.iter().map(|(name, instance)| {
            let mut exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_http()
                .with_http_client(client.clone())
                .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
                .with_endpoint(format!("{base}/v1/traces"))
                .with_timeout(DEADLINE)
                .build()?;
            let instance = KeyValue::new("service.instance.id", instance.clone());
            exporter.set_resource(
                &Resource::builder_empty()
                    .with_service_name(name.as_str())
                    .with_attributes([KeyValue::new("service.namespace", "cafeteria"), instance])
                    .build(),
            );
            Ok((*name, exporter))
        });
        let services = services.collect::<Result<_, opentelemetry_otlp::ExporterBuildError>>()?;
        let runtime: io::Result<_> = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self { runtime: runtime?, services, complained: Mutex::default() })
    }

    /// On the thread of the export, which may wait.
    fn send(&self, mut spans: Vec<SpanData>) -> OTelSdkResult {
        for (name, exporter) in &self.services {
            let (own, others): (Vec<_>, Vec<_>) =
                spans.into_iter().partition(|span| span.instrumentation_scope.name() == name.as_str());
            spans = others;
            if !own.is_empty() {
                self.runtime.block_on(exporter.export(own))?;
            }
        }
        Ok(())
    }

    fn complain(&self, error: &dyn fmt::Display) {
        let mut last = self.complained.lock();
        if last.is_none_or(|last| last.elapsed() >= COMPLAIN_AFTER) {
            *last = Some(Instant::now());
            tracing::warn!(%error, "spans cannot be sent to the collector, and are lost");
        }
    }
}

impl SpanExporter for Collector {
    fn export(&self, spans: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let sent = self.send(spans);
        if let Err(error) = &sent {
            self.complain(error);
        }
        std::future::ready(sent)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::telemetry::SpanKind;

    fn to(endpoint: &str) -> Telemetry {
        let instances = vec![(ServiceName::OrderGateway, "order-gateway-1".to_owned())];
        Telemetry { endpoint: endpoint.to_owned(), instances }
    }

    #[test]
    fn an_address_that_is_none_is_refused_in_one_line() {
        for wrong in ["", "jaeger:4318", "https://jaeger:4318", "http://", "http://a b", "http://[::1"] {
            let error = start(&to(wrong)).unwrap_err();
            assert!(error.starts_with("setting otlp_endpoint: "), "{error}");
            assert!(error.ends_with("as in http://jaeger:4318") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn nobody_waits_for_a_collector_that_hangs() {
        let hung = TcpListener::bind("127.0.0.1:0").unwrap();
        let telemetry = to(&format!("http://{}", hung.local_addr().unwrap()));
        let guard = Guard(Some(start(&telemetry).unwrap()));
        let tracer = guard.0.clone().unwrap();
        let began = Instant::now();
        for _ in 0..100 * MAX_WAITING {
            drop(tracer.begin(ServiceName::OrderGateway, SpanKind::Internal, "work", None));
        }
        drop(guard);
        // Were they waited for, it would take `DEADLINE` for each batch: forty minutes, or 24 s for those in the queue.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
