//! The routes that every service has.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use wire::{
    ErrorCode,
    ops::{API_VERSION, AuditPage, ChaosState, HealthReport, ServiceInfo, SetChaos, Up},
};

use super::{Access, ApiError, Body, Caller, Docs as _, Query, Routes, get, post};
use crate::{audit::Deed, service::Service};

pub(super) fn routes(service: Service) -> Routes<()> {
    Routes::new()
        .route(
            get("/health", Access::Public, "Whether it can do its work, and what it needs")
                .gives::<HealthReport>()
                .also_in_chaos(),
            health,
        )
        .route(get("/livez", Access::Public, "Whether the process lives").also_in_chaos(), async || "ok\n")
        .route(
            get("/readyz", Access::Public, "Whether it can do useful work")
                .gives::<HealthReport>()
                .also_in_chaos(),
            health,
        )
        .route(get("/metrics", Access::Public, "Metrics, as Prometheus reads them").also_in_chaos(), metrics)
        .route(
            get("/chaos", Access::Public, "The drill that is on, if any")
                .gives::<ChaosState>()
                .also_in_chaos(),
            async |State(service): State<Service>| Json(service.chaos.state()),
        )
        .route(
            post("/chaos", Access::Admin, "Start or end a drill")
                .takes::<SetChaos>()
                .gives::<ChaosState>()
                .also_in_chaos(),
            set_chaos,
        )
        .with_state(service)
}

/// Returns the body of `GET /`, which lists the endpoints of the whole service.
pub(super) fn info(service: &Service, endpoints: Vec<String>) -> ServiceInfo {
    ServiceInfo {
        name: Some(service.name),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: API_VERSION,
        status: Up::Up,
        endpoints,
    }
}

async fn health(State(service): State<Service>) -> Response {
    let report = service.report().await;
    let status = match report.status {
        Up::Up => StatusCode::OK,
        Up::Down | Up::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

async fn metrics(State(service): State<Service>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], service.metrics.text()).into_response()
}

async fn set_chaos(
    State(service): State<Service>,
    caller: Caller,
    Body(order): Body<SetChaos>,
) -> Result<Json<ChaosState>, ApiError> {
    if order.enable && !service.chaos_allowed {
        return Err(
            ApiError::new(ErrorCode::Forbidden).detail("Drills are switched off in this installation.")
        );
    }
    service.chaos.set(&order).map_err(|fields| ApiError::new(ErrorCode::Invalid).fields(fields))?;
    let state = service.chaos.state();
    let detail = match (state.mode, state.until) {
        (Some(mode), Some(until)) => format!("{mode:?} until {until}"),
        _ => "off".to_owned(),
    };
    tracing::warn!(actor = caller.0.sub, drill = detail, "a drill was ordered");
    let deed = Deed {
        at: service.clock.now(),
        actor: caller.0.sub.clone(),
        action: "chaos.set",
        subject: service.name.as_str().to_owned(),
        detail,
    };
    if let Err(error) = service.audit.record(deed).await {
        tracing::warn!(error, "the drill could not be written into the audit trail");
    }
    service.chaos.announce(order);
    service.obey_kill();
    Ok(Json(state))
}

#[derive(Debug, Deserialize)]
struct Before {
    before: Option<i64>,
}

/// `GET /audit`, for services that keep a trail in a database.
pub fn audit_routes(service: Service) -> Routes<()> {
    Routes::new()
        .route(
            get("/audit", Access::Admin, "Who did what, newest first").gives::<AuditPage>(),
            async |State(service): State<Service>, Query(query): Query<Before>| {
                service.audit.page(query.before).await.map(Json).map_err(|error| {
                    tracing::warn!(error, "the audit trail cannot be read");
                    ApiError::new(ErrorCode::DependencyDown)
                })
            },
        )
        .with_state(service)
}
