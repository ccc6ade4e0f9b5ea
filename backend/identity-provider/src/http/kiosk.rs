//! `POST /kiosk/session`, `POST /kiosk/card`, `POST /kiosk/heartbeat`: routes that a kiosk calls for itself.

use axum::{Json, extract::State, http::StatusCode};
use service_kit::http::{Access, ApiError, Body, Caller, Docs as _, Routes, post};
use wire::kiosk::{CardLookup, KioskInstruction, KioskReport, KioskSession, KioskSignIn};

use crate::Identity;

pub(super) fn routes() -> Routes<Identity> {
    Routes::new()
        .route(
            post(
                "/kiosk/session",
                Access::Kiosk,
                "Sign a student in at the kiosk, to order and nothing else",
            )
            .takes::<KioskSignIn>()
            .gives::<KioskSession>()
            .ends_with_request(),
            open_session,
        )
        .route(
            post("/kiosk/card", Access::Kiosk, "Check that a card belongs to a student and is valid")
                .takes::<CardLookup>()
                .success(204),
            look_up_card,
        )
        .route(
            post("/kiosk/heartbeat", Access::Kiosk, "Report the state of the kiosk; fetch its instruction")
                .takes::<KioskReport>()
                .gives::<KioskInstruction>()
                .untraced(),
            heartbeat,
        )
}

async fn open_session(
    State(identity): State<Identity>,
    caller: Caller,
    Body(sign_in): Body<KioskSignIn>,
) -> Result<Json<KioskSession>, ApiError> {
    Ok(Json(identity.0.desk.open_kiosk_session(&caller, sign_in).await?))
}

async fn look_up_card(
    State(identity): State<Identity>,
    caller: Caller,
    Body(lookup): Body<CardLookup>,
) -> Result<StatusCode, ApiError> {
    identity.0.desk.look_up_card(&caller, &lookup.card).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn heartbeat(
    State(identity): State<Identity>,
    caller: Caller,
    Body(report): Body<KioskReport>,
) -> Result<Json<KioskInstruction>, ApiError> {
    Ok(Json(identity.0.desk.record_heartbeat(&caller, report).await?))
}
