//! Kiosks page: their state, and the actions of admins.

use std::{cell::Cell, rc::Rc, sync::Arc};

use app::remote::Remote;
use client::Failure;
use gloo_timers::callback::Interval;
use wire::{
    Time,
    kiosk::{ChangeKiosk, Kiosk, KioskSecret, PrinterState},
};
use yew::{platform::spawn_local, prelude::*};

use super::kiosk::{KioskDialog, SecretDialog};
use crate::{
    browser,
    components::{
        confirm::Confirm,
        icon::Icon,
        notice::{EmptyState, FailureBanner, FailureNotice},
        picture::Scene,
    },
    hooks::{use_console, use_language, use_now},
    text::{Language, Text, admin as say},
};

/// Interval between two fetches of the kiosks, in milliseconds.
const POLL_MS: u32 = 5_000;
/// Clock skew from which it is shown, in milliseconds.
const NOTABLE_SKEW_MS: u64 = 2_000;

/// Returns the name of a printer's state, and whether somebody has to act.
fn printer_text(state: PrinterState) -> (Text, bool) {
    match state {
        PrinterState::None => (say::PRINTER_NONE, false),
        PrinterState::Ready => (say::PRINTER_READY, false),
        PrinterState::PaperLow => (say::PRINTER_PAPER_LOW, true),
        PrinterState::PaperOut => (say::PRINTER_PAPER_OUT, true),
        PrinterState::CoverOpen => (say::PRINTER_COVER_OPEN, true),
        PrinterState::Offline => (say::PRINTER_OFFLINE, true),
        PrinterState::Unknown => (say::PRINTER_UNKNOWN, false),
    }
}

/// Returns class, icon and text of a kiosk's state.
fn state_of(kiosk: &Kiosk) -> (&'static str, &'static str, Text) {
    match kiosk {
        Kiosk { revoked: true, .. } => ("state bad", "close", say::KIOSK_REVOKED),
        Kiosk { open: false, .. } => ("state", "stop", say::KIOSK_CLOSED),
        Kiosk { silent: true, .. } => ("state bad", "alert", say::KIOSK_SILENT),
        Kiosk { heartbeat_at: None, .. } => ("state", "info", say::KIOSK_NEVER_HEARD),
        _ => ("state good", "check", say::KIOSK_OPEN),
    }
}

/// Returns the age of a heartbeat: seconds in the first minute, then minutes, then day and time.
fn age_text(language: Language, at: Time, now: Time) -> String {
    match now.since(at).as_secs() {
        seconds @ 0..60 => language.fill(say::SECONDS_AGO, &[("n", &language.number(seconds))]),
        60..7_200 => language.ago(at, now),
        _ => format!("{} {}", language.day(at, now), language.short_clock(at)),
    }
}

/// Returns the difference between the clock of a kiosk and the server's.
fn skew_text(language: Language, skew_ms: i64) -> String {
    let text = if skew_ms < 0 { say::CLOCK_BEHIND } else { say::CLOCK_AHEAD };
    match skew_ms.unsigned_abs() {
        0..NOTABLE_SKEW_MS => language.say(say::CLOCK_RIGHT).to_owned(),
        skew => language.fill(text, &[("n", &language.number(skew / 1_000))]),
    }
}

/// Open dialog.
#[derive(Debug, Clone, PartialEq)]
enum OpenDialog {
    Add,
    Edit(Kiosk),
    Revoke(Kiosk),
    Replace(Kiosk),
    Secret(KioskSecret),
}

/// Kiosks as last fetched, and the failure of the last fetch.
#[derive(Debug, Clone, Default, PartialEq)]
struct Fetched {
    kiosks: Remote<Vec<Kiosk>>,
    failure: Option<Arc<Failure>>,
}

/// Returns the kiosks, fetched at an interval, and a callback that fetches them now.
#[hook]
fn use_kiosks() -> (Fetched, Callback<()>) {
    let console = use_console();
    let known = use_mut_ref(Fetched::default);
    let shown = use_state_eq(Fetched::default);
    let under_way = use_mut_ref(|| Rc::new(Cell::new(0_u32)));
    let fetch = {
        let (client, shown) = (console.client().clone(), shown.setter());
        let latest = under_way.borrow().clone();
        Callback::from(move |()| {
            let (client, known, shown, latest) =
                (client.clone(), known.clone(), shown.clone(), latest.clone());
            latest.set(latest.get().wrapping_add(1));
            let number = latest.get();
            spawn_local(async move {
                let response = client.kiosks().await;
                // A later fetch, after a change, supersedes this one.
                if latest.get() != number {
                    return;
                }
                let mut known = known.borrow_mut();
                known.failure = response.as_ref().err().cloned().map(Arc::new);
                known.kiosks.take(response.map(|list| list.kiosks));
                shown.set(known.clone());
            });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with((), move |()| {
            fetch.emit(());
            // Outside a browser there are no timers.
            let interval = browser::window().map(|_| {
                Interval::new(POLL_MS, move || {
                    if !browser::is_hidden() {
                        fetch.emit(());
                    }
                })
            });
            move || drop(interval)
        });
    }
    ((*shown).clone(), fetch)
}

/// Kiosks page.
#[component]
pub fn KiosksPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let (Fetched { kiosks, failure }, fetch) = use_kiosks();
    let open_dialog = use_state_eq(|| None::<OpenDialog>);
    let show = {
        let open_dialog = open_dialog.clone();
        Callback::from(move |dialog: Option<OpenDialog>| open_dialog.set(dialog))
    };
    let close = show.reform(|()| None);
    let saved = {
        let (close, fetch) = (close.clone(), fetch.clone());
        Callback::from(move |()| {
            close.emit(());
            fetch.emit(());
        })
    };
    let change = {
        let (console, saved) = (console.clone(), saved.clone());
        Callback::from(move |(kiosk, change, toast): (Kiosk, ChangeKiosk, Text)| {
            let (console, saved) = (console.clone(), saved.clone());
            spawn_local(async move {
                match console.client().change_kiosk(kiosk.kiosk_id, &change).await {
                    Ok(kiosk) => console.toast().show_with(toast, vec![("kiosk", kiosk.name)], None),
                    Err(failure) => console.toast().show_failure(&failure),
                }
                saved.emit(());
            });
        })
    };
    let replace_secret = {
        let (console, show, fetch) = (console.clone(), show.clone(), fetch.clone());
        Callback::from(move |kiosk: Kiosk| {
            let (console, show, fetch) = (console.clone(), show.clone(), fetch.clone());
            spawn_local(async move {
                match console.client().replace_kiosk_secret(kiosk.kiosk_id).await {
                    Ok(secret) => show.emit(Some(OpenDialog::Secret(secret))),
                    Err(failure) => {
                        console.toast().show_failure(&failure);
                        show.emit(None);
                    }
                }
                fetch.emit(());
            });
        })
    };
    let add = show.reform(|_: MouseEvent| Some(OpenDialog::Add));
    let content = match &kiosks {
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            html! { <FailureNotice failure={failure.clone()} retry={fetch.clone()} /> }
        }
        Remote::Ready(kiosks) if kiosks.is_empty() => html! {
            <EmptyState scene={Scene::Closed} title={language.say(say::NO_KIOSKS)} hint={language.say(say::NO_KIOSKS_HINT)} />
        },
        Remote::Ready(kiosks) => html! {
            <ul class="kiosks" data-test="kiosks">
                { for kiosks.iter().map(|kiosk| html! {
                    <KioskCard key={kiosk.kiosk_id.to_string()} kiosk={kiosk.clone()} show={show.clone()}
                        change={change.clone()} />
                }) }
            </ul>
        },
    };
    let stale = failure.filter(|_| kiosks.ready().is_some());
    let dialog = match (*open_dialog).clone() {
        None => Html::default(),
        Some(OpenDialog::Add) => {
            let (show, fetch) = (show.clone(), fetch.clone());
            let on_created = Callback::from(move |secret| {
                show.emit(Some(OpenDialog::Secret(secret)));
                fetch.emit(());
            });
            html! { <KioskDialog kiosk={None::<Kiosk>} on_close={close} {on_created} on_saved={saved} /> }
        }
        Some(OpenDialog::Edit(kiosk)) => html! {
            <KioskDialog {kiosk} on_close={close} on_created={Callback::noop()} on_saved={saved} />
        },
        Some(OpenDialog::Secret(secret)) => html! { <SecretDialog {secret} on_close={close} /> },
        Some(OpenDialog::Revoke(kiosk)) => {
            let effect = language.fill(say::REVOKE_KIOSK, &[("kiosk", &kiosk.name)]);
            let on_confirm = change.reform(move |()| {
                let revoke = ChangeKiosk { revoked: Some(true), ..ChangeKiosk::default() };
                (kiosk.clone(), revoke, say::KIOSK_IS_REVOKED)
            });
            html! {
                <Confirm title={format!("{effect}?")} confirm_label={effect.clone()} hint={language.say(say::REVOKE_HINT)}
                    {on_confirm} on_cancel={close} />
            }
        }
        Some(OpenDialog::Replace(kiosk)) => {
            let effect = language.fill(say::REPLACE_SECRET_OF, &[("kiosk", &kiosk.name)]);
            let on_confirm = replace_secret.reform(move |()| kiosk.clone());
            html! {
                <Confirm title={format!("{effect}?")} confirm_label={effect.clone()}
                    hint={language.say(say::REPLACE_SECRET_HINT)} {on_confirm} on_cancel={close} />
            }
        }
    };
    html! {
        <>
            <div class="tools">
                <button class="button primary" type="button" onclick={add} data-test="add-kiosk">
                    <Icon name="plus" /><span>{ language.say(say::ADD_KIOSK) }</span>
                </button>
            </div>
            if let Some(failure) = stale { <FailureBanner {failure} /> }
            { content }{ dialog }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct KioskCardProps {
    kiosk: Kiosk,
    show: Callback<Option<OpenDialog>>,
    change: Callback<(Kiosk, ChangeKiosk, Text)>,
}

/// One kiosk, with its facts and actions.
#[component]
fn KioskCard(KioskCardProps { kiosk, show, change }: &KioskCardProps) -> Html {
    let language = use_language();
    let now = use_now(1_000);
    let (class, icon, text) = state_of(kiosk);
    let mut facts = Vec::new();
    let heard = match kiosk.heartbeat_at {
        Some(at) => age_text(language, at, now),
        None => language.say(say::KIOSK_NEVER_HEARD).to_owned(),
    };
    facts.push((say::LAST_HEARTBEAT, heard, kiosk.silent));
    if let Some(report) = &kiosk.report {
        let count = |count: u32| language.number(count.into());
        let kept = [("n", count(report.outbox)), ("refused", count(report.refused))];
        let kept = kept.each_ref().map(|(name, value)| (*name, value.as_str()));
        let (printer, is_wrong) = printer_text(report.printer);
        let skew = kiosk.clock_skew_ms.unwrap_or_default();
        facts.extend([
            (say::OUTBOX, language.fill(say::OUTBOX_COUNTS, &kept), report.refused > 0),
            (say::PRINTER, language.say(printer).to_owned(), is_wrong),
            (say::KIOSK_CLOCK, skew_text(language, skew), skew.unsigned_abs() >= NOTABLE_SKEW_MS),
            (say::KIOSK_VERSION, report.version.clone(), false),
            (say::WEBVIEW, report.webview.clone(), false),
        ]);
    }
    if let Some(message) = &kiosk.message {
        let shown = match language {
            Language::English => &message.en,
            Language::Bangla => &message.bn,
        };
        facts.push((say::KIOSK_MESSAGE, shown.clone(), false));
    }
    let button = |text: Text, icon: &'static str, test: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button class="button" type="button" {onclick} data-test={test}
                aria-label={format!("{}: {}", language.say(text), kiosk.name)}>
                <Icon name={icon} /><span>{ language.say(text) }</span>
            </button>
        }
    };
    let open_with = |dialog: fn(Kiosk) -> OpenDialog| {
        let kiosk = kiosk.clone();
        show.reform(move |_: MouseEvent| Some(dialog(kiosk.clone())))
    };
    let change_with = |changed: ChangeKiosk, toast: Text| {
        let kiosk = kiosk.clone();
        change.reform(move |_: MouseEvent| (kiosk.clone(), changed.clone(), toast))
    };
    let set_open = |open| ChangeKiosk { open: Some(open), ..ChangeKiosk::default() };
    let switch = match kiosk.open {
        true => button(
            say::CLOSE_KIOSK,
            "stop",
            "close-kiosk",
            change_with(set_open(false), say::KIOSK_IS_CLOSED),
        ),
        false => {
            button(say::OPEN_KIOSK, "play", "open-kiosk", change_with(set_open(true), say::KIOSK_IS_OPEN))
        }
    };
    let admit = match kiosk.revoked {
        true => {
            let admitted = ChangeKiosk { revoked: Some(false), ..ChangeKiosk::default() };
            button(say::ADMIT_KIOSK, "check", "admit-kiosk", change_with(admitted, say::KIOSK_IS_ADMITTED))
        }
        false => button(say::REVOKE, "close", "revoke-kiosk", open_with(OpenDialog::Revoke)),
    };
    html! {
        <li class="card kiosk" data-kiosk={kiosk.username.to_string()} data-state={if kiosk.open { "open" } else { "closed" }}>
            <div class="kiosk-head">
                <h2>{ &kiosk.name }</h2>
                <span class="muted">{ kiosk.username.to_string() }</span>
                <span {class}><Icon name={icon} />{ language.say(text) }</span>
            </div>
            <dl class="facts">
                { for facts.into_iter().map(|(name, value, is_wrong)| html! {
                    <div><dt>{ language.say(name) }</dt><dd class={classes!(is_wrong.then_some("wrong"))}>{ value }</dd></div>
                }) }
            </dl>
            <div class="buttons">
                { switch }
                { button(say::CHANGE, "edit", "edit-kiosk", open_with(OpenDialog::Edit)) }
                { button(say::NEW_SECRET, "refresh", "replace-secret", open_with(OpenDialog::Replace)) }
                { admit }
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kiosk() -> Kiosk {
        Kiosk {
            kiosk_id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            username: "kiosk-door".parse().unwrap(),
            name: "By the door".to_owned(),
            revoked: false,
            open: true,
            message: None,
            created_at: Time::from_millis(0),
            heartbeat_at: Some(Time::from_millis(0)),
            report: None,
            clock_skew_ms: None,
            silent: false,
        }
    }

    #[test]
    fn the_state_names_the_most_important_fact() {
        let state = |change: fn(&mut Kiosk)| {
            let mut kiosk = kiosk();
            change(&mut kiosk);
            state_of(&kiosk).2
        };
        assert_eq!(state(|_| ()), say::KIOSK_OPEN);
        assert_eq!(state(|kiosk| kiosk.heartbeat_at = None), say::KIOSK_NEVER_HEARD);
        assert_eq!(state(|kiosk| kiosk.silent = true), say::KIOSK_SILENT);
        assert_eq!(state(|kiosk| kiosk.open = false), say::KIOSK_CLOSED);
        assert_eq!(
            state(|kiosk| {
                kiosk.open = false;
                kiosk.revoked = true;
            }),
            say::KIOSK_REVOKED
        );
    }

    #[test]
    fn ages_and_clocks_are_written_for_people() {
        let now = Time::from_millis(1_772_368_200_000);
        let age = |seconds| age_text(Language::English, now.minus(Duration::from_secs(seconds)), now);
        assert_eq!(
            [age(0), age(59), age(60), age(7_199)],
            ["0 s ago", "59 s ago", "1 min ago", "119 min ago"]
        );
        assert!(age(7_200).starts_with("Today "), "{}", age(7_200));
        let skew = |ms| skew_text(Language::English, ms);
        assert_eq!(
            [skew(0), skew(-1_999), skew(2_000), skew(-61_000), skew(i64::MIN)].map(|text| text.len() < 40),
            [true; 5]
        );
        assert_eq!((skew(1_999), skew(2_000)), ("right".to_owned(), "2 s ahead".to_owned()));
        assert_eq!(skew(-61_000), "61 s behind");
    }
}
