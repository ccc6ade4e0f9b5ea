//! Dialog that adds or removes portions of a dish, with a reason.

use std::sync::Arc;

use client::Failure;
use wire::stock::{Adjust, MAX_QUANTITY, StockItem};
use yew::prelude::*;

use crate::{
    components::{dialog::Dialog, field::TextField, notice::FailureBanner},
    hooks::{use_console, use_language},
    state::stock_table::portions,
    text::{Language, admin as say, common, dishes},
};

/// Properties of [`AdjustStockDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct AdjustStockDialogProps {
    /// Dish.
    pub item: Arc<StockItem>,
    /// Called when the dialog closes, with or without an adjustment.
    pub on_close: Callback<()>,
}

/// Returns the error message of a number of portions that is out of range.
fn count_error(language: Language) -> String {
    let (from, to) = (language.number(1), language.number(MAX_QUANTITY.into()));
    language.fill(say::NUMBER_OUT_OF_RANGE, &[("from", &from), ("to", &to)])
}

/// Dialog for restock and waste.
#[component]
pub fn AdjustStockDialog(AdjustStockDialogProps { item, on_close }: &AdjustStockDialogProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let is_restock = use_state_eq(|| true);
    let count = use_state_eq(|| "10".to_owned());
    let reason = use_state_eq(|| language.say(say::REASON_DELIVERY).to_owned());
    // An unchanged form keeps its idempotency key, so that a retry cannot adjust twice.
    let key = use_memo(((*is_restock), (*count).clone(), (*reason).clone()), |_| client::new_order_id());
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<Arc<Failure>>);
    let name = dishes::name_of(language, item);
    let number = portions(&count).filter(|number| *number > 0);
    let choice = |restock: bool, text, preset| {
        let (is_restock, reason) = (is_restock.clone(), reason.clone());
        let is_selected = *is_restock == restock;
        let onclick = Callback::from(move |_: MouseEvent| {
            is_restock.set(restock);
            reason.set(language.say(preset).to_owned());
        });
        html! {
            <button class="choice" type="button" aria-pressed={is_selected.to_string()} {onclick}>
                { language.say(text) }
            </button>
        }
    };
    let reasons = if *is_restock {
        [say::REASON_DELIVERY, say::REASON_COOKED, say::REASON_COUNTED]
    } else {
        [say::REASON_WASTE, say::REASON_COUNTED, say::REASON_DELIVERY]
    };
    let onsubmit = {
        let (console, on_close, item) = (console.clone(), on_close.clone(), item.clone());
        let (reason, name) = (reason.clone(), name.clone());
        let (is_restock, busy, failure) = (*is_restock, busy.clone(), failure.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let reason = reason.trim().to_owned();
            let Some(number) = number.filter(|_| !reason.is_empty() && !*busy) else { return };
            let delta = if is_restock { i64::from(number) } else { -i64::from(number) };
            busy.set(true);
            failure.set(None);
            let (toast, on_close, name) = (console.toast().clone(), on_close.clone(), name.clone());
            let (busy, failure) = (busy.clone(), failure.clone());
            let then = Callback::from(move |result: Result<(), Failure>| {
                busy.set(false);
                match result {
                    Ok(()) => {
                        toast.show_with(say::ADJUSTED, vec![("dish", name.clone())], None);
                        on_close.emit(());
                    }
                    Err(error) => failure.set(Some(Arc::new(error))),
                }
            });
            console.adjust(&item.id, Adjust { delta, reason, key: (*key).clone() }, then);
        })
    };
    let set = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let (set_count, set_reason) = (set(&count), set(&reason));
    let shown = language.number(number.unwrap_or(0).into());
    let text = if *is_restock { say::ADD_N_PORTIONS } else { say::REMOVE_N_PORTIONS };
    let submit_label = language.fill(text, &[("n", &shown)]);
    html! {
        <Dialog title={language.fill(say::ADJUST_DISH, &[("dish", &name)])} on_close={on_close.clone()}>
            <form class="stack" {onsubmit} novalidate=true>
                <p class="muted">
                    { language.say(say::LEFT) }{ ": " }<strong>{ language.number(item.quantity.into()) }</strong>
                </p>
                <div class="choices" role="group">
                    { choice(true, say::ADD_PORTIONS, say::REASON_DELIVERY) }
                    { choice(false, say::REMOVE_PORTIONS, say::REASON_WASTE) }
                </div>
                <TextField id="adjust-count" label={language.say(say::PORTIONS)} value={(*count).clone()} on_input={set_count}
                    input_mode={AttrValue::from("numeric")} error={number.is_none().then(|| AttrValue::from(count_error(language)))} />
                <TextField id="adjust-reason" label={language.say(say::REASON)} value={(*reason).clone()} on_input={set_reason}
                    error={reason.trim().is_empty().then(|| AttrValue::from(language.say(say::MISSING_REASON)))} />
                <div class="chips">
                    { for reasons.into_iter().map(|text| {
                        let reason = reason.clone();
                        let onclick = Callback::from(move |_: MouseEvent| reason.set(language.say(text).to_owned()));
                        html! { <button class="chip" type="button" {onclick}>{ language.say(text) }</button> }
                    }) }
                </div>
                if let Some(failure) = (*failure).clone() { <FailureBanner {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CANCEL) }
                    </button>
                    <button class={classes!("button", if *is_restock { "primary" } else { "danger" })} type="submit"
                        disabled={*busy || number.is_none()} aria-busy={busy.to_string()} data-test="adjust-submit">
                        { submit_label }
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_count_names_its_range() {
        assert_eq!(count_error(Language::English), "Enter a number from 1 to 10,00,000.");
        assert_eq!((portions("1000000"), portions("1000001")), (Some(MAX_QUANTITY), None));
    }
}
