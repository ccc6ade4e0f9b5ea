//! The board surface.

use yew::prelude::*;

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! { <p>{ "board" }</p> }
}
