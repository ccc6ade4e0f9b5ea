//! Surface of the kiosk at the counter, inside its app.

use yew::prelude::*;

use crate::{
    pages::kiosk::{Frame, HostHandle},
    state::kiosk::KioskState,
};

/// Properties of [`Surface`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct KioskProps {
    /// Core of the kiosk.
    pub host: HostHandle,
}

/// All of it. Empty until the first snapshot.
#[component]
pub fn Surface(KioskProps { host }: &KioskProps) -> Html {
    let state = use_reducer(KioskState::default);
    let dispatcher = state.dispatcher();
    use_effect_with(host.clone(), move |host| {
        host.subscribe(Callback::from(move |push| dispatcher.dispatch(push)));
    });
    match &state.snapshot {
        Some(snapshot) => html! {
            <Frame host={host.clone()} snapshot={snapshot.clone()} menu={state.menu.clone()} />
        },
        None => Html::default(),
    }
}
