//! State of the kiosk's page: the last snapshot and the last menu of the core, and the order of its messages.

use std::{collections::BTreeMap, rc::Rc};

use app::{
    kiosk::{Push, Snapshot},
    menu::Menu,
};
use yew::Reducible;

/// Most messages that wait for an earlier one. Beyond it, the missing one counts as lost.
const MAX_PENDING: usize = 32;

/// Last snapshot and menu.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KioskState {
    /// Last snapshot, or `None` before the first.
    pub snapshot: Option<Rc<Snapshot>>,
    /// Last menu.
    pub menu: Rc<Menu>,
}

impl Reducible for KioskState {
    type Action = Push;

    fn reduce(self: Rc<Self>, push: Push) -> Rc<Self> {
        match push {
            Push::Snapshot(snapshot) => {
                let is_newer = self.snapshot.as_ref().is_none_or(|shown| shown.seq < snapshot.seq);
                if !is_newer {
                    return self;
                }
                Rc::new(Self { snapshot: Some(Rc::from(snapshot)), menu: Rc::clone(&self.menu) })
            }
            Push::Menu { dishes } => {
                let mut menu = Menu::default();
                menu.snapshot(menu.epoch(), dishes);
                Rc::new(Self { snapshot: self.snapshot.clone(), menu: Rc::new(menu) })
            }
        }
    }
}

/// Messages of a channel that numbers them from 0 and may deliver them out of order.
#[derive(Debug)]
pub struct InOrder<T> {
    next: u64,
    pending: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, pending: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// Takes a message and returns those that are due, in their order. A message that was already returned is dropped.
    pub fn take(&mut self, index: u64, message: T) -> Vec<T> {
        if index >= self.next {
            self.pending.insert(index, message);
        }
        if self.pending.len() > MAX_PENDING
            && let Some(first) = self.pending.keys().next()
        {
            self.next = *first;
        }
        let mut due = Vec::new();
        while let Some(message) = self.pending.remove(&self.next) {
            due.push(message);
            self.next += 1;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use app::kiosk_samples;
    use wire::stock::Category;

    use super::*;
    use crate::state::sections::tests::dish;

    #[test]
    fn an_older_snapshot_does_not_replace_a_newer_one() {
        let push = |seq| {
            let mut snapshot = kiosk_samples::attract();
            snapshot.seq = seq;
            Push::Snapshot(Box::new(snapshot))
        };
        let state = Rc::new(KioskState::default()).reduce(push(4));
        let state = state.reduce(push(3));
        assert_eq!(state.snapshot.as_ref().unwrap().seq, 4);
        assert_eq!(state.reduce(push(5)).snapshot.as_ref().unwrap().seq, 5);
    }

    #[test]
    fn a_menu_replaces_the_one_before() {
        let push = |id| Push::Menu { dishes: vec![dish(id, id, Category::Mains, 3)] };
        let state = Rc::new(KioskState::default()).reduce(push("burger")).reduce(push("soup"));
        assert_eq!(state.menu.dishes().map(|dish| dish.id.to_string()).collect::<Vec<_>>(), ["soup"]);
    }

    #[test]
    fn messages_are_returned_in_their_order_and_once() {
        let mut channel = InOrder::default();
        assert_eq!(channel.take(1, "b"), Vec::<&str>::new());
        assert_eq!(channel.take(2, "c"), Vec::<&str>::new());
        assert_eq!(channel.take(0, "a"), ["a", "b", "c"]);
        assert_eq!(channel.take(1, "b"), Vec::<&str>::new());
        assert_eq!(channel.take(3, "d"), ["d"]);
    }

    #[test]
    fn a_lost_message_holds_up_only_a_bounded_number_of_later_ones() {
        let mut channel = InOrder::default();
        let last = u64::try_from(MAX_PENDING).unwrap() + 1;
        let due: Vec<_> = (1..=last).map(|index| channel.take(index, index)).collect();
        assert!(due[..MAX_PENDING].iter().all(Vec::is_empty));
        assert_eq!(due[MAX_PENDING], (1..=last).collect::<Vec<_>>());
    }
}
