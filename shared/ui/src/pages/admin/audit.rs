//! Audit log of each service, newest event first.

use app::remote::Remote;
use std::collections::BTreeMap;
use std::sync::Arc;

use wire::ops::{AuditEntry, ServiceName};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    components::{
        field::SelectField,
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
    },
    hooks::{use_console, use_language, use_now},
    text::admin as say,
};

/// Services that store an audit log.
const AUDITED_SERVICES: [ServiceName; 3] =
    [ServiceName::StockService, ServiceName::KitchenQueue, ServiceName::IdentityProvider];

/// Loaded entries, and the cursor of the next older page.
#[derive(Debug, Clone, Default, PartialEq)]
struct AuditLog {
    entries: Vec<AuditEntry>,
    next: Option<i64>,
}

/// Audit log page.
#[component]
pub fn AuditPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let service = use_state_eq(|| AUDITED_SERVICES[0]);
    let log = use_state(Remote::<AuditLog>::default);
    let names = use_state(BTreeMap::<String, String>::new);
    let now = use_now(60_000);
    // Number of the latest request: a response to an earlier one, for another service, is dropped.
    let latest_request = use_mut_ref(|| 0_u32);
    let fetch = {
        let (client, log, latest_request) = (console.client().clone(), log.clone(), latest_request.clone());
        Callback::from(move |(service, before): (ServiceName, Option<i64>)| {
            let (client, log) = (client.clone(), log.clone());
            *latest_request.borrow_mut() += 1;
            let (number, latest_request) = (*latest_request.borrow(), latest_request.clone());
            spawn_local(async move {
                let response = client.audit(service, before).await;
                if *latest_request.borrow() != number {
                    return;
                }
                let mut known = match before {
                    Some(_) => log.clone().ready().cloned().unwrap_or_default(),
                    None => AuditLog::default(),
                };
                log.set(match response {
                    Ok(page) => {
                        known.entries.extend(page.entries);
                        Remote::Ready(AuditLog { next: page.next, ..known })
                    }
                    Err(failure) => Remote::Failed(Arc::new(failure)),
                });
            });
        })
    };
    {
        let (fetch, log) = (fetch.clone(), log.setter());
        use_effect_with(*service, move |service| {
            log.set(Remote::Loading);
            fetch.emit((*service, None));
        });
        let (client, names) = (console.client().clone(), names.setter());
        use_effect_with((), move |()| {
            // The audit log contains user ids. An id without a known user name is shown as it is.
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
    let me = console.session.signed_in().map(|person| person.user.user_id.to_string());
    let actor_name = |actor: &str| match names.get(actor) {
        _ if me.as_deref() == Some(actor) => language.say(say::YOU).to_owned(),
        Some(name) => name.clone(),
        None => actor.to_owned(),
    };
    let reload = {
        let (fetch, service) = (fetch.clone(), *service);
        Callback::from(move |()| fetch.emit((service, None)))
    };
    let content = match &*log {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            html! { <FailureNotice failure={failure.clone()} retry={reload.clone()} /> }
        }
        Remote::Ready(log) if log.entries.is_empty() => html! {
            <EmptyState scene={Scene::NoOrders} title={language.say(say::NO_AUDIT)} hint={language.say(say::NO_AUDIT_HINT)} />
        },
        Remote::Ready(log) => {
            let older = log.next.map(|next| {
                let (fetch, service) = (fetch.clone(), *service);
                let onclick = Callback::from(move |_: MouseEvent| fetch.emit((service, Some(next))));
                html! { <button class="button wide" type="button" {onclick}>{ language.say(say::SHOW_OLDER) }</button> }
            });
            html! {
                <>
                    <div class="table-frame card" tabindex="0" role="region" aria-label={language.say(say::AUDIT)}>
                        <table class="table audit" data-test="audit-table">
                            <thead>
                                <tr>
                                    { for [say::AUDIT_TIME, say::AUDIT_ACTOR, say::AUDIT_ACTION, say::AUDIT_SUBJECT, say::AUDIT_DETAIL].map(|text| html! {
                                        <th scope="col">{ language.say(text) }</th>
                                    }) }
                                </tr>
                            </thead>
                            <tbody>
                                { for log.entries.iter().map(|entry| html! {
                                    <tr key={entry.id}>
                                        <td class="when">
                                            { language.day(entry.at, now) }{ " " }{ language.clock(entry.at) }
                                        </td>
                                        <td class="who">{ actor_name(&entry.actor) }</td>
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
    let services = AUDITED_SERVICES
        .map(|service| (AttrValue::from(service.as_str()), AttrValue::from(service.as_str())));
    let on_change = {
        let service = service.clone();
        Callback::from(move |text: String| {
            if let Some(found) = AUDITED_SERVICES.into_iter().find(|service| service.as_str() == text) {
                service.set(found);
            }
        })
    };
    html! {
        <>
            <div class="tools">
                <SelectField id="audit-service" label={language.say(say::SERVICE)} options={services.to_vec()}
                    value={service.as_str()} {on_change} />
                <button class="button" type="button" onclick={reload.reform(|_: MouseEvent| ())}>
                    <Icon name="refresh" /><span>{ language.say(say::REFRESH) }</span>
                </button>
            </div>
            { content }
        </>
    }
}
