//! Calls to another service over HTTP, signed by the caller, each with a deadline, in the trace of the caller's work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;
use wire::{ErrorCode, Problem, ops::ServiceName};

use crate::{
    telemetry::{self, TRACEPARENT},
    token::ServiceTokens,
};

/// After a connection failed, for how long nobody tries again.
const BREAK: Duration = Duration::from_millis(200);

/// Another service. Clones share connections.
#[derive(Debug, Clone)]
pub struct Peer {
    target: ServiceName,
    base: Arc<str>,
    http: reqwest::Client,
    tokens: ServiceTokens,
    deadline: Duration,
    started: Instant,
    /// Milliseconds after `started` until which the breaker is open.
    open_until: Arc<AtomicU64>,
}

/// Why a call got no good answer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// There is no connection, or the breaker is open: the request was not delivered.
    #[error("{0} cannot be reached")]
    Unreachable(ServiceName),
    /// It was sent, and no answer came in time: it may have been done.
    #[error("{0} did not answer in time")]
    NoAnswer(ServiceName),
    /// It answered with an error.
    #[error("{target} answered {status} {}", code.map_or("-", ErrorCode::as_str))]
    Refused {
        /// Who.
        target: ServiceName,
        /// The HTTP status.
        status: u16,
        /// The code, where the answer was a problem body.
        code: Option<ErrorCode>,
    },
    /// It answered with something that cannot be read.
    #[error("{0} answered with something unreadable")]
    Unreadable(ServiceName),
}

impl PeerError {
    /// Whether it says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

impl Peer {
    /// The service `target` at `base`, as in `http://127.0.0.1:3003`.
    pub fn new(target: ServiceName, base: &str, tokens: ServiceTokens, deadline: Duration) -> Self {
        // Without proxies and redirects, a builder has nothing that can fail.
        let http = reqwest::Client::builder()
            .connect_timeout(deadline.min(Duration::from_secs(1)))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self {
            target,
            base: base.trim_end_matches('/').into(),
            http,
            tokens,
            deadline,
            started: Instant::now(),
            open_until: Arc::default(),
        }
    }

    /// Asks with a body.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub async fn post<B: Serialize + Sync, R: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<R, PeerError> {
        self.call(Method::POST, path, |request| request.json(body)).await
    }

    /// Asks without a body; `query` is encoded.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub async fn get<Q: Serialize + Sync, R: DeserializeOwned>(
        &self,
        path: &str,
        query: &Q,
    ) -> Result<R, PeerError> {
        self.call(Method::GET, path, |request| request.query(query)).await
    }

    /// Whether it says it is up.
    pub async fn is_up(&self) -> bool {
        let url = format!("{}/readyz", self.base);
        let answer = self.http.get(url).timeout(self.deadline).send().await;
        answer.is_ok_and(|response| response.status() == StatusCode::OK)
    }

    async fn call<R: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<R, PeerError> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.open_until.load(Ordering::Relaxed) {
            return Err(PeerError::Unreachable(self.target));
        }
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.tokens.for_target(self.target).0)
            .timeout(self.deadline);
        if let Some(trace) = telemetry::current() {
            request = request.header(TRACEPARENT, trace.as_str());
        }
        let response = fill(request).send().await.map_err(|error| {
            if error.is_connect() {
                let pause = u64::try_from(BREAK.as_millis()).unwrap_or(0);
                self.open_until.store(now + pause, Ordering::Relaxed);
                PeerError::Unreachable(self.target)
            } else {
                PeerError::NoAnswer(self.target)
            }
        })?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|_| PeerError::NoAnswer(self.target))?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|_| PeerError::Unreadable(self.target));
        }
        let code = serde_json::from_slice::<Problem>(&bytes).ok().map(|problem| problem.code);
        Err(PeerError::Refused { target: self.target, status: status.as_u16(), code })
    }
}
