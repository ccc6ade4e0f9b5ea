//! Traces: what belongs to one order, or one request, is one trace, across services and through the queue.
//!
//! Every request has a [`TraceContext`], its caller's or one of its own, which is in its log lines and problem bodies
//! and goes along with what it asks others. Spans are made only where they are exported: the program hands a
//! [`Telemetry`] to [`crate::logs::init`], and the tracing subscriber, which is the one global there is, knows the
//! [`Tracer`] from then on. Without one nothing is made and nothing is sent.
//!
//! Spans are not those of `tracing`: a worker handles hundreds of orders at once, each in a trace of its own that began
//! elsewhere, and the ids are needed in logs whether spans are exported or not.

mod export;

use std::{
    borrow::Cow,
    num::{NonZeroU64, NonZeroU128},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    KeyValue, Value,
    trace::{Link, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use wire::{Time, TraceContext, ops::ServiceName};

pub(crate) use export::{Exporting, start};
pub use export::{Guard, Telemetry, Tracer};
pub use opentelemetry::trace::SpanKind;

/// The header that says where a request belongs (W3C Trace Context).
pub const TRACEPARENT: &str = "traceparent";

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// Where the work of the moment belongs, within a request or [`within`] something else that is traced.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(TraceContext::clone).ok()
}

/// Does work that belongs there; without a trace, where it would belong anyway.
pub async fn within<F: Future>(trace: Option<TraceContext>, work: F) -> F::Output {
    match trace {
        Some(trace) => CURRENT.scope(trace, work).await,
        None => work.await,
    }
}

/// The beginning of a trace.
pub(crate) fn fresh() -> TraceContext {
    // Asked for at once: it is most of what a request's trace costs where nothing is exported.
    let random: [u8; 24] = crate::secret::random();
    let trace = u128::from_ne_bytes(std::array::from_fn(|at| random[at]));
    let span = u64::from_ne_bytes(std::array::from_fn(|at| random[16 + at]));
    TraceContext::new(NonZeroU128::MIN | trace, NonZeroU64::MIN | span)
}

fn fresh_span() -> NonZeroU64 {
    NonZeroU64::MIN | u64::from_ne_bytes(crate::secret::random())
}

/// What makes spans, if they are exported.
pub fn tracer() -> Option<Tracer> {
    tracing::dispatcher::get_default(|subscriber| {
        subscriber.downcast_ref::<Exporting>().map(|exporting| exporting.0.clone())
    })
}

/// A piece of work in a trace. It has ended, and is handed over for export, when it is dropped.
#[derive(Debug)]
pub struct Span {
    tracer: Tracer,
    context: TraceContext,
    began: Instant,
    /// None once it has been handed over.
    data: Option<Box<SpanData>>,
}

impl Tracer {
    /// Begins a piece of work of a service; without a parent, a trace.
    #[expect(
        clippy::disallowed_methods,
        reason = "spans of several machines are put together by the real time"
    )]
    pub fn begin(
        &self,
        service: ServiceName,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        parent: Option<&TraceContext>,
    ) -> Span {
        let context = match parent {
            Some(parent) => parent.with_span(fresh_span()),
            None => fresh(),
        };
        let now = SystemTime::now();
        let data = SpanData {
            span_context: exported(&context),
            parent_span_id: parent.map_or(SpanId::INVALID, |parent| ids(parent).1),
            parent_span_is_remote: parent.is_some() && matches!(kind, SpanKind::Server | SpanKind::Consumer),
            span_kind: kind,
            name: name.into(),
            start_time: now,
            end_time: now,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope(service),
        };
        Span { tracer: self.clone(), context, began: Instant::now(), data: Some(Box::new(data)) }
    }
}

impl Span {
    /// Where what it does belongs.
    pub fn context(&self) -> &TraceContext {
        &self.context
    }

    /// Says something about it.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(data) = &mut self.data {
            data.attributes.push(KeyValue::new(key, value));
        }
    }

    /// It began earlier.
    pub fn since(&mut self, time: Time) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(0);
        if let Some(data) = &mut self.data {
            data.start_time = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        }
    }

    /// It was done together with something in another trace, or within it.
    pub fn link(&mut self, other: &TraceContext) {
        if let Some(data) = &mut self.data {
            data.links.links.push(Link::with_context(exported(other)));
        }
    }

    /// It failed.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        if let Some(data) = &mut self.data {
            data.status = Status::error(why);
        }
    }

    /// It did not come to anything, and is not worth telling.
    pub fn forget(mut self) {
        self.data = None;
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(mut data) = self.data.take() {
            // By the clock that does not jump.
            data.end_time = data.end_time.checked_add(self.began.elapsed()).unwrap_or(data.end_time);
            self.tracer.hand_over(*data);
        }
    }
}

fn ids(context: &TraceContext) -> (TraceId, SpanId) {
    let trace = TraceId::from_hex(context.trace_id()).unwrap_or(TraceId::INVALID);
    (trace, SpanId::from_hex(context.span_id()).unwrap_or(SpanId::INVALID))
}

fn exported(context: &TraceContext) -> SpanContext {
    let (trace, span) = ids(context);
    SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE)
}
