//! Tickets of the kitchen, with the changes requested and not yet confirmed.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use wire::{ItemId, OrderStatus, Time, kitchen::Ticket};

use crate::merge::{Epoch, Merge};

/// Minutes after which a ticket is late.
const LATE_MIN: u64 = 5;
/// Minutes after which a ticket is very late.
const VERY_LATE_MIN: u64 = 10;

/// Columns of the kitchen's board, in the order of an order's life.
pub const COLUMNS: [OrderStatus; 3] =
    [OrderStatus::InKitchen, OrderStatus::StockVerified, OrderStatus::Ready];

/// Age class of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Below 5 minutes.
    Fine,
    /// From 5 minutes on.
    Late,
    /// From 10 minutes on.
    VeryLate,
}

/// Tickets on the kitchen's board.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tickets {
    known: Merge<Ticket>,
    /// Changes requested and not yet confirmed.
    requested: BTreeMap<Uuid, OrderStatus>,
    /// Tickets pushed since the present snapshot was requested.
    pushed: BTreeSet<Uuid>,
    /// Number of tickets that arrived after the first snapshot.
    arrivals: u32,
}

/// Ticket as shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Ticket.
    pub ticket: Ticket,
    /// Status requested and not yet confirmed.
    pub requested: Option<OrderStatus>,
}

/// Portions of a dish still to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Dish.
    pub item: ItemId,
    /// Name.
    pub name: String,
    /// Portions.
    pub portions: u32,
}

/// Returns the beginning of the wait: for the food, or, once it is ready, for the student.
pub fn waits_since(ticket: &Ticket) -> Time {
    if ticket.status == OrderStatus::Ready { ticket.since } else { ticket.placed_at }
}

/// Returns the age class of a ticket at `now`.
pub fn age(ticket: &Ticket, now: Time) -> Age {
    match now.since(waits_since(ticket)).as_secs() / 60 {
        0..LATE_MIN => Age::Fine,
        LATE_MIN..VERY_LATE_MIN => Age::Late,
        _ => Age::VeryLate,
    }
}

fn is_on_board(status: OrderStatus) -> bool {
    COLUMNS.contains(&status)
}

impl Tickets {
    /// Returns whether a snapshot was taken.
    pub fn is_loaded(&self) -> bool {
        self.known.is_loaded()
    }

    /// Returns the number of tickets that arrived after the first snapshot.
    pub fn arrivals(&self) -> u32 {
        self.arrivals
    }

    /// Returns one ticket.
    pub fn get(&self, id: Uuid) -> Option<&Ticket> {
        self.known.get(&id).map(|ticket| &**ticket)
    }

    /// Returns the tickets of a column, longest waiting first.
    pub fn column(&self, status: OrderStatus) -> Vec<Card> {
        let mut cards: Vec<_> = self
            .known
            .all()
            .filter(|ticket| ticket.status == status)
            .map(|ticket| Card {
                ticket: Ticket::clone(ticket),
                requested: self.requested.get(&ticket.id).copied(),
            })
            .collect();
        cards.sort_by_key(|card| (waits_since(&card.ticket), card.ticket.ticket));
        cards
    }

    /// Returns the portions still to make, most first.
    pub fn totals(&self) -> Vec<Total> {
        let mut totals = BTreeMap::<&ItemId, (&str, u32)>::new();
        let open = self
            .known
            .all()
            .filter(|ticket| matches!(ticket.status, OrderStatus::InKitchen | OrderStatus::StockVerified));
        for line in open.flat_map(|ticket| &ticket.lines) {
            totals.entry(&line.item_id).or_insert((&line.name, 0)).1 += u32::from(line.quantity.get());
        }
        let mut totals: Vec<_> = totals
            .into_iter()
            .map(|(item, (name, portions))| Total { item: item.clone(), name: name.to_owned(), portions })
            .collect();
        totals.sort_by(|one, two| two.portions.cmp(&one.portions).then_with(|| one.name.cmp(&two.name)));
        totals
    }

    /// Begins the request of a snapshot, and returns its epoch.
    pub fn begin_fetch(&mut self) -> Epoch {
        self.pushed.clear();
        self.known.epoch()
    }

    /// Takes the snapshot of all columns. A ticket that it does not contain has left the board, unless it was pushed
    /// meanwhile.
    pub fn snapshot(&mut self, requested_in: Epoch, all: Vec<Ticket>) {
        let contained: BTreeSet<_> = all.iter().map(|ticket| ticket.id).collect();
        let Self { known, requested, pushed, .. } = self;
        known.retain(|ticket, _| {
            contained.contains(&ticket.id)
                || pushed.contains(&ticket.id)
                || requested.contains_key(&ticket.id)
        });
        known.snapshot(requested_in, all);
    }

    /// Begins an epoch; see [`Merge::begin_epoch`].
    pub fn begin_epoch(&mut self) {
        self.known.begin_epoch();
    }

    /// Takes a pushed ticket.
    pub fn pushed(&mut self, ticket: Ticket) {
        let (id, status) = (ticket.id, ticket.status);
        let is_new = self.known.get(&id).is_none();
        self.pushed.insert(id);
        if self.known.event(ticket) && is_new && self.known.is_loaded() && is_on_board(status) {
            self.arrivals += 1;
        }
        self.purge();
    }

    /// Takes a ticket from the response to a change.
    pub fn confirmed(&mut self, ticket: Ticket) {
        self.requested.remove(&ticket.id);
        self.pushed.insert(ticket.id);
        let epoch = self.known.epoch();
        self.known.one(epoch, ticket);
        self.purge();
    }

    /// Marks a ticket as changing to `status`.
    pub fn request(&mut self, id: Uuid, status: OrderStatus) {
        self.requested.insert(id, status);
    }

    /// Takes the mark off after a refusal or an unknown outcome.
    pub fn withdraw(&mut self, id: Uuid) {
        self.requested.remove(&id);
    }

    /// Drops tickets that left the board, so that an evening does not fill the memory of a tablet.
    fn purge(&mut self) {
        const MAX_TICKETS: usize = 600;
        if self.known.len() > MAX_TICKETS {
            self.known.retain(|ticket, _| is_on_board(ticket.status));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::ticket;

    fn board(tickets: &Tickets) -> [Vec<u32>; 3] {
        COLUMNS.map(|status| tickets.column(status).iter().map(|card| card.ticket.ticket).collect())
    }

    #[test]
    fn tickets_move_through_their_columns_and_out() {
        let mut tickets = Tickets::default();
        tickets.begin_fetch();
        tickets.pushed(ticket(3, OrderStatus::InKitchen, 1, &[]));
        tickets.snapshot(
            Epoch::default(),
            vec![
                ticket(2, OrderStatus::StockVerified, 2, &[]),
                ticket(1, OrderStatus::StockVerified, 2, &[]),
            ],
        );
        assert_eq!(tickets.arrivals(), 0, "nobody looked before");
        assert_eq!(board(&tickets), [vec![3], vec![1, 2], vec![]]);
        tickets.pushed(ticket(1, OrderStatus::Ready, 3, &[]));
        tickets.pushed(ticket(3, OrderStatus::Cancelled, 2, &[]));
        tickets.pushed(ticket(3, OrderStatus::InKitchen, 1, &[]));
        tickets.pushed(ticket(4, OrderStatus::InKitchen, 1, &[]));
        assert_eq!(board(&tickets), [vec![4], vec![2], vec![1]]);
        assert_eq!(tickets.arrivals(), 1);
        // What was missed: the snapshot no longer has it.
        tickets.begin_fetch();
        tickets.snapshot(Epoch::default(), vec![ticket(1, OrderStatus::Ready, 3, &[])]);
        assert_eq!(board(&tickets), [vec![], vec![], vec![1]]);
    }

    #[test]
    fn a_requested_change_is_marked_until_it_is_confirmed_or_withdrawn() {
        let mut tickets = Tickets::default();
        tickets.snapshot(Epoch::default(), vec![ticket(1, OrderStatus::StockVerified, 2, &[])]);
        let id = Uuid::from_u128(1);
        let requested = |tickets: &Tickets, status| {
            tickets.column(status).iter().map(|card| card.requested).collect::<Vec<_>>()
        };
        tickets.request(id, OrderStatus::Ready);
        assert_eq!(requested(&tickets, OrderStatus::StockVerified), [Some(OrderStatus::Ready)]);
        tickets.withdraw(id);
        assert_eq!(requested(&tickets, OrderStatus::StockVerified), [None]);
        tickets.request(id, OrderStatus::Ready);
        tickets.confirmed(ticket(1, OrderStatus::Ready, 3, &[]));
        assert_eq!(requested(&tickets, OrderStatus::Ready), [None]);
        assert!(requested(&tickets, OrderStatus::StockVerified).is_empty());
    }

    #[test]
    fn totals_count_portions_still_to_make() {
        let mut tickets = Tickets::default();
        tickets.snapshot(
            Epoch::default(),
            vec![
                ticket(1, OrderStatus::InKitchen, 1, &[("soup", 1), ("burger", 1)]),
                ticket(2, OrderStatus::StockVerified, 2, &[("burger", 2)]),
                ticket(3, OrderStatus::Ready, 3, &[("burger", 9)]),
            ],
        );
        let totals: Vec<_> = tickets.totals().into_iter().map(|total| (total.name, total.portions)).collect();
        assert_eq!(totals, [("burger".to_owned(), 3), ("soup".to_owned(), 1)]);
    }

    #[test]
    fn a_ticket_is_late_after_five_minutes_and_very_late_after_ten() {
        let ticket = ticket(0, OrderStatus::StockVerified, 2, &[]);
        let at = |second: i64| age(&ticket, Time::from_millis(second * 1000));
        assert_eq!(
            [at(0), at(299), at(300), at(599), at(600), at(9_000)],
            [Age::Fine, Age::Fine, Age::Late, Age::Late, Age::VeryLate, Age::VeryLate]
        );
    }
}
