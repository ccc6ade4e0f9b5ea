//! All that the console knows but the beats.

use std::rc::Rc;

use client::{Failure, LiveState, SignedIn, live::Merge};
use uuid::Uuid;
use wire::{ItemId, OrderStatus, Role, UserId, event::StockLevel, kitchen::Ticket, stock::StockItem};
use yew::Reducible;

use super::{remote::Remote, shop::Who, tickets::Tickets};
use crate::text::Text;

/// What can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// A ticket's change: back to this status.
    Ticket {
        /// Which ticket.
        id: Uuid,
        /// Where it was.
        status: OrderStatus,
    },
    /// The hiding or showing of a dish.
    Shown {
        /// Which dish.
        item: ItemId,
        /// How it was.
        available: bool,
    },
}

/// A short word, which goes by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Each has another number.
    pub number: u32,
    /// What it says.
    pub text: Text,
    /// The values in it.
    pub values: Vec<(&'static str, String)>,
    /// What can be taken back.
    pub undo: Option<Undo>,
}

/// All that the console knows but the beats.
#[derive(Debug, Clone, PartialEq)]
pub struct Console {
    /// Who is there.
    pub who: Who,
    /// How the socket is.
    pub live: LiveState,
    /// The tickets of the kitchen.
    pub tickets: Tickets,
    /// Whether they were answered.
    pub tickets_here: Remote<()>,
    /// The dishes.
    pub stock: Merge<StockItem>,
    /// Whether they were answered.
    pub stock_here: Remote<()>,
    /// The last short word.
    pub word: Option<Word>,
    words: u32,
    owner: Option<UserId>,
}

/// Something that has happened.
#[derive(Debug)]
pub enum Act {
    /// It is known who is there.
    Who(Who),
    /// The socket's state changed.
    Live(LiveState),
    /// The tickets are being asked for.
    AskingTickets,
    /// They were answered.
    Tickets(Result<Vec<Ticket>, Failure>),
    /// A ticket was pushed.
    Ticket(Ticket),
    /// A change of a ticket is asked for.
    AskTicket(Uuid, OrderStatus),
    /// It was answered with the ticket; without, it was refused.
    TicketAnswer(Uuid, Option<Ticket>),
    /// The dishes were answered.
    Stock(Result<Vec<StockItem>, Failure>),
    /// One dish was answered.
    Item(StockItem),
    /// A level was pushed.
    Level(StockLevel),
    /// Say something short.
    Say(Text, Vec<(&'static str, String)>, Option<Undo>),
    /// It was read.
    Said(u32),
}

impl Default for Console {
    fn default() -> Self {
        Self {
            who: Who::Starting,
            live: LiveState::Connecting,
            tickets: Tickets::default(),
            tickets_here: Remote::Loading,
            stock: Merge::default(),
            stock_here: Remote::Loading,
            word: None,
            words: 0,
            owner: None,
        }
    }
}

impl Console {
    /// The signed-in person.
    pub fn person(&self) -> Option<&SignedIn> {
        match &self.who {
            Who::Person(person) => Some(person),
            Who::Starting | Who::Nobody { .. } | Who::Unknown(_) => None,
        }
    }

    /// What the person may do.
    pub fn role(&self) -> Option<Role> {
        self.person().map(|person| person.user.role)
    }

    /// Whether the person may see everything.
    pub fn is_admin(&self) -> bool {
        self.role() == Some(Role::Admin)
    }

    /// Whether the person belongs here at all.
    pub fn is_staff(&self) -> bool {
        matches!(self.role(), Some(Role::Staff | Role::Admin))
    }

    fn forget(&mut self) {
        *self = Self { who: self.who.clone(), live: self.live, words: self.words, ..Self::default() };
    }

    fn take(&mut self, act: Act) {
        match act {
            Act::Who(who) => {
                if let Who::Person(person) = &who {
                    let user = person.user.user_id;
                    if self.owner.is_some_and(|owner| owner != user) {
                        self.forget();
                    }
                    self.owner = Some(user);
                }
                if who == (Who::Nobody { ended: false }) {
                    self.forget();
                }
                self.who = who;
            }
            Act::Live(live) => self.live = live,
            Act::AskingTickets => self.tickets.asking(),
            Act::Tickets(answer) => {
                self.tickets_here.answer(answer.map(|all| self.tickets.snapshot(all)));
            }
            Act::Ticket(ticket) => self.tickets.heard(ticket),
            Act::AskTicket(id, status) => self.tickets.ask(id, status),
            Act::TicketAnswer(_, Some(ticket)) => self.tickets.answered(ticket),
            Act::TicketAnswer(id, None) => self.tickets.refused(id),
            Act::Stock(answer) => self.stock_here.answer(answer.map(|all| self.stock.snapshot(all))),
            Act::Item(item) => self.stock.one(item),
            Act::Level(level) => {
                self.stock.event(level);
            }
            Act::Say(text, values, undo) => {
                self.words += 1;
                self.word = Some(Word { number: self.words, text, values, undo });
            }
            Act::Said(number) => {
                if self.word.as_ref().is_some_and(|word| word.number == number) {
                    self.word = None;
                }
            }
        }
    }
}

impl Reducible for Console {
    type Action = Act;

    fn reduce(mut self: Rc<Self>, act: Act) -> Rc<Self> {
        Rc::make_mut(&mut self).take(act);
        self
    }
}

#[cfg(test)]
mod tests {
    use wire::{Time, identity::SessionUser};

    use super::{
        super::{menu::tests::dish, tickets::tests::ticket},
        *,
    };
    use crate::text::common;

    fn person(number: u128, role: Role) -> Act {
        let user = SessionUser {
            user_id: UserId(Uuid::from_u128(number)),
            username: "somebody".parse().unwrap(),
            name: "Somebody".to_owned(),
            role,
        };
        Act::Who(Who::Person(SignedIn { user, expires_at: Time::from_millis(0) }))
    }

    fn console(acts: impl IntoIterator<Item = Act>) -> Rc<Console> {
        acts.into_iter().fold(Rc::new(Console::default()), Console::reduce)
    }

    #[test]
    fn nothing_of_one_person_is_left_to_another() {
        let acts = || {
            let tickets = vec![ticket(1, OrderStatus::Ready, 3, &[])];
            [person(1, Role::Staff), Act::Tickets(Ok(tickets)), Act::Say(common::SAVE, vec![], None)]
        };
        let same = console(
            acts().into_iter().chain([Act::Who(Who::Nobody { ended: true }), person(1, Role::Staff)]),
        );
        assert_eq!(same.tickets.column(OrderStatus::Ready).len(), 1, "it goes on where it ended");
        let other = console(acts().into_iter().chain([person(2, Role::Admin)]));
        assert!(other.tickets.column(OrderStatus::Ready).is_empty() && other.word.is_none());
        assert!(other.is_admin() && other.is_staff());
        let nobody = console(acts().into_iter().chain([Act::Who(Who::Nobody { ended: false })]));
        assert!(!nobody.tickets.is_loaded() && !nobody.is_staff());
        assert!(!console([person(1, Role::Student)]).is_staff());
    }

    #[test]
    fn a_dish_is_as_the_newest_word_of_it() {
        let item = dish("soup", "Soup", wire::stock::Category::Sides, 3);
        let level = StockLevel { item_id: item.id.clone(), quantity: 1, available: true, version: 6 };
        let console = console([
            Act::Level(level),
            Act::Stock(Ok(vec![item.clone()])),
            Act::Stock(Err(Failure::TimedOut)),
        ]);
        assert_eq!(console.stock.get(&item.id).unwrap().quantity, 1);
        assert_eq!(console.stock_here, Remote::Ready(()));
    }

    #[test]
    fn an_older_word_that_goes_takes_no_newer_one_with_it() {
        let say = || Act::Say(common::SAVE, vec![], None);
        let console = console([say(), say(), Act::Said(1)]);
        assert_eq!(console.word.as_ref().unwrap().number, 2);
    }
}
