//! A short word that goes by itself.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// How long it stays.
const STAYS_MS: u32 = 5_000;

/// What is said.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ToastProps {
    /// Each has another number; with a new one, the time begins anew.
    pub number: u32,
    /// The text.
    pub text: AttrValue,
    /// Called when it has been there long enough.
    pub gone: Callback<u32>,
    /// A button, as for undoing.
    #[prop_or_default]
    pub children: Html,
}

/// A short word over the bottom of the page; read out to those who do not see it.
#[component]
pub fn Toast(ToastProps { number, text, gone, children }: &ToastProps) -> Html {
    let when_over = gone.clone();
    // Of the number alone: around it, the page is drawn anew whenever something is sold.
    use_effect_with(*number, move |number| {
        let (number, gone) = (*number, when_over);
        let timeout = Timeout::new(STAYS_MS, move || gone.emit(number));
        move || drop(timeout)
    });
    html! {
        <div class="toast" role="status" key={*number}>
            <span>{ text }</span>
            { children.clone() }
        </div>
    }
}
