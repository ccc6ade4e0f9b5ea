//! Drills: making one service misbehave, for a while, after a question that names the effect.

use client::Failure;
use wire::ops::{ChaosMode, ChaosState, ServiceName, SetChaos};
use yew::prelude::*;

use super::grid::mode_text;
use crate::{
    components::{
        confirm::Confirm,
        field::{SelectField, TextField},
        icon::Icon,
        notice::FailedLine,
    },
    hooks::{use_beats, use_console, use_language},
    state::stock_table::portions,
    text::{Language, Text, admin as say},
};

/// How long a drill may last, in seconds.
const DURATIONS: [u32; 6] = [30, 60, 120, 300, 600, 1_800];
const MODES: [(&str, ChaosMode); 4] = [
    ("unavailable", ChaosMode::Unavailable),
    ("latency", ChaosMode::Latency),
    ("errors", ChaosMode::Errors),
    ("kill", ChaosMode::Kill),
];

/// A drill as it is being chosen.
#[derive(Debug, Clone, PartialEq)]
struct Plan {
    service: ServiceName,
    mode: ChaosMode,
    latency_ms: String,
    percent: String,
    seconds: u32,
}

impl Plan {
    /// What is to be ordered, or the range of the number that is not in it.
    fn order(&self) -> Result<SetChaos, (u32, u32)> {
        let number = |text: &str, from, to| match portions(text) {
            Some(number) if (from..=to).contains(&number) => Ok(number),
            _ => Err((from, to)),
        };
        let mut order = SetChaos {
            enable: true,
            mode: Some(self.mode),
            latency_ms: None,
            error_rate: None,
            for_seconds: Some(self.seconds),
        };
        match self.mode {
            ChaosMode::Latency => order.latency_ms = Some(number(&self.latency_ms, 1, 60_000)?),
            ChaosMode::Errors => order.error_rate = Some(f64::from(number(&self.percent, 1, 100)?) / 100.0),
            ChaosMode::Unavailable | ChaosMode::Kill | ChaosMode::Unknown => {}
        }
        Ok(order)
    }

    /// What will happen, in words.
    fn effect(&self, language: Language) -> String {
        let time = duration(language, self.seconds);
        let (text, n) = match self.mode {
            ChaosMode::Unavailable | ChaosMode::Unknown => (say::STOP_FOR, ""),
            ChaosMode::Latency => (say::SLOW_FOR, self.latency_ms.trim()),
            ChaosMode::Errors => (say::FAIL_FOR, self.percent.trim()),
            ChaosMode::Kill => (say::KILL_NOW, ""),
        };
        let n = language.digits(n);
        language.fill(text, &[("service", self.service.as_str()), ("time", &time), ("n", &n)])
    }
}

fn duration(language: Language, seconds: u32) -> String {
    let (text, n): (Text, _) =
        if seconds < 60 { (say::FOR_SECONDS, seconds) } else { (say::FOR_MINUTES, seconds / 60) };
    language.fill(text, &[("n", &language.number(n.into()))])
}

/// The form of a drill, and the end of all of them.
#[component]
pub fn DrillForm() -> Html {
    let (console, beats, language) = (use_console(), use_beats(), use_language());
    let plan = use_state_eq(|| Plan {
        service: ServiceName::StockService,
        mode: ChaosMode::Unavailable,
        latency_ms: "2000".to_owned(),
        percent: "50".to_owned(),
        seconds: 300,
    });
    let asking = use_state_eq(|| false);
    let busy = use_state_eq(|| false);
    let failed = use_state(|| None::<std::rc::Rc<Failure>>);
    let set = |change: fn(&mut Plan, String)| {
        let plan = plan.clone();
        Callback::from(move |text| {
            let mut changed = (*plan).clone();
            change(&mut changed, text);
            plan.set(changed);
        })
    };
    let order = plan.order();
    let range = order.as_ref().err().map(|(from, to)| {
        let (from, to) = (language.number((*from).into()), language.number((*to).into()));
        AttrValue::from(language.fill(say::WRONG_NUMBER, &[("from", &from), ("to", &to)]))
    });
    let ask = |to: bool| {
        let asking = asking.clone();
        move || asking.set(to)
    };
    let (opens, closes) = (ask(true), ask(false));
    let onsubmit = {
        let right = order.is_ok();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if right {
                opens();
            }
        })
    };
    let yes = {
        let (console, busy, failed) = (console.clone(), busy.clone(), failed.clone());
        let (plan, closes, order) = (plan.clone(), closes.clone(), order.clone().ok());
        Callback::from(move |()| {
            let Some(order) = order.clone() else { return };
            busy.set(true);
            failed.set(None);
            let (said, busy, failed) = (console.clone(), busy.clone(), failed.clone());
            let closes = closes.clone();
            let then = Callback::from(move |answer: Result<ChaosState, Failure>| {
                busy.set(false);
                closes();
                match answer {
                    Ok(_) => said.say(say::DRILL_STARTED),
                    Err(failure) => failed.set(Some(failure.into())),
                }
            });
            console.set_chaos(plan.service, order, then);
        })
    };
    let recover_all = Callback::from(move |_: MouseEvent| console.recover_all());
    let any = beats.any_drill(client::now());
    let option = |value: &'static str, name: &'static str| (AttrValue::from(value), AttrValue::from(name));
    let services = ServiceName::ALL.map(|service| option(service.as_str(), service.as_str()));
    let modes = MODES.map(|(name, mode)| option(name, language.say(mode_text(mode))));
    let mode = MODES.iter().find(|(_, mode)| *mode == plan.mode).map_or("", |(name, _)| *name);
    let durations = DURATIONS
        .map(|seconds| (AttrValue::from(seconds.to_string()), AttrValue::from(duration(language, seconds))));
    let effect = plan.effect(language);
    html! {
        <section class="drill card" aria-labelledby="drill" data-test="drill-form">
            <div class="drill-head">
                <div>
                    <h2 id="drill">{ language.say(say::DRILL) }</h2>
                    <p class="muted">{ language.say(say::DRILL_HINT) }</p>
                </div>
                <button class={classes!("button", any.then_some("primary"))} type="button" onclick={recover_all}
                    data-test="recover-all">
                    <Icon name="refresh" /><span>{ language.say(say::RECOVER_ALL) }</span>
                </button>
            </div>
            <form class="drill-fields" {onsubmit} novalidate=true>
                <SelectField id="drill-service" label={language.say(say::SERVICE)} options={services.to_vec()}
                    value={plan.service.as_str()} chosen={set(|plan, text| {
                        plan.service = ServiceName::ALL.into_iter().find(|service| service.as_str() == text)
                            .unwrap_or(plan.service);
                    })} />
                <SelectField id="drill-mode" label={language.say(say::MODE)} options={modes.to_vec()} value={mode}
                    chosen={set(|plan, text| {
                        plan.mode = MODES.iter().find(|(name, _)| *name == text).map_or(plan.mode, |(_, mode)| *mode);
                    })} />
                if plan.mode == ChaosMode::Latency {
                    <TextField id="drill-latency" label={language.say(say::LATENCY_MS)} value={plan.latency_ms.clone()}
                        mode={AttrValue::from("numeric")} wrong={range.clone()}
                        typed={set(|plan, text| plan.latency_ms = text)} />
                }
                if plan.mode == ChaosMode::Errors {
                    <TextField id="drill-percent" label={language.say(say::ERROR_PERCENT)} value={plan.percent.clone()}
                        mode={AttrValue::from("numeric")} wrong={range} typed={set(|plan, text| plan.percent = text)} />
                }
                if plan.mode != ChaosMode::Kill {
                    <SelectField id="drill-duration" label={language.say(say::DURATION)} options={durations.to_vec()}
                        value={plan.seconds.to_string()}
                        chosen={set(|plan, text| plan.seconds = text.parse().unwrap_or(plan.seconds))} />
                }
                <button class="button danger" type="submit" disabled={order.is_err()} data-test="drill-start">
                    <Icon name="bolt" /><span>{ language.say(say::START_DRILL) }</span>
                </button>
            </form>
            if let Some(failure) = (*failed).clone() { <FailedLine {failure} /> }
            if *asking {
                <Confirm title={format!("{effect}?")} effect={effect.clone()} hint={language.say(say::DRILL_QUESTION)}
                    busy={*busy} {yes} no={Callback::from(move |()| closes())} />
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_names_what_will_happen() {
        let mut plan = Plan {
            service: ServiceName::StockService,
            mode: ChaosMode::Unavailable,
            latency_ms: "0".to_owned(),
            percent: "৫০".to_owned(),
            seconds: 300,
        };
        assert_eq!(plan.effect(Language::English), "Stop stock-service for 5 min");
        assert!(plan.order().is_ok());
        plan.mode = ChaosMode::Errors;
        assert_eq!(plan.order().map(|order| order.error_rate), Ok(Some(0.5)));
        plan.mode = ChaosMode::Latency;
        assert_eq!(plan.order(), Err((1, 60_000)));
    }
}
