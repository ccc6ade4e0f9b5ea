//! Who did what, service by service, the newest first.

use std::{collections::BTreeMap, rc::Rc};

use wire::ops::{AuditEntry, ServiceName};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    components::{
        field::SelectField,
        icon::Icon,
        notice::{Empty, Failed},
        picture::Scene,
    },
    hooks::{use_console, use_language, use_now},
    state::remote::Remote,
    text::admin as say,
};

/// The services that keep a trail.
const KEEPERS: [ServiceName; 3] =
    [ServiceName::StockService, ServiceName::KitchenQueue, ServiceName::IdentityProvider];

/// The entries that are here, and where the older ones begin.
#[derive(Debug, Clone, Default, PartialEq)]
struct Trail {
    entries: Vec<AuditEntry>,
    next: Option<i64>,
}

/// The trail.
#[component]
pub fn AuditPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let service = use_state_eq(|| KEEPERS[0]);
    let trail = use_state(Remote::<Trail>::default);
    let names = use_state(BTreeMap::<String, String>::new);
    let now = use_now(60_000);
    // Answers of a service that is no longer looked at are of no use.
    let asked = use_mut_ref(|| 0_u32);
    let fetch = {
        let (client, trail, asked) = (console.client().clone(), trail.clone(), asked.clone());
        Callback::from(move |(service, before): (ServiceName, Option<i64>)| {
            let (client, trail) = (client.clone(), trail.clone());
            *asked.borrow_mut() += 1;
            let (number, asked) = (*asked.borrow(), asked.clone());
            spawn_local(async move {
                let answer = client.audit(service, before).await;
                if *asked.borrow() != number {
                    return;
                }
                let mut known = match before {
                    Some(_) => trail.clone().ready().cloned().unwrap_or_default(),
                    None => Trail::default(),
                };
                trail.set(match answer {
                    Ok(page) => {
                        known.entries.extend(page.entries);
                        Remote::Ready(Trail { next: page.next, ..known })
                    }
                    Err(failure) => Remote::Failed(Rc::new(failure)),
                });
            });
        })
    };
    {
        let (fetch, trail) = (fetch.clone(), trail.setter());
        use_effect_with(*service, move |service| {
            trail.set(Remote::Loading);
            fetch.emit((*service, None));
        });
        let (client, names) = (console.client().clone(), names.setter());
        use_effect_with((), move |()| {
            // The trail knows people by their ids; whoever is not among these is shown so.
            spawn_local(async move {
                if let Ok(page) = client.users(200, None, "").await {
                    let known = page.users.into_iter();
                    names.set(
                        known.map(|user| (user.user_id.to_string(), user.username.to_string())).collect(),
                    );
                }
            });
        });
    }
    let me = console.person().map(|person| person.user.user_id.to_string());
    let who = |actor: &str| match names.get(actor) {
        _ if me.as_deref() == Some(actor) => language.say(say::YOU).to_owned(),
        Some(name) => name.clone(),
        None => actor.to_owned(),
    };
    let again = {
        let (fetch, service) = (fetch.clone(), *service);
        Callback::from(move |()| fetch.emit((service, None)))
    };
    let content = match &*trail {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => html! { <Failed failure={failure.clone()} again={again.clone()} /> },
        Remote::Ready(trail) if trail.entries.is_empty() => html! {
            <Empty scene={Scene::NoOrders} title={language.say(say::NO_AUDIT)} hint={language.say(say::NO_AUDIT_HINT)} />
        },
        Remote::Ready(trail) => {
            let older = trail.next.map(|next| {
                let (fetch, service) = (fetch.clone(), *service);
                let onclick = Callback::from(move |_: MouseEvent| fetch.emit((service, Some(next))));
                html! { <button class="button wide" type="button" {onclick}>{ language.say(say::OLDER) }</button> }
            });
            html! {
                <>
                    <div class="table-frame card" tabindex="0" role="region" aria-label={language.say(say::AUDIT)}>
                        <table class="table audit" data-test="audit-table">
                            <thead>
                                <tr>
                                    { for [say::WHEN, say::WHO, say::WHAT, say::TO_WHAT, say::DETAIL].map(|text| html! {
                                        <th scope="col">{ language.say(text) }</th>
                                    }) }
                                </tr>
                            </thead>
                            <tbody>
                                { for trail.entries.iter().map(|entry| html! {
                                    <tr key={entry.id}>
                                        <td class="when">
                                            { language.day(entry.at, now) }{ " " }{ language.clock(entry.at) }
                                        </td>
                                        <td class="who">{ who(&entry.actor) }</td>
                                        <td><code>{ &entry.action }</code></td>
                                        <td class="subject">{ &entry.subject }</td>
                                        <td class="detail">{ &entry.detail }</td>
                                    </tr>
                                }) }
                            </tbody>
                        </table>
                    </div>
                    { older }
                </>
            }
        }
    };
    let services =
        KEEPERS.map(|service| (AttrValue::from(service.as_str()), AttrValue::from(service.as_str())));
    let chosen = {
        let service = service.clone();
        Callback::from(move |text: String| {
            if let Some(found) = KEEPERS.into_iter().find(|service| service.as_str() == text) {
                service.set(found);
            }
        })
    };
    html! {
        <>
            <div class="tools">
                <SelectField id="audit-service" label={language.say(say::SERVICE)} options={services.to_vec()}
                    value={service.as_str()} {chosen} />
                <button class="button" type="button" onclick={again.reform(|_: MouseEvent| ())}>
                    <Icon name="refresh" /><span>{ language.say(say::REFRESH) }</span>
                </button>
            </div>
            { content }
        </>
    }
}
