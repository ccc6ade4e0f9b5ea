//! How the socket is: a dot, and a word.

use client::LiveState;
use yew::prelude::*;

use crate::{hooks::use_language, text::Text};

/// The state, and what it is called here.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct LineProps {
    /// The state.
    pub state: LiveState,
    /// The word.
    pub text: Text,
}

/// A dot, filled while everything is heard, hollow while not, and the word for it.
#[component]
pub fn Line(LineProps { state, text }: &LineProps) -> Html {
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
