//! The menu, what is left of it, and the reservations of orders.

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
    /// Which dish.
    pub id: ItemId,
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// The part of the menu it stands in.
    pub category: Category,
    /// Price of one portion, in poisha (1/100 taka).
    pub price_poisha: u32,
    /// The name of its picture in the bundled set.
    pub picture: String,
    /// Whether it is shown and can be ordered.
    pub available: bool,
    /// Portions left.
    pub quantity: u32,
    /// Counts every change, sales included.
    pub version: u64,
    /// Counts changes by people; the `ETag`.
    pub revision: u64,
}

named_enum! {
    /// The parts of the menu.
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

/// The most portions of one dish that there may be.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// The highest price of a portion, in poisha: 100,000 taka.
pub const MAX_PRICE_POISHA: u32 = 10_000_000;

/// The body of `PUT /stock/{id}` (all of it) and of `PATCH` (some of it).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemChange {
    /// A new name, 1 to 80 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another part of the menu.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// A new price, 0 to [`MAX_PRICE_POISHA`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_poisha: Option<u32>,
    /// Another picture, 1 to 80 of `a-z0-9-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Shown or hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// The body of `POST /stock/{id}/adjust`: a restock or waste, repeatable by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    /// Portions to add (above 0) or to take away (below 0).
    pub delta: i64,
    /// Why, 1 to 200 characters.
    pub reason: String,
    /// The key that makes it repeatable.
    pub key: crate::id::OrderId,
}

/// One dish of `POST /seed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedItem {
    /// Which dish.
    pub id: ItemId,
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// Portions there are from now on.
    pub quantity: u32,
    /// The part of the menu; `mains` for a new dish.
    #[serde(default, deserialize_with = "named::known_option", skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The price in poisha; 0 for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_poisha: Option<u32>,
    /// The picture; the dish's id for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Shown or hidden; shown for a new dish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// The body of `POST /seed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seed {
    /// The dishes, at most 1,000.
    #[serde(deserialize_with = "object::list")]
    pub items: Vec<SeedItem>,
}

/// What `POST /seed` has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seeded {
    /// Dishes that were not there before.
    pub created: u32,
    /// Dishes that were there.
    pub updated: u32,
    /// The whole menu afterwards.
    pub items: Vec<StockItem>,
}

/// One order of `POST /stock/reduce`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReduceOrder {
    /// Whose order it is; asking again for the same key is harmless.
    pub order_key: OrderKey,
    /// What it takes.
    #[serde(deserialize_with = "object::list")]
    pub lines: Vec<Line>,
    /// Where the order's own trace goes on, since a request for many orders has room for one in its header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
}

/// The body of `POST /stock/reduce`: many orders, or one of one dish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Reduce {
    /// Many orders; the answer is a [`StockResults`].
    Many {
        /// At most [`MAX_STOCK_ORDERS`].
        #[serde(deserialize_with = "object::list")]
        orders: Vec<ReduceOrder>,
    },
    /// One order of one dish; its status is the answer's.
    One {
        /// Whose order it is.
        order_key: OrderKey,
        /// Which dish.
        item_id: ItemId,
        /// How many portions.
        quantity: crate::id::Quantity,
    },
}

/// The body of `POST /stock/release`: many orders, or one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Release {
    /// Many orders; the answer is a [`StockResults`].
    Many {
        /// At most [`MAX_STOCK_ORDERS`].
        order_keys: Vec<OrderKey>,
    },
    /// One order.
    One {
        /// Whose order it is.
        order_key: OrderKey,
    },
}

/// The most orders that one request to reduce or release may carry.
pub const MAX_STOCK_ORDERS: usize = 500;

/// What became of one order's request to reduce or release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StockResult {
    /// Whose order it is.
    pub order_key: OrderKey,
    /// 200, 404, 409 or 422, as an answer for this order alone would have.
    pub status: u16,
    /// Why not, when it is not 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The dishes after it, when it is 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemLevel>,
    /// What is left of the dishes it was refused for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<ItemLeft>,
}

/// The answer to many orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StockResults {
    /// One for each order asked for, in the same order.
    pub results: Vec<StockResult>,
}

/// What is left of a dish after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemLevel {
    /// Which dish.
    pub item_id: ItemId,
    /// Portions left.
    pub new_quantity: u32,
    /// Its version then.
    pub version: u64,
}

/// A stock level as the stock-service last told it: a hint, never the truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockHint {
    /// Which dish.
    pub item_id: ItemId,
    /// Portions left.
    pub quantity: u32,
    /// Whether it can be ordered.
    pub available: bool,
    /// The dish's version: a hint replaces only an older one.
    pub version: u64,
    /// When it was told; believed for 3 s.
    pub at: Time,
}
