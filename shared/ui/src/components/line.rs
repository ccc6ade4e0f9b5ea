//! State of the socket connection: a dot and a word.

use client::LiveState;
use yew::prelude::*;

use crate::{hooks::use_language, text::Text};

/// Properties of [`ConnectionStatus`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConnectionStatusProps {
    /// Connection state.
    pub state: LiveState,
    /// Text beside the dot.
    pub text: Text,
}

/// Dot, filled while events arrive and hollow otherwise, with the state as text.
#[component]
pub fn ConnectionStatus(ConnectionStatusProps { state, text }: &ConnectionStatusProps) -> Html {
    let language = use_language();
    let class = match state {
        LiveState::Live => "line live",
        LiveState::Connecting => "line waiting",
        LiveState::Reconnecting | LiveState::Refused => "line lost",
    };
    html! {
        <span {class} role="status" data-test="line">
            <span class="dot" aria-hidden="true" />
            <span class="line-text">{ language.say(*text) }</span>
        </span>
    }
}
