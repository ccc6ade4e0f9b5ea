//! Dialogs of kiosks: adding and changing one, and its secret, which is shown once.

use std::sync::Arc;

use client::Failure;
use wire::{
    UserId,
    kiosk::{ChangeKiosk, CreateKiosk, Kiosk, KioskMessage, KioskSecret, MAX_MESSAGE, MAX_NAME},
};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    browser,
    components::{dialog::Dialog, field::TextField, icon::Icon, notice::FailureBanner, qr::Qr},
    hooks::{use_console, use_language},
    text::{Text, admin as say, common},
};

/// Properties of [`KioskDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct KioskDialogProps {
    /// Kiosk to change, or `None` to add one.
    pub kiosk: Option<Kiosk>,
    /// Called when the user closes the dialog without saving.
    pub on_close: Callback<()>,
    /// Called with the secret of the new kiosk.
    pub on_created: Callback<KioskSecret>,
    /// Called after the change was saved.
    pub on_saved: Callback<()>,
}

/// Content of the form.
#[derive(Debug, Clone, Default, PartialEq)]
struct KioskForm {
    username: String,
    name: String,
    message_en: String,
    message_bn: String,
}

/// Request of the form.
enum KioskRequest {
    Create(CreateKiosk),
    Change(UserId, ChangeKiosk),
}

impl KioskForm {
    fn of(kiosk: Option<&Kiosk>) -> Self {
        let Some(kiosk) = kiosk else { return Self::default() };
        let message = kiosk.message.clone().unwrap_or_default();
        Self {
            username: kiosk.username.to_string(),
            name: kiosk.name.clone(),
            message_en: message.en,
            message_bn: message.bn,
        }
    }

    /// Validates the form and returns its request, or the invalid fields with their messages.
    fn to_request(&self, kiosk: Option<&Kiosk>) -> Result<KioskRequest, Vec<(&'static str, Text)>> {
        let username = self.username.trim().parse::<wire::id::Username>();
        let name = self.name.trim().to_owned();
        let message =
            KioskMessage { en: self.message_en.trim().to_owned(), bn: self.message_bn.trim().to_owned() };
        let checks = [
            (kiosk.is_none() && username.is_err(), "username", say::INVALID_USERNAME),
            (name.is_empty() || name.chars().count() > MAX_NAME, "name", say::INVALID_KIOSK_NAME),
            (message.en.chars().count() > MAX_MESSAGE, "message.en", say::INVALID_MESSAGE),
            (message.bn.chars().count() > MAX_MESSAGE, "message.bn", say::INVALID_MESSAGE),
        ];
        let errors: Vec<_> = checks
            .into_iter()
            .filter(|(is_invalid, ..)| *is_invalid)
            .map(|(_, field, text)| (field, text))
            .collect();
        match (kiosk, username) {
            _ if !errors.is_empty() => Err(errors),
            (Some(kiosk), _) => {
                let change = ChangeKiosk {
                    name: (name != kiosk.name).then_some(name),
                    message: (message != kiosk.message.clone().unwrap_or_default()).then_some(message),
                    ..ChangeKiosk::default()
                };
                Ok(KioskRequest::Change(kiosk.kiosk_id, change))
            }
            (None, Ok(username)) => Ok(KioskRequest::Create(CreateKiosk { username, name })),
            (None, Err(_)) => Err(errors),
        }
    }
}

/// Dialog that adds or changes a kiosk.
#[component]
pub fn KioskDialog(KioskDialogProps { kiosk, on_close, on_created, on_saved }: &KioskDialogProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let form = use_state_eq(|| KioskForm::of(kiosk.as_ref()));
    let errors = use_state_eq(Vec::<(&'static str, Text)>::new);
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<Arc<Failure>>);
    let set = |change: fn(&mut KioskForm, String)| {
        let form = form.clone();
        Callback::from(move |text| {
            let mut changed = (*form).clone();
            change(&mut changed, text);
            form.set(changed);
        })
    };
    let onsubmit = {
        let (form, errors, busy, failure) = (form.clone(), errors.clone(), busy.clone(), failure.clone());
        let (kiosk, on_created, on_saved) = (kiosk.clone(), on_created.clone(), on_saved.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let request = match form.to_request(kiosk.as_ref()) {
                Ok(request) => request,
                Err(fields) => return errors.set(fields),
            };
            errors.set(Vec::new());
            failure.set(None);
            busy.set(true);
            let (console, busy, failure) = (console.clone(), busy.clone(), failure.clone());
            let (on_created, on_saved) = (on_created.clone(), on_saved.clone());
            spawn_local(async move {
                let result = match request {
                    KioskRequest::Create(kiosk) => {
                        console.client().create_kiosk(&kiosk).await.map(|secret| on_created.emit(secret))
                    }
                    KioskRequest::Change(id, change) => {
                        console.client().change_kiosk(id, &change).await.map(|kiosk| {
                            console.toast().show_with(say::KIOSK_SAVED, vec![("kiosk", kiosk.name)], None);
                            on_saved.emit(());
                        })
                    }
                };
                busy.set(false);
                if let Err(error) = result {
                    failure.set(Some(Arc::new(error)));
                }
            });
        })
    };
    let error_of = |field: &str| {
        let found = errors.iter().find(|(invalid, _)| *invalid == field);
        let local = found.map(|(_, text)| AttrValue::from(language.say(*text)));
        let reported = || {
            let errors = &failure.as_ref()?.problem()?.errors;
            let error = errors.iter().find(|error| error.field == field)?;
            Some(AttrValue::from(error.message.clone()))
        };
        local.or_else(reported)
    };
    let (title, button) = match kiosk {
        None => (language.say(say::ADD_KIOSK).to_owned(), say::ADD_KIOSK),
        Some(kiosk) => (language.fill(say::EDIT_KIOSK, &[("kiosk", &kiosk.name)]), common::SAVE),
    };
    html! {
        <Dialog {title} on_close={on_close.clone()}>
            <form class="stack" {onsubmit} novalidate=true data-test="kiosk-form">
                if kiosk.is_none() {
                    <TextField id="kiosk-username" label={language.say(common::USERNAME)} value={form.username.clone()}
                        error={error_of("username")} hint={language.say(say::KIOSK_USERNAME_HINT)}
                        on_input={set(|form, text| form.username = text)} />
                }
                <TextField id="kiosk-name" label={language.say(say::NAME)} value={form.name.clone()} error={error_of("name")}
                    hint={language.say(say::KIOSK_NAME_HINT)} on_input={set(|form, text| form.name = text)} />
                if kiosk.is_some() {
                    <TextField id="kiosk-message-en" label={language.say(say::MESSAGE_EN)} value={form.message_en.clone()}
                        error={error_of("message.en")} on_input={set(|form, text| form.message_en = text)} />
                    <TextField id="kiosk-message-bn" label={language.say(say::MESSAGE_BN)} value={form.message_bn.clone()}
                        error={error_of("message.bn")} hint={language.say(say::MESSAGE_HINT)}
                        on_input={set(|form, text| form.message_bn = text)} />
                }
                if let Some(failure) = (*failure).clone() { <FailureBanner {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CANCEL) }
                    </button>
                    <button class="button primary" type="submit" disabled={*busy} aria-busy={busy.to_string()}>
                        { language.say(button) }
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

/// Properties of [`SecretDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SecretDialogProps {
    /// Kiosk and secret.
    pub secret: KioskSecret,
    /// Called when the user is done.
    pub on_close: Callback<()>,
}

/// Returns the part of the kiosk's configuration that holds the secret. User name and secret need no escapes.
fn settings_of(secret: &KioskSecret) -> String {
    format!("[kiosk]\nusername = \"{}\"\nsecret = \"{}\"\n", secret.kiosk.username, secret.secret.0)
}

/// Secret of a kiosk, as text and as QR code. It is gone when the dialog closes.
#[component]
pub fn SecretDialog(SecretDialogProps { secret, on_close }: &SecretDialogProps) -> Html {
    let language = use_language();
    let copied = use_state_eq(|| false);
    let settings = settings_of(secret);
    let copy = {
        let (copied, settings) = (copied.clone(), settings.clone());
        Callback::from(move |_: MouseEvent| copied.set(browser::copy(&settings)))
    };
    html! {
        <Dialog title={language.fill(say::SECRET_OF, &[("kiosk", &secret.kiosk.name)])} on_close={on_close.clone()}>
            <div class="stack secret">
                <p>{ language.say(say::SECRET_HINT) }</p>
                <pre tabindex="0" data-test="kiosk-secret" aria-label={language.say(say::SECRET)}>{ &settings }</pre>
                <Qr text={settings.clone()} label={language.say(say::SECRET_QR)} />
                <p class="field-hint" role="status">{ if *copied { language.say(say::COPIED) } else { "" } }</p>
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={copy} data-test="copy-secret">
                        { language.say(say::COPY) }
                    </button>
                    <button class="button primary" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
                        <Icon name="check" /><span>{ language.say(say::SECRET_KEPT) }</span>
                    </button>
                </div>
            </div>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use wire::{Time, identity::Secret};

    use super::*;
    use crate::text::tests::numbers_in;

    fn kiosk() -> Kiosk {
        Kiosk {
            kiosk_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            username: "kiosk-door".parse().unwrap(),
            name: "By the door".to_owned(),
            revoked: false,
            open: true,
            message: Some(KioskMessage { en: "Hello".into(), bn: "স্বাগতম".into() }),
            created_at: Time::from_millis(0),
            heartbeat_at: None,
            report: None,
            clock_skew_ms: None,
            silent: false,
        }
    }

    #[test]
    fn a_form_asks_for_what_has_changed() {
        let kiosk = kiosk();
        let mut form = KioskForm::of(Some(&kiosk));
        let change = |form: &KioskForm| match form.to_request(Some(&kiosk)) {
            Ok(KioskRequest::Change(_, change)) => change,
            _ => panic!("no change"),
        };
        assert_eq!(change(&form), ChangeKiosk::default());
        form.message_en = " ".to_owned();
        let message = KioskMessage { en: String::new(), bn: "স্বাগতম".into() };
        assert_eq!(change(&form), ChangeKiosk { message: Some(message), ..ChangeKiosk::default() });
        form = KioskForm { name: " Hall ".to_owned(), ..KioskForm::of(Some(&kiosk)) };
        assert_eq!(change(&form), ChangeKiosk { name: Some("Hall".into()), ..ChangeKiosk::default() });
    }

    #[test]
    fn wrong_fields_are_named() {
        let fields = |form: &KioskForm, kiosk: Option<&Kiosk>| {
            let errors = form.to_request(kiosk).err().unwrap_or_default();
            errors.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        assert_eq!(fields(&KioskForm::default(), None), ["username", "name"]);
        let long = KioskForm {
            username: "kiosk-1".to_owned(),
            name: "x".repeat(61),
            message_en: "x".repeat(201),
            message_bn: "ক".repeat(201),
        };
        assert_eq!(fields(&long, Some(&kiosk())), ["name", "message.en", "message.bn"]);
        assert_eq!(numbers_in(say::INVALID_KIOSK_NAME), [1, MAX_NAME as u64]);
        assert_eq!(numbers_in(say::INVALID_MESSAGE), [MAX_MESSAGE as u64]);
    }

    #[test]
    fn the_secret_is_written_as_the_kiosk_reads_it() {
        let secret = KioskSecret { kiosk: kiosk(), secret: Secret("abc-_9".to_owned()) };
        assert_eq!(settings_of(&secret), "[kiosk]\nusername = \"kiosk-door\"\nsecret = \"abc-_9\"\n");
    }
}
