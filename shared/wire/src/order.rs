//! Placing an order, and reading it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    id::{ItemId, MAX_LINES, OrderId, Quantity},
    object,
    problem::FieldError,
    status::{OrderStatus, Reason},
    time::Time,
};

/// One line of an order: a dish and its quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The dish.
    pub item_id: ItemId,
    /// Portions; 1 if absent.
    #[serde(default = "one")]
    pub quantity: Quantity,
}

fn one() -> Quantity {
    Quantity::ONE
}

/// Body of `POST /order`: one dish, or lines. [`PlaceOrder::basket`] validates it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    /// The dish of the short form.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub item_id: Option<ItemId>,
    /// Portions of that dish; 1 if absent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Lines of the long form.
    #[serde(default, deserialize_with = "present_lines", skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Line>>,
    /// Client's idempotency key; the gateway creates one if absent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
}

/// Reads a field that may be absent, but not null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Reads lines that may be absent, but not null.
fn present_lines<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Line>>, D::Error> {
    object::list(from).map(Some)
}

/// Merged lines of an order: one to twenty dishes, each of them once, sorted by dish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket(Vec<Line>);

impl Basket {
    /// Merges lines of the same dish and sorts them.
    ///
    /// # Errors
    /// No lines, more than twenty, or more than twenty portions of one dish.
    pub fn new(lines: Vec<Line>) -> Result<Self, Vec<FieldError>> {
        if lines.is_empty() {
            return Err(vec![wrong("lines", "must hold at least one line".into())]);
        }
        if lines.len() > MAX_LINES {
            return Err(vec![wrong("lines", format!("must hold at most {MAX_LINES} lines"))]);
        }
        let mut sums = BTreeMap::<ItemId, i64>::new();
        for line in lines {
            *sums.entry(line.item_id).or_default() += i64::from(line.quantity.get());
        }
        let mut merged = Vec::with_capacity(sums.len());
        for (item_id, sum) in sums {
            match Quantity::try_from(sum) {
                Ok(quantity) => merged.push(Line { item_id, quantity }),
                Err(_) => {
                    let message =
                        format!("{sum} portions of {item_id}; at most {} go into one order", Quantity::MAX);
                    return Err(vec![wrong("lines", message)]);
                }
            }
        }
        Ok(Self(merged))
    }

    /// Returns the lines, sorted by dish, each dish once.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }
}

fn wrong(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

impl PlaceOrder {
    /// Converts either form to a basket.
    ///
    /// # Errors
    /// Neither or both of the two forms, or an error of [`Basket::new`].
    pub fn basket(self) -> Result<Basket, Vec<FieldError>> {
        match (self.item_id, self.quantity, self.lines) {
            (Some(item_id), quantity, None) => {
                Basket::new(vec![Line { item_id, quantity: quantity.unwrap_or(Quantity::ONE) }])
            }
            (None, None, Some(lines)) => Basket::new(lines),
            (None, _, None) => Err(vec![wrong("itemId", "is missing: send itemId, or lines".into())]),
            (_, _, Some(_)) => Err(vec![wrong(
                "lines",
                "stands beside itemId or quantity: send one form or the other".into(),
            )]),
        }
    }
}

/// Body of a 202.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderAccepted {
    /// Name of the order, as sent or as created.
    pub order_id: OrderId,
    /// Always `accepted`.
    pub status: String,
    /// English text for people.
    pub message: String,
    /// Time of the first acceptance.
    pub accepted_at: Time,
}

impl OrderAccepted {
    /// Creates the response for this order.
    pub fn new(order_id: OrderId, accepted_at: Time) -> Self {
        Self {
            order_id,
            status: "accepted".to_owned(),
            message: "Order received and being processed".to_owned(),
            accepted_at,
        }
    }
}

/// A line with the name and the price at acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PricedLine {
    /// The dish.
    pub item_id: ItemId,
    /// Name at acceptance.
    pub name: String,
    /// Portions.
    pub quantity: Quantity,
    /// Price of one portion at acceptance, in poisha (1/100 taka).
    pub price_poisha: u32,
}

/// Returns the price of all lines, in poisha.
pub fn total_poisha(lines: &[PricedLine]) -> u64 {
    lines.iter().map(|line| u64::from(line.price_poisha) * u64::from(line.quantity.get())).sum()
}

/// One change of an order's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusChange {
    /// Status after the change.
    pub status: OrderStatus,
    /// Sequence number within the order; 0 is the 202.
    pub seq: u32,
    /// Time of the change.
    pub at: Time,
}

/// An order as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// Name of the order.
    pub order_id: OrderId,
    /// Current status.
    pub status: OrderStatus,
    /// Reason of a rejection or cancellation.
    pub reason: Option<Reason>,
    /// Portions left of the dishes that the order was rejected for.
    #[serde(default)]
    pub items: Vec<crate::problem::ItemLeft>,
    /// Number to pick the order up with, once the kitchen has it.
    pub ticket: Option<u32>,
    /// Lines of the order.
    pub lines: Vec<PricedLine>,
    /// Price of the order, in poisha.
    pub total_poisha: u64,
    /// Time of acceptance.
    pub placed_at: Time,
    /// Sequence number of the last change.
    pub seq: u32,
    /// All changes, oldest first.
    pub history: Vec<StatusChange>,
}

impl OrderView {
    /// Returns the status to show: the current one, or the last one in the history that this version knows.
    pub fn shown_status(&self) -> OrderStatus {
        let statuses = self.history.iter().map(|change| change.status).chain([self.status]);
        statuses.fold(OrderStatus::Pending, |previous, status| status.or_previous(previous))
    }
}

/// A page of orders, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderPage {
    /// Orders of the page.
    pub orders: Vec<OrderView>,
    /// Value for `before` that fetches the next page; null on the last one.
    pub next: Option<OrderCursor>,
}

/// Position in a student's list of orders, which is sorted by time and name: `<milliseconds>.<orderId>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderCursor {
    /// Time of acceptance of the order at this position.
    pub placed_at: Time,
    /// Name of the order at this position.
    pub order_id: OrderId,
}

impl std::fmt::Display for OrderCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.placed_at.as_millis(), self.order_id)
    }
}

impl std::str::FromStr for OrderCursor {
    type Err = crate::id::Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || crate::id::Invalid("must be the `next` of an earlier page".into());
        let (millis, order_id) = text.split_once('.').ok_or_else(invalid)?;
        let millis: i64 = millis.parse().map_err(|_| invalid())?;
        Ok(Self { placed_at: Time::from_millis(millis), order_id: order_id.parse().map_err(|_| invalid())? })
    }
}

impl Serialize for OrderCursor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OrderCursor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for OrderCursor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OrderCursor".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// Rolling latency of the gateway, `GET /latency-stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LatencyStats {
    /// Average over the window, in seconds; 0 without orders.
    #[serde(rename = "avg30s")]
    pub avg_30s: f64,
    /// Requests in the window.
    #[serde(rename = "count30s")]
    pub count_30s: u64,
    /// True if the average is above the threshold.
    pub breached: bool,
    /// Threshold, in seconds.
    pub threshold_s: f64,
    /// Length of the window, in milliseconds.
    pub window_ms: u64,
}
