//! `GET /latency-stats`: the rolling latency of order requests.

use axum::{Json, extract::State};
use service_kit::http::{Access, Docs as _, Routes, get};
use wire::order::LatencyStats;

use crate::App;

pub(crate) fn routes() -> Routes<App> {
    Routes::new().route(
        get("/latency-stats", Access::Public, "How long order requests took over the last 30 s")
            .gives::<LatencyStats>(),
        stats,
    )
}

async fn stats(State(app): State<App>) -> Json<LatencyStats> {
    Json(app.latency.stats(app.service.clock.now()))
}
