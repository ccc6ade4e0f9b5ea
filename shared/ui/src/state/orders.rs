//! A student's orders and where they are: snapshots, and the news that came before, between and after them.

use std::collections::BTreeMap;

use wire::{
    OrderId, OrderStatus, Time,
    event::Notification,
    order::{OrderCursor, OrderPage, OrderView, PricedLine, StatusChange, total_poisha},
};

/// How many pieces of news about orders that are not here are kept until a snapshot brings the orders.
const EARLY: usize = 64;

/// A student's orders, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Orders {
    list: Vec<OrderView>,
    early: BTreeMap<OrderId, Notification>,
    next: Option<OrderCursor>,
}

/// What a piece of news has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing: it is known already, or older.
    Nothing,
    /// The order is now here.
    Moved(OrderStatus),
    /// The order is not here yet; a snapshot will bring it.
    Unknown,
}

impl Orders {
    /// The orders, newest first.
    pub fn list(&self) -> &[OrderView] {
        &self.list
    }

    /// Where the next older page begins.
    pub fn next(&self) -> Option<&OrderCursor> {
        self.next.as_ref()
    }

    /// An order.
    pub fn order(&self, id: &OrderId) -> Option<&OrderView> {
        self.list.iter().find(|order| order.order_id == *id)
    }

    /// Orders that a student waits for, or has to pick up, oldest first.
    pub fn open(&self) -> impl Iterator<Item = &OrderView> {
        self.list.iter().rev().filter(|order| is_open(order.status))
    }

    /// Takes the newest page in. Orders of older pages that are here stay.
    pub fn newest(&mut self, page: OrderPage) {
        let first_time = self.list.is_empty();
        self.merge(page.orders);
        if first_time {
            self.next = page.next;
        }
    }

    /// Takes an older page in.
    pub fn older(&mut self, page: OrderPage) {
        self.merge(page.orders);
        self.next = page.next;
    }

    /// Takes one order in.
    pub fn one(&mut self, order: OrderView) {
        self.merge(vec![order]);
    }

    /// The order that was accepted a moment ago, until somebody tells more of it.
    pub fn accepted(&mut self, order_id: OrderId, lines: Vec<PricedLine>, at: Time) {
        self.one(OrderView {
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
        });
    }

    /// Takes news in. What is not newer than what is here changes nothing.
    pub fn heard(&mut self, news: Notification) -> Heard {
        let Some(order) = self.list.iter_mut().find(|order| order.order_id == news.order_id) else {
            let newer = self.early.get(&news.order_id).is_none_or(|known| known.seq < news.seq);
            if newer && (self.early.len() < EARLY || self.early.contains_key(&news.order_id)) {
                self.early.insert(news.order_id.clone(), news);
            }
            return Heard::Unknown;
        };
        if tell(order, &news) { Heard::Moved(order.status) } else { Heard::Nothing }
    }

    fn merge(&mut self, told: Vec<OrderView>) {
        for mut order in told {
            if let Some(news) = self.early.remove(&order.order_id) {
                tell(&mut order, &news);
            }
            match self.list.iter_mut().find(|known| known.order_id == order.order_id) {
                // Equally new: the snapshot knows more of it than what was pushed or accepted here.
                Some(known) if known.seq <= order.seq => *known = order,
                Some(known) => {
                    // What was pushed is newer, but only the snapshot knows all that came before.
                    let missing = order
                        .history
                        .iter()
                        .filter(|change| known.history.iter().all(|known| known.seq != change.seq));
                    let missing: Vec<_> = missing.cloned().collect();
                    known.history.extend(missing);
                    known.history.sort_by_key(|change| change.seq);
                    known.ticket = known.ticket.or(order.ticket);
                    known.lines = order.lines;
                    known.total_poisha = order.total_poisha;
                }
                None => self.list.push(order),
            }
        }
        self.list.sort_by(|one, two| (two.placed_at, &two.order_id).cmp(&(one.placed_at, &one.order_id)));
    }
}

/// Whether a student still waits for it, or has to pick it up.
pub fn is_open(status: OrderStatus) -> bool {
    status.is_open()
}

/// Brings an order up to date. Whether it was behind.
fn tell(order: &mut OrderView, news: &Notification) -> bool {
    if news.seq <= order.seq {
        return false;
    }
    order.seq = news.seq;
    order.status = news.status;
    order.reason = news.reason;
    order.items.clone_from(&news.items);
    order.ticket = news.ticket.or(order.ticket);
    order.history.push(StatusChange { status: news.status, seq: news.seq, at: news.timestamp });
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_millis(1_772_364_600_000 + second * 1000)
    }

    fn news(order: &str, status: OrderStatus, seq: u32) -> Notification {
        let mut news = Notification::new(order.parse().unwrap(), status, seq, at(i64::from(seq)));
        news.ticket = Some(107);
        news
    }

    fn placed(order: &str, second: i64) -> Orders {
        let mut orders = Orders::default();
        orders.accepted(order.parse().unwrap(), Vec::new(), at(second));
        orders
    }

    fn view(order: &str, second: i64) -> OrderView {
        placed(order, second).list[0].clone()
    }

    #[test]
    fn news_moves_an_order_on_and_never_back() {
        let mut orders = placed("a", 0);
        assert_eq!(orders.heard(news("a", OrderStatus::Ready, 3)), Heard::Moved(OrderStatus::Ready));
        assert_eq!(orders.heard(news("a", OrderStatus::StockVerified, 2)), Heard::Nothing);
        assert_eq!(orders.heard(news("a", OrderStatus::Ready, 3)), Heard::Nothing);
        assert_eq!(orders.list()[0].status, OrderStatus::Ready);
        assert_eq!(orders.list()[0].ticket, Some(107));
    }

    #[test]
    fn news_that_overtakes_its_order_is_told_once_the_order_is_here() {
        let mut orders = Orders::default();
        assert_eq!(orders.heard(news("a", OrderStatus::Ready, 3)), Heard::Unknown);
        assert_eq!(orders.heard(news("a", OrderStatus::InKitchen, 1)), Heard::Unknown);
        orders.one(view("a", 0));
        assert_eq!(orders.list()[0].status, OrderStatus::Ready);
    }

    #[test]
    fn a_snapshot_that_is_older_than_the_news_only_adds_what_was_missed() {
        let mut orders = placed("a", 0);
        orders.heard(news("a", OrderStatus::Ready, 3));
        let mut older = view("a", 0);
        for (seq, status) in [(1, OrderStatus::InKitchen), (2, OrderStatus::StockVerified)] {
            older.history.push(StatusChange { status, seq, at: at(1) });
        }
        (older.seq, older.status) = (2, OrderStatus::StockVerified);
        orders.newest(OrderPage { orders: vec![older], next: None });
        let order = &orders.list()[0];
        assert_eq!(order.status, OrderStatus::Ready);
        assert_eq!(order.history.iter().map(|change| change.seq).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn the_newest_stands_first_and_what_waits_for_its_student_is_found() {
        let mut orders = placed("old", 0);
        orders.one(view("new", 9));
        orders.one(view("middle", 5));
        let names = |orders: &mut dyn Iterator<Item = &OrderView>| {
            orders.map(|order| order.order_id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut orders.list().iter()), ["new", "middle", "old"]);
        orders.heard(news("middle", OrderStatus::Rejected, 2));
        assert_eq!(names(&mut orders.open()), ["old", "new"]);
    }

    #[test]
    fn news_of_orders_that_nobody_knows_is_bounded() {
        let mut orders = Orders::default();
        for n in 0..1_000 {
            orders.heard(news(&format!("stranger-{n}"), OrderStatus::InKitchen, 1));
        }
        assert_eq!(orders.early.len(), EARLY);
    }
}
