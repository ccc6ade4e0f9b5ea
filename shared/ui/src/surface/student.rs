//! Surface of students, `/`.

use yew::prelude::*;
use yew_router::prelude::*;

use super::SurfaceProps;
use crate::{
    hooks::{PrefsProvider, SessionProvider, ShopProvider, ToastProvider},
    pages::student::frame::Frame,
};

/// All of it.
#[component]
pub fn Surface(SurfaceProps { client, device }: &SurfaceProps) -> Html {
    html! {
        <SessionProvider client={client.clone()} device={device.clone()}>
            <PrefsProvider>
                <ToastProvider>
                    <ShopProvider>
                        <BrowserRouter>
                            <Frame />
                        </BrowserRouter>
                    </ShopProvider>
                </ToastProvider>
            </PrefsProvider>
        </SessionProvider>
    }
}
