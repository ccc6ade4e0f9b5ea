//! The student's surface, `/`.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::{
    hooks::{PrefsProvider, ShopProvider},
    pages::student::frame::Frame,
};

/// The whole of it.
#[component]
pub fn Surface() -> Html {
    html! {
        <PrefsProvider>
            <ShopProvider>
                <BrowserRouter>
                    <Frame />
                </BrowserRouter>
            </ShopProvider>
        </PrefsProvider>
    }
}
