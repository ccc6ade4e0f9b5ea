//! Snapshots kept current by events. The two travel different ways and so arrive in any order; the higher version is
//! newer, and nothing goes back within an epoch.
//!
//! An epoch lasts as long as one connection to the hub. After a reconnect the server may have been restored from a
//! backup, with versions below those that are known: the first snapshot requested in the new epoch is believed whatever
//! its version.

use std::{collections::BTreeMap, sync::Arc};

use wire::{
    ItemId, OrderId,
    event::{Notification, StockLevel},
    kitchen::{Board, Ticket},
    order::{OrderView, StatusChange},
    stock::StockItem,
};

/// Most events kept for things that no snapshot has contained yet. Students have far fewer orders.
const MAX_EARLY: usize = 4_096;

/// Thing of which there are snapshots and events, both with a version.
pub trait Snapshot: Clone + PartialEq {
    /// Identity.
    type Key: Ord + Clone;
    /// Change of it.
    type Event: Clone + PartialEq;

    /// Returns the identity.
    fn key(&self) -> Self::Key;
    /// Returns the version.
    fn version(&self) -> u64;
    /// Returns the identity of the thing that `event` changes.
    fn event_key(event: &Self::Event) -> Self::Key;
    /// Returns the version after `event`.
    fn event_version(event: &Self::Event) -> u64;
    /// Returns whether `event` is newer than this.
    fn is_older_than(&self, event: &Self::Event) -> bool {
        self.version() < Self::event_version(event)
    }
    /// Applies `event`.
    fn apply(&mut self, event: &Self::Event);
    /// Returns the thing itself, if an event contains all of it.
    fn from_event(event: &Self::Event) -> Option<Self>;
    /// Takes over from an older snapshot the parts that events do not contain.
    fn complete(&mut self, older: Self) {
        let _ = older;
    }
}

/// Number of the connection in which something was requested or received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

#[derive(Debug, Clone, PartialEq)]
struct Entry<S> {
    value: Arc<S>,
    epoch: Epoch,
}

/// Things known from snapshots and events together. Events may arrive before the first snapshot: they are kept until
/// then.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge<S: Snapshot> {
    entries: BTreeMap<S::Key, Entry<S>>,
    early: BTreeMap<S::Key, S::Event>,
    epoch: Epoch,
    loaded: bool,
}

impl<S: Snapshot> Default for Merge<S> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), early: BTreeMap::new(), epoch: Epoch::default(), loaded: false }
    }
}

impl<S: Snapshot> Merge<S> {
    /// Returns the present epoch, for a request whose snapshot is merged later.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Begins an epoch: the next snapshot that is requested is believed whatever its versions.
    pub fn begin_epoch(&mut self) {
        self.epoch.0 += 1;
        self.early.clear();
    }

    /// Merges an event, and returns whether it changed anything that is known.
    pub fn event(&mut self, event: S::Event) -> bool {
        let key = S::event_key(&event);
        let epoch = self.epoch;
        let Some(entry) = self.entries.get_mut(&key) else {
            let Some(whole) = S::from_event(&event) else {
                self.keep_early(key, event);
                return false;
            };
            self.entries.insert(key, Entry { value: Arc::new(whole), epoch });
            return true;
        };
        let is_current = entry.epoch == epoch;
        if !is_current && let Some(whole) = S::from_event(&event) {
            let changed = *entry.value != whole;
            *entry = Entry { value: Arc::new(whole), epoch };
            return changed;
        }
        let mut changed = false;
        if entry.value.is_older_than(&event) {
            let mut value = S::clone(&entry.value);
            value.apply(&event);
            changed = *entry.value != value;
            entry.value = Arc::new(value);
        }
        if !is_current {
            // The snapshot of this epoch may be older than the event, and still newer than what is known.
            self.keep_early(key, event);
        }
        changed
    }

    fn keep_early(&mut self, key: S::Key, event: S::Event) {
        let has_room = self.early.len() < MAX_EARLY;
        match self.early.get_mut(&key) {
            Some(known) if S::event_version(known) < S::event_version(&event) => *known = event,
            Some(_) => {}
            None if has_room => {
                self.early.insert(key, event);
            }
            None => {}
        }
    }

    /// Merges a snapshot, whole or a page of one, that was requested in the epoch `requested_in`. Things that it does
    /// not contain stay as they are.
    pub fn snapshot(&mut self, requested_in: Epoch, all: Vec<S>) {
        self.loaded = true;
        for one in all {
            self.one(requested_in, one);
        }
    }

    /// Merges one thing from the response to a request of the epoch `requested_in`.
    pub fn one(&mut self, requested_in: Epoch, mut one: S) {
        let key = one.key();
        let is_current = requested_in == self.epoch;
        if let Some(event) = self.early.get(&key)
            && S::event_version(event) > one.version()
        {
            one.apply(event);
        }
        if is_current {
            self.early.remove(&key);
        }
        match self.entries.get_mut(&key) {
            None => {
                self.entries.insert(key, Entry { value: Arc::new(one), epoch: requested_in });
            }
            Some(entry) if is_current && entry.epoch != self.epoch => {
                *entry = Entry { value: Arc::new(one), epoch: requested_in };
            }
            // A snapshot contains more than an event of the same version.
            Some(entry) if entry.value.version() <= one.version() => {
                if *entry.value != one {
                    entry.value = Arc::new(one);
                }
            }
            Some(entry) => Arc::make_mut(&mut entry.value).complete(one),
        }
    }

    /// Changes one thing outside of snapshots and events, without a new version.
    pub fn update(&mut self, key: &S::Key, change: impl FnOnce(&mut S)) {
        if let Some(entry) = self.entries.get_mut(key) {
            change(Arc::make_mut(&mut entry.value));
        }
    }

    /// Removes the things that `wanted` rejects; its second argument says whether the thing is confirmed in this epoch.
    pub fn retain(&mut self, wanted: impl Fn(&S, bool) -> bool) {
        let epoch = self.epoch;
        self.entries.retain(|_, entry| wanted(&entry.value, entry.epoch == epoch));
    }

    /// Returns whether a snapshot was merged yet.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Returns one thing.
    pub fn get(&self, key: &S::Key) -> Option<&Arc<S>> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Returns all things, by key.
    pub fn all(&self) -> impl Iterator<Item = &Arc<S>> {
        self.entries.values().map(|entry| &entry.value)
    }

    /// Returns the number of things.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Snapshot for OrderView {
    type Key = OrderId;
    type Event = Notification;

    fn key(&self) -> OrderId {
        self.order_id.clone()
    }
    fn version(&self) -> u64 {
        self.seq.into()
    }
    fn event_key(event: &Notification) -> OrderId {
        event.order_id.clone()
    }
    fn event_version(event: &Notification) -> u64 {
        event.seq.into()
    }
    fn apply(&mut self, event: &Notification) {
        self.status = event.status.or_previous(self.status);
        // A notification of a conflicting reuse has a reason too, which is not the order's.
        self.reason = event.reason.filter(|_| event.status.is_failed());
        self.items.clone_from(&event.items);
        self.ticket = event.ticket.or(self.ticket);
        self.seq = event.seq;
        self.history.push(StatusChange { status: event.status, seq: event.seq, at: event.timestamp });
    }
    fn from_event(_: &Notification) -> Option<Self> {
        None
    }
    fn complete(&mut self, older: Self) {
        let is_missing = |change: &StatusChange| self.history.iter().all(|known| known.seq != change.seq);
        let missing: Vec<_> = older.history.into_iter().filter(is_missing).collect();
        self.history.extend(missing);
        self.history.sort_by_key(|change| change.seq);
        self.ticket = self.ticket.or(older.ticket);
        self.lines = older.lines;
        self.total_poisha = older.total_poisha;
    }
}

impl Snapshot for StockItem {
    type Key = ItemId;
    type Event = StockLevel;

    fn key(&self) -> ItemId {
        self.id.clone()
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn event_key(event: &StockLevel) -> ItemId {
        event.item_id.clone()
    }
    fn event_version(event: &StockLevel) -> u64 {
        event.version
    }
    fn apply(&mut self, event: &StockLevel) {
        self.quantity = event.quantity;
        self.available = event.available;
        self.version = event.version;
    }
    fn from_event(_: &StockLevel) -> Option<Self> {
        None
    }
}

impl Snapshot for Ticket {
    type Key = uuid::Uuid;
    type Event = Self;

    fn key(&self) -> uuid::Uuid {
        self.id
    }
    fn version(&self) -> u64 {
        self.seq.into()
    }
    fn event_key(event: &Self) -> uuid::Uuid {
        event.id
    }
    fn event_version(event: &Self) -> u64 {
        event.seq.into()
    }
    fn apply(&mut self, event: &Self) {
        let previous = self.status;
        self.clone_from(event);
        self.status = self.status.or_previous(previous);
    }
    fn from_event(event: &Self) -> Option<Self> {
        Some(event.clone())
    }
}

/// There is one board, so it needs no identity.
impl Snapshot for Board {
    type Key = ();
    type Event = Self;

    fn key(&self) {}
    fn version(&self) -> u64 {
        self.seq
    }
    fn event_key(_: &Self) {}
    fn event_version(event: &Self) -> u64 {
        event.seq
    }
    /// Numbers leave the board as time passes, under the same `seq`.
    fn is_older_than(&self, event: &Self) -> bool {
        self.seq <= event.seq
    }
    fn apply(&mut self, event: &Self) {
        self.clone_from(event);
    }
    fn from_event(event: &Self) -> Option<Self> {
        Some(event.clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::{OrderStatus, Time, status::Reason};

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

    /// Arrival: a snapshot of a moment, or an event of a dish.
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
                        merge.snapshot(Epoch::default(), items.map(|(name, version)| item(name, *version)).collect());
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
            prop_assert_eq!(merge.all().map(|item| (**item).clone()).collect::<Vec<_>>(), wanted);
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

    fn notification(seq: u32) -> Notification {
        let OrderView { order_id, status, .. } = order(seq);
        Notification::new(order_id, status, seq, Time::from_millis(seq.into()))
    }

    #[test]
    fn an_event_before_its_order_is_applied_with_the_snapshot() {
        let mut orders = Merge::<OrderView>::default();
        let lunch = order(0).order_id;
        assert!(!orders.event(notification(3)) && !orders.event(notification(2)));
        assert!(orders.early.contains_key(&lunch) && orders.get(&lunch).is_none() && !orders.is_loaded());
        orders.snapshot(Epoch::default(), vec![order(2)]);
        assert_eq!(
            orders.get(&lunch).map(|known| &**known),
            Some(&order(3)),
            "its ticket and its history are kept"
        );
        assert!(!orders.early.contains_key(&lunch));
        orders.snapshot(Epoch::default(), vec![order(1)]);
        assert_eq!(
            orders.get(&lunch).map(|known| &**known),
            Some(&order(3)),
            "an older page changes nothing"
        );
        assert!(!orders.event(notification(3)));
        assert!(orders.event(notification(4)));
        assert_eq!(orders.get(&lunch).map(|known| &**known), Some(&order(4)));
    }

    #[test]
    fn a_conflicting_reuse_is_not_the_reason_of_the_order() {
        let mut orders = Merge::<OrderView>::default();
        orders.snapshot(Epoch::default(), vec![order(1)]);
        let reused = |seq| Notification { reason: Some(Reason::KeyReused), ..notification(seq) };
        assert!(!orders.event(reused(1)));
        assert!(orders.event(reused(2)));
        assert_eq!(orders.get(&order(2).order_id).map(|known| &**known), Some(&order(2)));
    }

    #[test]
    fn an_event_of_a_board_contains_all_of_it() {
        let board = |seq| Board { seq, preparing: vec![], ready: vec![u32::try_from(seq).unwrap()] };
        let mut boards = Merge::<Board>::default();
        assert!(boards.event(board(5)));
        boards.snapshot(Epoch::default(), vec![board(4)]);
        assert!(!boards.event(board(5)));
        assert_eq!(boards.get(&()).map(|known| &**known), Some(&board(5)));
        let emptier = Board { ready: vec![], ..board(5) };
        assert!(boards.event(emptier.clone()));
        assert_eq!(
            boards.get(&()).map(|known| &**known),
            Some(&emptier),
            "numbers leave by time, under the same seq"
        );
        boards.retain(|_, _| false);
        assert_eq!(boards.all().count(), 0);
    }

    #[test]
    fn events_of_unknown_things_are_bounded() {
        let mut stock = Merge::<StockItem>::default();
        for name in 0..2 * MAX_EARLY {
            stock.event(level(name, 1));
        }
        assert_eq!(stock.early.len(), MAX_EARLY);
    }

    #[test]
    fn a_restored_server_is_believed_in_the_next_epoch() {
        let mut stock = Merge::<StockItem>::default();
        let before = stock.epoch();
        stock.snapshot(before, vec![item(0, 9), item(1, 9)]);
        stock.event(level(0, 12));
        stock.begin_epoch();
        let versions = |stock: &Merge<StockItem>| stock.all().map(|item| item.version).collect::<Vec<_>>();
        // A response to a request of the earlier connection still goes by its versions.
        stock.snapshot(before, vec![item(0, 3)]);
        assert_eq!(versions(&stock), [12, 9]);
        // An event of the restored server is below what is known, and above the snapshot that follows.
        assert!(!stock.event(level(0, 4)));
        let now = stock.epoch();
        stock.snapshot(now, vec![item(0, 3), item(1, 2)]);
        assert_eq!(versions(&stock), [4, 2]);
        // Within the epoch nothing goes back.
        stock.snapshot(now, vec![item(0, 3), item(1, 1)]);
        assert!(!stock.event(level(1, 1)));
        assert_eq!(versions(&stock), [4, 2]);
    }

    #[test]
    fn a_ticket_of_a_restored_server_is_believed_from_its_event() {
        let mut boards = Merge::<Board>::default();
        boards.event(Board { seq: 9, preparing: vec![9], ready: vec![] });
        boards.begin_epoch();
        let restored = Board { seq: 2, preparing: vec![2], ready: vec![] };
        assert!(boards.event(restored.clone()));
        assert_eq!(boards.get(&()).map(|board| &**board), Some(&restored));
        assert!(!boards.event(Board { seq: 1, ..restored }));
    }
}
