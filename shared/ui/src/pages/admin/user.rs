//! User dialog: adding a user, changing name and role, setting a new password.

use std::sync::Arc;

use client::Failure;
use wire::{
    Role,
    identity::{ChangeUser, CreateUser, NewPassword, Secret, User},
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
}

/// Request of the form.
enum UserRequest {
    Create(CreateUser),
    Change(User, ChangeUser),
}

impl UserForm {
    /// Validates the form and returns its request, or the invalid fields with their messages.
    fn to_request(&self, user: Option<&User>) -> Result<UserRequest, Vec<(&'static str, Text)>> {
        let username = self.username.trim().parse::<wire::id::Username>();
        let name = self.name.trim().to_owned();
        let password = NewPassword::try_from(Secret(self.password.clone()));
        let keeps_password = user.is_some() && self.password.is_empty();
        let checks = [
            (user.is_none() && username.is_err(), "username", say::INVALID_USERNAME),
            (name.is_empty() || name.chars().count() > MAX_NAME_LENGTH, "name", say::INVALID_FULL_NAME),
            (password.is_err() && !keeps_password, "password", say::INVALID_PASSWORD),
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
                Ok(UserRequest::Change(user.clone(), change))
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
                    UserRequest::Change(user, change) => {
                        (console.client().change_user(user.user_id, &change).await, say::USER_SAVED)
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
    fn the_message_of_a_user_name_names_its_alphabet() {
        let accepts = |text: &str| error_of(|form| form.username = text.to_owned()).is_none();
        assert_names_alphabet(say::INVALID_USERNAME, accepts);
    }
}
