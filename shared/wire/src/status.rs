//! The states of an order, and the one table of how it may change.

use serde::{Deserialize, Serialize};

/// Where an order is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Accepted with a 202, not yet read by the kitchen.
    Pending,
    /// The kitchen has it and asks for its stock.
    InKitchen,
    /// Its portions are taken; it is being cooked.
    StockVerified,
    /// It can be picked up.
    Ready,
    /// It has been picked up.
    Collected,
    /// It could not be had. Nothing was taken.
    Rejected,
    /// Staff withdrew it.
    Cancelled,
}

/// Who brings a change about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The kitchen's own work: receiving, verifying, giving up.
    Kitchen,
    /// A timer: simulated cooking, collection, the end of the day.
    Timer,
    /// A member of staff.
    Staff,
}

/// One allowed change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Before.
    pub from: OrderStatus,
    /// After.
    pub to: OrderStatus,
    /// Who may bring it about.
    pub by: &'static [Actor],
    /// Whether the reserved portions go back.
    pub releases_stock: bool,
}

use Actor::{Kitchen, Staff, Timer};
use OrderStatus::{Cancelled, Collected, InKitchen, Pending, Ready, Rejected, StockVerified};

const fn change(from: OrderStatus, to: OrderStatus, by: &'static [Actor]) -> Transition {
    Transition { from, to, by, releases_stock: matches!(to, Rejected | Cancelled) }
}

/// Every change there is. What is not in the table cannot happen.
pub const TRANSITIONS: &[Transition] = &[
    change(Pending, InKitchen, &[Kitchen]),
    change(InKitchen, StockVerified, &[Kitchen]),
    change(InKitchen, Rejected, &[Kitchen]),
    change(InKitchen, Cancelled, &[Staff]),
    change(StockVerified, Ready, &[Staff, Timer]),
    change(StockVerified, Cancelled, &[Staff]),
    change(Ready, Collected, &[Staff, Timer]),
    change(Ready, StockVerified, &[Staff]),
    change(Collected, Ready, &[Staff]),
];

impl OrderStatus {
    /// Every status there is, in the order of the way.
    pub const ALL: [Self; 7] = [Pending, InKitchen, StockVerified, Ready, Collected, Rejected, Cancelled];

    /// The change from this status to `to`, if `by` may bring it about.
    pub fn transition(self, to: Self, by: Actor) -> Option<&'static Transition> {
        TRANSITIONS.iter().find(|t| t.from == self && t.to == to && t.by.contains(&by))
    }

    /// Whether the order has reached what its student waits for: `ready`, or an end without food.
    pub fn is_settled(self) -> bool {
        match self {
            Ready | Collected | Rejected | Cancelled => true,
            Pending | InKitchen | StockVerified => false,
        }
    }

    /// As on the wire and in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Pending => "pending",
            InKitchen => "in_kitchen",
            StockVerified => "stock_verified",
            Ready => "ready",
            Collected => "collected",
            Rejected => "rejected",
            Cancelled => "cancelled",
        }
    }

    /// The status of that name, where there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Why an order was rejected or cancelled: a code that clients have words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is left of a dish.
    SoldOut,
    /// Fewer portions are left than were asked for.
    InsufficientStock,
    /// A dish is not on the menu.
    UnknownItem,
    /// A dish is hidden at the moment.
    UnavailableItem,
    /// The stock could not be asked, however often it was tried.
    StockUnavailable,
    /// Its portions had been given back before they could be taken.
    Released,
    /// The same order was sent again with other contents; the first one stands.
    KeyReused,
    /// Staff withdrew it.
    CancelledByStaff,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 8] = [
        Self::SoldOut,
        Self::InsufficientStock,
        Self::UnknownItem,
        Self::UnavailableItem,
        Self::StockUnavailable,
        Self::Released,
        Self::KeyReused,
        Self::CancelledByStaff,
    ];

    /// As on the wire and in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SoldOut => "sold_out",
            Self::InsufficientStock => "insufficient_stock",
            Self::UnknownItem => "unknown_item",
            Self::UnavailableItem => "unavailable_item",
            Self::StockUnavailable => "stock_unavailable",
            Self::Released => "released",
            Self::KeyReused => "key_reused",
            Self::CancelledByStaff => "cancelled_by_staff",
        }
    }

    /// The reason of that name, where there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_ends_and_only_staff_can_go_back() {
        for t in TRANSITIONS {
            let back = matches!((t.from, t.to), (Ready, StockVerified) | (Collected, Ready));
            assert_eq!(back, t.to < t.from, "{t:?}");
            assert!(!back || t.by == [Staff], "{t:?}");
            assert_eq!(t.releases_stock, matches!(t.to, Rejected | Cancelled));
        }
        assert!(TRANSITIONS.iter().all(|t| !matches!(t.from, Rejected | Cancelled)), "those two are final");
    }

    #[test]
    fn the_words_on_the_wire_are_the_words_in_storage() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(OrderStatus::parse(status.as_str()), Some(status));
        }
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(OrderStatus::parse("cooking"), None);
    }
}
