//! The admin surface.

use yew::prelude::*;

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! { <p>{ "admin" }</p> }
}
