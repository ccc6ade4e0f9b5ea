//! The kitchen's tickets: what is to be cooked, what was asked of them, and what is not answered yet.

use std::collections::{BTreeMap, BTreeSet};

use client::live::Merge;
use uuid::Uuid;
use wire::{ItemId, OrderStatus, Time, kitchen::Ticket};

/// From so many minutes on a ticket is late.
const LATE_MIN: u64 = 5;
/// From so many minutes on it is very late.
const VERY_LATE_MIN: u64 = 10;

/// The columns of the board, in the order of the way.
pub const COLUMNS: [OrderStatus; 3] =
    [OrderStatus::InKitchen, OrderStatus::StockVerified, OrderStatus::Ready];

/// How long a ticket has waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Not long.
    Fine,
    /// For more than 5 minutes.
    Late,
    /// For more than 10 minutes.
    VeryLate,
}

/// The tickets on the board.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tickets {
    known: Merge<Ticket>,
    /// What was asked of tickets and is not answered.
    asked: BTreeMap<Uuid, OrderStatus>,
    /// Tickets that were heard of since the present snapshot was asked for.
    heard: BTreeSet<Uuid>,
    /// Counts tickets that came in while somebody looked.
    arrivals: u32,
}

/// A ticket as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The ticket.
    pub ticket: Ticket,
    /// What was asked of it and is not answered yet.
    pub asked: Option<OrderStatus>,
}

/// How many portions of a dish are to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Which dish.
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// How many.
    pub portions: u32,
}

/// The next status that staff give a ticket.
pub fn next(status: OrderStatus) -> Option<OrderStatus> {
    status.staff_next()
}

/// The status that undoes a change to `status`.
pub fn back(status: OrderStatus) -> Option<OrderStatus> {
    status.staff_undo()
}

/// Since when somebody waits: for their food, or, once it is ready, the food for them.
pub fn waits_since(ticket: &Ticket) -> Time {
    if ticket.status == OrderStatus::Ready { ticket.since } else { ticket.placed_at }
}

/// How long a ticket has waited.
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
    /// Whether a snapshot was ever had.
    pub fn is_loaded(&self) -> bool {
        self.known.is_loaded()
    }

    /// Counts tickets that came in while somebody looked.
    pub fn arrivals(&self) -> u32 {
        self.arrivals
    }

    /// A ticket.
    pub fn get(&self, id: Uuid) -> Option<&Ticket> {
        self.known.get(&id)
    }

    /// The tickets of a column: those that wait longest first.
    pub fn column(&self, status: OrderStatus) -> Vec<Card> {
        let mut cards: Vec<_> = self
            .known
            .all()
            .filter(|ticket| ticket.status == status)
            .map(|ticket| Card { ticket: ticket.clone(), asked: self.asked.get(&ticket.id).copied() })
            .collect();
        cards.sort_by_key(|card| (waits_since(&card.ticket), card.ticket.ticket));
        cards
    }

    /// What is to be made in all, most portions first.
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

    /// A snapshot is being asked for.
    pub fn asking(&mut self) {
        self.heard.clear();
    }

    /// Takes the snapshot of all columns in. What is not in it has left the board, unless it was heard of meanwhile.
    pub fn snapshot(&mut self, all: Vec<Ticket>) {
        let told: BTreeSet<_> = all.iter().map(|ticket| ticket.id).collect();
        let Self { known, asked, heard, .. } = self;
        known.retain(|ticket| {
            told.contains(&ticket.id) || heard.contains(&ticket.id) || asked.contains_key(&ticket.id)
        });
        known.snapshot(all);
    }

    /// Takes a pushed ticket in.
    pub fn heard(&mut self, ticket: Ticket) {
        let (id, status) = (ticket.id, ticket.status);
        let is_new = self.known.get(&id).is_none();
        self.heard.insert(id);
        if self.known.event(ticket) && is_new && self.known.is_loaded() && is_on_board(status) {
            self.arrivals += 1;
        }
        self.tidy();
    }

    /// Takes a ticket in as it was answered.
    pub fn answered(&mut self, ticket: Ticket) {
        self.asked.remove(&ticket.id);
        self.heard.insert(ticket.id);
        self.known.one(ticket);
        self.tidy();
    }

    /// Something is asked of a ticket.
    pub fn ask(&mut self, id: Uuid, status: OrderStatus) {
        self.asked.insert(id, status);
    }

    /// What was asked of it was refused, or is not known.
    pub fn refused(&mut self, id: Uuid) {
        self.asked.remove(&id);
    }

    /// Those that left the board a while ago are forgotten, lest an evening fills the memory of a tablet.
    fn tidy(&mut self) {
        const MANY: usize = 600;
        if self.known.all().count() > MANY {
            self.known.retain(|ticket| is_on_board(ticket.status));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wire::order::PricedLine;

    use super::*;

    pub(crate) fn ticket(number: u32, status: OrderStatus, seq: u32, lines: &[(&str, i64)]) -> Ticket {
        Ticket {
            id: Uuid::from_u128(number.into()),
            ticket: number,
            status,
            seq,
            lines: lines
                .iter()
                .map(|(item, quantity)| PricedLine {
                    item_id: item.parse().unwrap(),
                    name: (*item).to_owned(),
                    quantity: (*quantity).try_into().unwrap(),
                    price_poisha: 100,
                })
                .collect(),
            placed_at: Time::from_millis(i64::from(number) * 1000),
            since: Time::from_millis(i64::from(number) * 1000),
            note: None,
        }
    }

    fn board(tickets: &Tickets) -> [Vec<u32>; 3] {
        COLUMNS.map(|status| tickets.column(status).iter().map(|card| card.ticket.ticket).collect())
    }

    #[test]
    fn tickets_move_through_their_columns_and_out() {
        let mut tickets = Tickets::default();
        tickets.asking();
        tickets.heard(ticket(3, OrderStatus::InKitchen, 1, &[]));
        tickets.snapshot(vec![
            ticket(2, OrderStatus::StockVerified, 2, &[]),
            ticket(1, OrderStatus::StockVerified, 2, &[]),
        ]);
        assert_eq!(tickets.arrivals(), 0, "nobody looked before");
        assert_eq!(board(&tickets), [vec![3], vec![1, 2], vec![]]);
        tickets.heard(ticket(1, OrderStatus::Ready, 3, &[]));
        tickets.heard(ticket(3, OrderStatus::Cancelled, 2, &[]));
        tickets.heard(ticket(3, OrderStatus::InKitchen, 1, &[]));
        tickets.heard(ticket(4, OrderStatus::InKitchen, 1, &[]));
        assert_eq!(board(&tickets), [vec![4], vec![2], vec![1]]);
        assert_eq!(tickets.arrivals(), 1);
        // What was missed: the snapshot no longer has it.
        tickets.asking();
        tickets.snapshot(vec![ticket(1, OrderStatus::Ready, 3, &[])]);
        assert_eq!(board(&tickets), [vec![], vec![], vec![1]]);
    }

    #[test]
    fn what_was_asked_looks_asked_until_it_is_answered_or_refused() {
        let mut tickets = Tickets::default();
        tickets.snapshot(vec![ticket(1, OrderStatus::StockVerified, 2, &[])]);
        let id = Uuid::from_u128(1);
        let asked = |tickets: &Tickets, status| {
            tickets.column(status).iter().map(|card| card.asked).collect::<Vec<_>>()
        };
        tickets.ask(id, OrderStatus::Ready);
        assert_eq!(asked(&tickets, OrderStatus::StockVerified), [Some(OrderStatus::Ready)]);
        tickets.refused(id);
        assert_eq!(asked(&tickets, OrderStatus::StockVerified), [None]);
        tickets.ask(id, OrderStatus::Ready);
        tickets.answered(ticket(1, OrderStatus::Ready, 3, &[]));
        assert_eq!(asked(&tickets, OrderStatus::Ready), [None]);
        assert!(asked(&tickets, OrderStatus::StockVerified).is_empty());
    }

    #[test]
    fn totals_are_of_what_is_not_made_yet() {
        let mut tickets = Tickets::default();
        tickets.snapshot(vec![
            ticket(1, OrderStatus::InKitchen, 1, &[("soup", 1), ("burger", 1)]),
            ticket(2, OrderStatus::StockVerified, 2, &[("burger", 2)]),
            ticket(3, OrderStatus::Ready, 3, &[("burger", 9)]),
        ]);
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

    #[test]
    fn every_step_of_staff_is_one_that_the_platform_allows() {
        for status in OrderStatus::ALL {
            for to in [next(status), back(status)].into_iter().flatten() {
                assert!(status.transition(to, wire::status::Actor::Staff).is_some(), "{status:?} to {to:?}");
            }
            if let Some(to) = next(status) {
                assert_eq!(back(to), Some(status));
            }
        }
    }
}
