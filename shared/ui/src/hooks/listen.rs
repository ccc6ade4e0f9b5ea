//! Events of the window.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::Event;
use yew::prelude::*;

use crate::browser;

/// Calls `callback` after each event of this name on the window.
#[hook]
pub fn use_window_event(name: &'static str, callback: Callback<Event>) {
    use_effect_with((name, callback), |(name, callback)| {
        let name = *name;
        let callback = callback.clone();
        let listener = Closure::<dyn Fn(Event)>::new(move |event| callback.emit(event));
        if let Some(window) = browser::window() {
            let _ = window.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        move || {
            if let Some(window) = browser::window() {
                let _ = window.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            }
        }
    });
}
