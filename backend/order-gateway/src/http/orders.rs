//! `GET /orders`, `GET /orders/{orderId}`: a student's own orders, from the kitchen, and those it has not read yet.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use service_kit::{
    http::{Access, ApiError, Caller, Docs as _, Path, Query, Routes, get},
    peer::PeerError,
};
use wire::{
    ErrorCode, OrderId, OrderKey, OrderStatus, Time,
    message::OrderMessage,
    order::{OrderCursor, OrderPage, OrderView, StatusChange, total_poisha},
};

use crate::App;

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .route(get("/orders", Access::Student, "Your orders, newest first").gives::<OrderPage>(), list)
        .route(get("/orders/{orderId}", Access::Student, "One of your orders").gives::<OrderView>(), one)
}

fn kitchen_away(error: &PeerError) -> ApiError {
    tracing::debug!(%error, "the kitchen cannot be asked");
    ApiError::new(ErrorCode::DependencyDown)
        .detail("The kitchen cannot be asked at the moment. Your orders are safe.")
}

#[derive(Debug, Deserialize)]
struct Page {
    limit: Option<u32>,
    before: Option<OrderCursor>,
}

#[derive(Debug, Serialize)]
struct KitchenPage<'a> {
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a OrderCursor>,
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<OrderPage>, ApiError> {
    let user = caller.user_id()?;
    let limit = page.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid("limit", "must be 1 to 100"));
    }
    let limit = usize::try_from(limit).unwrap_or(100);
    let query = KitchenPage { limit, before: page.before.as_ref() };
    let found: OrderPage = app
        .ports
        .kitchen
        .get(&format!("/users/{user}/orders"), &query)
        .await
        .map_err(|error| kitchen_away(&error))?;
    // On this part of the list, the kitchen knows everything that it has read. What was accepted and is not there
    // is still on its way.
    let oldest = match (&found.next, found.orders.last()) {
        (Some(_), Some(order)) => order.placed_at,
        (None, _) | (_, None) => Time::from_millis(0),
    };
    let mut orders = found.orders;
    let accepted = app.ports.keys.confirmed_of(user, oldest).await.unwrap_or_default();
    for order in accepted.iter().filter_map(|message| pending(message)) {
        // Those of earlier pages are not asked for one by one: where the kitchen knows one from before, it lists it.
        let earlier = page.before.as_ref().is_some_and(|before| cursor(&order) >= *before);
        if earlier || orders.iter().any(|there| there.order_id == order.order_id) {
            continue;
        }
        // Or it is further down the list: when its key was forgotten and it was sent once more, the kitchen knows it
        // from before. Or the kitchen has read it just now.
        let key = OrderKey { user_id: user, order_id: order.order_id.clone() };
        let order = match app.ports.kitchen.get("/orders", &[("key", key.to_string())]).await {
            Ok(known) => known,
            Err(error) if error.is_not_found() => order,
            Err(error) => return Err(kitchen_away(&error)),
        };
        let precedes = page.before.as_ref().is_none_or(|before| cursor(&order) < *before);
        if order.placed_at >= oldest && precedes {
            orders.push(order);
        }
    }
    orders.sort_by_key(|order| std::cmp::Reverse(cursor(order)));
    let more = orders.len() > limit || found.next.is_some();
    orders.truncate(limit);
    let next = orders.last().filter(|_| more).map(cursor);
    Ok(Json(OrderPage { orders, next }))
}

fn cursor(order: &OrderView) -> OrderCursor {
    OrderCursor { placed_at: order.placed_at, order_id: order.order_id.clone() }
}

async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(order_id): Path<OrderId>,
) -> Result<Json<OrderView>, ApiError> {
    let key = OrderKey { user_id: caller.user_id()?, order_id };
    let asked: Result<OrderView, _> = app.ports.kitchen.get("/orders", &[("key", key.to_string())]).await;
    let error = match asked {
        Ok(order) => return Ok(Json(order)),
        Err(error) => error,
    };
    let record = app.ports.keys.confirmed(&key).await.unwrap_or_default();
    match record.and_then(|message| pending(&message)) {
        Some(order) => Ok(Json(order)),
        None if error.is_not_found() => Err(ApiError::new(ErrorCode::NotFound)),
        None => Err(kitchen_away(&error)),
    }
}

/// An order that the kitchen has not read yet.
fn pending(message: &[u8]) -> Option<OrderView> {
    let message: OrderMessage = serde_json::from_slice(message).ok()?;
    Some(OrderView {
        order_id: message.key.order_id,
        status: OrderStatus::Pending,
        reason: None,
        items: Vec::new(),
        ticket: None,
        total_poisha: total_poisha(&message.lines),
        lines: message.lines,
        placed_at: message.accepted_at,
        seq: 0,
        history: vec![StatusChange { status: OrderStatus::Pending, seq: 0, at: message.accepted_at }],
    })
}
