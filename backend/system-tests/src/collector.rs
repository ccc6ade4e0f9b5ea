//! A collector of traces: takes spans by OTLP over HTTP, as Jaeger does, and tells what an order's trace consists of.

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

/// A span that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The service that told it.
    pub service: String,
    /// What was done.
    pub name: String,
    /// Its trace, 32 digits.
    pub trace: String,
    /// Itself, 16 digits.
    pub id: String,
    /// What it is part of; empty where that is nothing.
    pub parent: String,
    /// When it began and ended, in ns.
    pub time: (u64, u64),
    /// What is said of it.
    pub attributes: BTreeMap<String, String>,
    /// The traces it is linked to.
    pub links: Vec<String>,
    /// Whether it failed.
    pub failed: bool,
}

/// Listens on loopback until it is dropped.
#[derive(Debug)]
pub struct Collector {
    url: String,
    told: Arc<Mutex<Vec<Told>>>,
    asked: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        Self::answering(StatusCode::OK).await
    }

    /// Starts one that answers so, whatever it is told.
    #[expect(clippy::disallowed_methods, reason = "a server of the scenario, not a task of a service")]
    pub async fn answering(status: StatusCode) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(AtomicUsize::new(0));
        let (kept, count) = (Arc::clone(&told), Arc::clone(&asked));
        let take = async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            kept.lock().unwrap().extend(read(request));
            count.fetch_add(1, Ordering::Relaxed);
            status
        };
        let router = Router::new().route("/v1/traces", post(take));
        let listening = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, told, asked, listening }
    }

    /// Where it listens, as the setting names it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests it has answered.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Every span so far.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// The spans of a trace.
    pub fn trace(&self, id: &str) -> Vec<Told> {
        self.told().into_iter().filter(|span| span.trace == id).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// What a trace viewer shows: each span as `service: name`, below what it is part of and further in, by their names. At
/// the top are those that are part of nothing here.
pub fn tree(spans: &[Told]) -> Vec<String> {
    fn below(spans: &[Told], parent: &str, depth: usize, lines: &mut Vec<String>) {
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

fn read(request: ExportTraceServiceRequest) -> Vec<Told> {
    let mut told = Vec::new();
    for group in request.resource_spans {
        let resource = attributes(group.resource.unwrap().attributes);
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            told.push(Told {
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
    told
}

fn attributes(list: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => panic!("an attribute that nobody sends: {other:?}"),
    };
    list.into_iter().map(|entry| (entry.key, text(entry.value.unwrap().value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
