//! The pick-up board's surface, `/board`.

use yew::prelude::*;

use crate::{hooks::PrefsProvider, pages::board::BoardPage};

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! { <PrefsProvider><BoardPage /></PrefsProvider> }
}
