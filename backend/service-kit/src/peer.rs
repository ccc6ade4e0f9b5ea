//! Calls to another service over HTTP, signed by the caller, each with a deadline, in the trace of the caller's work.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use wire::{ErrorCode, Problem, ops::ServiceName};

use crate::{
    breaker::Breaker,
    telemetry::{self, TRACEPARENT},
    token::ServiceTokens,
};

/// Time for which calls are refused after one that could not connect or got no answer in time.
const BREAKER_OPEN_FOR: Duration = Duration::from_millis(200);

/// Another service. Clones share connections.
#[derive(Debug, Clone)]
pub struct Peer {
    target: ServiceName,
    base: Arc<str>,
    http: reqwest::Client,
    tokens: ServiceTokens,
    deadline: Duration,
    breaker: Breaker,
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
            breaker: Breaker::new(BREAKER_OPEN_FOR),
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
        let Some(permit) = self.breaker.admit() else {
            return Err(PeerError::Unreachable(self.target));
        };
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.tokens.for_target(self.target).0)
            .timeout(self.deadline);
        if let Some(trace) = telemetry::current() {
            request = request.header(TRACEPARENT, trace.as_str());
        }
        let answer = async {
            let response = fill(request).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
        };
        let (status, bytes) = match answer.await {
            Ok(answer) => {
                permit.succeed();
                answer
            }
            Err(error) => {
                // A connection that broke on the way says nothing of the next one: the service may have restarted.
                if error.is_connect() || error.is_timeout() {
                    permit.fail();
                }
                return Err(if error.is_connect() {
                    PeerError::Unreachable(self.target)
                } else {
                    PeerError::NoAnswer(self.target)
                });
            }
        };
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|_| PeerError::Unreadable(self.target));
        }
        let code = serde_json::from_slice::<Problem>(&bytes).ok().map(|problem| problem.code);
        Err(PeerError::Refused { target: self.target, status: status.as_u16(), code })
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        net::{TcpListener, TcpSocket, TcpStream},
        time::Instant,
    };

    use super::*;
    use crate::Clock;

    const DEADLINE: Duration = Duration::from_secs(3);

    fn peer(base: &str) -> Peer {
        let tokens = ServiceTokens::new(ServiceName::OrderGateway, &[1; 32], Clock::system());
        Peer::new(ServiceName::StockService, base, tokens, DEADLINE)
    }

    /// The error of a call, and the time it took.
    async fn failure(peer: &Peer) -> (PeerError, Duration) {
        let start = Instant::now();
        let answer = peer.get::<_, serde_json::Value>("/stock", &()).await;
        (answer.unwrap_err(), start.elapsed())
    }

    async fn open_after_the_failure_and_one_probe_at_a_time(peer: &Peer) {
        for _ in 0..3 {
            let (error, took) = failure(peer).await;
            assert!(matches!(error, PeerError::Unreachable(_)), "{error}");
            assert_eq!(took, Duration::ZERO, "at once");
        }
        tokio::time::advance(BREAKER_OPEN_FOR).await;
        let ((_, probe), (error, other)) = tokio::join!(failure(peer), failure(peer));
        assert!(probe >= Duration::from_secs(1), "one call probes: {probe:?}");
        assert!(matches!(error, PeerError::Unreachable(_)), "{error}");
        assert_eq!(other, Duration::ZERO, "the others do not wait for the probe");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_accepts_and_never_answers_opens_the_breaker() {
        let black_hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = peer(&format!("http://{}", black_hole.local_addr().unwrap()));
        let (error, took) = failure(&peer).await;
        assert!(matches!(error, PeerError::NoAnswer(_)), "{error}");
        assert!(took >= DEADLINE, "{took:?}");
        open_after_the_failure_and_one_probe_at_a_time(&peer).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_hangs_opens_the_breaker() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // With its queue full, the system lets every further connection hang.
        let mut queued = Vec::new();
        while let Ok(connected) = tokio::time::timeout(DEADLINE, TcpStream::connect(address)).await {
            queued.push(connected.unwrap());
        }
        let peer = peer(&format!("http://{address}"));
        let (error, took) = failure(&peer).await;
        assert!(matches!(error, PeerError::Unreachable(_)), "{error}");
        assert!(took >= Duration::from_secs(1), "{took:?}");
        open_after_the_failure_and_one_probe_at_a_time(&peer).await;
    }
}
