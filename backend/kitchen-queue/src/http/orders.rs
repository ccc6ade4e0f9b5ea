//! Orders for the gateway, which shows them to their owner: `GET /users/{id}/orders`, `GET /orders?key=`.

use axum::{Json, extract::State};
use serde::Deserialize;
use service_kit::http::{Access, ApiError, Docs as _, Path, Query, Routes, get};
use wire::{
    ErrorCode, OrderKey, UserId,
    order::{OrderCursor, OrderPage, OrderView},
};

use crate::App;

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .route(
            get("/users/{id}/orders", Access::Service, "A student's orders, newest first")
                .gives::<OrderPage>(),
            list,
        )
        .route(get("/orders", Access::Service, "One order, by ?key=<user>/<order>").gives::<OrderView>(), one)
}

#[derive(Debug, Deserialize)]
struct Page {
    limit: Option<u32>,
    before: Option<OrderCursor>,
}

async fn list(
    State(app): State<App>,
    Path(user): Path<UserId>,
    Query(page): Query<Page>,
) -> Result<Json<OrderPage>, ApiError> {
    let limit = page.limit.unwrap_or(20).clamp(1, 100);
    Ok(Json(app.ports.store.orders_of(user, page.before.as_ref(), limit).await?))
}

#[derive(Debug, Deserialize)]
struct One {
    key: OrderKey,
}

async fn one(State(app): State<App>, Query(query): Query<One>) -> Result<Json<OrderView>, ApiError> {
    let order = app.ports.store.order(&query.key).await?;
    order.map(Json).ok_or_else(|| ApiError::new(ErrorCode::NotFound))
}
