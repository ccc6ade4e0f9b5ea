//! `POST /users/import`, `GET /users/import/{jobId}`: many users from a file, for admins.

use axum::{Json, extract::State, http::StatusCode};
use service_kit::http::{Access, ApiError, Caller, Docs as _, Path, RawBody, Routes, get, post};
use uuid::Uuid;
use wire::{ErrorCode, identity::ImportJob};

use crate::{Identity, domain::import_file, error::IdentityError};

/// The longest file, in bytes.
const MAX_FILE: usize = 8 * 1024 * 1024;

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(
            post("/users/import", Access::Admin, "Make users from a CSV file with a header")
                .gives::<ImportJob>()
                .at_most(MAX_FILE)
                .success(202),
            start,
        )
        .route(
            get("/users/import/{jobId}", Access::Admin, "How far an import is, line by line")
                .gives::<ImportJob>(),
            progress,
        )
}

async fn start(
    State(identity): State<Identity>,
    caller: Caller,
    body: RawBody,
) -> Result<(StatusCode, Json<ImportJob>), ApiError> {
    if body.media_type != "text/csv" {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("Send the file as text/csv, and say so in Content-Type."));
    }
    let file =
        import_file::read(&body.bytes).map_err(|wrong| ApiError::new(ErrorCode::Invalid).detail(wrong))?;
    let job = identity.0.imports.start(caller.0.sub.clone(), file).await?;
    Ok((StatusCode::ACCEPTED, Json(find(&identity, job).await?)))
}

async fn progress(
    State(identity): State<Identity>,
    Path(job): Path<Uuid>,
) -> Result<Json<ImportJob>, ApiError> {
    find(&identity, job).await.map(Json)
}

async fn find(identity: &Identity, job: Uuid) -> Result<ImportJob, ApiError> {
    let desk = &identity.0.desk;
    let found = desk.users.import_job(job, desk.clock.now()).await.map_err(IdentityError::from)?;
    found.ok_or_else(|| IdentityError::NotFound.into())
}
