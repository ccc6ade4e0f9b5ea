//! The statuses of an order, and the one table of their changes.

use crate::named::named_enum;

named_enum! {
    /// Status of an order on its way.
    OrderStatus {
        /// Accepted with a 202, not yet read by the kitchen.
        Pending = "pending",
        /// Received by the kitchen, which requests its stock.
        InKitchen = "in_kitchen",
        /// Being cooked; its portions are taken.
        StockVerified = "stock_verified",
        /// Ready for pick-up.
        Ready = "ready",
        /// Picked up.
        Collected = "collected",
        /// Refused by the kitchen; no portions are taken.
        Rejected = "rejected",
        /// Withdrawn by staff.
        Cancelled = "cancelled",
    }
}

/// Originator of a change.
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
    /// Status before the change.
    pub from: OrderStatus,
    /// Status after the change.
    pub to: OrderStatus,
    /// Actors that may make the change.
    pub by: &'static [Actor],
    /// Direction of the change on the order's way.
    pub direction: Direction,
}

/// Direction of a change on the order's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the meal.
    Forward,
    /// Back by one step, after a mistake.
    Back,
    /// To an end without a meal; the reserved portions are released.
    Out,
}

use Actor::{Kitchen, Staff, Timer};
use Direction::{Back, Forward, Out};
use OrderStatus::{Cancelled, Collected, InKitchen, Pending, Ready, Rejected, StockVerified, Unknown};

const fn change(
    from: OrderStatus,
    direction: Direction,
    to: OrderStatus,
    by: &'static [Actor],
) -> Transition {
    Transition { from, to, by, direction }
}

/// All allowed changes. Every question about the order of statuses is answered from this table.
pub const TRANSITIONS: &[Transition] = &[
    change(Pending, Forward, InKitchen, &[Kitchen]),
    change(InKitchen, Forward, StockVerified, &[Kitchen]),
    change(InKitchen, Out, Rejected, &[Kitchen]),
    change(InKitchen, Out, Cancelled, &[Staff]),
    change(StockVerified, Forward, Ready, &[Staff, Timer]),
    change(StockVerified, Out, Cancelled, &[Staff]),
    change(Ready, Forward, Collected, &[Staff, Timer]),
    change(Ready, Back, StockVerified, &[Staff]),
    change(Collected, Back, Ready, &[Staff]),
];

impl OrderStatus {
    /// Returns the status to show where `previous` was shown before: itself, or `previous` if this version does not know it.
    #[must_use]
    pub fn or_previous(self, previous: Self) -> Self {
        if self == Unknown { previous } else { self }
    }

    /// Returns the change from this status to `to`, if `by` may make it.
    pub fn transition(self, to: Self, by: Actor) -> Option<&'static Transition> {
        self.changes().find(|change| change.to == to && change.by.contains(&by))
    }

    /// Returns whether the order ended without a meal. It then has a reason.
    pub fn is_failed(self) -> bool {
        match self {
            Rejected | Cancelled => true,
            Pending | InKitchen | StockVerified | Ready | Collected | Unknown => false,
        }
    }

    /// Returns whether no change leads out of this status. `collected` is not final: staff can undo it.
    pub fn is_final(self) -> bool {
        TRANSITIONS.iter().any(|change| change.to == self) && self.changes().next().is_none()
    }

    /// Returns whether the student still waits for the meal or has to pick it up.
    pub fn is_open(self) -> bool {
        match self {
            Pending | InKitchen | StockVerified | Ready | Unknown => true,
            Collected | Rejected | Cancelled => false,
        }
    }

    /// Returns whether the student has nothing more to wait for: the meal is ready or collected, or the order failed.
    pub fn is_settled(self) -> bool {
        match self {
            Ready | Collected | Rejected | Cancelled => true,
            Pending | InKitchen | StockVerified | Unknown => false,
        }
    }

    /// Returns whether the order has its portions: from `stock_verified` on, unless it failed.
    pub fn holds_stock(self) -> bool {
        match self {
            StockVerified | Ready | Collected => true,
            Pending | InKitchen | Rejected | Cancelled | Unknown => false,
        }
    }

    /// Returns whether the stock-service has to release the portions of an order that reaches this status.
    pub fn releases_stock(self) -> bool {
        TRANSITIONS.iter().any(|change| change.to == self && change.direction == Out)
    }

    /// Returns the next status on the way to the meal, if staff may set it.
    pub fn staff_next(self) -> Option<Self> {
        self.next(Forward, Staff)
    }

    /// Returns the status that staff return to when they undo this one.
    pub fn staff_undo(self) -> Option<Self> {
        self.next(Back, Staff)
    }

    /// Returns whether staff may set this status on some ticket.
    pub fn is_set_by_staff(self) -> bool {
        TRANSITIONS.iter().any(|change| change.to == self && change.by.contains(&Staff))
    }

    /// Returns the next status on the way to the meal, if a timer may set it.
    pub fn timer_next(self) -> Option<Self> {
        self.next(Forward, Timer)
    }

    fn next(self, direction: Direction, by: Actor) -> Option<Self> {
        let change =
            self.changes().find(|change| change.direction == direction && change.by.contains(&by))?;
        Some(change.to)
    }

    fn changes(self) -> impl Iterator<Item = &'static Transition> {
        TRANSITIONS.iter().filter(move |change| change.from == self)
    }
}

named_enum! {
    /// Reason of a rejection or cancellation, a code that clients have words for.
    Reason {
        /// No portion of a dish is left.
        SoldOut = "sold_out",
        /// Fewer portions of a dish are left than the order needs.
        InsufficientStock = "insufficient_stock",
        /// A dish is not on the menu.
        UnknownItem = "unknown_item",
        /// A dish is hidden at the moment.
        UnavailableItem = "unavailable_item",
        /// The stock-service did not respond to any attempt.
        StockUnavailable = "stock_unavailable",
        /// The portions were released before they could be taken.
        Released = "released",
        /// The same order was sent again with other contents; the first one stands.
        KeyReused = "key_reused",
        /// Staff cancelled the order.
        CancelledByStaff = "cancelled_by_staff",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_staff_undo_and_failed_orders_stay_failed() {
        for change in TRANSITIONS {
            let Transition { from, to, by, direction } = *change;
            assert_eq!(direction == Out, to.is_failed(), "{change:?}");
            assert_eq!(direction == Back, to < from, "{change:?}");
            assert!(direction != Back || by == [Staff], "{change:?}");
            assert!(!from.is_failed(), "{change:?}");
        }
    }

    #[test]
    fn the_predicates_agree_with_the_table() {
        let that = |rule: fn(OrderStatus) -> bool| {
            OrderStatus::ALL.into_iter().filter(|status| rule(*status)).collect::<Vec<_>>()
        };
        assert_eq!(that(OrderStatus::is_failed), [Rejected, Cancelled]);
        assert_eq!(that(OrderStatus::is_final), [Rejected, Cancelled]);
        assert_eq!(that(OrderStatus::releases_stock), [Rejected, Cancelled]);
        assert_eq!(that(OrderStatus::is_open), [Pending, InKitchen, StockVerified, Ready]);
        assert_eq!(that(OrderStatus::is_settled), [Ready, Collected, Rejected, Cancelled]);
        assert_eq!(that(OrderStatus::holds_stock), [StockVerified, Ready, Collected]);
        assert_eq!(that(OrderStatus::is_set_by_staff), [StockVerified, Ready, Collected, Cancelled]);
    }

    #[test]
    fn staff_go_one_step_forward_and_one_back() {
        let steps = OrderStatus::ALL.map(|status| (status.staff_next(), status.staff_undo()));
        let none = (None, None);
        let cooking = (Some(Ready), None);
        let ready = (Some(Collected), Some(StockVerified));
        let collected = (None, Some(Ready));
        assert_eq!(steps, [none, none, cooking, ready, collected, none, none]);
        let timers = OrderStatus::ALL.map(OrderStatus::timer_next);
        assert_eq!(timers, [None, None, Some(Ready), Some(Collected), None, None, None]);
    }

    #[test]
    fn an_unknown_status_keeps_the_student_waiting_and_leads_nowhere() {
        assert!(Unknown.is_open() && !Unknown.is_settled() && !Unknown.is_failed() && !Unknown.is_final());
        assert!(!Unknown.holds_stock() && !Unknown.releases_stock() && !Unknown.is_set_by_staff());
        assert_eq!((Unknown.staff_next(), Unknown.staff_undo(), Unknown.timer_next()), (None, None, None));
        assert_eq!(Unknown.or_previous(Ready), Ready);
        assert_eq!(Collected.or_previous(Ready), Collected);
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
