//! A student's menu, basket and orders, with the commands on them.

mod placing;
mod state;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use client::{
    ConnectionState, Event, Failure,
    platform::{Shared, spawn},
    socket::student_events,
};
use futures_util::future::AbortHandle;
use wire::{ItemId, OrderId, UserId, order::OrderView};

pub use placing::Placement;
pub use state::{Placing, ShopState};

use crate::{
    basket::Basket,
    menu::Menu,
    running::{Running, poll_delay},
    session::{Session, Visitor},
    store::Store,
};

/// Name under which the device stores the basket.
pub const BASKET: &str = "basket";
/// Orders of one page.
const PAGE_SIZE: u32 = 20;
/// Interval at which the menu and open orders are fetched while no events arrive, varied by a quarter.
const POLL_INTERVAL: Duration = Duration::from_secs(4);

/// Shop of one page or program. Clones share it.
#[derive(Clone)]
pub struct Shop {
    session: Session,
    store: Store<ShopState>,
    /// Basket that this page last stored or loaded.
    stored: Shared<Mutex<Basket>>,
    /// Handle of the basket that is being sent.
    sending: Shared<Mutex<Option<AbortHandle>>>,
}

impl Shop {
    /// Makes the shop of a session, with the basket that its device stores. Nothing is fetched before [`Shop::run`].
    pub fn new(session: Session) -> Self {
        let basket = stored_basket(&session);
        let store = Store::new(ShopState::new(basket.clone()));
        Self { session, store, stored: Shared::new(Mutex::new(basket)), sending: Shared::default() }
    }

    /// Returns the session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the state, to be observed.
    pub fn store(&self) -> &Store<ShopState> {
        &self.store
    }

    /// Returns the present state.
    pub fn state(&self) -> Arc<ShopState> {
        self.store.get()
    }

    /// Keeps the shop current until the guard is dropped: subscribes, fetches whatever events do not contain, polls
    /// while no events arrive, and stores the basket.
    pub fn run(&self) -> Running {
        let mut running = Running::default();
        let this = self.clone();
        running.keep(self.session.store().listen(move |session| this.visitor_changed(&session.visitor)));
        let this = self.clone();
        running.keep(self.store.listen(move |state| this.store_basket(&state.basket)));
        self.visitor_changed(&self.session.state().visitor);
        self.spawn_menu();
        let this = self.clone();
        running.run(async move {
            // A connection as nobody would be replaced by one of the resumed user in a moment.
            this.session.store().wait_for(|session| session.visitor != Visitor::Starting).await;
            let events = this.clone();
            let _subscription = this.session.subscribe(student_events, move |event| events.take(event));
            this.poll().await;
        });
        running
    }

    fn visitor_changed(&self, visitor: &Visitor) {
        if self.store.update(|state| state.visitor_changed(visitor)) {
            self.spawn_orders();
        }
    }

    fn take(&self, event: Event) {
        match event {
            Event::Ready => {
                self.store.update(ShopState::begin_epoch);
                self.spawn_refresh();
            }
            Event::Resync => self.spawn_refresh(),
            Event::Menu => self.spawn_menu(),
            Event::Notification(notification) => {
                let state = self.store.get();
                // An order of another tab or device. One that is being sent from here is known in a moment.
                let is_sending = matches!(state.placing, Placing::Sending { .. });
                let is_own = is_sending && state.basket.key() == Some(&notification.order_id);
                let is_new = !is_own && state.orders.order(&notification.order_id).is_none();
                self.store.update(|state| state.notification(notification));
                if is_new {
                    self.spawn_orders();
                }
            }
            Event::Stock(level) => {
                if !self.store.update(|state| state.level(level)) {
                    self.spawn_menu();
                }
            }
            Event::State(_) | Event::Board(_) | Event::Ticket(_) | Event::Ops(_) => {}
        }
    }

    fn spawn_refresh(&self) {
        let this = self.clone();
        spawn(async move { this.refresh().await });
    }

    fn spawn_menu(&self) {
        let this = self.clone();
        spawn(async move { this.fetch_menu().await });
    }

    fn spawn_orders(&self) {
        let this = self.clone();
        spawn(async move { this.fetch_orders().await });
    }

    /// Fetches every few seconds the things that no event contains.
    async fn poll(&self) {
        loop {
            poll_delay(POLL_INTERVAL).await;
            let (session, state) = (self.session.state(), self.store.get());
            let is_disconnected = session.connection != ConnectionState::Connected;
            if matches!(session.visitor, Visitor::Unknown(_)) {
                self.session.resume().await;
            }
            let has_open = session.signed_in().is_some() && state.orders.open().next().is_some();
            if is_disconnected && has_open {
                self.fetch_orders().await;
            }
            let has_menu = state.menu.ready().is_some();
            if (is_disconnected || !has_menu) && self.session.device().is_visible() {
                self.fetch_menu().await;
            }
        }
    }

    /// Fetches the menu and, where somebody is signed in, the newest orders.
    pub async fn refresh(&self) {
        self.fetch_menu().await;
        if self.user().is_some() {
            self.fetch_orders().await;
        }
    }

    /// Fetches the menu.
    pub async fn fetch_menu(&self) {
        let epoch = self.store.get().dishes().epoch();
        let result = self.session.client().menu().await;
        self.store.update(|state| state.menu_fetched(epoch, result));
    }

    /// Fetches the newest orders.
    pub async fn fetch_orders(&self) {
        let (epoch, user) = (self.store.get().orders.epoch(), self.user());
        let result = self.session.client().orders(PAGE_SIZE, None).await;
        // The response for one user is nothing for another.
        if user == self.user() {
            self.store.update(|state| state.newest_orders(epoch, result));
        }
    }

    /// Fetches the orders before those that are known. Returns at once if there are none.
    ///
    /// # Errors
    /// The request failed.
    pub async fn fetch_older_orders(&self) -> Result<(), Failure> {
        let state = self.store.get();
        let (epoch, user) = (state.orders.epoch(), self.user());
        let Some(before) = state.orders.next() else { return Ok(()) };
        let page = self.session.client().orders(PAGE_SIZE, Some(before)).await?;
        if user == self.user() {
            self.store.update(|state| state.change_orders(|orders| orders.older(epoch, page)));
        }
        Ok(())
    }

    /// Fetches one order.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn fetch_order(&self, id: &OrderId) -> Result<(), Failure> {
        let (epoch, user) = (self.store.get().orders.epoch(), self.user());
        let order = self.session.client().order(id).await?;
        if user == self.user() {
            self.store.update(|state| state.change_orders(|orders| orders.one(epoch, order)));
        }
        Ok(())
    }

    fn user(&self) -> Option<UserId> {
        self.session.state().signed_in().map(|signed_in| signed_in.user.user_id)
    }

    /// Signs the user out, and leaves nothing of them on the device.
    ///
    /// # Errors
    /// As [`Session::sign_out`].
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.session.sign_out().await?;
        self.store.update(|state| state.basket = Basket::default());
        Ok(())
    }

    /// Sets the quantity of a dish in the basket.
    pub fn set_quantity(&self, item: &ItemId, quantity: u8) {
        self.change_basket(|basket, _| basket.set(item, quantity, client::new_order_id));
    }

    /// Empties the basket, and returns its contents; `None` if it is being sent.
    pub fn empty_basket(&self) -> Option<Basket> {
        self.store.update(|state| {
            (!state.basket.is_sending()).then(|| {
                state.placing = Placing::Idle;
                std::mem::take(&mut state.basket)
            })
        })
    }

    /// Restores a basket that was emptied, unless another one has been begun.
    pub fn restore_basket(&self, basket: Basket) {
        self.store.update(|state| {
            if state.basket.is_empty() {
                state.basket = basket;
            }
        });
    }

    /// Reduces the basket to the portions left.
    pub fn fit_basket(&self) {
        self.change_basket(Basket::fit);
    }

    /// Puts the dishes of an order into the basket as far as they are left. Returns whether all of them are.
    pub fn order_again(&self, order: &OrderView) -> bool {
        let lines: Vec<_> =
            order.lines.iter().map(|line| (line.item_id.clone(), line.quantity.get())).collect();
        self.change_basket(|basket, menu| basket.refill(&lines, menu, client::new_order_id))
    }

    /// Loads the basket that another tab of the device has stored.
    pub fn load_basket(&self) {
        let basket = stored_basket(&self.session);
        basket.clone_into(&mut lock(&self.stored));
        self.store.update(|state| state.basket = basket);
    }

    fn change_basket<R>(&self, change: impl FnOnce(&mut Basket, &Menu) -> R) -> R {
        self.store.update(|state| {
            let menu = state.dishes();
            if matches!(state.placing, Placing::Refused(_)) {
                state.placing = Placing::Idle;
            }
            change(&mut state.basket, &menu)
        })
    }

    /// Stores a basket that this page has changed. Any other change of the state leaves the basket of the device alone:
    /// another tab may have stored a newer one, of which this page has not heard yet.
    fn store_basket(&self, basket: &Basket) {
        let mut stored = lock(&self.stored);
        if *stored != *basket {
            basket.clone_into(&mut stored);
            let text = serde_json::to_string(basket).ok().filter(|_| *basket != Basket::default());
            self.session.device().save(BASKET, text.as_deref());
        }
    }

    fn set_sending(&self, handle: Option<AbortHandle>) -> Option<AbortHandle> {
        std::mem::replace(&mut *lock(&self.sending), handle)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stored_basket(session: &Session) -> Basket {
    let text = session.device().load(BASKET);
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Two shops are equal if they share one state.
impl PartialEq for Shop {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shop").field("session", &self.session).field("store", &self.store).finish()
    }
}

#[cfg(test)]
mod tests {
    use client::{Client, Endpoints, TokenStorage, transport::Transport};

    use super::*;
    use crate::MemoryDevice;

    #[tokio::test]
    async fn a_tab_leaves_a_newer_basket_of_another_tab_alone() {
        let device: Shared<dyn crate::Device> = Shared::new(MemoryDevice::default());
        // A port that was free a moment ago: nothing of this needs a service.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let tab = || {
            let endpoints = Endpoints::of_origin(&format!("http://{address}"));
            let client = Client::new(Transport::http(endpoints), TokenStorage::Memory);
            Shop::new(Session::new(client, Shared::clone(&device)))
        };
        let (first, second) = (tab(), tab());
        let _running = (first.run(), second.run());
        let burger: ItemId = "burger".parse().unwrap();
        first.set_quantity(&burger, 2);
        // Before the second tab hears of it, anything else changes there.
        second.store().update(ShopState::begin_epoch);
        assert_eq!(stored_basket(&first.session), first.state().basket);
        second.load_basket();
        assert_eq!(second.state().basket.quantity(&burger), 2);
        second.set_quantity(&burger, 3);
        first.load_basket();
        assert_eq!(first.state().basket.quantity(&burger), 3);
    }
}
