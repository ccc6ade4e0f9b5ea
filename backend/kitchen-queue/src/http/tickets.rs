//! `GET /tickets`, `POST /tickets/{id}/status`: the kitchen board.

use axum::{Json, extract::State};
use serde::Deserialize;
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Body, Caller, Docs as _, Path, Query, Routes, get, post},
    random,
};
use uuid::Uuid;
use wire::{
    ErrorCode, OrderStatus,
    kitchen::{SetStatus, Ticket, TicketPage},
    named::Known,
    status::{Actor, Reason},
};

use crate::{
    App, Cooking,
    store::{Change, Found},
    work,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .route(get("/tickets", Access::Staff, "Tickets, newest first").gives::<TicketPage>(), list)
        .route(
            post("/tickets/{id}/status", Access::Staff, "Set a ticket's status")
                .takes::<SetStatus>()
                .gives::<Ticket>(),
            set_status,
        )
}

#[derive(Debug, Deserialize)]
struct Page {
    status: Option<Known<OrderStatus>>,
    limit: Option<u32>,
    before: Option<Uuid>,
}

async fn list(State(app): State<App>, Query(page): Query<Page>) -> Result<Json<TicketPage>, ApiError> {
    let limit = page.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid("limit", "must be 1 to 100"));
    }
    Ok(Json(app.ports.store.tickets(page.status.map(|Known(status)| status), page.before, limit).await?))
}

async fn set_status(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<Uuid>, ApiError>,
    Body(order): Body<SetStatus>,
) -> Result<Json<Ticket>, ApiError> {
    if !order.status.is_set_by_staff() {
        return Err(ApiError::invalid("status", "must be ready, collected, stock_verified or cancelled"));
    }
    let Path(id) = id?;
    let found = app.ports.store.ticket(id).await?.ok_or_else(|| ApiError::new(ErrorCode::NotFound))?;
    let stale = |ticket: &Ticket| {
        ApiError::new(ErrorCode::Stale).detail(format!(
            "The ticket is {} now, at seq {}.",
            ticket.status.as_str(),
            ticket.seq
        ))
    };
    if found.ticket.seq != order.expected_seq {
        return Err(stale(&found.ticket));
    }
    if found.ticket.status == order.status {
        return Ok(Json(found.ticket));
    }
    let change = change(&app, &found, order.status, &caller)?;
    let now = app.service.clock.now();
    let deed = Deed {
        at: now,
        actor: caller.0.sub.clone(),
        action: "ticket.status",
        subject: id.to_string(),
        detail: format!("{} -> {}", change.from.as_str(), change.to.as_str()),
    };
    match app.ports.store.change_by_staff(&change, now, &deed).await? {
        Some(ticket) => {
            if change.is_first_ready() {
                app.metrics.ready.inc();
            }
            app.note_change();
            app.timers.notify_one();
            app.to_release.notify_one();
            Ok(Json(ticket))
        }
        None => {
            let found =
                app.ports.store.ticket(id).await?.ok_or_else(|| ApiError::new(ErrorCode::NotFound))?;
            Err(stale(&found.ticket))
        }
    }
}

fn change(app: &App, found: &Found, to: OrderStatus, caller: &Caller) -> Result<Change, ApiError> {
    let from = found.ticket.status;
    if from.transition(to, Actor::Staff).is_none() {
        let detail = format!("A ticket that is {} cannot become {}.", from.as_str(), to.as_str());
        return Err(ApiError::new(ErrorCode::Conflict).detail(detail));
    }
    let now = app.service.clock.now();
    let due = match (to, app.config.cooking) {
        (OrderStatus::Ready, _) => Some(work::timer_rules(app).collect_at(now)),
        // Taken back from the counter: it is cooked once more.
        (OrderStatus::StockVerified, Cooking::Simulated) => {
            Some(now.plus(app.config.cooking_ms.pick(random::fraction())))
        }
        (_, Cooking::Simulated | Cooking::Staff) => None,
    };
    Ok(Change {
        pk: found.pk,
        seq: found.ticket.seq,
        from,
        to,
        by: caller.0.sub.clone(),
        reason: (to == OrderStatus::Cancelled).then_some(Reason::CancelledByStaff),
        left: Vec::new(),
        due,
    })
}
