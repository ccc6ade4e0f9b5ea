//! Health of the five services as colour, shape and text, with dependencies, replicas and chaos experiment.

use app::stats::{Condition, ServiceView};
use wire::{
    Time,
    ops::{ChaosMode, ServiceName, Up},
};
use yew::prelude::*;

use crate::{
    components::icon::Icon,
    hooks::{use_console, use_language, use_now, use_stats},
    text::{Text, admin as say},
};

/// Returns the name, the CSS class and the icon of a condition.
pub fn condition_text(condition: Condition) -> (Text, &'static str, &'static str) {
    match condition {
        Condition::Up => (say::UP, "good", "check"),
        Condition::Degraded => (say::DEGRADED, "warn", "diamond"),
        Condition::Chaos => (say::CHAOS, "chaos", "bolt"),
        Condition::Down => (say::DOWN, "bad", "close"),
        Condition::Silent => (say::SILENT, "quiet", "offline"),
    }
}

/// Returns the name of a chaos mode.
pub fn mode_text(mode: ChaosMode) -> Text {
    match mode {
        ChaosMode::Unavailable => say::CHAOS_MODE_UNAVAILABLE,
        ChaosMode::Latency => say::CHAOS_MODE_LATENCY,
        ChaosMode::Errors => say::CHAOS_MODE_ERRORS,
        ChaosMode::Kill => say::CHAOS_MODE_KILL,
        ChaosMode::Unknown => say::CHAOS_MODE_UNKNOWN,
    }
}

/// Cards of all services.
#[component]
pub fn ServiceGrid() -> Html {
    let (stats, language) = (use_stats(), use_language());
    let now = use_now(1_000);
    if stats.is_empty() {
        return html! {
            <div class="services" aria-busy="true" role="status" aria-label={language.say(say::WAITING_FOR_STATS)}>
                { for (0..5).map(|_| html! { <div class="boot-tile" /> }) }
            </div>
        };
    }
    html! {
        <section aria-labelledby="services">
            <h2 class="hidden" id="services">{ language.say(say::SERVICES) }</h2>
            <ul class="services">
                { for ServiceName::ALL.map(|service| html! {
                    <ServiceCard key={service.as_str()} view={stats.service(service, now)} {now} />
                }) }
            </ul>
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct ServiceCardProps {
    view: ServiceView,
    now: Time,
}

#[component]
fn ServiceCard(ServiceCardProps { view, now }: &ServiceCardProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let (condition, class, icon) = condition_text(view.condition);
    let service = view.service;
    let chaos = view.chaos.as_ref().map(|chaos| {
        let recover = {
            let console = console.clone();
            Callback::from(move |_: MouseEvent| console.recover(service))
        };
        let left = chaos.until.map(|until| until.since(*now).as_secs());
        html! {
            <div class="service-drill" data-test="drill">
                <p>
                    <strong>{ language.say(mode_text(chaos.mode.unwrap_or(ChaosMode::Unavailable))) }</strong>
                    if let Some(left) = left {
                        <span>{ language.fill(say::RECOVERS_IN, &[("time", &language.countdown(left))]) }</span>
                    }
                </p>
                <button class="button" type="button" onclick={recover} data-test="recover"
                    aria-label={language.fill(say::RECOVER_SERVICE, &[("service", service.as_str())])}>
                    <Icon name="refresh" /><span>{ language.say(say::RECOVER) }</span>
                </button>
            </div>
        }
    });
    let mark = |up: Up| match up {
        Up::Up => ("mark good", "check", say::REACHABLE),
        Up::Down | Up::Unknown => ("mark bad", "close", say::UNREACHABLE),
    };
    let list = |items: &[(String, Up)]| {
        let items = items.iter().map(|(name, up)| {
            let (class, icon, state) = mark(*up);
            html! {
                <li {class}>
                    <Icon name={icon} /><span class="mark-name">{ name }</span><span>{ language.say(state) }</span>
                </li>
            }
        });
        html! { <ul class="marks">{ for items }</ul> }
    };
    html! {
        <li class={classes!("service", "card", class)} data-test={format!("service-{service}")}
            data-state={class}>
            <h3>{ service.as_str() }</h3>
            <p class={classes!("condition", class)} role="status"><Icon name={icon} />{ language.say(condition) }</p>
            { chaos }
            if !view.dependencies.is_empty() {
                <h4>{ language.say(say::DEPENDENCIES) }</h4>
                { list(&view.dependencies) }
            }
            <h4>{ language.say(say::REPLICAS) }</h4>
            if view.replicas.is_empty() { <p class="muted small">{ language.say(say::NO_REPLICAS) }</p> }
            { list(&view.replicas) }
        </li>
    }
}
