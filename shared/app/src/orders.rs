//! A student's orders: snapshots, and the notifications before, between and after them.

use std::sync::Arc;

use wire::{
    OrderId, OrderStatus, Time,
    event::Notification,
    order::{OrderCursor, OrderPage, OrderView, PricedLine, StatusChange, total_poisha},
};

use crate::merge::{Epoch, Merge};

/// Orders of a student, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Orders {
    known: Merge<OrderView>,
    next: Option<OrderCursor>,
}

/// Effect of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// None: it is not newer than what is known.
    Unchanged,
    /// The order changed to this status.
    Changed(OrderStatus),
    /// The order is not known; a snapshot will contain it.
    UnknownOrder,
}

impl Orders {
    /// Returns the present epoch, for a request of orders.
    pub fn epoch(&self) -> Epoch {
        self.known.epoch()
    }

    /// Begins an epoch; see [`Merge::begin_epoch`].
    pub fn begin_epoch(&mut self) {
        self.known.begin_epoch();
    }

    /// Returns the orders, newest first.
    pub fn list(&self) -> Vec<&Arc<OrderView>> {
        let mut list: Vec<_> = self.known.all().collect();
        list.sort_by(|one, two| (two.placed_at, &two.order_id).cmp(&(one.placed_at, &one.order_id)));
        list
    }

    /// Returns the place of the next older page.
    pub fn next(&self) -> Option<&OrderCursor> {
        self.next.as_ref()
    }

    /// Returns one order.
    pub fn order(&self, id: &OrderId) -> Option<&Arc<OrderView>> {
        self.known.get(id)
    }

    /// Returns the orders that the student waits for or has to pick up, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Arc<OrderView>> {
        self.list().into_iter().rev().filter(|order| order.status.is_open())
    }

    /// Takes the newest page, requested in the epoch `requested_in`. Orders of older pages stay.
    pub fn newest(&mut self, requested_in: Epoch, page: OrderPage) {
        let is_first = self.known.is_empty();
        let oldest = page.next.is_some().then(|| page.orders.last().map(|order| order.placed_at)).flatten();
        self.known.snapshot(requested_in, shown(page.orders));
        if requested_in == self.known.epoch() {
            // Within the page, the snapshot contains every order that a restored server still has.
            self.known.retain(|order, is_confirmed| {
                is_confirmed || oldest.is_some_and(|oldest| order.placed_at <= oldest)
            });
        }
        if is_first {
            self.next = page.next;
        }
    }

    /// Takes an older page.
    pub fn older(&mut self, requested_in: Epoch, page: OrderPage) {
        self.known.snapshot(requested_in, shown(page.orders));
        self.next = page.next;
    }

    /// Takes one order.
    pub fn one(&mut self, requested_in: Epoch, order: OrderView) {
        self.known.snapshot(requested_in, shown(vec![order]));
    }

    /// Adds the order of a 202, until a snapshot or a notification says more.
    pub fn accepted(&mut self, order_id: OrderId, lines: Vec<PricedLine>, at: Time) {
        let order = OrderView {
            order_id,
            status: OrderStatus::Pending,
            reason: None,
            items: Vec::new(),
            ticket: None,
            total_poisha: total_poisha(&lines),
            lines,
            placed_at: at,
            seq: 0,
            history: vec![StatusChange { status: OrderStatus::Pending, seq: 0, at }],
        };
        self.known.one(self.known.epoch(), order);
    }

    /// Takes a notification.
    pub fn notification(&mut self, notification: Notification) -> Effect {
        let id = notification.order_id.clone();
        if self.known.get(&id).is_none() {
            self.known.event(notification);
            return Effect::UnknownOrder;
        }
        let status = notification.status;
        if self.known.event(notification) { Effect::Changed(status) } else { Effect::Unchanged }
    }
}

/// Replaces a status of a later version by the last one that this version knows.
fn shown(mut orders: Vec<OrderView>) -> Vec<OrderView> {
    for order in &mut orders {
        order.status = order.shown_status();
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_millis(1_772_364_600_000 + second * 1000)
    }

    fn notification(order: &str, status: OrderStatus, seq: u32) -> Notification {
        let mut notification = Notification::new(order.parse().unwrap(), status, seq, at(i64::from(seq)));
        notification.ticket = Some(107);
        notification
    }

    fn placed(order: &str, second: i64) -> Orders {
        let mut orders = Orders::default();
        orders.accepted(order.parse().unwrap(), Vec::new(), at(second));
        orders
    }

    fn view(order: &str, second: i64) -> OrderView {
        OrderView::clone(placed(order, second).list()[0])
    }

    #[test]
    fn a_notification_moves_an_order_on_and_never_back() {
        let mut orders = placed("a", 0);
        assert_eq!(
            orders.notification(notification("a", OrderStatus::Ready, 3)),
            Effect::Changed(OrderStatus::Ready)
        );
        assert_eq!(orders.notification(notification("a", OrderStatus::StockVerified, 2)), Effect::Unchanged);
        assert_eq!(orders.notification(notification("a", OrderStatus::Ready, 3)), Effect::Unchanged);
        assert_eq!(orders.list()[0].status, OrderStatus::Ready);
        assert_eq!(orders.list()[0].ticket, Some(107));
    }

    #[test]
    fn a_notification_before_its_order_is_applied_with_the_snapshot() {
        let mut orders = Orders::default();
        assert_eq!(orders.notification(notification("a", OrderStatus::Ready, 3)), Effect::UnknownOrder);
        assert_eq!(orders.notification(notification("a", OrderStatus::InKitchen, 1)), Effect::UnknownOrder);
        orders.one(Epoch::default(), view("a", 0));
        assert_eq!(orders.list()[0].status, OrderStatus::Ready);
    }

    #[test]
    fn an_older_snapshot_only_adds_the_missing_history() {
        let mut orders = placed("a", 0);
        orders.notification(notification("a", OrderStatus::Ready, 3));
        let mut older = view("a", 0);
        for (seq, status) in [(1, OrderStatus::InKitchen), (2, OrderStatus::StockVerified)] {
            older.history.push(StatusChange { status, seq, at: at(1) });
        }
        (older.seq, older.status) = (2, OrderStatus::StockVerified);
        orders.newest(Epoch::default(), OrderPage { orders: vec![older], next: None });
        let order = &orders.list()[0];
        assert_eq!(order.status, OrderStatus::Ready);
        assert_eq!(order.history.iter().map(|change| change.seq).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn the_newest_order_is_first_and_open_orders_are_found() {
        let mut orders = placed("old", 0);
        orders.one(Epoch::default(), view("new", 9));
        orders.one(Epoch::default(), view("middle", 5));
        let names = |orders: Vec<&Arc<OrderView>>| {
            orders.iter().map(|order| order.order_id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(orders.list()), ["new", "middle", "old"]);
        orders.notification(notification("middle", OrderStatus::Rejected, 2));
        assert_eq!(names(orders.open().collect()), ["old", "new"]);
    }

    #[test]
    fn an_order_that_a_restored_server_does_not_know_is_gone() {
        let mut orders = placed("lost", 9);
        orders.one(Epoch::default(), view("kept", 5));
        orders.one(Epoch::default(), view("older", 1));
        orders.begin_epoch();
        let cursor = OrderCursor { placed_at: at(5), order_id: "kept".parse().unwrap() };
        let page = OrderPage { orders: vec![view("kept", 5)], next: Some(cursor) };
        orders.newest(orders.epoch(), page);
        let names: Vec<_> = orders.list().iter().map(|order| order.order_id.to_string()).collect();
        assert_eq!(names, ["kept", "older"], "an order of an older page is not judged by this one");
    }

    #[test]
    fn an_order_with_an_unknown_status_is_shown_at_the_last_known_one() {
        let mut order = view("a", 0);
        order.status = OrderStatus::Unknown;
        order.seq = 3;
        for (seq, status) in [(2, OrderStatus::StockVerified), (3, OrderStatus::Unknown)] {
            order.history.push(StatusChange { status, seq, at: at(1) });
        }
        let mut orders = Orders::default();
        orders.one(Epoch::default(), order);
        assert_eq!(orders.list()[0].status, OrderStatus::StockVerified);
        orders.notification(notification("a", OrderStatus::Unknown, 4));
        assert_eq!(orders.list()[0].status, OrderStatus::StockVerified);
        orders.notification(notification("a", OrderStatus::Ready, 5));
        assert_eq!(orders.list()[0].status, OrderStatus::Ready);
    }
}
