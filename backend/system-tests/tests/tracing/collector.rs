//! Collector of traces: receives spans by OTLP over HTTP, as Jaeger does.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::status::StatusCode as SpanStatus,
};
use prost::Message as _;
use tokio::{net::TcpListener, task::JoinHandle};

/// Received span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedSpan {
    /// Service that sent it.
    pub(crate) service: String,
    /// Name.
    pub(crate) name: String,
    /// Id of its trace, 32 digits.
    pub(crate) trace: String,
    /// Id, 16 digits.
    pub(crate) id: String,
    /// Id of its parent; empty if there is none.
    pub(crate) parent: String,
    /// Start and end, in ns since the Unix epoch.
    pub(crate) time: (u64, u64),
    /// Attributes.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Ids of the linked traces.
    pub(crate) links: Vec<String>,
    /// Whether it failed.
    pub(crate) failed: bool,
}

/// Collector that listens on loopback until it is dropped.
#[derive(Debug)]
pub(crate) struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<ReceivedSpan>>>,
    requests: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Collector {
    /// Starts a collector on a free port.
    pub(crate) async fn start() -> Self {
        Self::answering(StatusCode::OK).await
    }

    /// Starts a collector that answers every request with `status`.
    #[expect(clippy::disallowed_methods, reason = "a server of the scenario, not a task of a service")]
    pub(crate) async fn answering(status: StatusCode) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let spans = Arc::new(Mutex::new(Vec::new()));
        let requests = Arc::new(AtomicUsize::new(0));
        let (kept, count) = (Arc::clone(&spans), Arc::clone(&requests));
        let take = async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            kept.lock().unwrap().extend(read(request));
            count.fetch_add(1, Ordering::Relaxed);
            status
        };
        let router = Router::new().route("/v1/traces", post(take));
        let listening = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, spans, requests, listening }
    }

    /// Returns its address, as in the setting.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns every span so far.
    pub(crate) fn spans(&self) -> Vec<ReceivedSpan> {
        self.spans.lock().unwrap().clone()
    }

    /// Returns the spans of a trace.
    pub(crate) fn trace(&self, id: &str) -> Vec<ReceivedSpan> {
        self.spans().into_iter().filter(|span| span.trace == id).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Returns the spans as a trace viewer shows them: each as `service: name`, sorted, and indented below its parent. Spans
/// whose parent is unknown are at the top.
pub(crate) fn tree(spans: &[ReceivedSpan]) -> Vec<String> {
    fn below(spans: &[ReceivedSpan], parent: &str, depth: usize, lines: &mut Vec<String>) {
        let mut children: Vec<_> = spans.iter().filter(|span| span.parent == parent).collect();
        children.sort_by_key(|span| (&span.service, &span.name));
        for span in children {
            lines.push(format!("{}{}: {}", "  ".repeat(depth), span.service, span.name));
            below(spans, &span.id, depth + 1, lines);
        }
    }
    let mut lines = Vec::new();
    let known = |id: &str| spans.iter().any(|span| span.id == id);
    let mut roots: Vec<_> = spans.iter().map(|span| span.parent.as_str()).filter(|id| !known(id)).collect();
    roots.sort_unstable();
    roots.dedup();
    for root in roots {
        below(spans, root, 0, &mut lines);
    }
    lines
}

fn read(request: ExportTraceServiceRequest) -> Vec<ReceivedSpan> {
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let resource = attributes(group.resource.unwrap().attributes);
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(ReceivedSpan {
                service: resource["service.name"].clone(),
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                time: (span.start_time_unix_nano, span.end_time_unix_nano),
                attributes: attributes(span.attributes),
                links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
                failed: span.status.is_some_and(|status| status.code == SpanStatus::Error as i32),
            });
        }
    }
    spans
}

fn attributes(list: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => panic!("unexpected attribute: {other:?}"),
    };
    list.into_iter().map(|entry| (entry.key, text(entry.value.unwrap().value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
