//! Who may sign in: finding, adding, changing, disabling.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use wire::{
    Role,
    identity::{ChangeUser, User},
};
use yew::{platform::spawn_local, prelude::*};

use super::{import::Import, person::Person};
use crate::{
    components::{
        confirm::Confirm,
        icon::Icon,
        notice::{Empty, Failed},
        picture::Scene,
    },
    hooks::{use_console, use_language},
    state::remote::Remote,
    text::{Text, admin as say, common},
};

/// How many users are fetched at once.
const PAGE: u32 = 50;

/// What a role is called.
pub fn role_text(role: Role) -> Text {
    match role {
        Role::Student => say::ROLE_STUDENT,
        Role::Staff => say::ROLE_STAFF,
        Role::Admin => say::ROLE_ADMIN,
        Role::Kiosk => say::ROLE_KIOSK,
        Role::Service => say::ROLE_SERVICE,
        Role::Unknown => say::ROLE_UNKNOWN,
    }
}

/// The users that are here, and where the next ones begin.
#[derive(Debug, Clone, Default, PartialEq)]
struct Found {
    users: Vec<User>,
    next: Option<wire::id::Username>,
}

/// What is open in front of the list.
#[derive(Debug, Clone, PartialEq)]
enum Open {
    Add,
    Import,
    Edit(User),
    Disable(User),
}

/// The list.
#[component]
pub fn UsersPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let query = use_state_eq(String::new);
    let found = use_state(Remote::<Found>::default);
    let open = use_state_eq(|| None::<Open>);
    let asked = use_mut_ref(|| 0_u32);
    let fetch = {
        let (client, found, asked) = (console.client().clone(), found.clone(), asked.clone());
        Callback::from(move |(query, more): (String, bool)| {
            let (client, found) = (client.clone(), found.clone());
            *asked.borrow_mut() += 1;
            let (number, asked) = (*asked.borrow(), asked.clone());
            spawn_local(async move {
                let mut known =
                    if more { found.clone().ready().cloned().unwrap_or_default() } else { Found::default() };
                let answer = client.users(PAGE, known.next.as_ref(), query.trim()).await;
                // What was typed since is asked for as well.
                if *asked.borrow() != number {
                    return;
                }
                found.set(match answer {
                    Ok(page) => {
                        known.users.extend(page.users);
                        Remote::Ready(Found { next: page.next, ..known })
                    }
                    Err(failure) => Remote::Failed(Rc::new(failure)),
                });
            });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with((*query).clone(), move |query| fetch.emit((query.clone(), false)));
    }
    let again = {
        let (fetch, query) = (fetch.clone(), (*query).clone());
        Callback::from(move |()| fetch.emit((query.clone(), false)))
    };
    let show = |what: Option<Open>| {
        let open = open.clone();
        Callback::from(move |()| open.set(what.clone()))
    };
    let close = show(None);
    let changed = {
        let (close, again) = (close.clone(), again.clone());
        Callback::from(move |()| {
            close.emit(());
            again.emit(());
        })
    };
    // Disabling asks first; enabling takes nothing away from anybody.
    let switch = {
        let (console, changed) = (console.clone(), changed.clone());
        Callback::from(move |(user, disabled): (User, bool)| {
            let (console, changed) = (console.clone(), changed.clone());
            spawn_local(async move {
                let change = ChangeUser { disabled: Some(disabled), ..ChangeUser::default() };
                match console.client().change_user(user.user_id, &change).await {
                    Ok(user) => {
                        console.say_with(say::USER_SAVED, vec![("user", user.username.to_string())], None);
                    }
                    Err(failure) => console.say_failure(&failure),
                }
                changed.emit(());
            });
        })
    };
    let content = match &*found {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => html! { <Failed failure={failure.clone()} again={again.clone()} /> },
        Remote::Ready(found) if found.users.is_empty() => html! {
            <Empty scene={Scene::EmptyBasket} title={language.say(say::NO_USERS)} hint={language.say(say::NO_USERS_HINT)} />
        },
        Remote::Ready(found) => {
            let more = found.next.is_some().then(|| {
                let (fetch, query) = (fetch.clone(), (*query).clone());
                let onclick = Callback::from(move |_: MouseEvent| fetch.emit((query.clone(), true)));
                html! { <button class="button wide" type="button" {onclick}>{ language.say(say::NEXT_PAGE) }</button> }
            });
            let rows = found.users.iter().map(|user| {
                let (state, icon, word) = match user.disabled {
                    false => ("state good", "check", say::ACTIVE),
                    true => ("state bad", "close", say::DISABLED),
                };
                let named = |text| language.fill(text, &[("user", user.username.as_str())]);
                let edit = show(Some(Open::Edit(user.clone()))).reform(|_: MouseEvent| ());
                let toggle = if user.disabled {
                    let user = user.clone();
                    switch.reform(move |_: MouseEvent| (user.clone(), false))
                } else {
                    show(Some(Open::Disable(user.clone()))).reform(|_: MouseEvent| ())
                };
                html! {
                    <tr key={user.user_id.to_string()} data-user={user.username.to_string()}>
                        <th scope="row">{ user.username.to_string() }</th>
                        <td>{ &user.name }</td>
                        <td>{ language.say(role_text(user.role)) }</td>
                        <td><span class={state}><Icon name={icon} />{ language.say(word) }</span></td>
                        <td>
                            <div class="row-actions">
                                <button class="button" type="button" onclick={edit} aria-label={named(say::EDIT_USER)}
                                    data-test="edit"><Icon name="edit" /><span>{ language.say(say::CHANGE) }</span></button>
                                <button class="button quiet" type="button" onclick={toggle} data-test="switch"
                                    disabled={console.person().is_some_and(|person| person.user.user_id == user.user_id)}>
                                    { named(if user.disabled { say::ENABLE_USER } else { say::DISABLE_USER }) }
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
    let dialog = match (*open).clone() {
        None => Html::default(),
        Some(Open::Add) => {
            html! { <Person user={None::<User>} close={close.clone()} done={changed.clone()} /> }
        }
        Some(Open::Edit(user)) => html! { <Person {user} close={close.clone()} done={changed.clone()} /> },
        Some(Open::Import) => html! { <Import close={changed.clone()} /> },
        Some(Open::Disable(user)) => {
            let effect = language.fill(say::DISABLE_USER, &[("user", user.username.as_str())]);
            let yes = switch.reform(move |()| (user.clone(), true));
            html! {
                <Confirm title={format!("{effect}?")} effect={effect.clone()} hint={language.say(say::DISABLE_HINT)} {yes}
                    no={close.clone()} />
            }
        }
    };
    let typed = {
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
                    <input type="search" value={(*query).clone()} oninput={typed} maxlength="64" autocapitalize="none"
                        placeholder={language.say(say::SEARCH_USERS)} aria-label={language.say(say::SEARCH_USERS)} />
                </div>
                <span class="head-space" />
                <button class="button" type="button" onclick={show(Some(Open::Import)).reform(|_: MouseEvent| ())}
                    data-test="import"><Icon name="upload" /><span>{ language.say(say::IMPORT) }</span></button>
                <button class="button primary" type="button" onclick={show(Some(Open::Add)).reform(|_: MouseEvent| ())}
                    data-test="add-user"><Icon name="plus" /><span>{ language.say(say::ADD_USER) }</span></button>
            </div>
            { content }{ dialog }
        </>
    }
}
