//! The student surface.

use yew::prelude::*;

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! { <p>{ "student" }</p> }
}
