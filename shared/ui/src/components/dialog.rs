//! Modal dialog: the browser's own element, which traps the focus and closes with Escape.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::icon::Icon;
use crate::{browser, hooks::use_language, text::common};

/// Properties of [`Dialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DialogProps {
    /// Heading.
    pub title: AttrValue,
    /// Called when the user closes the dialog without a decision.
    pub on_close: Callback<()>,
    /// Content, including the buttons.
    pub children: Html,
    /// Additional CSS classes.
    #[prop_or_default]
    pub class: Classes,
}

/// Modal dialog, open as long as it is rendered.
#[component]
pub fn Dialog(DialogProps { title, on_close, children, class }: &DialogProps) -> Html {
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
        let on_close = on_close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            on_close.emit(());
        })
    };
    // A click on the backdrop hits the dialog element itself: all content is inside its frame.
    let onclick = {
        let (on_close, node) = (on_close.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            let on_backdrop = event.target().zip(node.get()).is_some_and(|(target, dialog)| {
                let dialog: &js_sys::Object = dialog.as_ref();
                *dialog == *target
            });
            if on_backdrop {
                on_close.emit(());
            }
        })
    };
    let onclose = {
        let on_close = on_close.clone();
        Callback::from(move |_: MouseEvent| on_close.emit(()))
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
