//! What a handler takes out of a request: the caller, the body, the query, the path, the precondition.

use std::{str::FromStr, sync::Arc, time::Instant};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use wire::{ErrorCode, FieldError, UserId, identity::Claims, object::Object};

use super::ApiError;

/// The media type of JSON.
const JSON: &str = "application/json";

/// The body limit of the route, put there by the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimit(pub(super) usize);

/// When the request arrived: before drills, load shedding and the look at its token.
#[derive(Debug, Clone, Copy)]
pub struct Arrived(pub Instant);

/// Who calls: what a verified token says. Only routes that are not public have one.
#[derive(Debug, Clone)]
pub struct Caller(pub Arc<Claims>);

impl Caller {
    /// The person's id.
    ///
    /// # Errors
    /// It is not a person who calls.
    pub fn user_id(&self) -> Result<UserId, ApiError> {
        self.0.sub.parse().map_err(|_| ApiError::new(ErrorCode::Forbidden))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| ApiError::new(ErrorCode::Unauthenticated))
    }
}

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, bytes) = read(request, JSON).await?;
        drop(parts);
        parse(&bytes).map(Self)
    }
}

/// A body of another kind, with its media type checked by the handler.
#[derive(Debug)]
pub struct RawBody {
    /// The media type without parameters, lower case; empty when absent.
    pub media_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl<S: Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, bytes) = read(request, "").await?;
        Ok(Self { media_type: media_type(&parts.headers), bytes })
    }
}

impl RawBody {
    /// The body, read as JSON.
    ///
    /// # Errors
    /// It does not say that it is JSON, cannot be read, or is not valid.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        if self.media_type != JSON {
            return Err(unsupported(JSON));
        }
        parse(&self.bytes)
    }
}

fn unsupported(wanted: &str) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType)
        .detail(format!("Send the body as {wanted}, and say so in Content-Type."))
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(request: Request, wanted: &str) -> Result<(Parts, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let limit = parts.extensions.get::<BodyLimit>().map_or(0, |limit| limit.0);
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    let too_large =
        || ApiError::new(ErrorCode::BodyTooLarge).detail(format!("The body may have at most {limit} bytes."));
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if !wanted.is_empty() && media_type(&parts.headers) != wanted {
        return Err(unsupported(wanted));
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok((parts, collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(ApiError::new(ErrorCode::Malformed).detail("The body ended too early.")),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Also in places that nobody reads.
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ApiError::new(ErrorCode::Malformed).detail("The body is not valid UTF-8."))?;
    serde_json::from_str(text).map(|Object(value)| value).map_err(|first| {
        // Only now: whether it is JSON at all, and the path of the field that is wrong.
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            return ApiError::new(ErrorCode::Malformed)
                .detail(format!("The body is not valid JSON: {error}."));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let (field, message) = match serde_path_to_error::deserialize::<_, Object<T>>(&mut reader) {
            Err(error) => (error.path().to_string(), error.into_inner().to_string()),
            Ok(_) => (".".to_owned(), first.to_string()),
        };
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        ApiError::new(ErrorCode::Invalid)
            .detail(format!("{field}: {message}"))
            .fields(vec![FieldError { field, message }])
    })
}

/// The query, as a type with named fields.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let axum::extract::Query(value) = axum::extract::Query::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::new(ErrorCode::Invalid).detail(error.body_text()))?;
        Ok(Self(value))
    }
}

/// The one variable part of the path. What cannot be a name of anything names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let not_found = || ApiError::new(ErrorCode::NotFound);
        let axum::extract::Path(text) =
            axum::extract::Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}

/// The revision that the caller saw, from `If-Match: "7"`.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub u64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let value = parts.headers.get(header::IF_MATCH).ok_or_else(|| {
            ApiError::new(ErrorCode::PreconditionRequired)
                .detail("Send the ETag of what you saw as If-Match, so that nobody's change is lost.")
        })?;
        let text = value.to_str().unwrap_or_default().trim();
        let number = text.trim_start_matches("W/").trim_matches('"').parse();
        number.map(Self).map_err(|_| ApiError::invalid("If-Match", "must be the ETag of an earlier answer"))
    }
}
