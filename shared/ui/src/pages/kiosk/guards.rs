//! Events of the whole window. Keys go to the core, for a card reader types like a keyboard; everything that a browser
//! does by itself (menus, selection, dragging, zooming, focus) is prevented.

use std::{cell::RefCell, rc::Rc};

use app::kiosk::{Action, KeyPress};
use gloo_timers::callback::Timeout;
use js_sys::Reflect;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{AddEventListenerOptions, Event, KeyboardEvent};
use yew::prelude::*;

use super::HostHandle;
use crate::browser;

/// Events whose default is always prevented. Without the default of `mousedown`, no button ever has the focus, so that
/// the Enter of a card reader presses none.
const PREVENTED: [&str; 14] = [
    "auxclick",
    "beforeinput",
    "contextmenu",
    "dblclick",
    "dragover",
    "dragstart",
    "drop",
    "gesturechange",
    "gesturestart",
    "keypress",
    "keyup",
    "mousedown",
    "paste",
    "selectstart",
];
/// Milliseconds during which key presses are collected.
const COLLECT_MS: u32 = 30;
/// Most key presses that are collected; further ones are dropped.
const MAX_PRESSES: usize = 64;
/// Milliseconds in which one touch is reported.
const TOUCH_MS: f64 = 1_000.0;

/// Listener of the window, removed when it is dropped.
struct Listener {
    name: &'static str,
    options: AddEventListenerOptions,
    closure: Closure<dyn Fn(Event)>,
}

impl Listener {
    fn new(name: &'static str, callback: impl Fn(Event) + 'static) -> Self {
        let options = AddEventListenerOptions::new();
        options.set_capture(true);
        options.set_passive(false);
        let closure = Closure::<dyn Fn(Event)>::new(callback);
        if let Some(window) = browser::window() {
            let _ = window.add_event_listener_with_callback_and_add_event_listener_options(
                name,
                closure.as_ref().unchecked_ref(),
                &options,
            );
        }
        Self { name, options, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(window) = browser::window() {
            let capture = self.options.get_capture().unwrap_or_default();
            let listener = self.closure.as_ref().unchecked_ref();
            let _ = window.remove_event_listener_with_callback_and_bool(self.name, listener, capture);
        }
    }
}

/// Key presses until they are sent.
#[derive(Default)]
struct Presses {
    collected: Vec<KeyPress>,
    timeout: Option<Timeout>,
}

/// Installs all guards, as long as the component lives. While `counts_down`, every touch is reported.
#[hook]
pub(super) fn use_guards(host: HostHandle, counts_down: bool) {
    let is_counting = use_mut_ref(|| false);
    *is_counting.borrow_mut() = counts_down;
    use_effect_with(host, move |host| {
        let mut listeners: Vec<Listener> =
            PREVENTED.into_iter().map(|name| Listener::new(name, |event| event.prevent_default())).collect();
        listeners.push(Listener::new("wheel", |event| {
            if property(&event, "ctrlKey").is_truthy() {
                event.prevent_default();
            }
        }));
        listeners.push(Listener::new("touchmove", |event| {
            let touches = Reflect::get(&property(&event, "touches"), &"length".into());
            if touches.ok().and_then(|count| count.as_f64()).is_some_and(|count| count > 1.0) {
                event.prevent_default();
            }
        }));
        listeners.push(key_listener(host.clone()));
        listeners.push(touch_listener(host.clone(), is_counting));
        move || drop(listeners)
    });
}

fn property(event: &Event, name: &str) -> JsValue {
    Reflect::get(event, &name.into()).unwrap_or_default()
}

/// Sends every key press, in groups.
fn key_listener(host: HostHandle) -> Listener {
    let presses = Rc::new(RefCell::new(Presses::default()));
    Listener::new("keydown", move |event| {
        event.prevent_default();
        let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| !event.repeat()) else { return };
        let mut waiting = presses.borrow_mut();
        if waiting.collected.len() < MAX_PRESSES {
            waiting.collected.push(KeyPress { key: event.key(), at: event.time_stamp() });
        }
        if waiting.timeout.is_none() {
            let (presses, host) = (Rc::clone(&presses), host.clone());
            waiting.timeout = Some(Timeout::new(COLLECT_MS, move || {
                let collected = {
                    let mut waiting = presses.borrow_mut();
                    waiting.timeout = None;
                    std::mem::take(&mut waiting.collected)
                };
                host.keys(collected);
            }));
        }
    })
}

/// Reports touches, at most one a second.
fn touch_listener(host: HostHandle, is_counting: Rc<RefCell<bool>>) -> Listener {
    let last = RefCell::new(f64::NEG_INFINITY);
    Listener::new("pointerdown", move |event| {
        let now = event.time_stamp();
        if now - *last.borrow() >= TOUCH_MS || *is_counting.borrow() {
            last.replace(now);
            host.send(Action::Touch);
        }
    })
}
