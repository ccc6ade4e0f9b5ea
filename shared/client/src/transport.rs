//! Requests by service and path, and the transports that carry them.
//!
//! A request never names an address. [`Transport::http`] builds it from [`Endpoints`]; [`Transport::carried`] hands the
//! request to somebody else, for example a native core that a page reaches over IPC.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wire::{ErrorCode, Problem, ops::ServiceName};

use crate::{api::Endpoints, carried::Carrier, error::Failure, platform};

/// Deadline of a request that sets no other.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Response header of an answer that repeats an earlier one.
pub(crate) const REPLAYED: &str = "idempotent-replayed";

/// HTTP method of a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

impl Method {
    /// Returns the method as in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// Body of a [`Request`], with its media type.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// `application/json`
    Json(String),
    /// `text/csv`
    Csv(String),
}

impl Body {
    pub(crate) fn media_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Csv(_) => "text/csv",
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Json(text) | Self::Csv(text) => text,
        }
    }
}

/// Bodies may hold passwords, so only their size is shown.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.media_type(), self.text().len())
    }
}

/// One request to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Service that answers it.
    pub service: ServiceName,
    /// Path within the service, with its query, as in `/orders?limit=20`.
    pub path: String,
    /// Body, if any.
    pub body: Option<Body>,
    /// Revision for `If-Match`.
    pub if_match: Option<u64>,
    /// Deadline for the whole response.
    pub timeout: Duration,
}

impl Request {
    /// Makes a request without a body.
    pub fn new(method: Method, service: ServiceName, path: impl Into<String>) -> Self {
        Self { method, service, path: path.into(), body: None, if_match: None, timeout: DEFAULT_TIMEOUT }
    }

    /// Adds a body in JSON.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        // Types of `wire` have text keys and finite numbers, so they serialize.
        self.body = Some(Body::Json(serde_json::to_string(body).unwrap_or_default()));
        self
    }

    /// Replaces the deadline.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Response, read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, as sent.
    pub retry_after: Option<String>,
    /// True if it repeats an earlier answer.
    pub replayed: bool,
    /// Body.
    pub text: String,
}

impl Response {
    /// Returns the response if it is a success, else the failure that it describes.
    pub(crate) fn or_problem(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        match serde_json::from_str::<Problem>(&self.text) {
            Ok(problem) => {
                let seconds = self.retry_after.and_then(|text| text.trim().parse().ok());
                Err(Failure::Problem {
                    problem: Box::new(problem),
                    retry_after: seconds.map(Duration::from_secs),
                })
            }
            // A proxy answers so while no service is there.
            Err(_) if matches!(self.status, 502..=504) => Err(Failure::Unreachable),
            Err(_) => Err(Failure::Unreadable(format!("status {}", self.status))),
        }
    }

    /// Returns whether the service refused the token.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        serde_json::from_str::<Problem>(&self.text)
            .is_ok_and(|problem| problem.code == ErrorCode::Unauthenticated)
    }

    /// Reads the body.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| Failure::Unreadable(error.to_string()))
    }
}

/// Way in which requests and events reach the platform.
#[derive(Debug)]
pub struct Transport(pub(crate) Route);

pub(crate) enum Route {
    /// Straight to the services.
    Http(Endpoints, platform::Http),
    /// Through somebody else, who also holds the session.
    Carried(platform::Shared<dyn Carrier>),
}

impl Transport {
    /// Sends requests to the services at `endpoints`: by `fetch` in a browser, by `reqwest` in a program.
    pub fn http(endpoints: Endpoints) -> Self {
        Self(Route::Http(endpoints, platform::Http::new()))
    }

    /// Hands requests to `carrier`.
    pub fn carried(carrier: platform::Shared<dyn Carrier>) -> Self {
        Self(Route::Carried(carrier))
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(endpoints, _) => f.debug_tuple("Http").field(endpoints).finish(),
            Self::Carried(_) => f.write_str("Carried"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_a_body_or_a_failure() {
        let response = |status, text: &str| {
            let retry_after = Some("3".to_owned());
            Response { status, retry_after, replayed: false, text: text.to_owned() }.or_problem()
        };
        assert_eq!(response(200, "7").unwrap().read::<u32>(), Ok(7));
        assert!(matches!(response(200, "<html>").unwrap().read::<u32>(), Err(Failure::Unreadable(_))));
        let problem = Problem::new(ErrorCode::QueueUnavailable);
        let failure = response(503, &serde_json::to_string(&problem).unwrap()).unwrap_err();
        assert_eq!(failure.code(), Some(ErrorCode::QueueUnavailable));
        assert_eq!(failure.retry_after(), Some(Duration::from_secs(3)));
        assert!(failure.is_retryable());
        assert_eq!(response(502, "").unwrap_err(), Failure::Unreachable);
        assert_eq!(response(404, "Not found").unwrap_err(), Failure::Unreadable("status 404".to_owned()));
    }

    #[test]
    fn a_body_is_not_shown_in_a_log() {
        let login = Request::new(Method::Post, ServiceName::IdentityProvider, "/login").json(&"password123");
        assert!(!format!("{login:?}").contains("password123"));
    }
}
