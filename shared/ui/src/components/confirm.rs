//! Confirmation of an action that affects others; its button names the effect.

use yew::prelude::*;

use super::dialog::Dialog;
use crate::{hooks::use_language, text::common};

/// Properties of [`Confirm`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// Heading.
    pub title: AttrValue,
    /// Label of the confirm button: the effect of the action.
    pub confirm_label: AttrValue,
    /// Explanation of the consequences.
    pub hint: AttrValue,
    /// Label of the cancel button, "Cancel" by default.
    #[prop_or_default]
    pub cancel_label: Option<AttrValue>,
    /// True while the action runs.
    #[prop_or_default]
    pub busy: bool,
    /// Called when the user confirms.
    pub on_confirm: Callback<()>,
    /// Called when the user cancels.
    pub on_cancel: Callback<()>,
}

/// Confirmation dialog. The cancel button has the initial focus.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let language = use_language();
    let cancel_label = props.cancel_label.clone().unwrap_or_else(|| language.say(common::CANCEL).into());
    let confirm = props.on_confirm.reform(|_: MouseEvent| ());
    let cancel = props.on_cancel.reform(|_: MouseEvent| ());
    html! {
        <Dialog title={props.title.clone()} on_close={props.on_cancel.clone()}>
            <p>{ &props.hint }</p>
            <div class="dialog-buttons">
                <button class="button" type="button" onclick={cancel} autofocus=true>{ cancel_label }</button>
                <button class="button danger" type="button" onclick={confirm} disabled={props.busy}
                    aria-busy={props.busy.to_string()} data-test="confirm">
                    { &props.confirm_label }
                </button>
            </div>
        </Dialog>
    }
}
