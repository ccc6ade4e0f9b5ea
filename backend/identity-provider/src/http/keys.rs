//! `GET /.well-known/jwks.json` and `GET /verify`: for those who verify tokens.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use service_kit::{
    http::{Access, ApiError, Docs as _, Routes, bearer, get},
    keys::TokenError,
};
use wire::identity::{Jwks, Verified};

use crate::Identity;

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(
            get("/.well-known/jwks.json", Access::Public, "The keys that tokens are verified with")
                .gives::<Jwks>(),
            jwks,
        )
        .route(
            get("/verify", Access::Public, "Whether a bearer token is good, and what it says")
                .gives::<Verified>(),
            verify,
        )
}

async fn jwks(State(identity): State<Identity>) -> ([(HeaderName, &'static str); 1], Json<Jwks>) {
    // A new key is published long before it is used, so that a minute in a cache does no harm.
    ([(header::CACHE_CONTROL, "public, max-age=60")], Json(identity.keys().published()))
}

async fn verify(State(identity): State<Identity>, headers: HeaderMap) -> Result<Response, ApiError> {
    let checked = match bearer(&headers) {
        Some(token) => identity.0.service.verifier.verify(&token).await,
        None => Err(TokenError::Bad),
    };
    match checked {
        Ok(claims) => {
            let decoded = Some((*claims).clone());
            Ok(Json(Verified { valid: true, decoded }).into_response())
        }
        Err(TokenError::Bad) => {
            let body = Json(Verified { valid: false, decoded: None });
            Ok((StatusCode::UNAUTHORIZED, body).into_response())
        }
        Err(TokenError::NoKeys) => Err(ApiError::new(TokenError::NoKeys.code())),
    }
}
