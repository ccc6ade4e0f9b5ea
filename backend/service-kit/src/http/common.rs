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
    let health_route = |path, summary| {
        get(path, Access::Public, summary).gives::<HealthReport>().reachable_in_chaos().untraced()
    };
    Routes::new()
        .route(health_route("/health", "Whether it can do its work, and what it needs"), health)
        .route(
            get("/livez", Access::Public, "Whether the process lives")
                .reachable_in_chaos()
                .exempt_from_shedding()
                .untraced(),
            async || "ok\n",
        )
        .route(health_route("/readyz", "Whether it can do useful work"), health)
        .route(
            get("/metrics", Access::Public, "Metrics, as Prometheus reads them")
                .reachable_in_chaos()
                .untraced(),
            metrics,
        )
        .route(
            get("/chaos", Access::Public, "The drill that is on, if any")
                .gives::<ChaosState>()
                .reachable_in_chaos()
                .untraced(),
            async |State(service): State<Service>| Json(service.chaos.state()),
        )
        .route(
            post("/chaos", Access::Admin, "Start or end a drill")
                .takes::<SetChaos>()
                .gives::<ChaosState>()
                .reachable_in_chaos(),
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
    // The other replicas hear of it and this one obeys before anything that may hang.
    service.chaos.announce(order);
    service.obey_kill();
    let event = Deed {
        at: service.clock.now(),
        actor: caller.0.sub.clone(),
        action: "chaos.set",
        subject: service.name.as_str().to_owned(),
        detail,
    };
    service.record_audit(event).await;
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
