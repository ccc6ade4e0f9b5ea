//! One user: adding them, changing their name and role, setting a new password.

use std::rc::Rc;

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
        notice::FailedLine,
    },
    hooks::{use_console, use_language},
    text::{Text, admin as say, common},
};

/// The roles that a person or a kiosk can have.
const ROLES: [Role; 4] = [Role::Student, Role::Staff, Role::Admin, Role::Kiosk];

/// Whose dialog it is.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PersonProps {
    /// Who is changed; nobody when one is added.
    pub user: Option<User>,
    /// It is not wanted.
    pub close: Callback<()>,
    /// It is done.
    pub done: Callback<()>,
}

#[derive(Debug, Clone, PartialEq)]
struct Typed {
    username: String,
    name: String,
    role: Role,
    password: String,
}

/// What is sent.
enum Sent {
    New(CreateUser),
    Change(User, ChangeUser),
}

impl Typed {
    fn sent(&self, user: Option<&User>) -> Result<Sent, Vec<(&'static str, Text)>> {
        let username = self.username.trim().parse::<wire::id::Username>();
        let name = self.name.trim().to_owned();
        let password = NewPassword::try_from(Secret(self.password.clone()));
        let keeps = user.is_some() && self.password.is_empty();
        let checks = [
            (user.is_none() && username.is_err(), "username", say::WRONG_USERNAME),
            (name.is_empty() || name.chars().count() > 100, "name", say::WRONG_NAME),
            (password.is_err() && !keeps, "password", say::WRONG_PASSWORD),
        ];
        let wrong: Vec<_> =
            checks.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, text)| (field, text)).collect();
        match (user, username, password) {
            _ if !wrong.is_empty() => Err(wrong),
            (Some(user), _, password) => {
                let change = ChangeUser {
                    name: (name != user.name).then_some(name),
                    role: (self.role != user.role).then_some(self.role),
                    disabled: None,
                    password: password.ok(),
                };
                Ok(Sent::Change(user.clone(), change))
            }
            (None, Ok(username), Ok(password)) => {
                Ok(Sent::New(CreateUser { username, name, role: self.role, password }))
            }
            (None, ..) => Err(wrong),
        }
    }
}

/// The dialog of one user.
#[component]
pub fn Person(PersonProps { user, close, done }: &PersonProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let typed = use_state_eq(|| Typed {
        username: user.as_ref().map(|user| user.username.to_string()).unwrap_or_default(),
        name: user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        role: user.as_ref().map_or(Role::Student, |user| user.role),
        password: String::new(),
    });
    let wrong = use_state_eq(Vec::<(&'static str, Text)>::new);
    let busy = use_state_eq(|| false);
    let failed = use_state(|| None::<Rc<Failure>>);
    let set = |change: fn(&mut Typed, String)| {
        let typed = typed.clone();
        Callback::from(move |text| {
            let mut changed = (*typed).clone();
            change(&mut changed, text);
            typed.set(changed);
        })
    };
    let onsubmit = {
        let (typed, wrong, busy, failed) = (typed.clone(), wrong.clone(), busy.clone(), failed.clone());
        let (user, done) = (user.clone(), done.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            let sent = match typed.sent(user.as_ref()) {
                Ok(sent) => sent,
                Err(fields) => return wrong.set(fields),
            };
            wrong.set(Vec::new());
            failed.set(None);
            busy.set(true);
            let (console, done, busy, failed) = (console.clone(), done.clone(), busy.clone(), failed.clone());
            spawn_local(async move {
                let (answer, said) = match sent {
                    Sent::New(user) => (console.client().create_user(&user).await, say::USER_ADDED),
                    Sent::Change(user, change) => {
                        (console.client().change_user(user.user_id, &change).await, say::USER_SAVED)
                    }
                };
                busy.set(false);
                match answer {
                    Ok(user) => {
                        console.say_with(said, vec![("user", user.username.to_string())], None);
                        done.emit(());
                    }
                    Err(failure) => failed.set(Some(Rc::new(failure))),
                }
            });
        })
    };
    // What the service finds wrong stands at its field as well.
    let of = |field: &str| {
        let found = wrong.iter().find(|(wrong, _)| *wrong == field);
        let here = found.map(|(_, text)| AttrValue::from(language.say(*text)));
        let told = || {
            let errors = &failed.as_ref()?.problem()?.errors;
            errors
                .iter()
                .find(|error| error.field == field)
                .map(|error| AttrValue::from(error.message.clone()))
        };
        here.or_else(told)
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
        <Dialog {title} close={close.clone()}>
            <form class="stack" {onsubmit} novalidate=true data-test="user-form">
                if user.is_none() {
                    <TextField id="user-username" label={language.say(common::USERNAME)} value={typed.username.clone()}
                        wrong={of("username")} typed={set(|typed, text| typed.username = text)} />
                }
                <TextField id="user-name" label={language.say(say::NAME)} value={typed.name.clone()} wrong={of("name")}
                    typed={set(|typed, text| typed.name = text)} />
                <SelectField id="user-role" label={language.say(say::ROLE)} options={roles.to_vec()}
                    value={typed.role.as_str()}
                    chosen={set(|typed, text| typed.role = Role::parse(&text).unwrap_or(typed.role))} />
                <TextField id="user-password" kind="password" autocomplete="new-password" label={language.say(label)}
                    value={typed.password.clone()} wrong={of("password")} hint={language.say(hint)}
                    typed={set(|typed, text| typed.password = text)} />
                if let Some(failure) = (*failed).clone() { <FailedLine {failure} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={close.reform(|_: MouseEvent| ())}>
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
