//! Requests to a router in process, and their responses.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, header, request::Builder},
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// A request that is being written.
#[derive(Debug)]
pub struct TestRequest {
    router: Router,
    request: Builder,
    body: Body,
}

impl TestRequest {
    /// Starts a request to `call`, a method and a path as in `GET /stock/burger`.
    ///
    /// # Panics
    /// There is no blank between method and path.
    pub fn new(router: &Router, call: &str) -> Self {
        let (method, path) = call.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path);
        Self { router: router.clone(), request, body: Body::empty() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Adds a bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "so that tests can write json!(…) in place")]
    pub fn json(self, body: Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Sets a body of any media type.
    #[must_use]
    pub fn raw(mut self, media_type: &str, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.header(header::CONTENT_TYPE.as_str(), media_type)
    }

    /// Sends it, and reads the response to its end.
    ///
    /// # Panics
    /// The request is malformed, or the response breaks off.
    pub async fn send(self) -> TestResponse {
        let response = self.router.oneshot(self.request.body(self.body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = match serde_json::from_slice(&bytes) {
            Ok(value) => value,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        TestResponse { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// A response, read to its end.
#[derive(Debug)]
pub struct TestResponse {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body: JSON, or else a string; null when it is empty.
    pub body: Value,
}

impl TestResponse {
    /// Asserts the status, and the error code; the code of a body without one is empty.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> &Self {
        let given = self.body["code"].as_str().unwrap_or_default();
        assert_eq!((self.status, given), (status, code), "{}", self.body);
        self
    }

    /// Asserts as [`TestResponse::is`] does, and returns the response.
    #[track_caller]
    pub fn has_code(self, status: u16, code: &str) -> Self {
        self.is(status, code);
        self
    }

    /// Asserts the status alone.
    #[track_caller]
    pub fn has_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Asserts that it is a 202.
    #[track_caller]
    pub fn is_accepted(&self) -> &Self {
        self.is(202, "")
    }

    /// Returns a header, where there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the `Set-Cookie` header.
    #[track_caller]
    pub fn cookie(&self) -> String {
        self.header("set-cookie").unwrap().to_owned()
    }

    /// Returns the `Retry-After` header, in seconds.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        self.header("retry-after").unwrap().parse().unwrap()
    }

    /// Returns the text of a field.
    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }
}
