//! All that a student's page knows.

use std::rc::Rc;

use client::{Failure, LiveState, SignedIn};
use wire::{
    OrderId, Time, UserId,
    event::{Notification, StockLevel},
    order::{OrderPage, OrderView, PricedLine},
    problem::ItemLeft,
    stock::StockItem,
};
use yew::Reducible;

use super::{basket::Basket, menu::Menu, orders::Orders, remote::Remote};
use crate::text::{Text, student};

/// Who is in front of the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// It is being found out.
    Starting,
    /// Nobody; `ended` when somebody was, and did not sign out.
    Nobody {
        /// Whether a session has ended by itself.
        ended: bool,
    },
    /// Whether there is a session cannot be found out now.
    Unknown(Rc<Failure>),
    /// A person.
    Person(SignedIn),
}

/// How the placing of the basket stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Placing {
    /// Nobody has asked for it.
    #[default]
    Idle,
    /// It is on its way; `held_up` is why it was not answered yet, when it was tried before.
    Sending {
        /// Why the last try had no answer.
        held_up: Option<Rc<Failure>>,
    },
    /// It was refused.
    Refused(Rc<Failure>),
}

/// A short word to the person, which goes by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// Each has another number.
    pub number: u32,
    /// What it says.
    pub text: Text,
    /// The basket that was emptied, which can be had back.
    pub emptied: Option<Basket>,
}

/// All that a student's page knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// Who is there.
    pub who: Who,
    /// The dishes.
    pub menu: Remote<Menu>,
    /// Their orders, as far as they are known.
    pub orders: Orders,
    /// Whether the newest of them were answered.
    pub orders_here: Remote<()>,
    /// How the socket is.
    pub live: LiveState,
    /// What is to be ordered.
    pub basket: Basket,
    /// How the placing of it stands.
    pub placing: Placing,
    /// The last short word.
    pub toast: Option<Toast>,
    toasts: u32,
    /// Whose orders these are.
    owner: Option<UserId>,
}

/// Something that has happened.
#[derive(Debug)]
pub enum Act {
    /// It is known who is there.
    Who(Who),
    /// The menu was answered.
    Menu(Result<Vec<StockItem>, Failure>),
    /// A level was pushed.
    Level(StockLevel),
    /// So much is left, the refusal of an order said.
    Left(Vec<ItemLeft>),
    /// The newest orders were answered.
    Newest(Result<OrderPage, Failure>),
    /// Older orders were answered.
    Older(OrderPage),
    /// One order was answered.
    Order(OrderView),
    /// An order was accepted.
    Accepted {
        /// Which.
        order_id: OrderId,
        /// What was ordered, at the menu's prices.
        lines: Vec<PricedLine>,
        /// When.
        at: Time,
    },
    /// News was pushed.
    Heard(Notification),
    /// The socket's state changed.
    Live(LiveState),
    /// The basket is another.
    Basket(Basket),
    /// The placing of it stands otherwise.
    Placing(Placing),
    /// The basket is to be empty.
    Empty,
    /// Say something short.
    Say(Text),
    /// It was read.
    Said(u32),
}

impl Shop {
    /// A page that knows nothing but the basket that was kept.
    pub fn new(basket: Basket) -> Self {
        Self {
            who: Who::Starting,
            menu: Remote::Loading,
            orders: Orders::default(),
            orders_here: Remote::Loading,
            live: LiveState::Connecting,
            basket,
            placing: Placing::Idle,
            toast: None,
            toasts: 0,
            owner: None,
        }
    }

    /// The signed-in person.
    pub fn person(&self) -> Option<&SignedIn> {
        match &self.who {
            Who::Person(person) => Some(person),
            Who::Starting | Who::Nobody { .. } | Who::Unknown(_) => None,
        }
    }

    /// Leaves nothing of one person to another.
    fn forget(&mut self) {
        self.orders = Orders::default();
        self.orders_here = Remote::Loading;
        self.placing = Placing::Idle;
        self.toast = None;
        self.owner = None;
        // What nobody has sent is nobody's: chosen before signing in, it is still there afterwards.
        if self.basket.is_sending() {
            self.basket = Basket::default();
        }
    }

    fn says(&mut self, text: Text, emptied: Option<Basket>) {
        self.toasts += 1;
        self.toast = Some(Toast { number: self.toasts, text, emptied });
    }

    fn take(&mut self, act: Act) {
        match act {
            Act::Who(who) => {
                if let Who::Person(person) = &who {
                    let user = person.user.user_id;
                    if self.owner.is_some_and(|owner| owner != user) || self.basket.is_anothers(user) {
                        self.forget();
                    }
                    self.owner = Some(user);
                }
                if who == (Who::Nobody { ended: false }) {
                    self.forget();
                }
                self.who = who;
            }
            Act::Menu(answer) => {
                let known = self.menu.ready().cloned().unwrap_or_default();
                self.menu.answer(answer.map(|told| known.snapshot(told)));
            }
            Act::Level(level) => {
                if let Some(menu) = self.menu.ready_mut() {
                    menu.level(&level);
                }
            }
            Act::Left(items) => {
                if let Some(menu) = self.menu.ready_mut() {
                    items.iter().for_each(|item| menu.is_left(item));
                }
            }
            Act::Newest(Ok(page)) => {
                self.orders.newest(page);
                self.orders_here = Remote::Ready(());
            }
            Act::Newest(Err(failure)) => self.orders_here.answer(Err(failure)),
            Act::Older(page) => self.orders.older(page),
            Act::Order(order) => self.orders.one(order),
            Act::Accepted { order_id, lines, at } => {
                self.basket.accepted(&order_id);
                self.placing = Placing::Idle;
                self.orders.accepted(order_id, lines, at);
            }
            Act::Heard(news) => {
                self.orders.heard(news);
            }
            Act::Live(live) => self.live = live,
            Act::Basket(basket) => {
                self.basket = basket;
                // Who has begun anew does not lose that to an earlier basket.
                self.toast.take_if(|toast| toast.emptied.is_some());
            }
            Act::Empty if !self.basket.is_sending() => {
                let before = std::mem::take(&mut self.basket);
                self.placing = Placing::Idle;
                self.says(student::BASKET_CLEARED, Some(before));
            }
            Act::Empty => {}
            Act::Placing(placing) => self.placing = placing,
            Act::Say(text) => self.says(text, None),
            Act::Said(number) => {
                if self.toast.as_ref().is_some_and(|toast| toast.number == number) {
                    self.toast = None;
                }
            }
        }
    }
}

impl Reducible for Shop {
    type Action = Act;

    fn reduce(mut self: Rc<Self>, action: Act) -> Rc<Self> {
        Rc::make_mut(&mut self).take(action);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::menu::tests::{dish, level};
    use client::SignedIn;
    use wire::{OrderStatus, Role, identity::SessionUser, stock::Category};

    fn person(number: u128) -> Act {
        let user = SessionUser {
            user_id: UserId(uuid::Uuid::from_u128(number)),
            username: "somebody".parse().unwrap(),
            name: "Somebody".to_owned(),
            role: Role::Student,
        };
        Act::Who(Who::Person(SignedIn { user, expires_at: Time::from_millis(0) }))
    }

    fn shop(acts: impl IntoIterator<Item = Act>) -> Shop {
        let shop = Rc::new(Shop::new(Basket::default()));
        (*acts.into_iter().fold(shop, Shop::reduce)).clone()
    }

    fn accepted(id: &str) -> Act {
        Act::Accepted { order_id: id.parse().unwrap(), lines: Vec::new(), at: Time::from_millis(1_000) }
    }

    #[test]
    fn nothing_of_one_person_is_left_to_another() {
        let mut basket = Basket::default();
        basket.set(&"burger".parse().unwrap(), 1, client::new_order_id);
        basket.send(UserId(uuid::Uuid::from_u128(1)));
        let of_one = [person(1), accepted("a"), Act::Basket(basket.clone())];
        let ended = Act::Who(Who::Nobody { ended: true });
        let same = shop(of_one.into_iter().chain([ended, person(1)]));
        assert!(same.orders.list().len() == 1 && same.basket == basket, "the same person goes on");

        let of_one = [person(1), accepted("a"), Act::Basket(basket)];
        let ended = Act::Who(Who::Nobody { ended: true });
        let other = shop(of_one.into_iter().chain([ended, person(2)]));
        assert!(other.orders.list().is_empty() && other.basket.is_empty());

        let mut unsent = Basket::default();
        unsent.set(&"burger".parse().unwrap(), 1, client::new_order_id);
        let ended = Act::Who(Who::Nobody { ended: true });
        let other = shop([person(1), Act::Basket(unsent), Act::Empty, ended, person(2)]);
        assert_eq!(other.toast, None, "nor what they have thrown away");
    }

    #[test]
    fn an_answer_that_fails_takes_nothing_away() {
        let burger = || vec![dish("burger", "Burger", Category::Mains, 5)];
        let shop = shop([
            Act::Menu(Ok(burger())),
            Act::Level(level("burger", 2, 6)),
            Act::Menu(Err(Failure::Unreachable)),
            Act::Menu(Ok(burger())),
        ]);
        assert_eq!(shop.menu.ready().unwrap().left(&"burger".parse().unwrap()), 2, "the push was newer");
    }

    #[test]
    fn an_accepted_basket_is_an_order_and_empty() {
        let mut basket = Basket::default();
        basket.set(&"burger".parse().unwrap(), 1, || "mine".parse().unwrap());
        let shop = shop([person(1), Act::Basket(basket), accepted("mine")]);
        assert!(shop.basket.is_empty());
        assert_eq!(shop.orders.list()[0].status, OrderStatus::Pending);
        assert_eq!(shop.orders_here, Remote::Loading, "the earlier orders are not known yet");
    }

    #[test]
    fn an_emptied_basket_can_be_had_back_until_another_is_begun() {
        let of = |dish: &str| {
            let mut basket = Basket::default();
            basket.set(&dish.parse().unwrap(), 2, || "mine".parse().unwrap());
            basket
        };
        let emptied = shop([Act::Basket(of("burger")), Act::Empty]);
        assert!(emptied.basket.is_empty());
        assert_eq!(emptied.toast.clone().unwrap().emptied, Some(of("burger")));
        let begun = (*Rc::new(emptied).reduce(Act::Basket(of("cola")))).clone();
        assert_eq!((begun.toast, begun.basket), (None, of("cola")));

        let mut sent = of("burger");
        sent.send(UserId(uuid::Uuid::from_u128(1)));
        let under_way = shop([Act::Basket(sent.clone()), Act::Empty]);
        assert_eq!((under_way.basket, under_way.toast), (sent, None), "what is sent stays");
    }

    #[test]
    fn a_word_that_was_read_takes_no_later_one_with_it() {
        let text = student::BASKET_CLEARED;
        let shop = shop([Act::Say(text), Act::Say(text), Act::Said(1)]);
        assert_eq!(shop.toast.unwrap().number, 2);
    }
}
