//! How many of a dish.

use yew::prelude::*;

use super::icon::Icon;
use crate::{hooks::use_language, state::basket::MOST, text::student};

/// A dish and how many of it.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct StepperProps {
    /// The dish, for labels.
    pub dish: AttrValue,
    /// How many.
    pub count: u8,
    /// How many there can be.
    pub left: u32,
    /// Whether nothing may change now.
    #[prop_or_default]
    pub disabled: bool,
    /// Another number is wanted.
    pub set: Callback<u8>,
}

/// A plus that turns into minus, number, plus.
#[component]
pub fn Stepper(StepperProps { dish, count, left, disabled, set }: &StepperProps) -> Html {
    let language = use_language();
    let (count, left) = (*count, *left);
    let most = u32::from(MOST).min(left);
    let full = u32::from(count) >= most;
    let step = |to: u8| {
        let set = set.clone();
        Callback::from(move |_: MouseEvent| set.emit(to))
    };
    let label = |text| language.fill(text, &[("dish", dish)]);
    if count == 0 {
        return html! {
            <button class="step add" type="button" disabled={*disabled || most == 0} aria-label={label(student::ADD)}
                onclick={step(1)}>
                <Icon name="plus" />
            </button>
        };
    }
    let number = language.number(u64::from(count));
    html! {
        <div class="stepper" role="group" aria-label={dish.clone()}>
            <button class="step" type="button" disabled={*disabled} aria-label={label(student::ONE_LESS)}
                onclick={step(count - 1)}>
                <Icon name={if count == 1 { "trash" } else { "minus" }} />
            </button>
            <output class="step-count" aria-live="polite"
                aria-label={language.fill(student::IN_BASKET, &[("n", &number)])}>{ &number }</output>
            <button class="step" type="button" disabled={*disabled || full} aria-label={label(student::ONE_MORE)}
                onclick={step(count.saturating_add(1))}>
                <Icon name="plus" />
            </button>
        </div>
    }
}
