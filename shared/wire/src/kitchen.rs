//! Tickets of the kitchen board, the pick-up board, and dead letters.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{named, order::PricedLine, status::OrderStatus, time::Time};

/// An order as the kitchen sees it, without its student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// Kitchen's own id of the order.
    pub id: Uuid,
    /// Short number, unique within the day.
    pub ticket: u32,
    /// Current status.
    pub status: OrderStatus,
    /// Sequence number of the last change.
    pub seq: u32,
    /// Dishes to cook.
    pub lines: Vec<PricedLine>,
    /// Time of acceptance.
    #[serde(rename = "placedAt")]
    pub placed_at: Time,
    /// Time of the last change.
    pub since: Time,
    /// Note for staff, such as the reason of a rejection.
    pub note: Option<String>,
}

/// A page of tickets, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TicketPage {
    /// Tickets of the page.
    pub tickets: Vec<Ticket>,
    /// Value for `before` that fetches the next page; null on the last one.
    pub next: Option<Uuid>,
}

/// Body of `POST /tickets/{id}/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetStatus {
    /// New status: `ready`, `collected`, `stock_verified` or `cancelled`.
    #[serde(deserialize_with = "named::known")]
    pub status: OrderStatus,
    /// The `seq` that the caller saw; 409 if the ticket has changed since.
    pub expected_seq: u32,
}

/// Pick-up board, `GET /board`: ticket numbers, nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Board {
    /// Sequence number of the board, which grows with its changes.
    pub seq: u64,
    /// Tickets in preparation, lowest number first.
    pub preparing: Vec<u32>,
    /// Tickets ready for pick-up, newest first.
    pub ready: Vec<u32>,
}

/// A message from the queue that the kitchen could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Identifier.
    pub id: i64,
    /// Text of the message, invalid UTF-8 replaced, cut after 4,096 characters.
    pub body: String,
    /// Error that reading it gave.
    pub reason: String,
    /// Time at which it was dead-lettered.
    pub at: Time,
}

/// Body of `GET /dead-letters`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeadLetters {
    /// The oldest 100 dead letters, oldest first.
    pub dead_letters: Vec<DeadLetter>,
    /// Number of all dead letters.
    pub total: u64,
}
