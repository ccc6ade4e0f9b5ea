//! Tickets for the kitchen board, the pick-up board, dead letters.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{named, order::PricedLine, status::OrderStatus, time::Time};

/// An order as the kitchen sees it: no student in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// The kitchen's own id of the order.
    pub id: Uuid,
    /// The short number of the day.
    pub ticket: u32,
    /// Where it is.
    pub status: OrderStatus,
    /// The number of its last change.
    pub seq: u32,
    /// What to cook.
    pub lines: Vec<PricedLine>,
    /// When it was accepted.
    #[serde(rename = "placedAt")]
    pub placed_at: Time,
    /// Since when it has this status.
    pub since: Time,
    /// What staff should know, as why it was rejected.
    pub note: Option<String>,
}

/// A page of tickets, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TicketPage {
    /// The tickets.
    pub tickets: Vec<Ticket>,
    /// The value for `before` that gets the next page; null on the last one.
    pub next: Option<Uuid>,
}

/// The body of `POST /tickets/{id}/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetStatus {
    /// `ready`, `collected`, `stock_verified` or `cancelled`.
    #[serde(deserialize_with = "named::known")]
    pub status: OrderStatus,
    /// The `seq` that the caller saw; 409 when the ticket has moved on.
    pub expected_seq: u32,
}

/// The pick-up board, `GET /board`: ticket numbers, nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Board {
    /// Grows with each change of the board.
    pub seq: u64,
    /// Being prepared, lowest number first.
    pub preparing: Vec<u32>,
    /// Ready to be picked up, the newest first.
    pub ready: Vec<u32>,
}

/// A message that the kitchen could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its id.
    pub id: i64,
    /// Its text, invalid UTF-8 replaced, cut after 4,096 characters.
    pub body: String,
    /// Why it could not be read.
    pub reason: String,
    /// When it was set aside.
    pub at: Time,
}

/// The dead letters, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeadLetters {
    /// At most 100 of them.
    pub dead_letters: Vec<DeadLetter>,
    /// How many there are.
    pub total: u64,
}
