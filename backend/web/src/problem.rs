//! What is answered when a service cannot be asked, in the shape of every other error.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use service_kit::secret;
use wire::{ErrorCode, Problem};

/// The answer for a code.
pub(crate) fn answer(code: ErrorCode) -> Response {
    let mut problem = Problem::new(code);
    problem.request_id = Some(format!("web-{}", secret::random_text::<9>()));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // A problem is made of texts and numbers, which can always be written.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
