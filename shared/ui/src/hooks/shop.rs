//! The shop of a student's page.

use std::{ops::Deref, sync::Arc};

use app::{
    basket::Basket,
    device::Sound,
    shop::{BASKET, Placement, Shop, ShopState},
};
use client::platform::spawn;
use wire::{ItemId, OrderId, order::OrderView};
use yew::prelude::*;

use super::{
    Children, SessionHandle, ToastAction, ToastHandle, use_prefs, use_session, use_store, use_toast,
    use_window_event,
};
use crate::{
    browser,
    text::{failures, student},
};

/// Shop of the page. Dereferences to its state.
#[derive(Clone)]
pub struct ShopHandle {
    shop: Shop,
    state: Arc<ShopState>,
    /// Session of the page.
    pub session: SessionHandle,
    toast: ToastHandle,
}

/// Commands read the present state from the shop, so a handle is another one only with another state.
impl PartialEq for ShopHandle {
    fn eq(&self, other: &Self) -> bool {
        self.shop == other.shop
            && Arc::ptr_eq(&self.state, &other.state)
            && self.session == other.session
            && self.toast == other.toast
    }
}

impl Deref for ShopHandle {
    type Target = ShopState;

    fn deref(&self) -> &ShopState {
        &self.state
    }
}

/// Returns the shop of the page.
///
/// # Panics
/// Outside of a [`ShopProvider`].
#[hook]
pub fn use_shop() -> ShopHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<ShopHandle>().expect("pages of students stand in a ShopProvider")
}

/// Runs the shop of the session, for everybody below.
#[component]
pub fn ShopProvider(Children { children }: &Children) -> Html {
    let (session, toast) = (use_session(), use_toast());
    let shop = use_memo(session.session().clone(), |session| Shop::new(session.clone()));
    let state = use_store(shop.store());
    use_effect_with((*shop).clone(), |shop| {
        let running = shop.run();
        move || drop(running)
    });
    let handle = ShopHandle { shop: (*shop).clone(), state, session, toast };
    use_other_tabs(&handle);
    use_ready_signal(&handle);
    use_toasts(&handle);
    html! { <ContextProvider<ShopHandle> context={handle}>{ children.clone() }</ContextProvider<ShopHandle>> }
}

/// Takes over the basket that another tab has stored.
#[hook]
fn use_other_tabs(handle: &ShopHandle) {
    let shop = handle.shop.clone();
    let on_storage = use_callback((), move |event: Event, ()| {
        let key = js_sys::Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string());
        if browser::is_kept_as(key.as_deref(), BASKET) {
            shop.load_basket();
        }
    });
    use_window_event("storage", on_storage);
}

/// Sounds and vibrates when an order is ready.
#[hook]
fn use_ready_signal(handle: &ShopHandle) {
    let (prefs, _) = use_prefs();
    let device = handle.session.device().clone();
    use_effect_with(handle.ready_count, move |ready_count| {
        if *ready_count > 0 {
            device.vibrate();
            if prefs.sound {
                device.play(Sound::OrderReady);
            }
        }
    });
}

/// Shows the toasts that no command of this page causes, and removes those that no longer fit.
#[hook]
fn use_toasts(handle: &ShopHandle) {
    let toast = handle.toast.clone();
    use_effect_with(handle.conflicting_reuse.clone(), move |conflicting_reuse| {
        if conflicting_reuse.is_some() {
            toast.show(student::EARLIER_ATTEMPT_ACCEPTED);
        }
    });
    let toast = handle.toast.clone();
    let user = handle.session.signed_in().map(|signed_in| signed_in.user.user_id);
    use_effect_with(user, move |_| toast.clear());
    // A basket that was emptied can be restored until another one is begun.
    let is_restorable = handle.toast.present().is_some_and(|toast| toast.action.is_some());
    let toast = handle.toast.clone();
    use_effect_with(handle.basket.is_empty(), move |is_empty| {
        if !is_empty && is_restorable {
            toast.clear();
        }
    });
}

impl ShopHandle {
    /// Returns the toasts of the page.
    pub fn toast(&self) -> &ToastHandle {
        &self.toast
    }

    /// Fetches again what could not be fetched.
    pub fn refresh(&self) {
        let shop = self.shop.clone();
        spawn(async move { shop.refresh().await });
    }

    /// Fetches older orders, and calls `then` when that is over.
    pub fn fetch_older(&self, then: Callback<()>) {
        let this = self.clone();
        run(async move {
            if this.shop.fetch_older_orders().await.is_err() {
                this.toast.show(failures::UNREACHABLE);
            }
            then.emit(());
        });
    }

    /// Fetches one order.
    ///
    /// # Errors
    /// As [`Shop::fetch_order`].
    pub async fn fetch_order(&self, id: &OrderId) -> Result<(), client::Failure> {
        self.shop.fetch_order(id).await
    }

    /// Signs out.
    pub fn sign_out(&self) {
        let this = self.clone();
        run(async move {
            if this.shop.sign_out().await.is_err() {
                this.toast.show(failures::UNREACHABLE);
            }
        });
    }

    /// Sets the quantity of a dish in the basket.
    pub fn set_quantity(&self, item: &ItemId, quantity: u8) {
        self.shop.set_quantity(item, quantity);
    }

    /// Empties the basket; a toast offers to restore it.
    pub fn empty_basket(&self) {
        if let Some(basket) = self.shop.empty_basket() {
            let action = Some(ToastAction::RestoreBasket(basket));
            self.toast.show_with(student::BASKET_CLEARED, Vec::new(), action);
        }
    }

    /// Restores a basket that was emptied.
    pub fn restore_basket(&self, basket: Basket) {
        self.shop.restore_basket(basket);
    }

    /// Reduces the basket to the portions left.
    pub fn fit_basket(&self) {
        self.shop.fit_basket();
    }

    /// Puts the dishes of an order into the basket as far as they are left.
    pub fn order_again(&self, order: &OrderView) {
        let is_whole = self.shop.order_again(order);
        self.toast.show(if is_whole {
            student::ORDER_ADDED_TO_BASKET
        } else {
            student::ORDER_PARTLY_ADDED_TO_BASKET
        });
    }

    /// Sends the basket, and calls `then` with the accepted order.
    pub fn place(&self, then: Callback<OrderId>) {
        let this = self.clone();
        run(async move {
            let placement = this.shop.place().await;
            this.placed(placement, &then);
        });
    }

    /// Goes on with a basket that was being sent when the page was left.
    pub fn resume_placing(&self, then: Callback<OrderId>) {
        let this = self.clone();
        run(async move {
            let placement = this.shop.resume_placing().await;
            this.placed(placement, &then);
        });
    }

    fn placed(&self, placement: Placement, then: &Callback<OrderId>) {
        match placement {
            Placement::Accepted(id) => then.emit(id),
            Placement::EarlierAccepted(id) => {
                self.toast.show(student::EARLIER_ATTEMPT_ACCEPTED);
                then.emit(id);
            }
            Placement::Refused | Placement::Stopped | Placement::NotSent => {}
        }
    }

    /// Stops sending the basket. Calls `then` with the order if an attempt had been accepted after all.
    pub fn stop_placing(&self, then: Callback<OrderId>) {
        let this = self.clone();
        run(async move {
            match this.shop.stop_placing().await {
                Some(id) => then.emit(id),
                None => this.toast.show(student::RETRYING_STOPPED),
            }
        });
    }
}

/// Runs work of a page.
pub(super) fn run(work: impl Future<Output = ()> + 'static) {
    yew::platform::spawn_local(work);
}
