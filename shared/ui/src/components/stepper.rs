//! Quantity of a dish, with buttons to change it.

use app::basket::MAX_QUANTITY;
use yew::prelude::*;

use super::icon::Icon;
use crate::{hooks::use_language, text::student};

/// Properties of [`Stepper`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct StepperProps {
    /// Name of the dish, for labels.
    pub dish: AttrValue,
    /// Current quantity.
    pub count: u8,
    /// Portions left in stock.
    pub left: u32,
    /// True while the quantity cannot change.
    #[prop_or_default]
    pub disabled: bool,
    /// Called with the new quantity.
    pub on_change: Callback<u8>,
}

/// Plus button, which becomes minus, quantity and plus once the quantity is above zero.
#[component]
pub fn Stepper(StepperProps { dish, count, left, disabled, on_change }: &StepperProps) -> Html {
    let language = use_language();
    let (count, left) = (*count, *left);
    let max = u32::from(MAX_QUANTITY).min(left);
    let is_full = u32::from(count) >= max;
    let step = |to: u8| {
        let on_change = on_change.clone();
        Callback::from(move |_: MouseEvent| on_change.emit(to))
    };
    let label = |text| language.fill(text, &[("dish", dish)]);
    if count == 0 {
        return html! {
            <button class="step add" type="button" disabled={*disabled || max == 0} aria-label={label(student::ADD)}
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
            <button class="step" type="button" disabled={*disabled || is_full} aria-label={label(student::ONE_MORE)}
                onclick={step(count.saturating_add(1))}>
                <Icon name="plus" />
            </button>
        </div>
    }
}
