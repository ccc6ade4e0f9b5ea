//! Account dialog: settings, change of password, sign-out.

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

/// Content of the account dialog.
#[component]
pub fn Account() -> Html {
    let (console, language) = (use_console(), use_language());
    let person = console.session.signed_in().map(|person| person.user.clone());
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
            <PasswordForm />
            <button class="button wide" type="button" onclick={sign_out} data-test="sign-out">
                <Icon name="sign-out" /><span>{ language.say(common::SIGN_OUT) }</span>
            </button>
        </>
    }
}

#[component]
fn PasswordForm() -> Html {
    let (console, language) = (use_console(), use_language());
    let username = console.session.signed_in().map(|person| person.user.username.to_string());
    let (current, new) = (use_state(String::new), use_state(String::new));
    let busy = use_state(|| false);
    let error = use_state(|| None::<(&'static str, Text)>);
    let set = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |text| state.set(text))
    };
    let (set_current, set_new) = (set(&current), set(&new));
    let onsubmit = {
        let (current, new, busy, error) = (current.clone(), new.clone(), busy.clone(), error.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            if current.is_empty() {
                error.set(Some(("current", common::ENTER_PASSWORD)));
                return;
            }
            let Ok(new_password) = NewPassword::try_from(Secret((*new).clone())) else {
                error.set(Some(("new", say::INVALID_PASSWORD)));
                return;
            };
            let change = ChangePassword { current_password: Secret((*current).clone()), new_password };
            busy.set(true);
            error.set(None);
            let (toast, current, new) = (console.toast().clone(), current.clone(), new.clone());
            let (busy, error) = (busy.clone(), error.clone());
            let then = Callback::from(move |result: Result<(), Failure>| {
                busy.set(false);
                match result {
                    Ok(()) => {
                        current.set(String::new());
                        new.set(String::new());
                        toast.show(say::PASSWORD_CHANGED);
                    }
                    Err(failure) => {
                        let field = match failure.code() {
                            Some(ErrorCode::BadCredentials) => "current",
                            _ => "new",
                        };
                        error.set(Some((field, failure::message_of(&failure))));
                    }
                }
            });
            console.change_password(change, then);
        })
    };
    let error_of = |field: &str| {
        let error = error.as_ref().filter(|(wrong, _)| *wrong == field);
        error.map(|(_, text)| AttrValue::from(language.say(*text)))
    };
    html! {
        <details class="own-password">
            <summary>{ language.say(say::YOUR_PASSWORD) }</summary>
            <form {onsubmit} novalidate=true class="stack">
                // Tells password managers which account the password belongs to.
                <input type="text" autocomplete="username" value={username} hidden=true readonly=true />
                <TextField id="current-password" input_type="password" autocomplete="current-password"
                    label={language.say(say::CURRENT_PASSWORD)} value={(*current).clone()} on_input={set_current}
                    error={error_of("current")} />
                <TextField id="new-password" input_type="password" autocomplete="new-password"
                    label={language.say(say::NEW_PASSWORD)} value={(*new).clone()} on_input={set_new} error={error_of("new")}
                    hint={language.say(say::PASSWORD_HINT)} />
                <button class="button" type="submit" disabled={*busy} aria-busy={busy.to_string()}>
                    { language.say(say::CHANGE_PASSWORD) }
                </button>
            </form>
        </details>
    }
}
