//! The menu and what is left of it: read by everybody, changed by staff.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use service_kit::{
    audit::Deed,
    http::{Access, ApiError, Body, Caller, Docs as _, IfMatch, Path, Routes, get, patch, post, put},
};
use wire::{
    ErrorCode, ItemId,
    stock::{Adjust, ItemChange, Seed, Seeded, StockItem},
};

use crate::{
    domain::{
        StockError,
        item::{check_adjust, check_change, check_seed, level},
    },
    stock::Stock,
};

/// The longest body of a seed, in bytes.
const SEED_LIMIT: usize = 1024 * 1024;

pub(crate) fn routes() -> Routes<Stock> {
    Routes::new()
        .route(get("/stock", Access::Public, "The menu, with what is left").gives::<Vec<StockItem>>(), list)
        .route(
            get("/stock/{id}", Access::Public, "One dish; its ETag is its revision").gives::<StockItem>(),
            one,
        )
        .route(
            put("/stock/{id}", Access::Staff, "Change all that is said of a dish, with If-Match")
                .takes::<ItemChange>()
                .gives::<StockItem>(),
            replace,
        )
        .route(
            patch("/stock/{id}", Access::Staff, "Change some of what is said of a dish, with If-Match")
                .takes::<ItemChange>()
                .gives::<StockItem>(),
            change,
        )
        .route(
            post("/stock/{id}/adjust", Access::Staff, "Restock or waste; repeatable by its key")
                .takes::<Adjust>()
                .gives::<StockItem>(),
            adjust,
        )
        .route(
            post("/seed", Access::Staff, "Add dishes or change them, and set what is left; repeatable")
                .takes::<Seed>()
                .gives::<Seeded>()
                .at_most(SEED_LIMIT),
            seed,
        )
}

async fn list(State(stock): State<Stock>) -> Result<Json<Vec<StockItem>>, ApiError> {
    let items = stock.store.items().await.map_err(StockError::Storage)?;
    Ok(Json(items))
}

async fn one(State(stock): State<Stock>, Path(id): Path<ItemId>) -> Result<Response, ApiError> {
    Ok(tagged(&find(&stock, &id).await?))
}

async fn find(stock: &Stock, id: &ItemId) -> Result<StockItem, StockError> {
    stock.store.item(id).await?.ok_or(StockError::NotFound)
}

/// A dish with its revision as the ETag.
fn tagged(item: &StockItem) -> Response {
    (StatusCode::OK, [(header::ETAG, format!("\"{}\"", item.revision))], Json(item)).into_response()
}

async fn replace(
    State(stock): State<Stock>,
    id: Result<Path<ItemId>, ApiError>,
    caller: Caller,
    seen: Result<IfMatch, ApiError>,
    Body(wanted): Body<ItemChange>,
) -> Result<Response, ApiError> {
    change_item(&stock, id, &caller, seen, &wanted, true).await
}

async fn change(
    State(stock): State<Stock>,
    id: Result<Path<ItemId>, ApiError>,
    caller: Caller,
    seen: Result<IfMatch, ApiError>,
    Body(wanted): Body<ItemChange>,
) -> Result<Response, ApiError> {
    change_item(&stock, id, &caller, seen, &wanted, false).await
}

/// Changes a dish; `whole` is a change that has to name every field.
async fn change_item(
    stock: &Stock,
    id: Result<Path<ItemId>, ApiError>,
    caller: &Caller,
    seen: Result<IfMatch, ApiError>,
    wanted: &ItemChange,
    whole: bool,
) -> Result<Response, ApiError> {
    check_change(wanted, whole)?;
    let Path(id) = id?;
    let revision = match seen {
        Ok(IfMatch(revision)) => revision,
        // That there is no such dish goes before a precondition that is missing.
        Err(error) if error.code() == ErrorCode::PreconditionRequired => {
            find(stock, &id).await?;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let detail = serde_json::to_string(wanted).unwrap_or_default();
    let deed = deed(stock, caller, "stock.change", id.to_string(), detail);
    let item = stock.store.change(&id, revision, wanted, &deed).await?;
    stock.news.menu(vec![level(&item)]);
    Ok(tagged(&item))
}

async fn adjust(
    State(stock): State<Stock>,
    id: Result<Path<ItemId>, ApiError>,
    caller: Caller,
    Body(wanted): Body<Adjust>,
) -> Result<Response, ApiError> {
    check_adjust(&wanted)?;
    let Path(id) = id?;
    let detail = format!("{:+}: {} (key {})", wanted.delta, wanted.reason, wanted.key);
    let deed = deed(&stock, &caller, "stock.adjust", id.to_string(), detail);
    let item = stock.store.adjust(&id, &wanted, &deed).await?;
    stock.news.levels(vec![level(&item)]);
    Ok(tagged(&item))
}

async fn seed(
    State(stock): State<Stock>,
    caller: Caller,
    Body(wanted): Body<Seed>,
) -> Result<Json<Seeded>, ApiError> {
    check_seed(&wanted)?;
    let named: Vec<_> = wanted.items.iter().map(|item| format!("{}={}", item.id, item.quantity)).collect();
    let deed = deed(&stock, &caller, "stock.seed", "menu".to_owned(), named.join(" "));
    let seeded = stock.store.seed(&wanted.items, &deed).await.map_err(StockError::Storage)?;
    stock.news.menu(seeded.items.iter().map(level).collect());
    Ok(Json(seeded))
}

fn deed(stock: &Stock, caller: &Caller, action: &'static str, subject: String, detail: String) -> Deed {
    Deed { at: stock.clock.now(), actor: caller.0.sub.clone(), action, subject, detail }
}
