//! Users from a CSV file: how far it is, and what became of each line.

use std::{rc::Rc, time::Duration};

use client::Failure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlInputElement};
use wire::identity::{ImportJob, ImportState};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    components::{dialog::Dialog, icon::Icon, notice::FailedLine},
    hooks::{use_console, use_language},
    text::{admin as say, common},
};

/// How often it is asked how far the import is.
const LOOK: Duration = Duration::from_millis(400);
/// So many lines of the report are shown, those that were refused first.
const MOST: usize = 200;

/// Where the dialog is closed.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ImportProps {
    /// It is done, or not wanted.
    pub close: Callback<()>,
}

/// The dialog of an import.
#[component]
pub fn Import(ImportProps { close }: &ImportProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let file = use_state(|| None::<File>);
    let job = use_state(|| None::<Rc<ImportJob>>);
    let busy = use_state_eq(|| false);
    let failed = use_state(|| None::<Rc<Failure>>);
    let unreadable = use_state_eq(|| false);
    let onchange = {
        let (file, job) = (file.clone(), job.clone());
        Callback::from(move |event: Event| {
            let input = event.target_unchecked_into::<HtmlInputElement>();
            file.set(input.files().and_then(|files| files.get(0)));
            job.set(None);
        })
    };
    let onsubmit = {
        let (file, job, busy) = (file.clone(), job.clone(), busy.clone());
        let (failed, unreadable) = (failed.clone(), unreadable.clone());
        let client = console.client().clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(chosen) = (*file).clone().filter(|_| !*busy) else { return };
            busy.set(true);
            failed.set(None);
            let (client, job, busy) = (client.clone(), job.clone(), busy.clone());
            let (failed, unreadable) = (failed.clone(), unreadable.clone());
            spawn_local(async move {
                let text = JsFuture::from(chosen.text()).await.ok().and_then(|text| text.as_string());
                unreadable.set(text.is_none());
                if let Some(text) = text {
                    let show = |now: ImportJob| job.set(Some(Rc::new(now)));
                    let mut last = client.import_users(text).await;
                    while let Ok(now) = &last {
                        show(now.clone());
                        if now.state != ImportState::Running {
                            break;
                        }
                        client::pause(LOOK).await;
                        last = client.import(now.job_id).await;
                    }
                    failed.set(last.err().map(Rc::new));
                }
                busy.set(false);
            });
        })
    };
    html! {
        <Dialog title={language.say(say::IMPORT)} close={close.clone()} class="wide-dialog">
            <form class="stack" {onsubmit} data-test="import-form">
                <p class="muted">{ language.say(say::IMPORT_HINT) }</p>
                <label class="field">
                    <span>{ language.say(say::FILE) }</span>
                    <input id="import-file" type="file" accept=".csv,text/csv" {onchange} />
                </label>
                if *unreadable {
                    <p class="banner bad" role="alert">
                        <Icon name="alert" /><span>{ language.say(say::FILE_UNREADABLE) }</span>
                    </p>
                }
                if let Some(failure) = (*failed).clone() {
                    <FailedLine failure={failure.clone()} />
                    { for failure.problem().iter().flat_map(|problem| &problem.errors).map(|error| html! {
                        <p class="field-wrong">{ &error.message }</p>
                    }) }
                }
                if let Some(job) = (*job).clone() { <Report {job} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CLOSE) }
                    </button>
                    <button class="button primary" type="submit" disabled={*busy || file.is_none()}
                        aria-busy={busy.to_string()}>{ language.say(say::IMPORT_N) }</button>
                </div>
            </form>
        </Dialog>
    }
}

#[derive(PartialEq, Properties)]
struct ReportProps {
    job: Rc<ImportJob>,
}

/// How far it is, and what became of each line.
#[component]
fn Report(ReportProps { job }: &ReportProps) -> Html {
    let language = use_language();
    let count = |number: u32| language.number(number.into());
    let progress = language.fill(say::IMPORTING, &[("done", &count(job.done)), ("total", &count(job.total))]);
    let mut lines: Vec<_> = job.report.iter().collect();
    lines.sort_by_key(|line| (line.ok, line.line));
    let more = lines.len().saturating_sub(MOST);
    let end = match job.state {
        ImportState::Running | ImportState::Unknown => None,
        ImportState::Done => {
            let values = [("created", count(job.created)), ("failed", count(job.failed))];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            let class = if job.failed == 0 { "banner good" } else { "banner warn" };
            Some((class, language.fill(say::IMPORT_DONE, &values)))
        }
        ImportState::Interrupted => Some(("banner bad", language.say(say::IMPORT_INTERRUPTED).to_owned())),
    };
    html! {
        <div class="stack" data-test="import-report">
            <label class="field">
                <span>{ progress }</span>
                <progress max={job.total.max(1).to_string()} value={job.done.to_string()} />
            </label>
            <div role="status">
                if let Some((class, text)) = end { <p {class}><Icon name="info" /><span>{ text }</span></p> }
            </div>
            if !lines.is_empty() {
                <div class="table-frame report" tabindex="0" role="region" aria-label={language.say(say::RESULT)}>
                    <table class="table">
                        <thead>
                            <tr>
                                { for [say::LINE, common::USERNAME, say::RESULT].map(|text| html! {
                                    <th scope="col">{ language.say(text) }</th>
                                }) }
                            </tr>
                        </thead>
                        <tbody>
                            { for lines.into_iter().take(MOST).map(|line| {
                                let (class, icon) =
                                    if line.ok { ("state good", "check") } else { ("state bad", "close") };
                                let said = line.message.clone()
                                    .unwrap_or_else(|| language.say(say::CREATED).to_owned());
                                html! {
                                    <tr key={line.line}>
                                        <td class="number">{ count(line.line) }</td>
                                        <td>{ &line.username }</td>
                                        <td><span {class}><Icon name={icon} />{ said }</span></td>
                                    </tr>
                                }
                            }) }
                        </tbody>
                    </table>
                </div>
            }
            if more > 0 {
                <p class="muted">
                    { language.fill(say::MORE, &[("n", &language.number(u64::try_from(more).unwrap_or_default()))]) }
                </p>
            }
        </div>
    }
}
