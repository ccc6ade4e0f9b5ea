//! Surface of the pick-up board, `/board`.

use yew::prelude::*;

use super::SurfaceProps;
use crate::{
    hooks::{PrefsProvider, SessionProvider},
    pages::board::BoardPage,
};

/// All of it.
#[component]
pub fn Surface(SurfaceProps { client, device }: &SurfaceProps) -> Html {
    html! {
        <SessionProvider client={client.clone()} device={device.clone()}>
            <PrefsProvider><BoardPage /></PrefsProvider>
        </SessionProvider>
    }
}
