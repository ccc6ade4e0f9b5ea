//! The surface of staff and admins, `/admin`.

use yew::prelude::*;

use crate::hooks::PrefsProvider;

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! { <PrefsProvider><main /></PrefsProvider> }
}
