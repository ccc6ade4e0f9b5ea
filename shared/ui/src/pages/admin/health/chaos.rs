//! Chaos experiments: the form that starts one, and the confirmation that names its effect.

use client::Failure;
use wire::ops::{ChaosMode, ChaosState, ServiceName, SetChaos};
use yew::prelude::*;

use super::grid::mode_text;
use crate::{
    components::{
        confirm::Confirm,
        field::{SelectField, TextField},
        icon::Icon,
        notice::FailureBanner,
    },
    hooks::{use_console, use_language, use_stats},
    state::stock_table::portions,
    text::{Language, Text, admin as say},
};

/// Durations to select from, in seconds.
const DURATIONS_S: [u32; 6] = [30, 60, 120, 300, 600, 1_800];
const MODES: [(&str, ChaosMode); 4] = [
    ("unavailable", ChaosMode::Unavailable),
    ("latency", ChaosMode::Latency),
    ("errors", ChaosMode::Errors),
    ("kill", ChaosMode::Kill),
];

/// Content of the form.
#[derive(Debug, Clone, PartialEq)]
struct ExperimentForm {
    service: ServiceName,
    mode: ChaosMode,
    latency_ms: String,
    percent: String,
    seconds: u32,
}

impl ExperimentForm {
    /// Validates the form and returns its request, or the range that its number is outside of.
    fn to_request(&self) -> Result<SetChaos, (u32, u32)> {
        let number = |text: &str, from, to| match portions(text) {
            Some(number) if (from..=to).contains(&number) => Ok(number),
            _ => Err((from, to)),
        };
        let mut request = SetChaos {
            enable: true,
            mode: Some(self.mode),
            latency_ms: None,
            error_rate: None,
            for_seconds: Some(self.seconds),
        };
        match self.mode {
            ChaosMode::Latency => request.latency_ms = Some(number(&self.latency_ms, 1, 60_000)?),
            ChaosMode::Errors => request.error_rate = Some(f64::from(number(&self.percent, 1, 100)?) / 100.0),
            ChaosMode::Unavailable | ChaosMode::Kill | ChaosMode::Unknown => {}
        }
        Ok(request)
    }

    /// Returns the effect of the experiment as text.
    fn effect_text(&self, language: Language) -> String {
        let time = duration_text(language, self.seconds);
        let (text, n) = match self.mode {
            ChaosMode::Unavailable => (say::STOP_SERVICE_FOR, ""),
            ChaosMode::Latency => (say::SLOW_SERVICE_FOR, self.latency_ms.trim()),
            ChaosMode::Errors => (say::FAIL_REQUESTS_FOR, self.percent.trim()),
            ChaosMode::Kill => (say::KILL_SERVICE, ""),
            ChaosMode::Unknown => (say::CHAOS_MODE_UNKNOWN, ""),
        };
        let n = language.digits(n);
        language.fill(text, &[("service", self.service.as_str()), ("time", &time), ("n", &n)])
    }
}

fn duration_text(language: Language, seconds: u32) -> String {
    let (text, n): (Text, _) =
        if seconds < 60 { (say::FOR_SECONDS, seconds) } else { (say::FOR_MINUTES, seconds / 60) };
    language.fill(text, &[("n", &language.number(n.into()))])
}

/// Form that starts a chaos experiment, and the button that ends all of them.
#[component]
pub fn ChaosForm() -> Html {
    let (console, stats, language) = (use_console(), use_stats(), use_language());
    let form = use_state_eq(|| ExperimentForm {
        service: ServiceName::StockService,
        mode: ChaosMode::Unavailable,
        latency_ms: "2000".to_owned(),
        percent: "50".to_owned(),
        seconds: 300,
    });
    let is_confirming = use_state_eq(|| false);
    let busy = use_state_eq(|| false);
    let failure = use_state(|| None::<std::sync::Arc<Failure>>);
    let set = |change: fn(&mut ExperimentForm, String)| {
        let form = form.clone();
        Callback::from(move |text| {
            let mut changed = (*form).clone();
            change(&mut changed, text);
            form.set(changed);
        })
    };
    let request = form.to_request();
    let range_error = request.as_ref().err().map(|(from, to)| {
        let (from, to) = (language.number((*from).into()), language.number((*to).into()));
        AttrValue::from(language.fill(say::NUMBER_OUT_OF_RANGE, &[("from", &from), ("to", &to)]))
    });
    let confirm = |to: bool| {
        let is_confirming = is_confirming.clone();
        move || is_confirming.set(to)
    };
    let (open, close) = (confirm(true), confirm(false));
    let onsubmit = {
        let is_valid = request.is_ok();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if is_valid {
                open();
            }
        })
    };
    let on_confirm = {
        let (console, busy, failure) = (console.clone(), busy.clone(), failure.clone());
        let (form, close, request) = (form.clone(), close.clone(), request.clone().ok());
        Callback::from(move |()| {
            let Some(request) = request.clone() else { return };
            busy.set(true);
            failure.set(None);
            let (toast, busy, failure) = (console.toast().clone(), busy.clone(), failure.clone());
            let close = close.clone();
            let then = Callback::from(move |result: Result<ChaosState, Failure>| {
                busy.set(false);
                close();
                match result {
                    Ok(_) => toast.show(say::CHAOS_EXPERIMENT_STARTED),
                    Err(error) => failure.set(Some(error.into())),
                }
            });
            console.set_chaos(form.service, request, then);
        })
    };
    let recover_all = Callback::from(move |_: MouseEvent| console.recover_all());
    let is_any_active = stats.any_chaos(client::now());
    let option = |value: &'static str, name: &'static str| (AttrValue::from(value), AttrValue::from(name));
    let services = ServiceName::ALL.map(|service| option(service.as_str(), service.as_str()));
    let modes = MODES.map(|(name, mode)| option(name, language.say(mode_text(mode))));
    let mode = MODES.iter().find(|(_, mode)| *mode == form.mode).map_or("", |(name, _)| *name);
    let durations = DURATIONS_S.map(|seconds| {
        (AttrValue::from(seconds.to_string()), AttrValue::from(duration_text(language, seconds)))
    });
    let effect = form.effect_text(language);
    html! {
        <section class="drill card" aria-labelledby="drill" data-test="drill-form">
            <div class="drill-head">
                <div>
                    <h2 id="drill">{ language.say(say::CHAOS_EXPERIMENT) }</h2>
                    <p class="muted">{ language.say(say::CHAOS_EXPERIMENT_HINT) }</p>
                </div>
                <button class={classes!("button", is_any_active.then_some("primary"))} type="button" onclick={recover_all}
                    data-test="recover-all">
                    <Icon name="refresh" /><span>{ language.say(say::RECOVER_ALL) }</span>
                </button>
            </div>
            <form class="drill-fields" {onsubmit} novalidate=true>
                <SelectField id="drill-service" label={language.say(say::SERVICE)} options={services.to_vec()}
                    value={form.service.as_str()} on_change={set(|form, text| {
                        form.service = ServiceName::ALL.into_iter().find(|service| service.as_str() == text)
                            .unwrap_or(form.service);
                    })} />
                <SelectField id="drill-mode" label={language.say(say::CHAOS_MODE)} options={modes.to_vec()} value={mode}
                    on_change={set(|form, text| {
                        form.mode = MODES.iter().find(|(name, _)| *name == text).map_or(form.mode, |(_, mode)| *mode);
                    })} />
                if form.mode == ChaosMode::Latency {
                    <TextField id="drill-latency" label={language.say(say::LATENCY_MS)} value={form.latency_ms.clone()}
                        input_mode={AttrValue::from("numeric")} error={range_error.clone()}
                        on_input={set(|form, text| form.latency_ms = text)} />
                }
                if form.mode == ChaosMode::Errors {
                    <TextField id="drill-percent" label={language.say(say::ERROR_PERCENT)} value={form.percent.clone()}
                        input_mode={AttrValue::from("numeric")} error={range_error}
                        on_input={set(|form, text| form.percent = text)} />
                }
                if form.mode != ChaosMode::Kill {
                    <SelectField id="drill-duration" label={language.say(say::DURATION)} options={durations.to_vec()}
                        value={form.seconds.to_string()}
                        on_change={set(|form, text| form.seconds = text.parse().unwrap_or(form.seconds))} />
                }
                <button class="button danger" type="submit" disabled={request.is_err()} data-test="drill-start">
                    <Icon name="bolt" /><span>{ language.say(say::START_CHAOS_EXPERIMENT) }</span>
                </button>
            </form>
            if let Some(failure) = (*failure).clone() { <FailureBanner {failure} /> }
            if *is_confirming {
                <Confirm title={format!("{effect}?")} confirm_label={effect.clone()}
                    hint={language.say(say::CHAOS_EXPERIMENT_WARNING)} busy={*busy} {on_confirm}
                    on_cancel={Callback::from(move |()| close())} />
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confirm_button_names_the_effect() {
        let mut form = ExperimentForm {
            service: ServiceName::StockService,
            mode: ChaosMode::Unavailable,
            latency_ms: "0".to_owned(),
            percent: "৫০".to_owned(),
            seconds: 300,
        };
        assert_eq!(form.effect_text(Language::English), "Stop stock-service for 5 min");
        assert!(form.to_request().is_ok());
        form.mode = ChaosMode::Errors;
        assert_eq!(form.to_request().map(|request| request.error_rate), Ok(Some(0.5)));
        form.mode = ChaosMode::Latency;
        assert_eq!(form.to_request(), Err((1, 60_000)));
    }
}
