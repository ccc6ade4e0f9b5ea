//! The form that every surface begins with.

use std::rc::Rc;

use client::{Client, Failure, SignedIn};
use web_sys::HtmlInputElement;
use wire::{ErrorCode, Time};
use yew::{platform::spawn_local, prelude::*};

use super::{icon::Icon, notice::Reference};
use crate::{
    browser,
    hooks::{use_language, use_now},
    pages::failure,
    text::{Text, common, failures},
};

/// Who signs in where.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SignInProps {
    /// Signs in.
    pub client: Client,
    /// Somebody has.
    pub done: Callback<SignedIn>,
}

/// Why the last try did not succeed.
#[derive(Clone, PartialEq)]
enum Refused {
    Missing(Text, &'static str),
    Failed(Rc<Failure>),
    /// Too many tries: not before this time.
    Until(Time),
}

/// User name and password. After too many tries it counts down, and what was typed stays.
#[component]
pub fn SignIn(SignInProps { client, done }: &SignInProps) -> Html {
    let language = use_language();
    let (username, password) = (use_node_ref(), use_node_ref());
    let shown = use_state(|| false);
    let busy = use_state(|| false);
    let refused = use_state(|| None::<Refused>);
    let now = use_now(500);

    let wait = match &*refused {
        Some(Refused::Until(until)) => until.since(now).as_millis().div_ceil(1000),
        Some(Refused::Missing(..) | Refused::Failed(_)) | None => 0,
    };
    let onsubmit = {
        let (client, done) = (client.clone(), done.clone());
        let (username, password) = (username.clone(), password.clone());
        let (busy, refused) = (busy.clone(), refused.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let value = |node: &NodeRef| node.cast::<HtmlInputElement>().map(|input| input.value());
            let name = value(&username).unwrap_or_default().trim().to_owned();
            let word = value(&password).unwrap_or_default();
            if *busy || wait > 0 {
                return;
            }
            for (missing, text, id) in [
                (name.is_empty(), common::ENTER_USERNAME, "username"),
                (word.is_empty(), common::ENTER_PASSWORD, "password"),
            ] {
                if missing {
                    refused.set(Some(Refused::Missing(text, id)));
                    browser::focus(id);
                    return;
                }
            }
            busy.set(true);
            let (client, done, busy, refused) = (client.clone(), done.clone(), busy.clone(), refused.clone());
            spawn_local(async move {
                match client.sign_in(&name, &word).await {
                    Ok(person) => done.emit(person),
                    Err(failure) => {
                        let wait = failure.retry_after();
                        refused.set(Some(match (failure.code(), wait) {
                            (Some(ErrorCode::TooManyAttempts), Some(wait)) => {
                                Refused::Until(client::now().plus(wait))
                            }
                            _ => Refused::Failed(Rc::new(failure)),
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
    let message = match &*refused {
        Some(Refused::Until(_)) if wait > 0 => {
            let time = language.countdown(u64::try_from(wait).unwrap_or_default());
            let counting = language.fill(common::SIGN_IN_AGAIN_IN, &[("time", &time)]);
            // Told once to those who hear it, and not every second anew.
            Some(html! {
                <>
                    <span aria-hidden="true">{ counting }</span>
                    <span class="hidden">{ language.say(failures::TOO_MANY_ATTEMPTS) }</span>
                </>
            })
        }
        Some(Refused::Until(_)) | None => None,
        Some(Refused::Missing(text, _)) => Some(html! { <span>{ language.say(*text) }</span> }),
        Some(Refused::Failed(failure)) => {
            Some(html! { <span>{ language.say(failure::words_at_the_door(failure)) }</span> })
        }
    };
    let reference = match &*refused {
        Some(Refused::Failed(failure)) if failure.code() != Some(ErrorCode::BadCredentials) => {
            html! { <Reference failure={failure.clone()} /> }
        }
        Some(Refused::Failed(_) | Refused::Missing(..) | Refused::Until(_)) | None => Html::default(),
    };
    let wrong = |id| matches!(&*refused, Some(Refused::Missing(_, missing)) if *missing == id).to_string();
    let label = if *busy { common::SIGNING_IN } else { common::SIGN_IN };
    html! {
        <form class="sign-in" {onsubmit} novalidate=true>
            <label class="field">
                <span>{ language.say(common::USERNAME) }</span>
                <input id="username" ref={username} name="username" type="text" autocomplete="username"
                    autocapitalize="none" spellcheck="false" maxlength="128" aria-invalid={wrong("username")} />
            </label>
            <div class="field">
                <label for="password">{ language.say(common::PASSWORD) }</label>
                <div class="field-with-button">
                    <input id="password" ref={password} name="password" maxlength="1024"
                        type={if *shown { "text" } else { "password" }} autocomplete="current-password"
                        aria-invalid={wrong("password")} />
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
            <button class="button primary wide" type="submit" disabled={*busy || wait > 0} aria-busy={busy.to_string()}>
                { language.say(label) }
            </button>
        </form>
    }
}
