//! User dialog: adding a user, changing name and role, setting a new password and the card of a student.

use std::sync::Arc;

use client::Failure;
use wire::{
    Role, Time,
    identity::{ChangeUser, CreateUser, NewPassword, Secret, User},
    kiosk::{CARD_LENGTH, PIN_LENGTH, SetCard},
};
use yew::{platform::spawn_local, prelude::*};

use super::users::role_text;
use crate::{
    components::{
        dialog::Dialog,
        field::{SelectField, TextField},
        notice::FailureBanner,
    },
    hooks::{use_console, use_language},
    text::{Text, admin as say, common},
};

/// Maximum length of a user's name, in characters, as the identity-provider enforces it.
const MAX_NAME_LENGTH: usize = 100;

/// Roles that an admin can assign.
const ROLES: [Role; 4] = [Role::Student, Role::Staff, Role::Admin, Role::Kiosk];

/// Properties of [`UserDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct UserDialogProps {
    /// User to change, or `None` to add one.
    pub user: Option<User>,
    /// Called when the user closes the dialog without saving.
    pub on_close: Callback<()>,
    /// Called after the change was saved.
    pub on_saved: Callback<()>,
}

/// Content of the form.
#[derive(Debug, Clone, PartialEq)]
struct UserForm {
    username: String,
    name: String,
    role: Role,
    password: String,
    card: String,
    pin: String,
    card_until: String,
}

/// Request of the form.
enum UserRequest {
    Create(CreateUser),
    Change(User, ChangeUser, Option<SetCard>),
}

impl UserForm {
    /// Returns whether a user of this role can have a card.
    fn has_card(&self) -> bool {
        self.role == Role::Student
    }

    /// Validates the form and returns its request, or the invalid fields with their messages.
    fn to_request(&self, user: Option<&User>) -> Result<UserRequest, Vec<(&'static str, Text)>> {
        let username = self.username.trim().parse::<wire::id::Username>();
        let name = self.name.trim().to_owned();
        let password = NewPassword::try_from(Secret(self.password.clone()));
        let keeps_password = user.is_some() && self.password.is_empty();
        let (card, pin) = (self.card.trim(), self.pin.trim());
        let sets_card = user.is_some() && self.has_card() && !(card.is_empty() && pin.is_empty());
        let until = match self.card_until.trim() {
            "" => Ok(None),
            // The card is valid until the end of that day in Dhaka.
            day => format!("{day}T00:00:00+06:00").parse::<Time>().map(|day| Some(day.end_of_dhaka_day())),
        };
        let is_pin = PIN_LENGTH.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
        let checks = [
            (user.is_none() && username.is_err(), "username", say::INVALID_USERNAME),
            (name.is_empty() || name.chars().count() > MAX_NAME_LENGTH, "name", say::INVALID_FULL_NAME),
            (password.is_err() && !keeps_password, "password", say::INVALID_PASSWORD),
            (sets_card && !CARD_LENGTH.contains(&card.chars().count()), "card", say::INVALID_CARD),
            (sets_card && !is_pin, "pin", say::INVALID_PIN),
            (sets_card && until.is_err(), "expiresAt", say::INVALID_DATE),
        ];
        let errors: Vec<_> = checks
            .into_iter()
            .filter(|(is_invalid, ..)| *is_invalid)
            .map(|(_, field, text)| (field, text))
            .collect();
        match (user, username, password) {
            _ if !errors.is_empty() => Err(errors),
            (Some(user), _, password) => {
                let change = ChangeUser {
                    name: (name != user.name).then_some(name),
                    role: (self.role != user.role).then_some(self.role),
                    disabled: None,
                    password: password.ok(),
                };
                let card = sets_card.then(|| SetCard {
                    card: Secret(card.to_owned()),
                    pin: Secret(pin.to_owned()),
                    expires_at: until.ok().flatten(),
                });
                Ok(UserRequest::Change(user.clone(), change, card))
            }
            (None, Ok(username), Ok(password)) => {
                Ok(UserRequest::Create(CreateUser { username, name, role: self.role, password }))
            }
            (None, ..) => Err(errors),
        }
    }
}

/// Dialog that adds or changes a user.
#[component]
pub fn UserDialog(UserDialogProps { user, on_close, on_saved }: &UserDialogProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let form = use_state_eq(|| UserForm {
        username: user.as_ref().map(|user| user.username.to_string()).unwrap_or_default(),
        name: user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        role: user.as_ref().map_or(Role::Student, |user| user.role),
        password: String::new(),
        card: String::new(),
        pin: String::new(),
        card_until: String::new(),
    });
    let errors = use_state_eq(Vec::<(&'static str, Text)>::new);
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<Arc<Failure>>);
    let set = |change: fn(&mut UserForm, String)| {
        let form = form.clone();
        Callback::from(move |text| {
            let mut changed = (*form).clone();
            change(&mut changed, text);
            form.set(changed);
        })
    };
    let onsubmit = {
        let (form, errors, busy, failure) = (form.clone(), errors.clone(), busy.clone(), failure.clone());
        let (user, on_saved) = (user.clone(), on_saved.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let request = match form.to_request(user.as_ref()) {
                Ok(request) => request,
                Err(fields) => return errors.set(fields),
            };
            errors.set(Vec::new());
            failure.set(None);
            busy.set(true);
            let (console, on_saved, busy, failure) =
                (console.clone(), on_saved.clone(), busy.clone(), failure.clone());
            spawn_local(async move {
                let (response, toast) = match request {
                    UserRequest::Create(user) => (console.client().create_user(&user).await, say::USER_ADDED),
                    UserRequest::Change(user, change, card) => {
                        let changed = match change == ChangeUser::default() && card.is_some() {
                            true => Ok(user),
                            false => console.client().change_user(user.user_id, &change).await,
                        };
                        let changed = match (changed, card) {
                            (Ok(user), Some(card)) => {
                                console.client().set_card(user.user_id, &card).await.map(|()| user)
                            }
                            (changed, _) => changed,
                        };
                        (changed, say::USER_SAVED)
                    }
                };
                busy.set(false);
                match response {
                    Ok(user) => {
                        console.toast().show_with(toast, vec![("user", user.username.to_string())], None);
                        on_saved.emit(());
                    }
                    Err(error) => failure.set(Some(Arc::new(error))),
                }
            });
        })
    };
    // Errors that the service reports appear at their fields as well.
    let error_of = |field: &str| {
        let found = errors.iter().find(|(invalid, _)| *invalid == field);
        let local = found.map(|(_, text)| AttrValue::from(language.say(*text)));
        let reported = || {
            let errors = &failure.as_ref()?.problem()?.errors;
            errors
                .iter()
                .find(|error| error.field == field)
                .map(|error| AttrValue::from(error.message.clone()))
        };
        local.or_else(reported)
    };
    let roles =
        ROLES.map(|role| (AttrValue::from(role.as_str()), AttrValue::from(language.say(role_text(role)))));
    let (title, button, label, hint) = match user {
        None => (language.say(say::ADD_USER).to_owned(), say::ADD_USER, common::PASSWORD, say::PASSWORD_HINT),
        Some(user) => {
            let title = language.fill(say::EDIT_USER, &[("user", user.username.as_str())]);
            (title, common::SAVE, say::RESET_PASSWORD, say::RESET_HINT)
        }
    };
    html! {
        <Dialog {title} on_close={on_close.clone()}>
            <form class="stack" {onsubmit} novalidate=true data-test="user-form">
                if user.is_none() {
                    <TextField id="user-username" label={language.say(common::USERNAME)} value={form.username.clone()}
                        error={error_of("username")} on_input={set(|form, text| form.username = text)} />
                }
                <TextField id="user-name" label={language.say(say::NAME)} value={form.name.clone()} error={error_of("name")}
                    on_input={set(|form, text| form.name = text)} />
                <SelectField id="user-role" label={language.say(say::ROLE)} options={roles.to_vec()}
                    value={form.role.as_str()}
                    on_change={set(|form, text| form.role = Role::parse(&text).unwrap_or(form.role))} />
                <TextField id="user-password" input_type="password" autocomplete="new-password" label={language.say(label)}
                    value={form.password.clone()} error={error_of("password")} hint={language.say(hint)}
                    on_input={set(|form, text| form.password = text)} />
                if user.is_some() && form.has_card() {
                    <TextField id="user-card" label={language.say(say::CARD_NUMBER)} value={form.card.clone()}
                        error={error_of("card")} hint={language.say(say::CARD_HINT)}
                        on_input={set(|form, text| form.card = text)} />
                    <TextField id="user-pin" input_type="password" input_mode="numeric" autocomplete="new-password"
                        label={language.say(say::CARD_PIN)} value={form.pin.clone()} error={error_of("pin")}
                        on_input={set(|form, text| form.pin = text)} />
                    <TextField id="user-card-until" input_type="date" label={language.say(say::CARD_EXPIRY)}
                        value={form.card_until.clone()} error={error_of("expiresAt")}
                        hint={language.say(say::CARD_EXPIRY_HINT)} on_input={set(|form, text| form.card_until = text)} />
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::{assert_names_alphabet, numbers_in};

    fn form() -> UserForm {
        UserForm {
            username: "rahim".to_owned(),
            name: "Rahim".to_owned(),
            role: Role::Student,
            password: "correct horse".to_owned(),
            card: String::new(),
            pin: String::new(),
            card_until: String::new(),
        }
    }

    /// Returns the message of the form's only error, or `None` if the form is valid.
    fn error_of(change: impl FnOnce(&mut UserForm)) -> Option<Text> {
        let mut form = form();
        change(&mut form);
        let errors = form.to_request(None).err()?;
        assert_eq!(errors.len(), 1, "{errors:?}");
        Some(errors[0].1)
    }

    /// Returns the accepted lengths of a field that is filled with one letter.
    fn accepted_lengths(set: fn(&mut UserForm, String)) -> (u64, u64) {
        let accepts = |length: &u16| error_of(|form| set(form, "a".repeat((*length).into()))).is_none();
        let lengths: Vec<_> = (0..=300).filter(accepts).map(u64::from).collect();
        (*lengths.first().unwrap(), *lengths.last().unwrap())
    }

    #[test]
    fn messages_name_the_accepted_lengths() {
        let (_, longest) = accepted_lengths(|form, text| form.username = text);
        assert_eq!(numbers_in(say::INVALID_USERNAME), [longest]);
        let (shortest, longest) = accepted_lengths(|form, text| form.name = text);
        assert_eq!(numbers_in(say::INVALID_FULL_NAME), [shortest, longest]);
        let (shortest, longest) = accepted_lengths(|form, text| form.password = text);
        assert_eq!(numbers_in(say::INVALID_PASSWORD), [shortest, longest]);
        assert_eq!(numbers_in(say::PASSWORD_HINT), [shortest, longest]);
    }

    #[test]
    fn the_message_of_each_field_is_its_own() {
        assert_eq!(error_of(|form| form.username = "ra him".to_owned()), Some(say::INVALID_USERNAME));
        assert_eq!(error_of(|form| form.name = " ".to_owned()), Some(say::INVALID_FULL_NAME));
        assert_eq!(error_of(|form| form.password = "short".to_owned()), Some(say::INVALID_PASSWORD));
    }

    #[test]
    fn a_card_has_a_number_a_pin_and_an_end() {
        let user = User {
            user_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            username: "rahim".parse().unwrap(),
            name: "Rahim".to_owned(),
            role: Role::Student,
            disabled: false,
            created_at: Time::from_millis(0),
        };
        let request = |card: &str, pin: &str, until: &str| {
            let (card, pin, card_until) = (card.to_owned(), pin.to_owned(), until.to_owned());
            UserForm { card, pin, card_until, ..form() }.to_request(Some(&user))
        };
        let card = |card: &str, pin: &str, until: &str| match request(card, pin, until) {
            Ok(UserRequest::Change(_, _, card)) => Ok(card),
            Ok(UserRequest::Create(_)) => panic!("a request to create"),
            Err(errors) => Err(errors.into_iter().map(|(field, _)| field).collect::<Vec<_>>()),
        };
        assert_eq!(card("", "", "2027-01-31"), Ok(None), "no card");
        let set = card(" 00047711 ", "1234", "2027-01-31").unwrap().unwrap();
        assert_eq!((set.card.0.as_str(), set.pin.0.as_str()), ("00047711", "1234"));
        assert_eq!(set.expires_at.map(|end| end.to_string()).as_deref(), Some("2027-01-31T18:00:00.000Z"));
        assert_eq!(card("00047711", "1234", "").unwrap().unwrap().expires_at, None);
        assert_eq!(card("1", "12a4", "soon"), Err(vec!["card", "pin", "expiresAt"]));
        assert_eq!(card("00047711", "", ""), Err(vec!["pin"]));
        let accepted = |accepts: &dyn Fn(usize) -> bool| {
            let lengths: Vec<_> = (1..=100).filter(|length| accepts(*length)).map(|n| n as u64).collect();
            [*lengths.first().unwrap(), *lengths.last().unwrap()]
        };
        let cards = accepted(&|length| card(&"1".repeat(length), "1234", "").is_ok());
        assert_eq!(numbers_in(say::INVALID_CARD), cards);
        let pins = accepted(&|length| card("00047711", &"1".repeat(length), "").is_ok());
        assert_eq!(numbers_in(say::INVALID_PIN), pins);
    }

    #[test]
    fn the_message_of_a_user_name_names_its_alphabet() {
        let accepts = |text: &str| error_of(|form| form.username = text.to_owned()).is_none();
        assert_names_alphabet(say::INVALID_USERNAME, accepts);
    }
}
