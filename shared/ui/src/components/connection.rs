//! State of the socket connection: a dot and a word.

use client::ConnectionState;
use yew::prelude::*;

use crate::{hooks::use_language, text::Text};

/// Properties of [`ConnectionStatus`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConnectionStatusProps {
    /// Connection state.
    pub state: ConnectionState,
    /// Text beside the dot.
    pub text: Text,
}

/// Dot, filled while events arrive and hollow otherwise, with the state as text.
#[component]
pub fn ConnectionStatus(ConnectionStatusProps { state, text }: &ConnectionStatusProps) -> Html {
    let language = use_language();
    let class = match state {
        ConnectionState::Connected => "line live",
        ConnectionState::Connecting => "line waiting",
        ConnectionState::Reconnecting | ConnectionState::Refused => "line lost",
    };
    html! {
        <span {class} role="status" data-test="line">
            <span class="dot" aria-hidden="true" />
            <span class="line-text">{ language.say(*text) }</span>
        </span>
    }
}
