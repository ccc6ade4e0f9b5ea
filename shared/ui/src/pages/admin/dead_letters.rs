//! Dead letters of the order queue: reason, content and redrive.

use app::remote::Remote;
use std::sync::Arc;

use wire::kitchen::{DeadLetter, DeadLetters};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    components::{
        confirm::Confirm,
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
    },
    hooks::{use_console, use_language},
    text::admin as say,
};

/// Dead letters page.
#[component]
pub fn DeadLettersPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let letters = use_state(Remote::<Arc<DeadLetters>>::default);
    let letter_to_redrive = use_state(|| None::<DeadLetter>);
    let fetch = {
        let (client, letters) = (console.client().clone(), letters.setter());
        Callback::from(move |()| {
            let (client, letters) = (client.clone(), letters.clone());
            spawn_local(async move {
                letters.set(match client.dead_letters().await {
                    Ok(found) => Remote::Ready(Arc::new(found)),
                    Err(failure) => Remote::Failed(Arc::new(failure)),
                });
            });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with((), move |()| fetch.emit(()));
    }
    let content = match &*letters {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            html! { <FailureNotice failure={failure.clone()} retry={fetch.clone()} /> }
        }
        Remote::Ready(found) if found.dead_letters.is_empty() => html! {
            <EmptyState scene={Scene::NoOrders} title={language.say(say::NO_DEAD_LETTERS)} hint={language.say(say::NO_DEAD_LETTERS_HINT)} />
        },
        Remote::Ready(found) => {
            let shown = language.number(u64::try_from(found.dead_letters.len()).unwrap_or_default());
            html! {
                <>
                    <p class="muted">
                        { language.say(say::DEAD_LETTERS_HINT) }{ " " }
                        { language.fill(say::SHOWN_OF, &[("n", &shown), ("all", &language.number(found.total))]) }
                    </p>
                    <ul class="letters" data-test="letters">
                        { for found.dead_letters.iter().map(|letter| {
                            let ask = {
                                let (letter_to_redrive, letter) = (letter_to_redrive.clone(), letter.clone());
                                Callback::from(move |_: MouseEvent| letter_to_redrive.set(Some(letter.clone())))
                            };
                            html! {
                                <li key={letter.id} class="card letter">
                                    <div class="letter-head">
                                        <strong>{ format!("#{}", letter.id) }</strong>
                                        <span class="muted">{ language.clock(letter.at) }</span>
                                        <span class="state bad"><Icon name="alert" />{ &letter.reason }</span>
                                        <button class="button" type="button" onclick={ask} data-test="redrive">
                                            <Icon name="refresh" /><span>{ language.say(say::REDRIVE) }</span>
                                        </button>
                                    </div>
                                    <details>
                                        <summary>{ language.say(say::MESSAGE_BODY) }</summary>
                                        <pre tabindex="0">{ &letter.body }</pre>
                                    </details>
                                </li>
                            }
                        }) }
                    </ul>
                </>
            }
        }
    };
    let confirmation = (*letter_to_redrive).clone().map(|letter| {
        let number = letter.id.to_string();
        let close = {
            let letter_to_redrive = letter_to_redrive.clone();
            Callback::from(move |()| letter_to_redrive.set(None))
        };
        let on_confirm = {
            let (console, close, fetch) = (console.clone(), close.clone(), fetch.clone());
            let number = number.clone();
            Callback::from(move |()| {
                close.emit(());
                let (console, fetch, number) = (console.clone(), fetch.clone(), number.clone());
                spawn_local(async move {
                    match console.client().redrive(letter.id).await {
                        Ok(()) => console.toast().show_with(say::REDRIVEN, vec![("n", number)], None),
                        Err(failure) => console.toast().show_failure(&failure),
                    }
                    fetch.emit(());
                });
            })
        };
        let confirm_label = language.fill(say::REDRIVE_N, &[("n", &number)]);
        html! {
            <Confirm title={language.say(say::REDRIVE)} {confirm_label} hint={language.say(say::REDRIVE_HINT)}
                {on_confirm} on_cancel={close} />
        }
    });
    html! {
        <>
            <div class="tools">
                <button class="button" type="button" onclick={fetch.reform(|_: MouseEvent| ())}>
                    <Icon name="refresh" /><span>{ language.say(say::REFRESH) }</span>
                </button>
            </div>
            { content }{ confirmation }
        </>
    }
}
