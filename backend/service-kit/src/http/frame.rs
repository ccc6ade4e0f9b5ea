//! The frame around every request: its id and trace, its route, load shedding, drills, who may call, the deadline, problem
//! bodies, and the measurement.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument as _;
use wire::{ErrorCode, TraceContext};

use super::{
    ApiError, Arrived, Caller, RouteSpec, Routes,
    body::BodyLimit,
    common,
    error::Unwritten,
    openapi,
    rest::{self, Rest},
    routes::LATE,
};
use crate::{
    chaos::Kind,
    random, secret,
    service::Service,
    tasks::Tasks,
    telemetry::{self, Span, SpanKind, TRACEPARENT},
};

/// The header with the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Time after the deadline of a request at which its handler is dropped. Every wait of a handler is bounded; this is for
/// one that is not.
const OVERRUN_TIMEOUT: Duration = Duration::from_secs(60);

/// The bounds of the frame.
#[derive(Debug, Clone, Copy)]
pub struct FrameConfig {
    /// How long a request may take.
    pub deadline: Duration,
    /// How many requests may be under way at once; further ones are answered with 503.
    pub max_in_flight: usize,
}

#[derive(Clone)]
struct Frame(Arc<Inner>);

struct Inner {
    service: Service,
    bounds: FrameConfig,
    places: Arc<Semaphore>,
    routes: HashMap<&'static str, Vec<RouteSpec>>,
    prefix: String,
    count: AtomicU64,
}

/// Makes the whole router of a service: its own routes, those every service has, and the frame around them.
pub fn assemble(service: &Service, bounds: FrameConfig, own: Routes<()>) -> Router {
    let all = own.and(common::routes(service.clone()));
    let all = openapi::with_page(service, all);
    let mut routes = HashMap::<_, Vec<_>>::new();
    for spec in &all.specs {
        routes.entry(spec.path).or_default().push(spec.clone());
    }
    let frame = Frame(Arc::new(Inner {
        service: service.clone(),
        bounds,
        places: Arc::new(Semaphore::new(bounds.max_in_flight)),
        routes,
        prefix: format!("{}-", secret::random_text::<6>()),
        count: AtomicU64::new(0),
    }));
    all.router
        .fallback(async || ApiError::new(ErrorCode::NotFound))
        .method_not_allowed_fallback(async || ApiError::new(ErrorCode::MethodNotAllowed))
        .layer(from_fn_with_state(frame, around))
}

async fn around(State(frame): State<Frame>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let inner = &*frame.0;
    let id = inner.request_id(&request);
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let spec = matched.as_ref().and_then(|path| inner.spec(path.as_str(), &method));
    let (trace, told) = inner.trace(&request, spec, &id);
    let route = spec.map_or("-", |spec| spec.path);
    // Of the highest level, so that it is in the lines however few are wanted.
    let span = tracing::error_span!("request", id = %id, %method, route, trace_id = trace.trace_id());
    request.extensions_mut().insert(Arrived(started));
    let rest = lend_body(&mut request);
    let waits_to_send = request.headers().contains_key(header::EXPECT);
    let answer = inner.answer(request, next, spec, rest.as_ref()).instrument(span);
    let outcome = AssertUnwindSafe(telemetry::within(Some(trace.clone()), answer)).catch_unwind().await;
    let mut response = outcome.unwrap_or_else(|_| {
        tracing::error!(%id, trace_id = trace.trace_id(), "a request panicked");
        ApiError::new(ErrorCode::Internal).into_response()
    });
    if let Some(told) = told {
        tell(told, &response);
    }
    write_problem(&mut response, &id, Some(&trace));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let seconds = started.elapsed().as_secs_f64();
    // What matches no route shares one label, so that strangers cannot make series.
    let (method, route) = spec.map_or(("-", "-"), |spec| (method.as_str(), spec.path));
    inner.service.metrics.request(method, route, response.status().as_str(), seconds);
    if let Some(rest) = rest.filter(|_| !waits_to_send) {
        rest.throw_away(spec.map_or(rest::MOST, |spec| spec.body_limit.max(rest::MOST))).await;
    }
    response
}

/// How the request's span ends.
fn tell(mut span: Span, response: &Response) {
    let status = response.status();
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if let Some(Unwritten(problem)) = response.extensions().get() {
        span.set("error.type", problem.code.as_str());
        if status.is_server_error() {
            span.fail(problem.code.title());
        }
    }
}

/// Keeps hold of the body, if there is one.
fn lend_body(request: &mut Request) -> Option<Rest> {
    if request.body().is_end_stream() {
        return None;
    }
    let (lent, rest) = Rest::lend(std::mem::take(request.body_mut()));
    *request.body_mut() = lent;
    Some(rest)
}

/// An error as the frame writes it, for a layer around the frame.
pub fn problem(error: ApiError) -> Response {
    let mut response = error.into_response();
    write_problem(&mut response, &secret::random_text::<8>(), None);
    response
}

fn write_problem(response: &mut Response, id: &str, trace: Option<&TraceContext>) {
    let Some(Unwritten(mut problem)) = response.extensions_mut().remove::<Unwritten>() else { return };
    problem.request_id = Some(id.to_owned());
    problem.trace_id = trace.map(|trace| trace.trace_id().to_owned());
    let text = serde_json::to_vec(&problem).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = Body::from(text);
}

impl Inner {
    fn spec(&self, path: &str, method: &Method) -> Option<&RouteSpec> {
        // A HEAD request is served by the GET route, without the body.
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.routes.get(path)?.iter().find(|spec| spec.method == *method)
    }

    /// The client's own id, if it is harmless, or a new one.
    fn request_id(&self, request: &Request) -> String {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let harmless = |id: &&str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        given.filter(harmless).map_or_else(
            || format!("{}{:x}", self.prefix, self.count.fetch_add(1, Ordering::Relaxed)),
            str::to_owned,
        )
    }

    /// Where the request belongs: in its caller's trace, if it names a sound one, or in one of its own. With its span,
    /// if spans are exported; what machines ask again and again is not worth one.
    fn trace(&self, request: &Request, spec: Option<&RouteSpec>, id: &str) -> (TraceContext, Option<Span>) {
        let mut named = request.headers().get_all(TRACEPARENT).iter();
        let caller = match (named.next(), named.next()) {
            (Some(one), None) => one.to_str().ok().and_then(|text| text.parse().ok()),
            (None | Some(_), _) => None,
        };
        let span = spec.filter(|spec| spec.traced).zip(telemetry::tracer()).map(|(spec, tracer)| {
            let name = format!("{} {}", spec.method, spec.path);
            let mut span = tracer.begin(self.service.name, SpanKind::Server, name, caller.as_ref());
            span.set("http.request.method", request.method().to_string());
            span.set("http.route", spec.path);
            span.set("request.id", id.to_owned());
            span
        });
        let trace = span.as_ref().map(|span| span.context().clone());
        (trace.or(caller).unwrap_or_else(telemetry::fresh), span)
    }

    async fn answer(
        &self,
        mut request: Request,
        next: Next,
        spec: Option<&RouteSpec>,
        body: Option<&Rest>,
    ) -> Response {
        let Some(spec) = spec else { return next.run(request).await };
        let place = if spec.exempt_from_shedding {
            None
        } else {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
                return ApiError::new(ErrorCode::Overloaded).into_response();
            };
            Some(place)
        };
        if !spec.reachable_in_chaos
            && let Err(error) = self.drill().await
        {
            return error.into_response();
        }
        if spec.access != super::Access::Public {
            match self.caller(bearer(request.headers())).await {
                Ok(caller) if spec.access.admits(Some(caller.0.role)) => {
                    request.extensions_mut().insert(caller);
                }
                Ok(_) => return ApiError::new(ErrorCode::Forbidden).into_response(),
                Err(error) => return error.into_response(),
            }
        }
        request.extensions_mut().insert(BodyLimit(spec.body_limit));
        let answer = next.run(request);
        let answered = if spec.ends_with_request {
            let _place = place;
            tokio::time::timeout(self.bounds.deadline, answer).await.ok()
        } else {
            self.run_to_the_end(answer, place, body).await
        };
        answered.unwrap_or_else(|| {
            tracing::warn!("a request passed its deadline");
            // Of a request whose body has not come, nothing was done.
            let read = !spec.ends_with_request && body.is_none_or(Rest::was_read);
            let (code, detail) = if read { spec.when_late } else { (ErrorCode::Overloaded, LATE) };
            ApiError::new(code).detail(detail).into_response()
        })
    }

    /// Runs a handler to its end: if the client disconnects or the deadline passes, the rest of it goes on in a task, so
    /// that events, audit and metrics after its commit are not lost. A handler whose body has not arrived is dropped
    /// instead. Returns `None` at the deadline.
    async fn run_to_the_end(
        &self,
        answer: impl Future<Output = Response> + Send + 'static,
        place: Option<OwnedSemaphorePermit>,
        body: Option<&Rest>,
    ) -> Option<Response> {
        let handler = Handler { rest: Some((Box::pin(answer), place)), body, tasks: &self.service.tasks };
        tokio::time::timeout(self.bounds.deadline, handler).await.ok()
    }

    async fn drill(&self) -> Result<(), ApiError> {
        let chaos = || {
            ApiError::new(ErrorCode::Chaos).detail("An operator has switched this service off for a drill.")
        };
        match self.service.chaos.current() {
            None => Ok(()),
            Some(Kind::Unavailable | Kind::Kill) => Err(chaos()),
            Some(Kind::Latency(time)) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Some(Kind::Errors(rate)) => {
                if random::fraction() < rate {
                    Err(chaos())
                } else {
                    Ok(())
                }
            }
        }
    }

    async fn caller(&self, token: Option<String>) -> Result<Caller, ApiError> {
        let token = token.ok_or_else(|| {
            ApiError::new(ErrorCode::Unauthenticated).detail("Send a token: Authorization: Bearer …")
        })?;
        let verified = self.service.verifier.verify(&token).await;
        verified.map(Caller).map_err(|error| match error.code() {
            ErrorCode::Unauthenticated => ApiError::new(ErrorCode::Unauthenticated).detail(error.to_string()),
            code => ApiError::new(code),
        })
    }
}

/// The bearer token of a request (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Handler of a request that may have committed something. Dropping it before its end hands the rest to a task.
struct Handler<'a> {
    /// Rest of the handler with its place among the requests under way; `None` once it has ended.
    rest: Option<(BoxFuture<'static, Response>, Option<OwnedSemaphorePermit>)>,
    body: Option<&'a Rest>,
    tasks: &'a Tasks,
}

impl Future for Handler<'_> {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let Some((handler, _)) = &mut self.rest else { return Poll::Pending };
        // A handler that panics has ended as well.
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(response)) => {
                self.rest = None;
                Poll::Ready(response)
            }
            Err(panic) => {
                self.rest = None;
                std::panic::resume_unwind(panic)
            }
        }
    }
}

impl Drop for Handler<'_> {
    fn drop(&mut self) {
        let Some((handler, place)) = self.rest.take() else { return };
        let has_begun = self.body.is_none_or(Rest::was_read);
        // Without a runtime the process is ending.
        if !has_begun || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let rest = tokio::time::timeout(OVERRUN_TIMEOUT, AssertUnwindSafe(handler).catch_unwind());
        let work = async move {
            let _place = place;
            // Nobody is there any more to hear the response.
            if rest.await.is_err() {
                tracing::error!("a handler did not end, and was dropped");
            }
        };
        // Both are still those of the request, also while its future is dropped.
        let work = telemetry::within(telemetry::current(), work).in_current_span();
        self.tasks.spawn_conversation(work);
    }
}
