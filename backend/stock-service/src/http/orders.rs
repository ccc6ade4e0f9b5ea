//! Reduce and release, for our own services: many orders, or one. Both can be repeated.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use service_kit::{
    http::{Access, ApiError, Body, Docs as _, Routes, post},
    telemetry::{self, Span, SpanKind},
};
use wire::{
    ErrorCode, OrderKey,
    ops::ServiceName,
    order::{Basket, Line},
    stock::{MAX_STOCK_ORDERS, Reduce, ReduceOrder, Release, StockResult, StockResults},
};

use crate::{domain::plan::Operation, stock::Stock};

/// The longest body, in bytes: 500 orders of twenty lines.
const LIMIT: usize = 1024 * 1024;

pub(crate) fn routes() -> Routes<Stock> {
    Routes::new()
        .route(
            post("/stock/reduce", Access::Service, "Take the portions of orders; repeatable by their keys")
                .takes::<Reduce>()
                .gives::<StockResults>()
                .at_most(LIMIT),
            reduce,
        )
        .route(
            post("/stock/release", Access::Service, "Give the portions of orders back; repeatable")
                .takes::<Release>()
                .gives::<StockResults>()
                .at_most(LIMIT),
            release,
        )
}

async fn reduce(State(stock): State<Stock>, Body(wanted): Body<Reduce>) -> Result<Response, ApiError> {
    match wanted {
        Reduce::Many { orders } => {
            bounded(orders.len())?;
            let spans = spans(&orders);
            let wanted = orders.into_iter().map(|order| reduction(order.order_key, order.lines)).collect();
            let results = results(&stock, wanted).await?;
            tell(spans, &results);
            Ok(Json(StockResults { results }).into_response())
        }
        Reduce::One { order_key, item_id, quantity } => {
            one(&stock, reduction(order_key, vec![Line { item_id, quantity }])).await
        }
    }
}

async fn release(State(stock): State<Stock>, Body(wanted): Body<Release>) -> Result<Response, ApiError> {
    match wanted {
        Release::Many { order_keys } => {
            bounded(order_keys.len())?;
            let wanted = order_keys.into_iter().map(|key| Ok(Operation::Release { key })).collect();
            let results = results(&stock, wanted).await?;
            Ok(Json(StockResults { results }).into_response())
        }
        Release::One { order_key } => one(&stock, Ok(Operation::Release { key: order_key })).await,
    }
}

fn bounded(orders: usize) -> Result<(), ApiError> {
    if orders > MAX_STOCK_ORDERS {
        return Err(ApiError::invalid("orders", format!("must hold at most {MAX_STOCK_ORDERS} orders")));
    }
    Ok(())
}

/// An order whose lines make no sense is answered for itself, and does not fail the others.
fn reduction(key: OrderKey, lines: Vec<Line>) -> Result<Operation, StockResult> {
    match Basket::new(lines) {
        Ok(basket) => Ok(Operation::Reduce { key, basket }),
        Err(_) => {
            let code = ErrorCode::Invalid;
            let (items, left) = (Vec::new(), Vec::new());
            Err(StockResult { order_key: key, status: code.status(), code: Some(code), items, left })
        }
    }
}

/// Where spans are exported, a span for each order that says where its trace goes on, linked to the request for all.
fn spans(orders: &[ReduceOrder]) -> Vec<Option<Span>> {
    let Some(tracer) = telemetry::tracer() else { return Vec::new() };
    let request = telemetry::current();
    let begin = |order: &ReduceOrder| {
        let trace = order.trace.as_ref()?;
        let mut span = tracer.begin(ServiceName::StockService, SpanKind::Internal, "reduce", Some(trace));
        if let Some(request) = &request {
            span.link(request);
        }
        Some(span)
    };
    orders.iter().map(begin).collect()
}

/// How the spans of these orders end.
fn tell(spans: Vec<Option<Span>>, results: &[StockResult]) {
    for (span, result) in spans.into_iter().zip(results) {
        if let (Some(mut span), Some(code)) = (span, result.code) {
            span.set("error.type", code.as_str());
        }
    }
}

async fn one(stock: &Stock, wanted: Result<Operation, StockResult>) -> Result<Response, ApiError> {
    let result = results(stock, vec![wanted]).await?.pop();
    let result = result.ok_or_else(|| ApiError::new(ErrorCode::Internal))?;
    match result.code {
        None => Ok(Json(result).into_response()),
        Some(code) => Err(ApiError::new(code).status(result.status).items(result.left)),
    }
}

/// One result for each order, in their order.
async fn results(
    stock: &Stock,
    wanted: Vec<Result<Operation, StockResult>>,
) -> Result<Vec<StockResult>, ApiError> {
    let mut operations = Vec::with_capacity(wanted.len());
    let places: Vec<Result<OrderKey, StockResult>> = wanted
        .into_iter()
        .map(|order| {
            order.map(|operation| {
                let key = operation.key().clone();
                operations.push(operation);
                key
            })
        })
        .collect();
    let mut outcomes = stock.apply(operations).await?.into_iter();
    Ok(places
        .into_iter()
        .filter_map(|place| match place {
            Ok(key) => outcomes.next().map(|outcome| outcome.into_result(key)),
            Err(result) => Some(result),
        })
        .collect())
}
