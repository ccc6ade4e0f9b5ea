//! Snapshots brought up to date by events. The two come on different ways and so in any order; what has the higher
//! number is newer, and nothing ever goes back.

use std::collections::BTreeMap;

use wire::{
    ItemId, OrderId, OrderStatus,
    event::{Notification, StockLevel},
    kitchen::{Board, Ticket},
    order::{OrderView, StatusChange},
    stock::StockItem,
};

/// For so many things that no snapshot has told of yet the newest event is kept. Students have far fewer orders.
const MOST_EARLY: usize = 4_096;

/// Something of which there are snapshots and events, both with the number of the change they tell of.
pub trait Snapshot: Clone + PartialEq {
    /// What it is known by.
    type Key: Ord + Clone;
    /// What an event says of it.
    type News: Clone + PartialEq;

    /// What this one is known by.
    fn key(&self) -> Self::Key;
    /// The number of the last change in it.
    fn number(&self) -> u64;
    /// What the news is of.
    fn key_of(news: &Self::News) -> Self::Key;
    /// The number of the change that is told.
    fn number_of(news: &Self::News) -> u64;
    /// Whether the news is newer than this. Mostly that is its number.
    fn is_older_than(&self, news: &Self::News) -> bool {
        self.number() < Self::number_of(news)
    }
    /// Brings it up to date.
    fn apply(&mut self, news: &Self::News);
    /// The whole of it, where the news says as much.
    fn of(news: &Self::News) -> Option<Self>;
}

/// What is known from snapshots and events together. Events may be given to it from [`LiveEvent::Ready`] on, before the
/// first snapshot too: they are kept until then.
///
/// [`LiveEvent::Ready`]: crate::live::LiveEvent::Ready
#[derive(Debug, Clone, PartialEq)]
pub struct Merge<S: Snapshot> {
    known: BTreeMap<S::Key, S>,
    early: BTreeMap<S::Key, S::News>,
    loaded: bool,
}

impl<S: Snapshot> Default for Merge<S> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), early: BTreeMap::new(), loaded: false }
    }
}

impl<S: Snapshot> Merge<S> {
    /// Takes an event, and tells whether it has changed what is known.
    pub fn event(&mut self, news: S::News) -> bool {
        let key = S::key_of(&news);
        let number = S::number_of(&news);
        if let Some(known) = self.known.get_mut(&key) {
            if !known.is_older_than(&news) {
                return false;
            }
            let before = known.clone();
            known.apply(&news);
            return *known != before;
        }
        if let Some(whole) = S::of(&news) {
            self.known.insert(key, whole);
            return true;
        }
        let has_room = self.early.len() < MOST_EARLY;
        match self.early.get_mut(&key) {
            Some(earlier) if S::number_of(earlier) < number => *earlier = news,
            Some(_) => {}
            None if has_room => {
                self.early.insert(key, news);
            }
            None => {}
        }
        false
    }

    /// Takes a snapshot, whole or a page of one. What it does not tell of stays as it is.
    pub fn snapshot(&mut self, all: Vec<S>) {
        self.loaded = true;
        for one in all {
            self.one(one);
        }
    }

    /// Takes one thing as it was answered, for example after a change of one's own.
    pub fn one(&mut self, mut one: S) {
        let key = one.key();
        if let Some(news) = self.early.remove(&key)
            && S::number_of(&news) > one.number()
        {
            one.apply(&news);
        }
        match self.known.get_mut(&key) {
            // Of the same change, a snapshot tells more than an event.
            Some(known) if known.number() <= one.number() => *known = one,
            Some(_) => {}
            None => {
                self.known.insert(key, one);
            }
        }
    }

    /// Forgets what is not wanted any more.
    pub fn retain(&mut self, wanted: impl Fn(&S) -> bool) {
        self.known.retain(|_, one| wanted(one));
    }

    /// Whether there was a snapshot yet.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether something was heard of it that no snapshot has told of yet: it is worth asking for.
    pub fn is_missing(&self, key: &S::Key) -> bool {
        self.early.contains_key(key)
    }

    /// One of them.
    pub fn get(&self, key: &S::Key) -> Option<&S> {
        self.known.get(key)
    }

    /// All of them, by key.
    pub fn all(&self) -> impl Iterator<Item = &S> {
        self.known.values()
    }
}

impl Snapshot for OrderView {
    type Key = OrderId;
    type News = Notification;

    fn key(&self) -> OrderId {
        self.order_id.clone()
    }
    fn number(&self) -> u64 {
        self.seq.into()
    }
    fn key_of(news: &Notification) -> OrderId {
        news.order_id.clone()
    }
    fn number_of(news: &Notification) -> u64 {
        news.seq.into()
    }
    fn apply(&mut self, news: &Notification) {
        self.status = news.status;
        // The news of a contradiction has a reason too, which is not the order's.
        self.reason =
            news.reason.filter(|_| matches!(news.status, OrderStatus::Rejected | OrderStatus::Cancelled));
        self.items.clone_from(&news.items);
        self.ticket = news.ticket.or(self.ticket);
        self.seq = news.seq;
        self.history.push(StatusChange { status: news.status, seq: news.seq, at: news.timestamp });
    }
    fn of(_: &Notification) -> Option<Self> {
        None
    }
}

impl Snapshot for StockItem {
    type Key = ItemId;
    type News = StockLevel;

    fn key(&self) -> ItemId {
        self.id.clone()
    }
    fn number(&self) -> u64 {
        self.version
    }
    fn key_of(news: &StockLevel) -> ItemId {
        news.item_id.clone()
    }
    fn number_of(news: &StockLevel) -> u64 {
        news.version
    }
    fn apply(&mut self, news: &StockLevel) {
        self.quantity = news.quantity;
        self.available = news.available;
        self.version = news.version;
    }
    fn of(_: &StockLevel) -> Option<Self> {
        None
    }
}

impl Snapshot for Ticket {
    type Key = uuid::Uuid;
    type News = Self;

    fn key(&self) -> uuid::Uuid {
        self.id
    }
    fn number(&self) -> u64 {
        self.seq.into()
    }
    fn key_of(news: &Self) -> uuid::Uuid {
        news.id
    }
    fn number_of(news: &Self) -> u64 {
        news.seq.into()
    }
    fn apply(&mut self, news: &Self) {
        self.clone_from(news);
    }
    fn of(news: &Self) -> Option<Self> {
        Some(news.clone())
    }
}

/// There is one board, so nothing to know it by.
impl Snapshot for Board {
    type Key = ();
    type News = Self;

    fn key(&self) {}
    fn number(&self) -> u64 {
        self.seq
    }
    fn key_of(_: &Self) {}
    fn number_of(news: &Self) -> u64 {
        news.seq
    }
    /// Numbers leave the board as time passes, and then its `seq` stays.
    fn is_older_than(&self, news: &Self) -> bool {
        self.seq <= news.seq
    }
    fn apply(&mut self, news: &Self) {
        self.clone_from(news);
    }
    fn of(news: &Self) -> Option<Self> {
        Some(news.clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::{Time, status::Reason};

    use super::*;

    fn item(name: usize, version: u64) -> StockItem {
        StockItem {
            id: format!("dish-{name}").parse().unwrap(),
            name: format!("Dish {name}"),
            category: wire::stock::Category::Mains,
            price_poisha: 100,
            picture: "dish".to_owned(),
            available: !version.is_multiple_of(3),
            quantity: u32::try_from(1_000 - version).unwrap(),
            version,
            revision: 1,
        }
    }

    fn level(name: usize, version: u64) -> StockLevel {
        let StockItem { id: item_id, quantity, available, version, .. } = item(name, version);
        StockLevel { item_id, quantity, available, version }
    }

    /// What arrives: a snapshot of a moment, or an event of a dish.
    #[derive(Debug, Clone)]
    enum Arrival {
        Snapshot(Vec<u64>),
        Event(usize, u64),
    }

    /// Every change of three dishes as an event, some of them twice, and snapshots of some moments, in any order.
    fn arrivals() -> impl Strategy<Value = (Vec<u64>, Vec<Arrival>)> {
        prop::collection::vec(0..8_u64, 3).prop_flat_map(|newest| {
            let mut all = Vec::new();
            for (name, newest) in newest.iter().enumerate() {
                all.extend((0..=*newest).map(|version| Arrival::Event(name, version)));
                all.push(Arrival::Event(name, *newest));
            }
            let moment: Vec<_> = newest.iter().map(|newest| 0..=*newest).collect();
            let newest = Just(newest);
            let all = prop::collection::vec(moment, 1..4).prop_flat_map(move |moments| {
                let mut all = all.clone();
                all.extend(moments.into_iter().map(Arrival::Snapshot));
                Just(all).prop_shuffle()
            });
            (newest, all)
        })
    }

    proptest! {
        #[test]
        fn in_any_order_the_newest_state_is_reached_and_nothing_goes_back((newest, all) in arrivals()) {
            let mut merge = Merge::<StockItem>::default();
            let mut before = vec![None; newest.len()];
            for arrival in all {
                match arrival {
                    Arrival::Snapshot(versions) => {
                        let items = versions.iter().enumerate();
                        merge.snapshot(items.map(|(name, version)| item(name, *version)).collect());
                    }
                    Arrival::Event(name, version) => {
                        let shown = merge.get(&item(name, 0).id).map(|item| item.version);
                        let changed = merge.event(level(name, version));
                        prop_assert_eq!(changed, shown.is_some_and(|shown| shown < version));
                    }
                }
                for (name, before) in before.iter_mut().enumerate() {
                    let shown = merge.get(&item(name, 0).id).map(|item| item.version);
                    prop_assert!(*before <= shown, "{name} went from {before:?} to {shown:?}");
                    *before = shown;
                }
            }
            prop_assert!(merge.is_loaded());
            let wanted: Vec<_> = newest.iter().enumerate().map(|(name, version)| item(name, *version)).collect();
            prop_assert_eq!(merge.all().cloned().collect::<Vec<_>>(), wanted);
        }
    }

    fn order(seq: u32) -> OrderView {
        OrderView {
            order_id: "lunch".parse().unwrap(),
            status: OrderStatus::ALL[seq as usize],
            reason: None,
            items: Vec::new(),
            ticket: Some(7),
            lines: Vec::new(),
            total_poisha: 100,
            placed_at: Time::from_millis(0),
            seq,
            history: (0..=seq)
                .map(|seq| StatusChange {
                    status: OrderStatus::ALL[seq as usize],
                    seq,
                    at: Time::from_millis(seq.into()),
                })
                .collect(),
        }
    }

    fn news(seq: u32) -> Notification {
        let OrderView { order_id, status, .. } = order(seq);
        Notification::new(order_id, status, seq, Time::from_millis(seq.into()))
    }

    #[test]
    fn an_order_that_is_heard_of_before_it_is_known_is_up_to_date_once_it_is() {
        let mut orders = Merge::<OrderView>::default();
        let lunch = order(0).order_id;
        assert!(!orders.event(news(3)) && !orders.event(news(2)));
        assert!(orders.is_missing(&lunch) && orders.get(&lunch).is_none() && !orders.is_loaded());
        orders.snapshot(vec![order(2)]);
        assert_eq!(orders.get(&lunch), Some(&order(3)), "its ticket and its history are kept");
        assert!(!orders.is_missing(&lunch));
        orders.snapshot(vec![order(1)]);
        assert_eq!(orders.get(&lunch), Some(&order(3)), "an older page changes nothing");
        assert!(!orders.event(news(3)));
        assert!(orders.event(news(4)));
        assert_eq!(orders.get(&lunch), Some(&order(4)));
    }

    #[test]
    fn the_news_of_a_contradiction_is_no_reason_of_the_order() {
        let mut orders = Merge::<OrderView>::default();
        orders.snapshot(vec![order(1)]);
        let reused = |seq| Notification { reason: Some(Reason::KeyReused), ..news(seq) };
        assert!(!orders.event(reused(1)));
        assert!(orders.event(reused(2)));
        assert_eq!(orders.get(&order(2).order_id), Some(&order(2)));
    }

    #[test]
    fn a_board_and_tickets_are_whole_in_each_event() {
        let board = |seq| Board { seq, preparing: vec![], ready: vec![u32::try_from(seq).unwrap()] };
        let mut boards = Merge::<Board>::default();
        assert!(boards.event(board(5)));
        boards.snapshot(vec![board(4)]);
        assert!(!boards.event(board(5)));
        assert_eq!(boards.get(&()), Some(&board(5)));
        let emptier = Board { ready: vec![], ..board(5) };
        assert!(boards.event(emptier.clone()));
        assert_eq!(boards.get(&()), Some(&emptier), "numbers leave by time, under the same seq");
        boards.retain(|_| false);
        assert_eq!(boards.all().count(), 0);
    }

    #[test]
    fn what_is_kept_of_unknown_things_is_bounded() {
        let mut stock = Merge::<StockItem>::default();
        for name in 0..2 * MOST_EARLY {
            stock.event(level(name, 1));
        }
        assert_eq!(stock.early.len(), MOST_EARLY);
    }
}
