//! The time that passes.

use gloo_timers::callback::Interval;
use wire::Time;
use yew::prelude::*;

/// The time, told again every `period_ms` milliseconds as long as the component is there.
#[hook]
pub fn use_now(period_ms: u32) -> Time {
    let now = use_state_eq(client::now);
    let teller = now.setter();
    use_effect_with(period_ms, move |period_ms| {
        let interval = Interval::new(*period_ms, move || teller.set(client::now()));
        move || drop(interval)
    });
    *now
}
