//! The passing time.

use gloo_timers::callback::Interval;
use wire::Time;
use yew::prelude::*;

/// Returns the present time, anew every `interval_ms` milliseconds.
#[hook]
pub fn use_now(interval_ms: u32) -> Time {
    let now = use_state_eq(client::now);
    let setter = now.setter();
    use_effect_with(interval_ms, move |interval_ms| {
        let interval = Interval::new(*interval_ms, move || setter.set(client::now()));
        move || drop(interval)
    });
    *now
}
