//! Surface of staff and admins, `/admin`.

use yew::prelude::*;
use yew_router::prelude::*;

use super::SurfaceProps;
use crate::{
    hooks::{ConsoleProvider, PrefsProvider, SessionProvider, ToastProvider},
    pages::admin::frame::Frame,
};

/// All of it.
#[component]
pub fn Surface(SurfaceProps { client, device }: &SurfaceProps) -> Html {
    html! {
        <SessionProvider client={client.clone()} device={device.clone()}>
            <PrefsProvider>
                <ToastProvider>
                    <ConsoleProvider>
                        <BrowserRouter>
                            <Frame />
                        </BrowserRouter>
                    </ConsoleProvider>
                </ToastProvider>
            </PrefsProvider>
        </SessionProvider>
    }
}
