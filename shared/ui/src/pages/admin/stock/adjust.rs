//! Restock and waste: so many portions more or fewer, and why.

use std::rc::Rc;

use client::Failure;
use wire::stock::{Adjust, StockItem};
use yew::prelude::*;

use crate::{
    components::{dialog::Dialog, field::TextField, notice::FailedLine},
    hooks::{use_console, use_language},
    state::stock_table::portions,
    text::{admin as say, common, dishes},
};

/// A dish of which there will be more or fewer.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct AdjustProps {
    /// The dish.
    pub item: StockItem,
    /// It is done, or not wanted.
    pub close: Callback<()>,
}

/// The dialog of restock and waste.
#[component]
pub fn AdjustDish(AdjustProps { item, close }: &AdjustProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let adding = use_state_eq(|| true);
    let count = use_state_eq(|| "10".to_owned());
    let reason = use_state_eq(|| language.say(say::REASON_DELIVERY).to_owned());
    // The same key as long as the same is asked for, so that trying again cannot add twice.
    let key = use_memo(((*adding), (*count).clone(), (*reason).clone()), |_| client::new_order_id());
    let busy = use_state_eq(|| false);
    let failed = use_state(|| None::<Rc<Failure>>);
    let name = dishes::name_of(language, item);
    let number = portions(&count).filter(|number| *number > 0);
    let choice = |adds: bool, text, preset| {
        let (adding, reason) = (adding.clone(), reason.clone());
        let on = *adding == adds;
        let onclick = Callback::from(move |_: MouseEvent| {
            adding.set(adds);
            reason.set(language.say(preset).to_owned());
        });
        html! {
            <button class="choice" type="button" aria-pressed={on.to_string()} {onclick}>{ language.say(text) }</button>
        }
    };
    let reasons = if *adding {
        [say::REASON_DELIVERY, say::REASON_COOKED, say::REASON_COUNTED]
    } else {
        [say::REASON_WASTE, say::REASON_COUNTED, say::REASON_DELIVERY]
    };
    let onsubmit = {
        let (console, close, item) = (console.clone(), close.clone(), item.clone());
        let (reason, name) = (reason.clone(), name.clone());
        let (adding, busy, failed) = (*adding, busy.clone(), failed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let why = reason.trim().to_owned();
            let Some(number) = number.filter(|_| !why.is_empty() && !*busy) else { return };
            let delta = if adding { i64::from(number) } else { -i64::from(number) };
            busy.set(true);
            failed.set(None);
            let (said, close, name) = (console.clone(), close.clone(), name.clone());
            let (busy, failed) = (busy.clone(), failed.clone());
            let then = Callback::from(move |answer: Result<(), Failure>| {
                busy.set(false);
                match answer {
                    Ok(()) => {
                        said.say_with(say::ADJUSTED, vec![("dish", name.clone())], None);
                        close.emit(());
                    }
                    Err(failure) => failed.set(Some(Rc::new(failure))),
                }
            });
            console.adjust(&item.id, Adjust { delta, reason: why, key: (*key).clone() }, then);
        })
    };
    let set = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let (typed, why) = (set(&count), set(&reason));
    let shown = language.number(number.unwrap_or(0).into());
    let effect = language.fill(if *adding { say::ADD_N } else { say::TAKE_N }, &[("n", &shown)]);
    let wrong = |is: bool, text| is.then(|| AttrValue::from(language.say(text)));
    html! {
        <Dialog title={language.fill(say::ADJUST_DISH, &[("dish", &name)])} close={close.clone()}>
            <form class="stack" {onsubmit} novalidate=true>
                <p class="muted">
                    { language.say(say::LEFT) }{ ": " }<strong>{ language.number(item.quantity.into()) }</strong>
                </p>
                <div class="choices" role="group">
                    { choice(true, say::ADD_PORTIONS, say::REASON_DELIVERY) }
                    { choice(false, say::TAKE_PORTIONS, say::REASON_WASTE) }
                </div>
                <TextField id="adjust-count" label={language.say(say::PORTIONS)} value={(*count).clone()} {typed}
                    mode={AttrValue::from("numeric")} wrong={wrong(number.is_none(), say::WRONG_PORTIONS)} />
                <TextField id="adjust-reason" label={language.say(say::REASON)} value={(*reason).clone()} typed={why}
                    wrong={wrong(reason.trim().is_empty(), say::WRONG_REASON)} />
                <div class="chips">
                    { for reasons.into_iter().map(|text| {
                        let reason = reason.clone();
                        let onclick = Callback::from(move |_: MouseEvent| reason.set(language.say(text).to_owned()));
                        html! { <button class="chip" type="button" {onclick}>{ language.say(text) }</button> }
                    }) }
                </div>
                if let Some(failure) = (*failed).clone() { <FailedLine {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CANCEL) }
                    </button>
                    <button class={classes!("button", if *adding { "primary" } else { "danger" })} type="submit"
                        disabled={*busy || number.is_none()} aria-busy={busy.to_string()} data-test="adjust-submit">
                        { effect }
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
