//! State of a student's page.

use std::sync::Arc;

use client::Failure;
use wire::{
    OrderId, OrderStatus, Time, UserId,
    event::{Notification, StockLevel},
    order::{OrderPage, PricedLine},
    problem::ItemLeft,
    status::Reason,
    stock::StockItem,
};

use crate::{basket::Basket, menu::Menu, merge::Epoch, orders::Orders, remote::Remote, session::Visitor};

/// Progress of placing the basket.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Placing {
    /// Not begun.
    #[default]
    Idle,
    /// Being sent.
    Sending {
        /// Failure of the last attempt, if there was one.
        last_failure: Option<Arc<Failure>>,
    },
    /// Refused.
    Refused(Arc<Failure>),
}

/// State of a student's page.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopState {
    /// Menu.
    pub menu: Remote<Arc<Menu>>,
    /// Orders known so far.
    pub orders: Arc<Orders>,
    /// True if the newest orders were fetched.
    pub orders_fetched: Remote<()>,
    /// Basket.
    pub basket: Basket,
    /// Progress of placing it.
    pub placing: Placing,
    /// Order that was sent again with other contents, whose first contents stand; with the number of such notifications.
    pub conflicting_reuse: Option<(u32, OrderId)>,
    /// Number of orders that became ready while the page waited for them.
    pub ready_count: u32,
    /// User whose orders these are, signed in or expired.
    owner: Option<UserId>,
    /// User who is signed in.
    user: Option<UserId>,
}

impl ShopState {
    /// Makes the state of a page that knows the stored basket alone.
    pub fn new(basket: Basket) -> Self {
        Self {
            menu: Remote::Loading,
            orders: Arc::default(),
            orders_fetched: Remote::Loading,
            basket,
            placing: Placing::Idle,
            conflicting_reuse: None,
            ready_count: 0,
            owner: None,
            user: None,
        }
    }

    /// Returns the menu; an empty one while there is none.
    pub fn dishes(&self) -> Arc<Menu> {
        self.menu.ready().map(Arc::clone).unwrap_or_default()
    }

    /// Removes everything of the present owner.
    fn purge(&mut self) {
        self.orders = Arc::default();
        self.orders_fetched = Remote::Loading;
        self.placing = Placing::Idle;
        self.conflicting_reuse = None;
        self.owner = None;
        // A basket that nobody has sent belongs to nobody: filled before signing in, it is still there afterwards.
        if self.basket.is_sending() {
            self.basket = Basket::default();
        }
    }

    /// Takes a change of the visitor: nothing of one user is left to another. Returns whether another user than before
    /// is signed in, whose orders are to be fetched.
    pub fn visitor_changed(&mut self, visitor: &Visitor) -> bool {
        let user = match visitor {
            Visitor::SignedIn(signed_in) => Some(signed_in.user.user_id),
            Visitor::SignedOut { .. } | Visitor::Starting | Visitor::Unknown(_) => None,
        };
        if let Some(user) = user {
            if self.owner.is_some_and(|owner| owner != user) || self.basket.is_sent_by_other(user) {
                self.purge();
            }
            self.owner = Some(user);
        } else if *visitor == (Visitor::SignedOut { expired: false }) {
            self.purge();
        }
        let before = std::mem::replace(&mut self.user, user);
        user.is_some() && user != before
    }

    /// Begins an epoch; see [`crate::merge::Merge::begin_epoch`].
    pub fn begin_epoch(&mut self) {
        if let Some(menu) = self.menu.ready_mut() {
            Arc::make_mut(menu).begin_epoch();
        }
        Arc::make_mut(&mut self.orders).begin_epoch();
    }

    /// Takes the menu, requested in the epoch `requested_in`.
    pub fn menu_fetched(&mut self, requested_in: Epoch, result: Result<Vec<StockItem>, Failure>) {
        let result = result.map(|dishes| {
            let mut menu = self.dishes();
            Arc::make_mut(&mut menu).snapshot(requested_in, dishes);
            menu
        });
        self.menu.take(result);
    }

    /// Takes a pushed level. Returns whether the menu contains its dish, or is not here yet.
    pub fn level(&mut self, level: StockLevel) -> bool {
        self.menu.ready_mut().is_none_or(|menu| Arc::make_mut(menu).level(level))
    }

    /// Takes the portions left from the refusal of an order.
    pub fn items_left(&mut self, items: &[ItemLeft]) {
        if let Some(menu) = self.menu.ready_mut() {
            let menu = Arc::make_mut(menu);
            items.iter().for_each(|item| menu.set_left(item));
        }
    }

    /// Takes the newest orders, requested in the epoch `requested_in`.
    pub fn newest_orders(&mut self, requested_in: Epoch, result: Result<OrderPage, Failure>) {
        match result {
            Ok(page) => {
                self.change_orders(|orders| orders.newest(requested_in, page));
                self.orders_fetched = Remote::Ready(());
            }
            Err(failure) => self.orders_fetched.take(Err(failure)),
        }
    }

    /// Changes the orders, and counts those that became ready while the page waited for them.
    pub(crate) fn change_orders<R>(&mut self, change: impl FnOnce(&mut Orders) -> R) -> R {
        let before = Arc::clone(&self.orders);
        let result = change(Arc::make_mut(&mut self.orders));
        let became_ready = self.orders.open().filter(|order| {
            let waited = before.order(&order.order_id).is_some_and(|before| !before.status.is_settled());
            order.status == OrderStatus::Ready && waited
        });
        self.ready_count += u32::try_from(became_ready.count()).unwrap_or(0);
        result
    }

    /// Takes the acceptance of an order.
    pub fn order_accepted(&mut self, order_id: OrderId, lines: Vec<PricedLine>, at: Time) {
        self.basket.accepted(&order_id);
        self.placing = Placing::Idle;
        self.change_orders(|orders| orders.accepted(order_id, lines, at));
    }

    /// Takes a notification.
    pub fn notification(&mut self, notification: Notification) {
        // It changes no status, so it counts whatever its `seq`.
        if notification.reason == Some(Reason::KeyReused) {
            let number = self.conflicting_reuse.as_ref().map_or(0, |(number, _)| *number);
            self.conflicting_reuse = Some((number + 1, notification.order_id.clone()));
        }
        self.change_orders(|orders| orders.notification(notification));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::{Role, stock::Category};

    use super::*;
    use crate::samples::{dish, level, visitor};

    const EXPIRED: Visitor = Visitor::SignedOut { expired: true };

    fn basket_of(dish: &str) -> Basket {
        let mut basket = Basket::default();
        basket.set(&dish.parse().unwrap(), 2, || "mine".parse().unwrap());
        basket
    }

    /// State of user 1, who has an accepted order and sends another basket.
    fn first_user() -> ShopState {
        let mut basket = basket_of("burger");
        basket.send(UserId(Uuid::from_u128(1)));
        let mut state = ShopState::new(basket);
        assert!(state.visitor_changed(&visitor(1, Role::Student)));
        state.order_accepted("a".parse().unwrap(), Vec::new(), Time::from_millis(1_000));
        state
    }

    #[test]
    fn nothing_of_one_user_is_left_to_another() {
        let mut same = first_user();
        let basket = same.basket.clone();
        assert!(!same.visitor_changed(&visitor(1, Role::Student)), "a new token");
        assert!(!same.visitor_changed(&EXPIRED));
        assert!(same.visitor_changed(&visitor(1, Role::Student)));
        assert!(same.orders.list().len() == 1 && same.basket == basket, "the same user goes on");

        let mut other = first_user();
        other.visitor_changed(&EXPIRED);
        assert!(other.visitor_changed(&visitor(2, Role::Student)));
        assert!(other.orders.list().is_empty() && other.basket.is_empty());

        let mut nobody = first_user();
        nobody.visitor_changed(&Visitor::SignedOut { expired: false });
        assert!(nobody.orders.list().is_empty() && nobody.basket.is_empty());
    }

    #[test]
    fn a_failed_fetch_takes_nothing_away() {
        let mut state = ShopState::new(Basket::default());
        let burger = || vec![dish("burger", "Burger", Category::Mains, 5)];
        state.menu_fetched(Epoch::default(), Ok(burger()));
        assert!(state.level(level("burger", 2, 6)));
        state.menu_fetched(Epoch::default(), Err(Failure::Unreachable));
        state.menu_fetched(Epoch::default(), Ok(burger()));
        assert_eq!(state.dishes().left(&"burger".parse().unwrap()), 2, "the push was newer");
    }

    #[test]
    fn an_accepted_basket_is_an_order_and_empty() {
        let mut state = ShopState::new(basket_of("burger"));
        state.order_accepted("mine".parse().unwrap(), Vec::new(), Time::from_millis(1_000));
        assert!(state.basket.is_empty());
        assert_eq!(state.orders.list()[0].status, OrderStatus::Pending);
        assert_eq!(state.orders_fetched, Remote::Loading, "the earlier orders are not known yet");
    }

    #[test]
    fn an_order_counts_once_as_ready() {
        let mut state = first_user();
        let notification =
            |status, seq| Notification::new("a".parse().unwrap(), status, seq, Time::from_millis(2_000));
        state.notification(notification(OrderStatus::StockVerified, 2));
        assert_eq!(state.ready_count, 0);
        state.notification(notification(OrderStatus::Ready, 3));
        state.notification(notification(OrderStatus::Ready, 3));
        assert_eq!(state.ready_count, 1);
    }

    #[test]
    fn a_conflicting_reuse_is_noticed_whatever_its_seq() {
        let mut state = first_user();
        let mut reused =
            Notification::new("a".parse().unwrap(), OrderStatus::Pending, 0, Time::from_millis(2_000));
        reused.reason = Some(Reason::KeyReused);
        state.notification(reused.clone());
        assert_eq!(state.conflicting_reuse, Some((1, "a".parse().unwrap())));
        state.notification(reused);
        assert_eq!(state.conflicting_reuse.as_ref().unwrap().0, 2);
        assert_eq!(state.orders.list()[0].reason, None, "the order itself has not failed");
    }
}
