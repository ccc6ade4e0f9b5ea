//! What a handler returns when it cannot do what was asked: a problem body, made from a domain's own error.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use wire::{ErrorCode, FieldError, Problem, problem::ItemLeft};

/// An error for a client. Its internal causes are already in the log and not in here.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    retry_after: Option<Duration>,
}

/// A domain's own error: it knows its code, and nothing of HTTP.
pub trait Problematic: std::error::Error {
    /// The code for programs.
    fn code(&self) -> ErrorCode;
    /// After how long it makes sense to ask again.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
    /// What is left of the dishes, where stock is the reason.
    fn items(&self) -> Vec<ItemLeft> {
        Vec::new()
    }
    /// The fields that are wrong.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Text of the `error` member that clients of the earlier system compare, where it differs from the title.
fn legacy_error(code: ErrorCode) -> Option<&'static str> {
    (code == ErrorCode::BadCredentials).then_some("Invalid credentials")
}

impl<E: Problematic> From<E> for ApiError {
    /// What the error says of itself is for the client where the client can do something about it (4xx), and for
    /// the log alone where it is about our insides (5xx).
    fn from(error: E) -> Self {
        let mut api = Self::new(error.code());
        api.problem.errors = error.fields();
        api.problem.items = error.items();
        api.retry_after = error.retry_after().or(api.retry_after);
        if error.code().status() < 500 {
            api.detail(error.to_string())
        } else {
            let mut chain = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                chain.push_str(": ");
                chain.push_str(&cause.to_string());
                source = cause.source();
            }
            tracing::warn!(code = error.code().as_str(), error = chain, "answered with an error");
            api
        }
    }
}

impl ApiError {
    /// Nothing but a code.
    pub fn new(code: ErrorCode) -> Self {
        let retry_after = match code.status() {
            429 | 503 => Some(Duration::from_secs(2)),
            _ => None,
        };
        let mut problem = Problem::new(code);
        if let Some(error) = legacy_error(code) {
            problem.error = error.to_owned();
        }
        Self { problem: Box::new(problem), retry_after }
    }

    /// Answered with this HTTP status instead of its code's own: where what the body names, and not the path, is the
    /// thing that was asked for.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.problem.status = status;
        self
    }

    /// What happened this time, for the client.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.problem.detail = Some(text.into());
        self
    }

    /// The fields that are wrong.
    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldError>) -> Self {
        self.problem.errors = fields;
        self
    }

    /// What is left of the dishes.
    #[must_use]
    pub fn items(mut self, items: Vec<ItemLeft>) -> Self {
        self.problem.items = items;
        self
    }

    /// That it was refused from a hint.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.problem.fast_rejection = true;
        self
    }

    /// After how long it makes sense to ask again.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// One wrong field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid)
            .fields(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// Its code.
    pub fn code(&self) -> ErrorCode {
        self.problem.code
    }
}

/// The problem of a response, until the frame writes it out with the request's id.
#[derive(Debug, Clone)]
pub(super) struct Unwritten(pub(super) Box<Problem>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(time) = self.retry_after {
            let seconds = time.as_millis().div_ceil(1000).max(1);
            if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
        }
        response.extensions_mut().insert(Unwritten(self.problem));
        response
    }
}
