//! Toasts: short messages that leave by themselves, perhaps with a button that undoes something.

use std::rc::Rc;

use app::basket::Basket;
use client::Failure;
use uuid::Uuid;
use wire::{ItemId, OrderStatus};
use yew::prelude::*;

use super::Children;
use crate::{pages::failure, text::Text};

/// Command behind the button of a toast.
#[derive(Debug, Clone, PartialEq)]
pub enum ToastAction {
    /// Restores a basket that was emptied.
    RestoreBasket(Basket),
    /// Returns a ticket to its status before.
    SetTicket {
        /// Ticket.
        id: Uuid,
        /// Status before.
        status: OrderStatus,
    },
    /// Shows or hides a dish as before.
    SetAvailable {
        /// Dish.
        item: ItemId,
        /// State before.
        available: bool,
    },
}

/// Toast.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// Number, different for each toast.
    pub number: u32,
    /// Message.
    pub text: Text,
    /// Values in the message.
    pub values: Vec<(&'static str, String)>,
    /// Command behind its button.
    pub action: Option<ToastAction>,
}

/// Present toast.
#[derive(Debug, Clone, Default, PartialEq)]
struct Toasts {
    count: u32,
    present: Option<Toast>,
}

enum Change {
    Show(Text, Vec<(&'static str, String)>, Option<ToastAction>),
    /// Removes the toast of this number; a later one stays.
    Dismiss(u32),
    Clear,
}

impl Reducible for Toasts {
    type Action = Change;

    fn reduce(mut self: Rc<Self>, change: Change) -> Rc<Self> {
        let toasts = Rc::make_mut(&mut self);
        match change {
            Change::Show(text, values, action) => {
                toasts.count += 1;
                toasts.present = Some(Toast { number: toasts.count, text, values, action });
            }
            Change::Dismiss(number) => {
                toasts.present = toasts.present.take().filter(|toast| toast.number != number);
            }
            Change::Clear => toasts.present = None,
        }
        self
    }
}

/// Toasts of the page.
#[derive(Clone, PartialEq)]
pub struct ToastHandle(UseReducerHandle<Toasts>);

impl ToastHandle {
    /// Returns the present toast.
    pub fn present(&self) -> Option<&Toast> {
        self.0.present.as_ref()
    }

    /// Shows a message.
    pub fn show(&self, text: Text) {
        self.show_with(text, Vec::new(), None);
    }

    /// Shows a message with values, and perhaps a button.
    pub fn show_with(&self, text: Text, values: Vec<(&'static str, String)>, action: Option<ToastAction>) {
        self.0.dispatch(Change::Show(text, values, action));
    }

    /// Shows a failure.
    pub fn show_failure(&self, failure: &Failure) {
        self.show(failure::message_of(failure));
    }

    /// Removes the toast of this number.
    pub fn dismiss(&self, number: u32) {
        self.0.dispatch(Change::Dismiss(number));
    }

    /// Removes the present toast.
    pub fn clear(&self) {
        self.0.dispatch(Change::Clear);
    }
}

/// Keeps the toasts, for everybody below.
#[component]
pub fn ToastProvider(Children { children }: &Children) -> Html {
    let toasts = use_reducer(Toasts::default);
    html! {
        <ContextProvider<ToastHandle> context={ToastHandle(toasts)}>
            { children.clone() }
        </ContextProvider<ToastHandle>>
    }
}

/// Returns the toasts of the page.
///
/// # Panics
/// Outside of a [`ToastProvider`].
#[hook]
pub fn use_toast() -> ToastHandle {
    #[expect(clippy::expect_used, reason = "a page without its provider is a mistake of ours")]
    use_context::<ToastHandle>().expect("pages stand in a ToastProvider")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::common;

    #[test]
    fn dismissing_an_older_toast_leaves_the_newer_one() {
        let show = || Change::Show(common::SAVE, vec![], None);
        let toasts = Rc::new(Toasts::default()).reduce(show()).reduce(show()).reduce(Change::Dismiss(1));
        assert_eq!(toasts.present.as_ref().unwrap().number, 2);
        assert_eq!(toasts.reduce(Change::Dismiss(2)).present, None);
    }
}
