//! A question in front of the page: the browser's own dialog, which keeps the focus in and closes with Escape.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::icon::Icon;
use crate::{browser, hooks::use_language, text::common};

/// What is in front of the page.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DialogProps {
    /// Its heading.
    pub title: AttrValue,
    /// It was closed without a decision.
    pub close: Callback<()>,
    /// What is in it, its buttons included.
    pub children: Html,
    /// Further classes.
    #[prop_or_default]
    pub class: Classes,
}

/// A dialog, open as long as it is there.
#[component]
pub fn Dialog(DialogProps { title, close, children, class }: &DialogProps) -> Html {
    let language = use_language();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let dialog = browser::window().and_then(|_| node.cast::<HtmlDialogElement>());
            if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
                let _ = dialog.show_modal();
            }
        });
    }
    let oncancel = {
        let close = close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            close.emit(());
        })
    };
    // A click beside it hits the dialog itself, since everything in it is in its frame.
    let onclick = {
        let (close, node) = (close.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            let beside = event.target().zip(node.get()).is_some_and(|(target, dialog)| {
                let dialog: &js_sys::Object = dialog.as_ref();
                *dialog == *target
            });
            if beside {
                close.emit(());
            }
        })
    };
    let onclose = {
        let close = close.clone();
        Callback::from(move |_: MouseEvent| close.emit(()))
    };
    html! {
        <dialog ref={node} class={classes!("dialog", class.clone())} aria-label={title.clone()} {oncancel} {onclick}>
            <div class="dialog-frame">
                <div class="dialog-head">
                    <h2>{ title }</h2>
                    <button class="button quiet round" type="button" aria-label={language.say(common::CLOSE)}
                        onclick={onclose}>
                        <Icon name="close" />
                    </button>
                </div>
                { children.clone() }
            </div>
        </dialog>
    }
}
