//! What keeps the shop true without anybody's doing.

use client::LiveEvent;
use gloo_timers::callback::Interval;
use yew::{platform::spawn_local, prelude::*};

use super::{BASKET, ShopHandle, kept_basket};
use crate::{
    browser,
    hooks::{use_prefs, use_window_event},
    sound::{self, Chime},
    state::{
        basket::Basket,
        shop::{Act, Placing, Who},
    },
};

/// How often the menu, and the orders that are under way, are asked for while the socket is away, a quarter more or less.
const ASK_EVERY_MS: u32 = 4_000;

#[hook]
pub(super) fn use_upkeep(handle: &ShopHandle) {
    use_session(handle);
    use_socket(handle);
    use_kept_basket(handle);
    use_asking(handle);
    use_chime(handle);
}

/// Takes the session up, and hears when it is over.
#[hook]
fn use_session(handle: &ShopHandle) {
    let handle = handle.clone();
    use_effect_with((), move |()| {
        sound::resume_on_first_touch();
        listen_to_session(&handle);
        handle.fetch_menu();
        handle.resume();
        let client = handle.client.clone();
        spawn_local(async move { client.keep_fresh().await });
    });
}

#[cfg(target_arch = "wasm32")]
fn listen_to_session(handle: &ShopHandle) {
    let dispatcher = handle.shop.dispatcher();
    handle.client.on_session(move |person| match person {
        Some(person) => dispatcher.dispatch(Act::Who(Who::Person(person))),
        // By itself, as far as is known; whoever signs out says so afterwards.
        None => dispatcher.dispatch(Act::Who(Who::Nobody { ended: true })),
    });
}

/// Outside of a browser nobody signs in.
#[cfg(not(target_arch = "wasm32"))]
fn listen_to_session(_handle: &ShopHandle) {}

/// Opens the socket, and fetches what was missed whenever it is there again.
#[hook]
fn use_socket(handle: &ShopHandle) {
    let known = handle.person().map(|person| person.user.user_id);
    let handle = handle.clone();
    // Once the person is known, whoever it is.
    let asked = !matches!(handle.who, Who::Starting);
    let snapshots = handle.clone();
    use_effect_with(known, move |known| {
        if known.is_some() {
            snapshots.fetch_orders();
        }
    });
    use_effect_with(asked, move |asked| {
        let line = asked.then(|| connect(&handle)).flatten();
        move || drop(line)
    });
}

#[cfg(target_arch = "wasm32")]
fn connect(handle: &ShopHandle) -> Option<client::Live> {
    let this = handle.clone();
    Some(handle.client.live_of(client::live::of_students, move |event| take(&this, event)))
}

/// Outside of a browser nothing is heard.
#[cfg(not(target_arch = "wasm32"))]
fn connect(handle: &ShopHandle) -> Option<client::Live> {
    let _ = |event| take(handle, event);
    None
}

fn take(handle: &ShopHandle, event: LiveEvent) {
    // Read through a fresh handle: one that lives as long as the page keeps every state that was read through it.
    let handle = &handle.clone();
    match event {
        LiveEvent::State(state) => handle.act(Act::Live(state)),
        LiveEvent::Ready | LiveEvent::Resync => handle.fetch(),
        LiveEvent::Menu => handle.fetch_menu(),
        LiveEvent::Notification(news) => {
            // An order of another tab or device. One that is being sent from here is known in a moment.
            let sending = matches!(handle.placing, Placing::Sending { .. });
            let ours = sending && handle.basket.key() == Some(&news.order_id);
            let is_new = !ours && handle.orders.order(&news.order_id).is_none();
            handle.act(Act::Heard(news));
            if is_new {
                handle.fetch_orders();
            }
        }
        LiveEvent::Stock(level) => {
            if handle.dishes().lacks(&level) {
                handle.fetch_menu();
            } else {
                handle.act(Act::Level(level));
            }
        }
        LiveEvent::Board(_) | LiveEvent::Ticket(_) | LiveEvent::Ops(_) => {}
    }
}

/// Keeps the basket on the device, and takes over what another tab has done with it.
#[hook]
fn use_kept_basket(handle: &ShopHandle) {
    use_effect_with(handle.basket.clone(), |basket| {
        if kept_basket() != *basket {
            let text = serde_json::to_string(basket).ok().filter(|_| *basket != Basket::default());
            browser::keep(BASKET, text.as_deref());
        }
    });
    let dispatcher = handle.shop.dispatcher();
    let takes_over = use_callback((), move |event: Event, ()| {
        let key = js_sys::Reflect::get(&event, &"key".into()).ok().and_then(|key| key.as_string());
        if browser::is_kept_as(key.as_deref(), BASKET) {
            dispatcher.dispatch(Act::Basket(kept_basket()));
        }
    });
    use_window_event("storage", takes_over);
}

/// Asks every few seconds while nothing is heard, or what is needed could not be had.
#[hook]
fn use_asking(handle: &ShopHandle) {
    let deaf = handle.live != client::LiveState::Live;
    let waits = handle.person().is_some() && handle.orders.open().next().is_some();
    let unknown = matches!(handle.who, Who::Unknown(_));
    let empty = handle.menu.ready().is_none();
    let handle = handle.clone();
    use_effect_with((deaf, waits, unknown, empty), move |&(deaf, waits, unknown, empty)| {
        let asks = deaf || empty || unknown;
        let interval = asks.then(|| {
            // Not all pages at the same moment, although all have lost their sockets at the same.
            let period = (f64::from(ASK_EVERY_MS) * (0.75 + 0.5 * js_sys::Math::random())) as u32;
            Interval::new(period, move || {
                if unknown {
                    handle.resume();
                }
                if deaf && waits {
                    handle.fetch_orders();
                }
                if (deaf || empty) && !browser::is_hidden() {
                    handle.fetch_menu();
                }
            })
        });
        move || drop(interval)
    });
}

/// Sounds when an order that was waited for is ready.
#[hook]
fn use_chime(handle: &ShopHandle) {
    let (prefs, _) = use_prefs();
    let waited = use_mut_ref(std::collections::BTreeSet::new);
    let open: Vec<_> = handle.orders.open().map(|order| (order.order_id.clone(), order.status)).collect();
    use_effect_with(open, move |open| {
        let mut waited = waited.borrow_mut();
        let mut rings = false;
        for (order, status) in open {
            if *status == wire::OrderStatus::Ready {
                rings |= waited.remove(order);
            } else {
                waited.insert(order.clone());
            }
        }
        if rings {
            browser::tremble();
            if prefs.sound {
                sound::play(Chime::Ready);
            }
        }
    });
}
