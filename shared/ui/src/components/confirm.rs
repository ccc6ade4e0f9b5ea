//! A question before something that others notice; its button names what will happen.

use yew::prelude::*;

use super::dialog::Dialog;
use crate::{hooks::use_language, text::common};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// The heading.
    pub title: AttrValue,
    /// What will happen, on the button.
    pub effect: AttrValue,
    /// What should be known before.
    pub hint: AttrValue,
    /// How to say no.
    #[prop_or_default]
    pub keep: Option<AttrValue>,
    /// Whether it is being done.
    #[prop_or_default]
    pub busy: bool,
    /// Yes.
    pub yes: Callback<()>,
    /// No.
    pub no: Callback<()>,
}

/// The question. The focus begins at the answer that does nothing.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let language = use_language();
    let keep = props.keep.clone().unwrap_or_else(|| language.say(common::CANCEL).into());
    let (yes, no) = (props.yes.reform(|_: MouseEvent| ()), props.no.reform(|_: MouseEvent| ()));
    html! {
        <Dialog title={props.title.clone()} close={props.no.clone()}>
            <p>{ &props.hint }</p>
            <div class="dialog-buttons">
                <button class="button" type="button" onclick={no} autofocus=true>{ keep }</button>
                <button class="button danger" type="button" onclick={yes} disabled={props.busy}
                    aria-busy={props.busy.to_string()} data-test="confirm">
                    { &props.effect }
                </button>
            </div>
        </Dialog>
    }
}
