//! Health page: health of the services, charts of the last minutes, chaos experiments.
//!
//! - [`grid`]: health of the five services
//! - [`chaos`]: form that starts a chaos experiment

pub mod chaos;
pub mod grid;

use app::charts::Point;
use yew::prelude::*;

use self::{chaos::ChaosForm, grid::ServiceGrid};
use crate::{
    components::plot::{Plot, Series},
    hooks::{use_console, use_language, use_stats},
    text::{Language, Text, admin as say},
};

/// Health page.
#[component]
pub fn HealthPage() -> Html {
    let (console, language) = (use_console(), use_language());
    {
        // A service in a chaos experiment may send no heartbeats, so its state is requested as well.
        use_effect_with((), move |()| console.poll_services(wire::ops::ServiceName::ALL));
    }
    html! {
        <div class="health">
            <ServiceGrid />
            <section aria-labelledby="figures">
                <h2 id="figures">{ language.say(say::CHARTS) }</h2>
                <Plots />
            </section>
            <ChaosForm />
        </div>
    }
}

#[component]
fn Plots() -> Html {
    let (stats, language) = (use_stats(), use_language());
    let series = |name: Text, value: fn(&Point) -> Option<f64>| Series {
        name: language.say(name),
        values: stats.charts.points().map(value).collect(),
    };
    let threshold = stats.latency().map_or(1.0, |latency| latency.threshold_s);
    let limit = threshold_label(language, threshold);
    html! {
        <div class="plots">
            <Plot test_id="plot-orders" title={language.say(say::PLOT_ORDERS)} unit={language.say(say::PER_SECOND)} digits=1
                series={vec![series(say::SERIES_ORDERS, |point| point.orders)]} />
            <Plot test_id="plot-latency" title={language.say(say::PLOT_LATENCY)} unit={language.say(say::SECONDS)} digits=3
                threshold={(threshold, AttrValue::from(limit))} series={vec![
                    series(say::SERIES_P50, |point| point.p50),
                    series(say::SERIES_P95, |point| point.p95),
                    series(say::SERIES_P99, |point| point.p99),
                ]} />
            <Plot test_id="plot-depth" title={language.say(say::PLOT_DEPTH)} unit={language.say(say::ORDERS)}
                series={vec![series(say::ORDERS, |point| point.depth)]} />
            <Plot test_id="plot-outcomes" title={language.say(say::PLOT_OUTCOMES)} unit={language.say(say::PER_SECOND)} digits=1
                series={vec![
                    series(say::SERIES_PROCESSED, |point| point.processed),
                    series(say::SERIES_RETRIED, |point| point.retried),
                    series(say::SERIES_FAILED, |point| point.failed),
                ]} />
            <Plot test_id="plot-sockets" title={language.say(say::PLOT_SOCKETS)} unit={language.say(say::SOCKETS)}
                series={vec![series(say::SOCKETS, |point| point.sockets)]} />
        </div>
    }
}

/// Returns the label of the latency threshold. The setting is in milliseconds, so the label has up to three decimals.
fn threshold_label(language: Language, threshold_s: f64) -> String {
    let value = format!("{threshold_s:.3}");
    let value = language.digits(value.trim_end_matches('0').trim_end_matches('.'));
    language.fill(say::THRESHOLD, &[("value", &value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_label_shows_fractions_of_a_second() {
        for (threshold_s, label) in [
            (1.0, "Limit 1 s"),
            (0.25, "Limit 0.25 s"),
            (1.5, "Limit 1.5 s"),
            (60.0, "Limit 60 s"),
            (0.001, "Limit 0.001 s"),
        ] {
            assert_eq!(threshold_label(Language::English, threshold_s), label);
        }
        assert_eq!(threshold_label(Language::Bangla, 0.5), "সীমা ০.৫ সে");
    }
}
