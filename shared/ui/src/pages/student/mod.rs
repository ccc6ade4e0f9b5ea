//! The student's pages.
//!
//! - [`door`]: signing in
//! - [`menu`]: what there is, by category
//! - [`basket`]: what is to be ordered, and placing it
//! - [`tracker`]: one order, step by step
//! - [`history`]: all orders
//! - [`frame`]: what stands around each of them

pub mod basket;
pub mod door;
pub mod frame;
pub mod history;
pub mod menu;
pub mod tracker;

use wire::{OrderStatus, status::Reason};
use yew_router::Routable;

use crate::text::{Text, common, student};

/// The addresses of the student's pages.
#[derive(Debug, Clone, PartialEq, Eq, Routable)]
pub enum Route {
    /// What there is.
    #[at("/")]
    Menu,
    /// What is to be ordered.
    #[at("/basket")]
    Basket,
    /// All orders.
    #[at("/orders")]
    Orders,
    /// One order.
    #[at("/orders/:id")]
    Order {
        /// Its name.
        id: String,
    },
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// What a status is called.
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

/// Why an order failed, in words.
pub fn reason_text(reason: Reason) -> Text {
    match reason {
        Reason::SoldOut => student::REASON_SOLD_OUT,
        Reason::InsufficientStock => student::REASON_INSUFFICIENT,
        Reason::UnknownItem => student::REASON_UNKNOWN_ITEM,
        Reason::UnavailableItem => student::REASON_UNAVAILABLE,
        Reason::StockUnavailable => student::REASON_STOCK_AWAY,
        Reason::Released | Reason::Unknown => student::REASON_OTHER,
        Reason::KeyReused => student::REASON_KEY_REUSED,
        Reason::CancelledByStaff => student::REASON_STAFF,
    }
}
