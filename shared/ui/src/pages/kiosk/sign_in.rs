//! Sign-in by keyboard, or by card and PIN. The core holds the typed characters; the page sees the user name and the
//! length of the secret.

use app::kiosk::{Action, Field, SignIn, SignInError};
use yew::prelude::*;

use super::{
    keyboard::{Keyboard, Keypad},
    use_kiosk,
};
use crate::{
    components::{
        icon::Icon,
        picture::{Scene, SceneDrawing},
    },
    hooks::use_language,
    text::{Language, kiosk as say},
};

/// Most dots that are shown for a secret.
const MAX_DOTS: u32 = 24;

/// Properties of [`SignInScreen`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct SignInProps {
    /// State of the sign-in.
    pub sign_in: SignIn,
}

/// Sign-in screen.
#[component]
pub(super) fn SignInScreen(SignInProps { sign_in }: &SignInProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let is_pin = sign_in.field == Field::Pin;
    let (title, hint) =
        if is_pin { (say::PIN_TITLE, say::PIN_HINT) } else { (say::SIGN_IN_TITLE, say::SIGN_IN_HINT) };
    let is_blocked = matches!(sign_in.error, Some(SignInError::TooManyTries { .. }));
    let on_key = {
        let host = kiosk.host.clone();
        Callback::from(move |key| host.send(Action::Press { key }))
    };
    let confirm = if sign_in.busy { say::SIGNING_IN } else { say::SIGN_IN };
    let disabled = sign_in.busy;
    let error = sign_in.error.as_ref().map(|error| error_text(error, is_pin, language));
    let buttons = html! {
        <div class="buttons">
            <button class="button big" type="button" onclick={kiosk.on(Action::Back)} data-test="back">
                <Icon name="back" /><span>{ language.say(if is_pin { say::CANCEL } else { say::BACK }) }</span>
            </button>
            <button class="button primary big grow" type="button" onclick={kiosk.on(Action::Confirm)}
                disabled={sign_in.busy || is_blocked} aria-busy={sign_in.busy.to_string()} data-test="confirm">
                { language.say(confirm) }
            </button>
        </div>
    };
    html! {
        <>
            <div class="show">
                <SceneDrawing scene={Scene::Iftar} />
                <h1>{ language.say(title) }</h1>
                <p class="lead">{ language.say(hint) }</p>
                if !is_pin {
                    <p class="card-hint"><Icon name="card" /><span>{ language.say(say::CARD_HINT) }</span></p>
                }
            </div>
            <div class="act">
                <div class="sign-in-fields">
                    <div class="message-place" aria-live="assertive">
                        if let Some(text) = error {
                            <p class="banner bad" data-test="error"><Icon name="alert" /><span>{ text }</span></p>
                        }
                    </div>
                    if is_pin {
                        { dots_field(sign_in.secret_length, language) }
                    } else {
                        { field(&kiosk, sign_in, Field::Username, language) }
                        { field(&kiosk, sign_in, Field::Password, language) }
                    }
                </div>
                if is_pin {
                    <Keypad {on_key} {disabled} />
                } else {
                    <Keyboard {on_key} {disabled} />
                }
                { buttons }
            </div>
        </>
    }
}

/// Field of the keyboard: a button that chooses it, with the typed text.
fn field(kiosk: &super::Kiosk, sign_in: &SignIn, field: Field, language: Language) -> Html {
    let is_chosen = sign_in.field == field;
    let (name, test, content) = match field {
        Field::Username => (say::USERNAME, "username", html! { &sign_in.username }),
        Field::Password | Field::Pin => (say::PASSWORD, "password", dots(sign_in.secret_length, language)),
    };
    html! {
        <button class="typed" type="button" aria-pressed={is_chosen.to_string()} disabled={sign_in.busy}
            onclick={kiosk.on(Action::Focus { field })} data-test={test}>
            <span class="typed-name">{ language.say(name) }</span>
            <span class="typed-text">
                { content }
                if is_chosen { <span class="caret" aria-hidden="true" /> }
            </span>
        </button>
    }
}

/// Typed digits of a PIN, large and in the middle.
pub(super) fn dots_field(length: u32, language: Language) -> Html {
    html! {
        <p class="pin" data-test="pin">{ dots(length, language) }<span class="caret" aria-hidden="true" /></p>
    }
}

/// Dots for the characters of a secret.
fn dots(length: u32, language: Language) -> Html {
    if length == 0 {
        return Html::default();
    }
    let count = usize::try_from(length.min(MAX_DOTS)).unwrap_or_default();
    let shown = "•".repeat(count);
    let said = language.fill(say::TYPED, &[("n", &language.number(u64::from(length)))]);
    html! {
        <>
            <span aria-hidden="true">{ shown }</span>
            <span class="hidden">{ said }</span>
        </>
    }
}

/// Returns the sentence for a failed sign-in, with the next step.
fn error_text(error: &SignInError, is_pin: bool, language: Language) -> String {
    let text = match error {
        SignInError::Incomplete if is_pin => say::ERROR_NO_PIN,
        SignInError::Incomplete => say::ERROR_INCOMPLETE,
        SignInError::WrongCredentials if is_pin => say::ERROR_PIN,
        SignInError::WrongCredentials => say::ERROR_CREDENTIALS,
        SignInError::TooManyTries { retry_in } => {
            let time = language.countdown(u64::from(*retry_in));
            return language.fill(say::ERROR_TOO_MANY, &[("time", &time)]);
        }
        SignInError::UnknownCard => say::ERROR_UNKNOWN_CARD,
        SignInError::CardExpired => say::ERROR_CARD_EXPIRED,
        SignInError::CardUnreadable => say::ERROR_CARD_UNREADABLE,
        SignInError::NotStudent => say::ERROR_NOT_STUDENT,
        SignInError::Unavailable => say::ERROR_UNAVAILABLE,
    };
    language.say(text).to_owned()
}
