//! State of the console, without the stats.

use client::Failure;
use wire::{UserId, kitchen::Ticket, stock::StockItem};

use crate::{
    merge::{Epoch, Merge},
    remote::Remote,
    session::Visitor,
    tickets::Tickets,
};

/// State of the console, without the stats.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConsoleState {
    /// Tickets of the kitchen.
    pub tickets: Tickets,
    /// True if they were fetched.
    pub tickets_fetched: Remote<()>,
    /// Dishes.
    pub stock: Merge<StockItem>,
    /// True if they were fetched.
    pub stock_fetched: Remote<()>,
    /// User for whom they were fetched.
    owner: Option<UserId>,
}

impl ConsoleState {
    /// Takes a change of the visitor: nothing of one user is left to another.
    pub fn visitor_changed(&mut self, visitor: &Visitor) {
        match visitor {
            Visitor::SignedIn(signed_in) => {
                let user = signed_in.user.user_id;
                if self.owner.is_some_and(|owner| owner != user) {
                    *self = Self::default();
                }
                self.owner = Some(user);
            }
            Visitor::SignedOut { expired: false } => *self = Self::default(),
            Visitor::SignedOut { expired: true } | Visitor::Starting | Visitor::Unknown(_) => {}
        }
    }

    /// Begins an epoch; see [`Merge::begin_epoch`].
    pub fn begin_epoch(&mut self) {
        self.tickets.begin_epoch();
        self.stock.begin_epoch();
    }

    /// Takes all tickets on the board, requested in the epoch `requested_in`.
    pub fn tickets_fetched(&mut self, requested_in: Epoch, result: Result<Vec<Ticket>, Failure>) {
        self.tickets_fetched.take(result.map(|all| self.tickets.snapshot(requested_in, all)));
    }

    /// Takes dishes, requested in the epoch `requested_in`.
    pub fn stock_fetched(&mut self, requested_in: Epoch, result: Result<Vec<StockItem>, Failure>) {
        self.stock_fetched.take(result.map(|all| self.stock.snapshot(requested_in, all)));
    }
}

#[cfg(test)]
mod tests {
    use wire::{OrderStatus, Role, event::StockLevel, stock::Category};

    use super::*;
    use crate::samples::{dish, ticket, visitor};

    #[test]
    fn nothing_of_one_user_is_left_to_another() {
        let filled = || {
            let mut state = ConsoleState::default();
            state.visitor_changed(&visitor(1, Role::Staff));
            state.tickets_fetched(Epoch::default(), Ok(vec![ticket(1, OrderStatus::Ready, 3, &[])]));
            state
        };
        let mut same = filled();
        same.visitor_changed(&Visitor::SignedOut { expired: true });
        same.visitor_changed(&visitor(1, Role::Staff));
        assert_eq!(same.tickets.column(OrderStatus::Ready).len(), 1, "the same user goes on");
        let mut other = filled();
        other.visitor_changed(&visitor(2, Role::Admin));
        assert!(other.tickets.column(OrderStatus::Ready).is_empty());
        let mut nobody = filled();
        nobody.visitor_changed(&Visitor::SignedOut { expired: false });
        assert!(!nobody.tickets.is_loaded());
    }

    #[test]
    fn a_newer_level_outlives_an_older_fetch() {
        let mut state = ConsoleState::default();
        let soup = dish("soup", "Soup", Category::Sides, 3);
        let level = StockLevel { item_id: soup.id.clone(), quantity: 1, available: true, version: 6 };
        state.stock.event(level);
        state.stock_fetched(Epoch::default(), Ok(vec![soup.clone()]));
        state.stock_fetched(Epoch::default(), Err(Failure::TimedOut));
        assert_eq!(state.stock.get(&soup.id).unwrap().quantity, 1);
        assert_eq!(state.stock_fetched, Remote::Ready(()));
    }
}
