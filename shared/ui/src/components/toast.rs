//! Short message that disappears after a delay.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// Time until a toast disappears, in milliseconds.
const DISMISS_DELAY_MS: u32 = 5_000;

/// Properties of [`Toast`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ToastProps {
    /// Number of the toast. A new number restarts the delay.
    pub number: u32,
    /// Message.
    pub text: AttrValue,
    /// Called with the number of the toast after the delay.
    pub on_dismiss: Callback<u32>,
    /// Optional button, for example to undo.
    #[prop_or_default]
    pub children: Html,
}

/// Message at the bottom of the page, announced to screen readers.
#[component]
pub fn Toast(ToastProps { number, text, on_dismiss, children }: &ToastProps) -> Html {
    let on_dismiss = on_dismiss.clone();
    // Depends on the number alone: the page renders again with each stock event, which must not restart the delay.
    use_effect_with(*number, move |number| {
        let number = *number;
        let timeout = Timeout::new(DISMISS_DELAY_MS, move || on_dismiss.emit(number));
        move || drop(timeout)
    });
    html! {
        <div class="toast" role="status" key={*number}>
            <span>{ text }</span>
            { children.clone() }
        </div>
    }
}
