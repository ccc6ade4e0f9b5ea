//! Sign-in form of every surface.

use std::sync::Arc;

use client::Failure;
use web_sys::HtmlInputElement;
use wire::{ErrorCode, Time};
use yew::{platform::spawn_local, prelude::*};

use super::{icon::Icon, notice::RequestReference};
use crate::{
    browser,
    hooks::{use_language, use_now, use_session},
    pages::failure,
    text::{Text, common, failures},
};

/// Reason why the last attempt failed.
#[derive(Clone, PartialEq)]
enum SignInError {
    /// Empty field: message and element id.
    MissingField(Text, &'static str),
    Failed(Arc<Failure>),
    /// Too many attempts: sign-in is locked until this time.
    LockedUntil(Time),
}

/// Form for user name and password. After too many attempts it counts down and keeps the input.
#[component]
pub fn SignIn() -> Html {
    let (session, language) = (use_session(), use_language());
    let (username, password) = (use_node_ref(), use_node_ref());
    let shown = use_state(|| false);
    let busy = use_state(|| false);
    let error = use_state(|| None::<SignInError>);
    let now = use_now(500);

    let wait_s = match &*error {
        Some(SignInError::LockedUntil(until)) => until.since(now).as_millis().div_ceil(1000),
        Some(SignInError::MissingField(..) | SignInError::Failed(_)) | None => 0,
    };
    let onsubmit = {
        let (username, password) = (username.clone(), password.clone());
        let (busy, error) = (busy.clone(), error.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let value = |node: &NodeRef| node.cast::<HtmlInputElement>().map(|input| input.value());
            let name = value(&username).unwrap_or_default().trim().to_owned();
            let secret = value(&password).unwrap_or_default();
            if *busy || wait_s > 0 {
                return;
            }
            for (missing, text, id) in [
                (name.is_empty(), common::ENTER_USERNAME, "username"),
                (secret.is_empty(), common::ENTER_PASSWORD, "password"),
            ] {
                if missing {
                    error.set(Some(SignInError::MissingField(text, id)));
                    browser::focus(id);
                    return;
                }
            }
            busy.set(true);
            let session = session.session().clone();
            let (busy, error) = (busy.clone(), error.clone());
            spawn_local(async move {
                match session.sign_in(&name, &secret).await {
                    Ok(()) => {}
                    Err(failure) => {
                        let retry_after = failure.retry_after();
                        error.set(Some(match (failure.code(), retry_after) {
                            (Some(ErrorCode::TooManyAttempts), Some(wait)) => {
                                SignInError::LockedUntil(client::now().plus(wait))
                            }
                            _ => SignInError::Failed(Arc::new(failure)),
                        }));
                        browser::focus("password");
                    }
                }
                busy.set(false);
            });
        })
    };
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(!*shown))
    };
    let message = match &*error {
        Some(SignInError::LockedUntil(_)) if wait_s > 0 => {
            let time = language.countdown(u64::try_from(wait_s).unwrap_or_default());
            let countdown = language.fill(common::RETRY_SIGN_IN_IN, &[("time", &time)]);
            // Screen readers announce the lock once instead of every second.
            Some(html! {
                <>
                    <span aria-hidden="true">{ countdown }</span>
                    <span class="hidden">{ language.say(failures::TOO_MANY_ATTEMPTS) }</span>
                </>
            })
        }
        Some(SignInError::LockedUntil(_)) | None => None,
        Some(SignInError::MissingField(text, _)) => Some(html! { <span>{ language.say(*text) }</span> }),
        Some(SignInError::Failed(failure)) => {
            Some(html! { <span>{ language.say(failure::sign_in_message_of(failure)) }</span> })
        }
    };
    let reference = match &*error {
        Some(SignInError::Failed(failure)) if failure.code() != Some(ErrorCode::BadCredentials) => {
            html! { <RequestReference failure={failure.clone()} /> }
        }
        Some(SignInError::Failed(_) | SignInError::MissingField(..) | SignInError::LockedUntil(_)) | None => {
            Html::default()
        }
    };
    let is_missing =
        |id| matches!(&*error, Some(SignInError::MissingField(_, missing)) if *missing == id).to_string();
    let label = if *busy { common::SIGNING_IN } else { common::SIGN_IN };
    html! {
        <form class="sign-in" {onsubmit} novalidate=true>
            <label class="field">
                <span>{ language.say(common::USERNAME) }</span>
                <input id="username" ref={username} name="username" type="text" autocomplete="username"
                    autocapitalize="none" spellcheck="false" maxlength="128" aria-invalid={is_missing("username")} />
            </label>
            <div class="field">
                <label for="password">{ language.say(common::PASSWORD) }</label>
                <div class="field-with-button">
                    <input id="password" ref={password} name="password" maxlength="1024"
                        type={if *shown { "text" } else { "password" }} autocomplete="current-password"
                        aria-invalid={is_missing("password")} />
                    <button class="button quiet round" type="button" onclick={toggle} aria-pressed={shown.to_string()}
                        aria-label={language.say(if *shown { common::HIDE_PASSWORD } else { common::SHOW_PASSWORD })}>
                        <Icon name={if *shown { "eye-off" } else { "eye" }} />
                    </button>
                </div>
            </div>
            <div class="sign-in-message" role="alert" data-test="sign-in-message">
                { message.map(|message| html! {
                    <p class="banner bad"><Icon name="alert" />{ message }</p>
                }) }
                { reference }
            </div>
            <button class="button primary wide" type="submit" disabled={*busy || wait_s > 0} aria-busy={busy.to_string()}>
                { language.say(label) }
            </button>
        </form>
    }
}
