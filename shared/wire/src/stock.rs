//! The menu, its stock levels, and the reservations of orders.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ItemId, OrderKey},
    named::{self, named_enum},
    object,
    order::Line,
    problem::{ErrorCode, ItemLeft},
    time::Time,
    trace::TraceContext,
};

/// A dish on the menu, `GET /stock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StockItem {
    /// The dish.
    pub id: ItemId,
    /// Name, 1 to 80 characters.
    pub name: String,
    /// Category of the dish.
    pub category: Category,
    /// Price of one portion, in poisha (1/100 taka).
    pub price_poisha: u32,
    /// Name of its picture in the bundled set.
    pub picture: String,
    /// True if the dish is shown and can be ordered.
    pub available: bool,
    /// Portions left.
    pub quantity: u32,
    /// Number of changes, sales included.
    pub version: u64,
    /// Number of changes by people; the `ETag`.
    pub revision: u64,
}

named_enum! {
    /// Category of dishes.
    Category {
        /// A meal.
        Mains = "mains",
        /// Beside a meal.
        Sides = "sides",
        /// To drink.
        Drinks = "drinks",
        /// After a meal.
        Desserts = "desserts",
    }
}

/// Maximum of portions of one dish.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// Maximum price of a portion, in poisha: 100,000 taka.
pub const MAX_PRICE_POISHA: u32 = 10_000_000;

/// Body of `PUT /stock/{id}` (all fields) and of `PATCH` (some fields).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemChange {
    /// New name, 1 to 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New category.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// New price in poisha, 0 to [`MAX_PRICE_POISHA`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_poisha: Option<u32>,
    /// New picture, 1 to 80 of `a-z0-9-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// True to show the dish, false to hide it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// Body of `POST /stock/{id}/adjust`: a restock or waste, repeatable by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Portions to add (above 0) or to take away (below 0).
    pub delta: i64,
    /// Reason, 1 to 200 characters.
    pub reason: String,
    /// Idempotency key.
    pub key: crate::id::OrderId,
}

/// One dish of `POST /seed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedItem {
    /// The dish.
    pub id: ItemId,
    /// Name, 1 to 80 characters.
    pub name: String,
    /// Portions from now on.
    pub quantity: u32,
    /// Category; `mains` for a new dish.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Price in poisha; 0 for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_poisha: Option<u32>,
    /// Picture; the dish's id for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// True to show the dish, false to hide it; true for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// Body of `POST /seed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seed {
    /// The dishes, at most 1,000.
    #[serde(deserialize_with = "object::list")]
    pub items: Vec<SeedItem>,
}

/// Response to `POST /seed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seeded {
    /// Number of dishes that were created.
    pub created: u32,
    /// Number of dishes that existed before.
    pub updated: u32,
    /// Whole menu afterwards.
    pub items: Vec<StockItem>,
}

/// One order of `POST /stock/reduce`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReduceOrder {
    /// Owner and name of the order; repeating the request with the same key is harmless.
    pub order_key: OrderKey,
    /// Portions to take.
    #[serde(deserialize_with = "object::list")]
    pub lines: Vec<Line>,
    /// Trace of the order. The header of a request for many orders has room for one trace only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
}

/// Body of `POST /stock/reduce`: many orders, or one order of one dish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Reduce {
    /// Many orders; the response is a [`StockResults`].
    Many {
        /// At most [`MAX_STOCK_ORDERS`].
        #[serde(deserialize_with = "object::list")]
        orders: Vec<ReduceOrder>,
    },
    /// One order of one dish; the HTTP status is the result.
    One {
        /// Owner and name of the order.
        order_key: OrderKey,
        /// The dish.
        item_id: ItemId,
        /// Portions.
        quantity: crate::id::Quantity,
    },
}

/// Body of `POST /stock/release`: many orders, or one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Release {
    /// Many orders; the response is a [`StockResults`].
    Many {
        /// At most [`MAX_STOCK_ORDERS`].
        order_keys: Vec<OrderKey>,
    },
    /// One order.
    One {
        /// Owner and name of the order.
        order_key: OrderKey,
    },
}

/// Maximum of orders in one request to reduce or release.
pub const MAX_STOCK_ORDERS: usize = 500;

/// Result of reducing or releasing the stock of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StockResult {
    /// Owner and name of the order.
    pub order_key: OrderKey,
    /// Status that a request for this order alone would have: 200, 404, 409 or 422.
    pub status: u16,
    /// Code of the refusal, unless the status is 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Levels of the dishes afterwards, if the status is 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemLevel>,
    /// Portions left of the dishes that the order was refused for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<ItemLeft>,
}

/// Response to a request for many orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockResults {
    /// Results, one for each order of the request, in the same order.
    pub results: Vec<StockResult>,
}

/// Stock level of a dish after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemLevel {
    /// The dish.
    pub item_id: ItemId,
    /// Portions left.
    pub new_quantity: u32,
    /// Version of the dish after the change.
    pub version: u64,
}

/// Cached stock level: a copy of the level that the stock-service published last. It may be stale; the database decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CachedStockLevel {
    /// The dish.
    pub item_id: ItemId,
    /// Portions left.
    pub quantity: u32,
    /// True if the dish can be ordered.
    pub available: bool,
    /// Version of the dish; a level replaces only an older one.
    pub version: u64,
    /// Time of publication; the copy is used for 3 s.
    pub at: Time,
}
