//! Import of users from a CSV file: progress, and the result of each line.

use std::{sync::Arc, time::Duration};

use client::Failure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlInputElement};
use wire::identity::{ImportJob, ImportState};
use yew::{platform::spawn_local, prelude::*};

use crate::{
    components::{dialog::Dialog, icon::Icon, notice::FailureBanner},
    hooks::{use_console, use_language},
    text::{admin as say, common},
};

/// Interval between two requests for the progress of the import.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(400);
/// Maximum lines of the report that the page shows, refused lines first.
const MAX_SHOWN_LINES: usize = 200;

/// Properties of [`ImportDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ImportDialogProps {
    /// Called when the user closes the dialog.
    pub on_close: Callback<()>,
}

/// Dialog of an import.
#[component]
pub fn ImportDialog(ImportDialogProps { on_close }: &ImportDialogProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let file = use_state(|| None::<File>);
    let job = use_state(|| None::<Arc<ImportJob>>);
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<Arc<Failure>>);
    let is_unreadable = use_state_eq(|| false);
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
        let (failure, is_unreadable) = (failure.clone(), is_unreadable.clone());
        let client = console.client().clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(chosen) = (*file).clone().filter(|_| !*busy) else { return };
            busy.set(true);
            failure.set(None);
            let (client, job, busy) = (client.clone(), job.clone(), busy.clone());
            let (failure, is_unreadable) = (failure.clone(), is_unreadable.clone());
            spawn_local(async move {
                let text = JsFuture::from(chosen.text()).await.ok().and_then(|text| text.as_string());
                is_unreadable.set(text.is_none());
                if let Some(text) = text {
                    let show = |latest: ImportJob| job.set(Some(Arc::new(latest)));
                    let mut response = client.import_users(text).await;
                    while let Ok(latest) = &response {
                        show(latest.clone());
                        if latest.state != ImportState::Running {
                            break;
                        }
                        client::sleep(PROGRESS_INTERVAL).await;
                        response = client.import(latest.job_id).await;
                    }
                    failure.set(response.err().map(Arc::new));
                }
                busy.set(false);
            });
        })
    };
    html! {
        <Dialog title={language.say(say::IMPORT)} on_close={on_close.clone()} class="wide-dialog">
            <form class="stack" {onsubmit} data-test="import-form">
                <p class="muted">{ language.say(say::IMPORT_HINT) }</p>
                <label class="field">
                    <span>{ language.say(say::FILE) }</span>
                    <input id="import-file" type="file" accept=".csv,text/csv" {onchange} />
                </label>
                if *is_unreadable {
                    <p class="banner bad" role="alert">
                        <Icon name="alert" /><span>{ language.say(say::FILE_UNREADABLE) }</span>
                    </p>
                }
                if let Some(failure) = (*failure).clone() {
                    <FailureBanner failure={failure.clone()} />
                    { for failure.problem().iter().flat_map(|problem| &problem.errors).map(|error| html! {
                        <p class="field-wrong">{ &error.message }</p>
                    }) }
                }
                if let Some(job) = (*job).clone() { <ImportReport {job} /> }
                <div class="dialog-buttons">
                    <button class="button" type="button" onclick={on_close.reform(|_: MouseEvent| ())}>
                        { language.say(common::CLOSE) }
                    </button>
                    <button class="button primary" type="submit" disabled={*busy || file.is_none()}
                        aria-busy={busy.to_string()}>{ language.say(say::START_IMPORT) }</button>
                </div>
            </form>
        </Dialog>
    }
}

#[derive(PartialEq, Properties)]
struct ImportReportProps {
    job: Arc<ImportJob>,
}

/// Progress of the import, and the result of each line.
#[component]
fn ImportReport(ImportReportProps { job }: &ImportReportProps) -> Html {
    let language = use_language();
    let count = |number: u32| language.number(number.into());
    let progress =
        language.fill(say::IMPORT_PROGRESS, &[("done", &count(job.done)), ("total", &count(job.total))]);
    let mut lines: Vec<_> = job.report.iter().collect();
    lines.sort_by_key(|line| (line.ok, line.line));
    let more = lines.len().saturating_sub(MAX_SHOWN_LINES);
    let summary = match job.state {
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
                if let Some((class, text)) = summary { <p {class}><Icon name="info" /><span>{ text }</span></p> }
            </div>
            if !lines.is_empty() {
                <div class="table-frame report" tabindex="0" role="region" aria-label={language.say(say::IMPORT_RESULT)}>
                    <table class="table">
                        <thead>
                            <tr>
                                { for [say::IMPORT_LINE, common::USERNAME, say::IMPORT_RESULT].map(|text| html! {
                                    <th scope="col">{ language.say(text) }</th>
                                }) }
                            </tr>
                        </thead>
                        <tbody>
                            { for lines.into_iter().take(MAX_SHOWN_LINES).map(|line| {
                                let (class, icon) =
                                    if line.ok { ("state good", "check") } else { ("state bad", "close") };
                                let result = line.message.clone()
                                    .unwrap_or_else(|| language.say(say::USER_CREATED).to_owned());
                                html! {
                                    <tr key={line.line}>
                                        <td class="number">{ count(line.line) }</td>
                                        <td>{ &line.username }</td>
                                        <td><span {class}><Icon name={icon} />{ result }</span></td>
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
