//! Users page: searching, adding, changing and disabling user accounts.

use app::remote::Remote;
use std::sync::Arc;

use web_sys::HtmlInputElement;
use wire::{
    Role,
    identity::{ChangeUser, User},
};
use yew::{platform::spawn_local, prelude::*};

use super::{import::ImportDialog, user::UserDialog};
use crate::{
    components::{
        confirm::Confirm,
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
    },
    hooks::{use_console, use_language},
    text::{Text, admin as say, common},
};

/// Users per page.
const PAGE_SIZE: u32 = 50;

/// Returns the name of a role.
pub fn role_text(role: Role) -> Text {
    match role {
        Role::Student | Role::KioskStudent => say::ROLE_STUDENT,
        Role::Staff => say::ROLE_STAFF,
        Role::Admin => say::ROLE_ADMIN,
        Role::Kiosk => say::ROLE_KIOSK,
        Role::Service => say::ROLE_SERVICE,
        Role::Unknown => say::ROLE_UNKNOWN,
    }
}

/// Loaded users, and the cursor of the next page.
#[derive(Debug, Clone, Default, PartialEq)]
struct UserList {
    users: Vec<User>,
    next: Option<wire::id::Username>,
}

/// Open dialog.
#[derive(Debug, Clone, PartialEq)]
enum OpenDialog {
    Add,
    Import,
    Edit(User),
    Disable(User),
}

/// Users page.
#[component]
pub fn UsersPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let query = use_state_eq(String::new);
    let list = use_state(Remote::<UserList>::default);
    let open_dialog = use_state_eq(|| None::<OpenDialog>);
    let latest_request = use_mut_ref(|| 0_u32);
    let fetch = {
        let (client, list, latest_request) = (console.client().clone(), list.clone(), latest_request.clone());
        Callback::from(move |(query, more): (String, bool)| {
            let (client, list) = (client.clone(), list.clone());
            *latest_request.borrow_mut() += 1;
            let (number, latest_request) = (*latest_request.borrow(), latest_request.clone());
            spawn_local(async move {
                let mut known = if more {
                    list.clone().ready().cloned().unwrap_or_default()
                } else {
                    UserList::default()
                };
                let response = client.users(PAGE_SIZE, known.next.as_ref(), query.trim()).await;
                // A later request, for a newer query, supersedes this one.
                if *latest_request.borrow() != number {
                    return;
                }
                list.set(match response {
                    Ok(page) => {
                        known.users.extend(page.users);
                        Remote::Ready(UserList { next: page.next, ..known })
                    }
                    Err(failure) => Remote::Failed(Arc::new(failure)),
                });
            });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with((*query).clone(), move |query| fetch.emit((query.clone(), false)));
    }
    let reload = {
        let (fetch, query) = (fetch.clone(), (*query).clone());
        Callback::from(move |()| fetch.emit((query.clone(), false)))
    };
    let show = |dialog: Option<OpenDialog>| {
        let open_dialog = open_dialog.clone();
        Callback::from(move |()| open_dialog.set(dialog.clone()))
    };
    let close = show(None);
    let close_and_reload = {
        let (close, reload) = (close.clone(), reload.clone());
        Callback::from(move |()| {
            close.emit(());
            reload.emit(());
        })
    };
    // Only disabling needs a confirmation.
    let set_disabled = {
        let (console, close_and_reload) = (console.clone(), close_and_reload.clone());
        Callback::from(move |(user, disabled): (User, bool)| {
            let (console, close_and_reload) = (console.clone(), close_and_reload.clone());
            spawn_local(async move {
                let change = ChangeUser { disabled: Some(disabled), ..ChangeUser::default() };
                match console.client().change_user(user.user_id, &change).await {
                    Ok(user) => {
                        console.toast().show_with(
                            say::USER_SAVED,
                            vec![("user", user.username.to_string())],
                            None,
                        );
                    }
                    Err(failure) => console.toast().show_failure(&failure),
                }
                close_and_reload.emit(());
            });
        })
    };
    let content = match &*list {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            html! { <FailureNotice failure={failure.clone()} retry={reload.clone()} /> }
        }
        Remote::Ready(list) if list.users.is_empty() => html! {
            <EmptyState scene={Scene::EmptyBasket} title={language.say(say::NO_MATCHING_USERS)} hint={language.say(say::NO_MATCHING_USERS_HINT)} />
        },
        Remote::Ready(list) => {
            let more = list.next.is_some().then(|| {
                let (fetch, query) = (fetch.clone(), (*query).clone());
                let onclick = Callback::from(move |_: MouseEvent| fetch.emit((query.clone(), true)));
                html! { <button class="button wide" type="button" {onclick}>{ language.say(say::SHOW_MORE) }</button> }
            });
            let rows = list.users.iter().map(|user| {
                let (state, icon, state_text) = match user.disabled {
                    false => ("state good", "check", say::ACTIVE),
                    true => ("state bad", "close", say::DISABLED),
                };
                let label = |text| language.fill(text, &[("user", user.username.as_str())]);
                let edit = show(Some(OpenDialog::Edit(user.clone()))).reform(|_: MouseEvent| ());
                let toggle = if user.disabled {
                    let user = user.clone();
                    set_disabled.reform(move |_: MouseEvent| (user.clone(), false))
                } else {
                    show(Some(OpenDialog::Disable(user.clone()))).reform(|_: MouseEvent| ())
                };
                html! {
                    <tr key={user.user_id.to_string()} data-user={user.username.to_string()}>
                        <th scope="row">{ user.username.to_string() }</th>
                        <td>{ &user.name }</td>
                        <td>{ language.say(role_text(user.role)) }</td>
                        <td><span class={state}><Icon name={icon} />{ language.say(state_text) }</span></td>
                        <td>
                            <div class="row-actions">
                                <button class="button" type="button" onclick={edit} aria-label={label(say::EDIT_USER)}
                                    data-test="edit"><Icon name="edit" /><span>{ language.say(say::CHANGE) }</span></button>
                                <button class="button quiet" type="button" onclick={toggle} data-test="switch"
                                    disabled={console.session.signed_in().is_some_and(|person| person.user.user_id == user.user_id)}>
                                    { label(if user.disabled { say::ENABLE_USER } else { say::DISABLE_USER }) }
                                </button>
                            </div>
                        </td>
                    </tr>
                }
            });
            html! {
                <>
                    <div class="table-frame card" tabindex="0" role="region" aria-label={language.say(say::USERS)}>
                        <table class="table people" data-test="users-table">
                            <thead>
                                <tr>
                                    { for [common::USERNAME, say::NAME, say::ROLE, say::STATE, say::ACTIONS].map(|text| html! {
                                        <th scope="col">{ language.say(text) }</th>
                                    }) }
                                </tr>
                            </thead>
                            <tbody>{ for rows }</tbody>
                        </table>
                    </div>
                    { more }
                </>
            }
        }
    };
    let dialog = match (*open_dialog).clone() {
        None => Html::default(),
        Some(OpenDialog::Add) => html! {
            <UserDialog user={None::<User>} on_close={close.clone()} on_saved={close_and_reload.clone()} />
        },
        Some(OpenDialog::Edit(user)) => html! {
            <UserDialog {user} on_close={close.clone()} on_saved={close_and_reload.clone()} />
        },
        Some(OpenDialog::Import) => html! { <ImportDialog on_close={close_and_reload.clone()} /> },
        Some(OpenDialog::Disable(user)) => {
            let effect = language.fill(say::DISABLE_USER, &[("user", user.username.as_str())]);
            let on_confirm = set_disabled.reform(move |()| (user.clone(), true));
            html! {
                <Confirm title={format!("{effect}?")} confirm_label={effect.clone()}
                    hint={language.say(say::DISABLE_HINT)} {on_confirm} on_cancel={close.clone()} />
            }
        }
    };
    let search = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    html! {
        <>
            <div class="tools">
                <div class="search">
                    <Icon name="search" />
                    <input type="search" value={(*query).clone()} oninput={search} maxlength="64" autocapitalize="none"
                        placeholder={language.say(say::SEARCH_USERS)} aria-label={language.say(say::SEARCH_USERS)} />
                </div>
                <span class="head-space" />
                <button class="button" type="button" onclick={show(Some(OpenDialog::Import)).reform(|_: MouseEvent| ())}
                    data-test="import"><Icon name="upload" /><span>{ language.say(say::IMPORT) }</span></button>
                <button class="button primary" type="button" onclick={show(Some(OpenDialog::Add)).reform(|_: MouseEvent| ())}
                    data-test="add-user"><Icon name="plus" /><span>{ language.say(say::ADD_USER) }</span></button>
            </div>
            { content }{ dialog }
        </>
    }
}
