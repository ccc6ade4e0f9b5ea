//! `POST /order`: accept an order, once.

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use messaging::PublishError;
use service_kit::{
    http::{Access, ApiError, Arrived, Body, Caller, Docs as _, Routes, post},
    telemetry::{self, SpanKind},
};
use wire::{
    ErrorCode, OrderId, OrderKey, Time,
    message::{Fingerprint, OrderMessage},
    order::{Basket, OrderAccepted, PlaceOrder, PricedLine},
    problem::ItemLeft,
};

use crate::{
    App,
    domain::fingerprint,
    keys::{Attempt, Begun},
    menu::Dish,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const OUTCOME_UNKNOWN: &str = "It may have been accepted; sending it again with the same orderId is safe.";

pub(crate) fn routes() -> Routes<App> {
    Routes::new().route(
        post("/order", Access::Student, "Place an order; a 202 is durable")
            .takes::<PlaceOrder>()
            .gives::<OrderAccepted>()
            .success(202)
            .when_late(ErrorCode::OutcomeUnknown, OUTCOME_UNKNOWN),
        place,
    )
}

async fn place(
    State(app): State<App>,
    caller: Caller,
    Extension(Arrived(arrived)): Extension<Arrived>,
    headers: HeaderMap,
    Body(order): Body<PlaceOrder>,
) -> Result<Response, ApiError> {
    let outcome = accept(&app, &caller, &headers, order).await;
    app.latency.record(app.service.clock.now(), arrived.elapsed());
    if let Err(error) = &outcome {
        app.metrics.rejected.with_label_values(&[error.code().as_str()]).inc();
    }
    outcome
}

async fn accept(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    order: PlaceOrder,
) -> Result<Response, ApiError> {
    let user_id = caller.user_id()?;
    let order_id = match name(headers, order.order_id.as_ref())? {
        Some(given) => given,
        None => made(app)?,
    };
    let basket = order.basket().map_err(|fields| {
        let detail =
            fields.first().map(|field| format!("{} {}", field.field, field.message)).unwrap_or_default();
        ApiError::new(ErrorCode::Invalid).fields(fields).detail(detail)
    })?;
    let key = OrderKey { user_id, order_id };
    let fingerprint = fingerprint::of(&basket);
    let accepted_at = app.service.clock.now();
    let priced = price(app, &basket, accepted_at).await;
    let message = match &priced {
        Ok(lines) => Some(message(&key, fingerprint, accepted_at, lines)?),
        Err(_) => None,
    };
    let id = app.service.clock.uuid();
    let attempt = Attempt { key: &key, id, fingerprint, accepted_at, message: message.as_deref() };
    let (begun, holds_key) = match app.ports.keys.begin(attempt).await {
        Ok(begun) => (begun, true),
        Err(error) => {
            // The kitchen's unique key is the judge then.
            tracing::debug!(%error, "the order goes on without its key");
            app.metrics.keys_away.inc();
            (if message.is_some() { Begun::New } else { Begun::Refused }, false)
        }
    };
    let begun = match begun {
        // What was remembered is not taken for an order unseen: it would end as a dead letter, after a 202.
        Begun::Again { message, .. } if !is_of(&message, &key, fingerprint) => Begun::New,
        begun => begun,
    };
    let (accepted_at, message, repeated) = match (begun, message) {
        (Begun::Replay { accepted_at }, _) => {
            app.metrics.replayed.inc();
            return Ok(accepted(key.order_id, accepted_at, true));
        }
        (Begun::Contradiction, _) => {
            return Err(ApiError::new(ErrorCode::KeyReused)
                .detail("This orderId was used before for an order with other contents, which stands."));
        }
        (Begun::Again { accepted_at, message }, _) => (accepted_at, message, true),
        (Begun::New, Some(message)) => (accepted_at, message, false),
        (Begun::New | Begun::Refused, _) => {
            return Err(priced.err().unwrap_or_else(|| ApiError::new(ErrorCode::Internal)));
        }
    };
    if let Err(error) = publish(app, &key.order_id, message).await {
        if holds_key && error.is_refusal() {
            // A key that cannot be released stays reserved, as after an unknown outcome.
            if let Err(error) = app.ports.keys.release(&key, id).await {
                tracing::debug!(%error, "the key of a refused order was not released");
            }
        }
        return Err(not_published(error));
    }
    let first = app.ports.keys.confirm(&key).await.unwrap_or(true);
    if first {
        app.metrics.accepted.inc();
    } else {
        app.metrics.replayed.inc();
    }
    Ok(accepted(key.order_id, accepted_at, repeated))
}

/// Hands the order over; what is done with it from then on belongs to the span of this.
async fn publish(app: &App, order_id: &OrderId, message: Vec<u8>) -> Result<(), PublishError> {
    let mut span = telemetry::tracer().map(|tracer| {
        let here = telemetry::current();
        let mut span = tracer.begin(app.service.name, SpanKind::Producer, "publish", here.as_ref());
        span.set("order.id", order_id.to_string());
        span
    });
    let place = span.as_ref().map(|span| span.context().clone());
    let published = telemetry::within(place, app.handover.publish(message)).await;
    if let (Some(span), Err(error)) = (&mut span, &published) {
        span.fail(error.to_string());
    }
    published
}

fn accepted(order_id: OrderId, accepted_at: Time, repeated: bool) -> Response {
    let mut response =
        (StatusCode::ACCEPTED, Json(OrderAccepted::new(order_id, accepted_at))).into_response();
    if repeated {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The order's name, from the body or the header.
fn name(headers: &HeaderMap, in_body: Option<&OrderId>) -> Result<Option<OrderId>, ApiError> {
    let in_header = headers
        .get(IDEMPOTENCY_KEY)
        .map(|value| value.to_str().unwrap_or_default().parse::<OrderId>())
        .transpose()
        .map_err(|error| ApiError::invalid("Idempotency-Key", error.to_string()))?;
    match (in_body, in_header) {
        (Some(body), Some(header)) if *body != header => {
            Err(ApiError::invalid("Idempotency-Key", "differs from the orderId in the body"))
        }
        (Some(body), _) => Ok(Some(body.clone())),
        (None, header) => Ok(header),
    }
}

fn made(app: &App) -> Result<OrderId, ApiError> {
    // Hexadecimal digits and hyphens are in the alphabet.
    app.service.clock.uuid().to_string().parse().map_err(|_| ApiError::new(ErrorCode::Internal))
}

/// The lines with names and prices, or why the order cannot be had.
async fn price(app: &App, basket: &Basket, now: Time) -> Result<Vec<PricedLine>, ApiError> {
    let mut priced = Vec::with_capacity(basket.lines().len());
    let mut sold_out = Vec::new();
    let wanted: Vec<_> = basket.lines().iter().map(|line| &line.item_id).collect();
    for (line, dish) in basket.lines().iter().zip(app.menu.look_up(&wanted, now).await) {
        let refuse = |code| Err(ApiError::new(code).detail(format!("{}: {}", line.item_id, code.title())));
        match dish {
            Dish::Known { name, price_poisha } => priced.push(PricedLine {
                item_id: line.item_id.clone(),
                name,
                quantity: line.quantity,
                price_poisha,
            }),
            Dish::SoldOut => sold_out.push(ItemLeft { item_id: line.item_id.clone(), left: 0 }),
            Dish::Unavailable => return refuse(ErrorCode::UnavailableItem),
            Dish::Unknown => return refuse(ErrorCode::UnknownItem),
            Dish::NotKnown => return Err(ApiError::new(ErrorCode::DependencyDown)),
        }
    }
    if sold_out.is_empty() {
        return Ok(priced);
    }
    Err(ApiError::new(ErrorCode::SoldOut)
        .detail("Sold out. Nothing was charged or taken.")
        .items(sold_out)
        .fast())
}

fn message(
    key: &OrderKey,
    fingerprint: Fingerprint,
    accepted_at: Time,
    lines: &[PricedLine],
) -> Result<Vec<u8>, ApiError> {
    let message =
        OrderMessage { key: key.clone(), fingerprint, accepted_at, lines: lines.to_vec(), trace: None };
    serde_json::to_vec(&message).map_err(|error| {
        tracing::error!(%error, "an order cannot be written");
        ApiError::new(ErrorCode::Internal)
    })
}

/// Whether a message is one of this order.
fn is_of(message: &[u8], key: &OrderKey, fingerprint: Fingerprint) -> bool {
    serde_json::from_slice(message)
        .is_ok_and(|it: OrderMessage| it.key == *key && it.fingerprint == fingerprint)
}

fn not_published(error: PublishError) -> ApiError {
    tracing::warn!(%error, "an order was not handed over");
    match error {
        PublishError::Full => ApiError::new(ErrorCode::QueueUnavailable)
            .detail("Too many orders wait. Nothing was accepted; send it again in a moment."),
        PublishError::Unavailable => ApiError::new(ErrorCode::QueueUnavailable)
            .detail("Nothing was accepted; sending it again with the same orderId is safe."),
        PublishError::Unknown => ApiError::new(ErrorCode::OutcomeUnknown).detail(OUTCOME_UNKNOWN),
    }
}
