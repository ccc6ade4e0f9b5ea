//! Settings, the own password, signing out.

use client::Failure;
use wire::{
    ErrorCode,
    identity::{ChangePassword, NewPassword, Secret},
};
use yew::prelude::*;

use crate::{
    components::{field::TextField, icon::Icon, settings::Settings},
    hooks::{use_console, use_language},
    pages::failure,
    text::{Text, admin as say, common},
};

/// What is in the dialog of the account.
#[component]
pub fn Account() -> Html {
    let (console, language) = (use_console(), use_language());
    let person = console.person().map(|person| person.user.clone());
    let sign_out = {
        let console = console.clone();
        Callback::from(move |_: MouseEvent| console.sign_out())
    };
    html! {
        <>
            if let Some(person) = person {
                <p class="account-name">
                    <strong>{ person.name }</strong>
                    <span class="muted">{ person.username.to_string() }</span>
                </p>
            }
            <Settings />
            <OwnPassword />
            <button class="button wide" type="button" onclick={sign_out} data-test="sign-out">
                <Icon name="sign-out" /><span>{ language.say(common::SIGN_OUT) }</span>
            </button>
        </>
    }
}

#[component]
fn OwnPassword() -> Html {
    let (console, language) = (use_console(), use_language());
    let username = console.person().map(|person| person.user.username.to_string());
    let (current, new) = (use_state(String::new), use_state(String::new));
    let busy = use_state(|| false);
    let wrong = use_state(|| None::<(&'static str, Text)>);
    let set = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let (typed_current, typed_new) = (set(&current), set(&new));
    let onsubmit = {
        let (current, new, busy, wrong) = (current.clone(), new.clone(), busy.clone(), wrong.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            if current.is_empty() {
                wrong.set(Some(("current", common::ENTER_PASSWORD)));
                return;
            }
            let Ok(new_password) = NewPassword::try_from(Secret((*new).clone())) else {
                wrong.set(Some(("new", say::WRONG_PASSWORD)));
                return;
            };
            let change = ChangePassword { current_password: Secret((*current).clone()), new_password };
            busy.set(true);
            wrong.set(None);
            let (said, current, new) = (console.clone(), current.clone(), new.clone());
            let (busy, wrong) = (busy.clone(), wrong.clone());
            let then = Callback::from(move |answer: Result<(), Failure>| {
                busy.set(false);
                match answer {
                    Ok(()) => {
                        current.set(String::new());
                        new.set(String::new());
                        said.say(say::PASSWORD_CHANGED);
                    }
                    Err(failure) => {
                        let field = match failure.code() {
                            Some(ErrorCode::BadCredentials) => "current",
                            _ => "new",
                        };
                        wrong.set(Some((field, failure::words(&failure))));
                    }
                }
            });
            console.change_password(change, then);
        })
    };
    let of = |field: &str| {
        let wrong = wrong.as_ref().filter(|(wrong, _)| *wrong == field);
        wrong.map(|(_, text)| AttrValue::from(language.say(*text)))
    };
    html! {
        <details class="own-password">
            <summary>{ language.say(say::YOUR_PASSWORD) }</summary>
            <form {onsubmit} novalidate=true class="stack">
                // For whoever keeps passwords, so that it knows whose this is.
                <input type="text" autocomplete="username" value={username} hidden=true readonly=true />
                <TextField id="current-password" kind="password" autocomplete="current-password"
                    label={language.say(say::CURRENT_PASSWORD)} value={(*current).clone()} typed={typed_current}
                    wrong={of("current")} />
                <TextField id="new-password" kind="password" autocomplete="new-password"
                    label={language.say(say::NEW_PASSWORD)} value={(*new).clone()} typed={typed_new} wrong={of("new")}
                    hint={language.say(say::PASSWORD_HINT)} />
                <button class="button" type="submit" disabled={*busy} aria-busy={busy.to_string()}>
                    { language.say(say::CHANGE_PASSWORD) }
                </button>
            </form>
        </details>
    }
}
