//! `GET /dead-letters`, `POST /dead-letters/{id}/redrive`: messages that could not be read.

use axum::{Json, extract::State, http::StatusCode};
use messaging::QueueError;
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Caller, Docs as _, Path, Routes, get, post},
};
use wire::{ErrorCode, kitchen::DeadLetters};

use crate::App;

/// The most dead letters in one answer.
const LIMIT: u32 = 100;

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .route(
            get("/dead-letters", Access::Admin, "Messages that could not be read").gives::<DeadLetters>(),
            list,
        )
        .route(
            post("/dead-letters/{id}/redrive", Access::Admin, "Put a message back into the queue")
                .success(204),
            redrive,
        )
}

fn away(error: &QueueError) -> ApiError {
    tracing::warn!(%error, "the dead letters cannot be reached");
    ApiError::new(ErrorCode::QueueUnavailable)
}

async fn list(State(app): State<App>) -> Result<Json<DeadLetters>, ApiError> {
    app.ports.queue.dead_letters(LIMIT).await.map(Json).map_err(|error| away(&error))
}

async fn redrive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    if !app.ports.queue.redrive(id).await.map_err(|error| away(&error))? {
        return Err(ApiError::new(ErrorCode::NotFound));
    }
    let deed = Deed {
        at: app.service.clock.now(),
        actor: caller.0.sub.clone(),
        action: "dead-letter.redrive",
        subject: id.to_string(),
        detail: String::new(),
    };
    app.service.record_audit(deed).await;
    Ok(StatusCode::NO_CONTENT)
}
