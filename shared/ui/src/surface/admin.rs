//! The surface of staff and admins, `/admin`.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::{
    hooks::{ConsoleProvider, PrefsProvider},
    pages::admin::frame::Frame,
};

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! {
        <PrefsProvider>
            <ConsoleProvider>
                <BrowserRouter>
                    <Frame />
                </BrowserRouter>
            </ConsoleProvider>
        </PrefsProvider>
    }
}
