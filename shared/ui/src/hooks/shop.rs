//! The shop of a student: what the page knows, and everything that can be done with it.
//!
//! The provider keeps it true: it takes the session up, opens the socket, fetches what was missed, asks every few
//! seconds while the socket is away, and keeps the basket on the device for a reload and for other tabs.

mod placing;
mod upkeep;

use std::{cell::RefCell, rc::Rc};

use client::{Client, Endpoints, Keeping};
use futures_util::future::AbortHandle;
use wire::{ItemId, OrderId, order::OrderView};
use yew::{platform::spawn_local, prelude::*};

use super::prefs::Around;
use crate::{
    browser,
    state::{
        basket::Basket,
        menu::Menu,
        shop::{Act, Placing, Shop, Who},
    },
    text::{Text, common, student},
};

/// Where the basket is kept on the device.
const BASKET: &str = "basket";
/// How many orders are fetched at once.
const PAGE: u32 = 20;

/// The shop, for components. Dereferences to what the page knows.
#[derive(Clone, PartialEq)]
pub struct ShopHandle {
    shop: UseReducerHandle<Shop>,
    client: Client,
    trying: Trying,
}

/// The trying that can be stopped, where there is one.
#[derive(Clone, Default)]
struct Trying(Rc<RefCell<Option<AbortHandle>>>);

impl PartialEq for Trying {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for ShopHandle {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

/// The shop of the page.
///
/// # Panics
/// Outside of a [`ShopProvider`].
#[hook]
pub fn use_shop() -> ShopHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<ShopHandle>().expect("pages of students stand in a ShopProvider")
}

fn kept_basket() -> Basket {
    browser::kept(BASKET).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Keeps the shop, for everybody below.
#[component]
pub fn ShopProvider(Around { children }: &Around) -> Html {
    let client = use_memo((), |()| Client::new(Endpoints::of_origin(&browser::origin()), Keeping::Cookie));
    let shop = use_reducer(|| Shop::new(kept_basket()));
    let trying = use_memo((), |()| Trying::default());
    let handle = ShopHandle { shop, client: (*client).clone(), trying: (*trying).clone() };
    upkeep::use_upkeep(&handle);
    html! { <ContextProvider<ShopHandle> context={handle}>{ children.clone() }</ContextProvider<ShopHandle>> }
}

impl ShopHandle {
    fn act(&self, act: Act) {
        self.shop.dispatch(act);
    }

    /// The client, for what only one page asks.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The menu; an empty one as long as there is none.
    pub fn dishes(&self) -> Menu {
        self.shop.menu.ready().cloned().unwrap_or_default()
    }

    /// Says something short.
    pub fn say(&self, text: Text) {
        self.act(Act::Say(text));
    }

    /// What was said was read.
    pub fn said(&self, number: u32) {
        self.act(Act::Said(number));
    }

    /// Asks again for what could not be had.
    pub fn fetch(&self) {
        self.fetch_menu();
        if self.person().is_some() {
            self.fetch_orders();
        }
    }

    fn fetch_menu(&self) {
        let this = self.clone();
        spawn_local(async move {
            let answer = this.client.menu().await;
            this.act(Act::Menu(answer));
        });
    }

    fn fetch_orders(&self) {
        let this = self.clone();
        spawn_local(async move {
            let answer = this.client.orders(PAGE, None).await;
            this.act(Act::Newest(answer));
        });
    }

    /// Fetches older orders than those that are here; calls back when they are.
    pub fn fetch_older(&self, then: Callback<()>) {
        let Some(before) = self.orders.next().cloned() else { return };
        let this = self.clone();
        spawn_local(async move {
            match this.client.orders(PAGE, Some(&before)).await {
                Ok(page) => this.act(Act::Older(page)),
                Err(_) => this.say(crate::text::failures::UNREACHABLE),
            }
            then.emit(());
        });
    }

    /// Fetches one order.
    ///
    /// # Errors
    /// It is not there, or could not be asked for.
    pub async fn fetch_order(&self, id: &OrderId) -> Result<(), client::Failure> {
        let order = self.client.order(id).await?;
        self.act(Act::Order(order));
        Ok(())
    }

    /// Asks who is there, at the start and when it could not be found out.
    pub fn resume(&self) {
        let this = self.clone();
        spawn_local(async move {
            let who = match this.client.resume().await {
                Ok(Some(person)) => Who::Person(person),
                Ok(None) => Who::Nobody { ended: false },
                Err(failure) => Who::Unknown(Rc::new(failure)),
            };
            this.act(Act::Who(who));
        });
    }

    /// Somebody signed in.
    pub fn signed_in(&self, person: client::SignedIn) {
        self.act(Act::Who(Who::Person(person)));
    }

    /// Signs out, and leaves nothing of theirs on the device.
    pub fn sign_out(&self) {
        let this = self.clone();
        spawn_local(async move {
            match this.client.sign_out().await {
                Ok(()) => {
                    this.act(Act::Basket(Basket::default()));
                    this.act(Act::Who(Who::Nobody { ended: false }));
                }
                Err(_) => this.say(crate::text::failures::UNREACHABLE),
            }
        });
    }

    /// Puts so many of a dish into the basket.
    pub fn put(&self, item: &ItemId, count: u8) {
        self.change_basket(|basket| basket.set(item, count, client::new_order_id));
    }

    /// Empties the basket; it can be put back for a while.
    pub fn empty_basket(&self) {
        self.act(Act::Empty);
    }

    /// Puts back a basket that was emptied.
    pub fn put_back(&self, basket: Basket) {
        self.act(Act::Basket(basket));
    }

    /// Takes out of the basket what is not left.
    pub fn fit_basket(&self) {
        let menu = self.dishes();
        self.change_basket(|basket| basket.fit(&menu));
        self.act(Act::Placing(Placing::Idle));
    }

    /// Puts the dishes of an order into the basket, as far as they are left.
    pub fn order_again(&self, order: &OrderView) {
        let lines: Vec<_> =
            order.lines.iter().map(|line| (line.item_id.clone(), line.quantity.get())).collect();
        let menu = self.dishes();
        let mut basket = self.basket.clone();
        let whole = basket.refill(&lines, &menu, client::new_order_id);
        self.act(Act::Basket(basket));
        self.say(if whole { student::ORDER_ADDED_TO_BASKET } else { student::ORDER_PARTLY_ADDED_TO_BASKET });
    }

    fn change_basket(&self, change: impl FnOnce(&mut Basket)) {
        let mut basket = self.basket.clone();
        change(&mut basket);
        if matches!(self.placing, Placing::Refused(_)) {
            self.act(Act::Placing(Placing::Idle));
        }
        self.act(Act::Basket(basket));
    }

    /// What the state of the line is called.
    pub fn line_text(&self) -> Text {
        match self.live {
            client::LiveState::Live => common::LIVE,
            client::LiveState::Connecting => common::CONNECTING,
            client::LiveState::Reconnecting | client::LiveState::Refused if !browser::is_online() => {
                common::OFFLINE
            }
            client::LiveState::Reconnecting => common::RECONNECTING,
            client::LiveState::Refused => common::LIVE_PAUSED,
        }
    }
}
