//! Student pages.
//!
//! - [`sign_in`] — sign-in
//! - [`menu`] — the dishes, by category
//! - [`basket`] — the basket and placing the order
//! - [`tracker`] — the progress of one order
//! - [`history`] — all orders
//! - [`frame`] — the layout around each page

pub mod basket;
pub mod frame;
pub mod history;
pub mod menu;
pub mod sign_in;
pub mod tracker;

use wire::{OrderStatus, status::Reason};
use yew_router::Routable;

use crate::text::{Text, common, student};

/// Routes of the student pages.
#[derive(Debug, Clone, PartialEq, Eq, Routable)]
pub enum Route {
    /// Menu.
    #[at("/")]
    Menu,
    /// Basket.
    #[at("/basket")]
    Basket,
    /// Order history.
    #[at("/orders")]
    Orders,
    /// Progress of one order.
    #[at("/orders/:id")]
    Order {
        /// Order id.
        id: String,
    },
    /// Unknown address.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// Returns the name of a status.
pub fn status_text(status: OrderStatus) -> Text {
    match status {
        OrderStatus::Pending | OrderStatus::Unknown => common::PENDING,
        OrderStatus::InKitchen => common::IN_KITCHEN,
        OrderStatus::StockVerified => common::STOCK_VERIFIED,
        OrderStatus::Ready => common::READY,
        OrderStatus::Collected => common::COLLECTED,
        OrderStatus::Rejected => common::REJECTED,
        OrderStatus::Cancelled => common::CANCELLED,
    }
}

/// Returns the message of a reason.
pub fn reason_text(reason: Reason) -> Text {
    match reason {
        Reason::SoldOut => student::REASON_SOLD_OUT,
        Reason::InsufficientStock => student::REASON_INSUFFICIENT_STOCK,
        Reason::UnknownItem => student::REASON_UNKNOWN_ITEM,
        Reason::UnavailableItem => student::REASON_UNAVAILABLE_ITEM,
        Reason::StockUnavailable => student::REASON_STOCK_UNAVAILABLE,
        Reason::Released | Reason::Unknown => student::REASON_OTHER,
        Reason::KeyReused => student::REASON_KEY_REUSED,
        Reason::CancelledByStaff => student::REASON_CANCELLED_BY_STAFF,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::Language;

    #[test]
    fn every_reason_has_a_message_of_its_own() {
        for language in Language::ALL {
            let messages: BTreeSet<_> = Reason::ALL.map(|reason| language.say(reason_text(reason))).into();
            assert_eq!(messages.len(), Reason::ALL.len(), "{messages:?}");
        }
        let key_reused = Language::English.say(reason_text(Reason::KeyReused));
        assert!(key_reused.contains("sent with other dishes. The first one stands."), "{key_reused}");
    }
}
