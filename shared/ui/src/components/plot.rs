//! Charts of the last minutes: axes, units, a legend, the value under the pointer or selected by key, and the same as
//! text. All drawing uses attributes because the content security policy forbids inline styles.

use app::charts::WINDOW_S;
use web_sys::Element;
use yew::prelude::*;

use crate::{
    hooks::use_language,
    text::{Language, admin as say},
};

/// Size of the drawing in its own units.
const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 190.0;
/// Edges of the plot area within the drawing.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 408.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 160.0;

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Label in the legend.
    pub name: &'static str,
    /// Values, one for each second, newest last; `None` for a second without a measurement.
    pub values: Vec<Option<f64>>,
}

/// Properties of [`Plot`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PlotProps {
    /// Heading.
    pub title: AttrValue,
    /// Unit of the values.
    pub unit: AttrValue,
    /// Lines, at most four.
    pub series: Vec<Series>,
    /// Threshold and its label.
    #[prop_or_default]
    pub threshold: Option<(f64, AttrValue)>,
    /// Digits after the decimal point.
    #[prop_or_default]
    pub digits: usize,
    /// Value of the `data-test` attribute.
    pub test_id: &'static str,
}

/// Returns the top of the value axis, a round number not below `max`, and the distance of its ticks.
fn scale_axis(max: f64, whole: bool) -> (f64, f64) {
    let max = if max > 0.0 && max.is_finite() { max } else { 1.0 };
    let least = if whole { 1.0 } else { 0.001 };
    let mut step = 10_f64.powf((max / 4.0).log10().floor()).max(least);
    for factor in [2.0, 2.5, 2.0] {
        if step * 4.0 >= max {
            break;
        }
        // The steps are 1, 2, 5 and 10 times a power of ten.
        step *= factor;
    }
    let step = if whole { step.ceil() } else { step };
    ((max / step).ceil().max(1.0) * step, step)
}

fn x_of(index: usize, count: usize) -> f64 {
    // The newest value is at the right edge, however few values there are.
    #[expect(clippy::cast_precision_loss, reason = "there are at most 300 points")]
    let back = (count - 1 - index) as f64 / (WINDOW_S - 1) as f64;
    RIGHT - back * (RIGHT - LEFT)
}

fn y_of(value: f64, top: f64) -> f64 {
    BOTTOM - (value / top).clamp(0.0, 1.0) * (BOTTOM - TOP)
}

/// Returns the SVG path of a line, interrupted at missing values.
fn line_path(values: &[Option<f64>], top: f64) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let command = if drawing { 'L' } else { 'M' };
            path += &format!("{command}{:.1} {:.1}", x_of(index, values.len()), y_of(*value, top));
        }
        drawing = value.is_some();
    }
    path
}

fn format_value(language: Language, value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| language.say(say::NO_VALUE).to_owned(), |value| language.decimal(value, digits))
}

/// Returns the values of all lines at one second as text.
fn value_text(language: Language, props: &PlotProps, index: usize) -> String {
    let count = props.series.first().map_or(0, |series| series.values.len());
    let back = count.saturating_sub(index + 1);
    let when = match u64::try_from(back).unwrap_or_default() {
        0 => language.say(say::NOW).to_owned(),
        back => language.fill(say::SECONDS_AGO, &[("n", &language.number(back))]),
    };
    let values = props.series.iter().map(|series| {
        let value = series.values.get(index).copied().flatten();
        format!("{} {}", series.name, format_value(language, value, props.digits))
    });
    format!("{when}: {}", values.collect::<Vec<_>>().join(", "))
}

/// Line chart over the last minutes.
#[component]
pub fn Plot(props: &PlotProps) -> Html {
    let language = use_language();
    let selected = use_state_eq(|| None::<usize>);
    let count = props.series.first().map_or(0, |series| series.values.len());
    let values = || props.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let max = values().chain(props.threshold.iter().map(|(value, _)| *value * 1.1)).fold(0.0, f64::max);
    let (top, step) = scale_axis(max, props.digits == 0);
    // The selection is an age in seconds, so that the cursor stays in place while the chart moves.
    let index = (count.saturating_sub(1)).saturating_sub(selected.unwrap_or(0));
    let value_text = value_text(language, props, index);

    let onpointermove = {
        let selected = selected.clone();
        Callback::from(move |event: PointerEvent| {
            let Some(drawing) = event.drawing() else { return };
            let frame = drawing.get_bounding_client_rect();
            let at = (f64::from(event.client_x()) - frame.left()) / frame.width().max(1.0) * WIDTH;
            #[expect(clippy::cast_precision_loss, reason = "there are at most 300 points")]
            let back = ((RIGHT - at) / (RIGHT - LEFT) * (WINDOW_S - 1) as f64).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it lies between 0 and 300"
            )]
            selected.set(Some(back.clamp(0.0, count.saturating_sub(1) as f64) as usize));
        })
    };
    let leave = {
        let selected = selected.clone();
        Callback::from(move |()| selected.set(None))
    };
    let onkeydown = {
        let selected = selected.clone();
        Callback::from(move |event: KeyboardEvent| {
            let back = selected.unwrap_or(0);
            let oldest = count.saturating_sub(1);
            let back = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => (back + 1).min(oldest),
                "ArrowRight" | "ArrowUp" => back.saturating_sub(1),
                "PageDown" => (back + 30).min(oldest),
                "PageUp" => back.saturating_sub(30),
                "Home" => oldest,
                "End" => 0,
                _ => return,
            };
            event.prevent_default();
            selected.set(Some(back));
        })
    };
    let marks = (0_u8..=10).map(|mark| f64::from(mark) * step).take_while(|value| *value <= top + step / 2.0);
    let mark_digits = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else if step >= 0.01 {
        2
    } else {
        3
    };
    let minutes = (0_u8..=5).map(|minute| {
        let x = RIGHT - f64::from(minute) / 5.0 * (RIGHT - LEFT);
        let name = match minute {
            0 => language.say(say::NOW).to_owned(),
            minute => language.fill(say::MINUTES_AGO_SHORT, &[("n", &language.number(minute.into()))]),
        };
        let anchor = match minute {
            0 => "end",
            _ => "middle",
        };
        html! { <text x={x.to_string()} y="178" text-anchor={anchor}>{ name }</text> }
    });
    html! {
        <figure class="plot card" data-test={props.test_id}>
            <figcaption class="plot-head">
                <h3>{ &props.title }</h3>
                <span class="muted">{ &props.unit }</span>
            </figcaption>
            <svg class="plot-drawing" viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="slider" tabindex="0"
                aria-label={props.title.clone()} aria-valuemin="0" aria-valuemax={count.saturating_sub(1).to_string()}
                aria-valuenow={index.to_string()} aria-valuetext={value_text} {onpointermove} {onkeydown}
                onpointerleave={leave.reform(|_: PointerEvent| ())} onblur={leave.reform(|_: FocusEvent| ())}>
                { for marks.map(|value| {
                    let y = y_of(value, top);
                    html! {
                        <>
                            <line class="plot-grid" x1={LEFT.to_string()} x2={RIGHT.to_string()} y1={y.to_string()}
                                y2={y.to_string()} />
                            <text x={(LEFT - 6.0).to_string()} y={(y + 4.0).to_string()} text-anchor="end">
                                { language.decimal(value, mark_digits) }
                            </text>
                        </>
                    }
                }) }
                { for minutes }
                if let Some((value, name)) = &props.threshold {
                    <line class="plot-threshold" x1={LEFT.to_string()} x2={RIGHT.to_string()}
                        y1={y_of(*value, top).to_string()} y2={y_of(*value, top).to_string()} />
                    <text class="plot-threshold-name" x={(LEFT + 4.0).to_string()}
                        y={(y_of(*value, top) - 4.0).to_string()}>{ name }</text>
                }
                { for props.series.iter().enumerate().map(|(number, series)| html! {
                    <path class={format!("plot-line plot-{}", number + 1)} d={line_path(&series.values, top)} />
                }) }
                if let Some(x) = selected.filter(|_| count > 0).map(|_| x_of(index, count)) {
                    <line class="plot-cursor" x1={x.to_string()} x2={x.to_string()} y1={TOP.to_string()}
                        y2={BOTTOM.to_string()} />
                    { for props.series.iter().enumerate().filter_map(|(number, series)| {
                        let value = series.values.get(index).copied().flatten()?;
                        let class = format!("plot-dot plot-{}", number + 1);
                        Some(html! {
                            <circle {class} cx={x.to_string()} cy={y_of(value, top).to_string()} r="4" />
                        })
                    }) }
                }
            </svg>
            <ul class="plot-legend">
                { for props.series.iter().enumerate().map(|(number, series)| {
                    let value = series.values.get(index).copied().flatten();
                    html! {
                        <li>
                            <svg viewBox="0 0 24 8" aria-hidden="true">
                                <path class={format!("plot-line plot-{}", number + 1)} d="M0 4H24" />
                            </svg>
                            <span>{ series.name }</span>
                            <strong>{ value.map_or_else(|| "–".to_owned(), |value| language.decimal(value, props.digits)) }</strong>
                        </li>
                    }
                }) }
                if let Some(back) = *selected {
                    <li class="muted">
                        { language.fill(say::SECONDS_AGO,
                            &[("n", &language.number(u64::try_from(back).unwrap_or_default()))]) }
                    </li>
                }
            </ul>
        </figure>
    }
}

/// Access to the element that an event handler belongs to.
trait DrawingOf {
    fn drawing(&self) -> Option<Element>;
}

impl DrawingOf for PointerEvent {
    fn drawing(&self) -> Option<Element> {
        use wasm_bindgen::JsCast as _;
        // Yew attaches its listeners to the root, so `currentTarget` is not the drawing.
        self.target()?.dyn_into::<Element>().ok()?.closest(".plot-drawing").ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (max, whole, expected) in [
            (0.0, false, (1.0, 0.5)),
            (1.1, false, (1.5, 0.5)),
            (0.03, false, (0.03, 0.01)),
            (7.0, true, (8.0, 2.0)),
            (380.0, true, (400.0, 100.0)),
            (1.0, true, (1.0, 1.0)),
        ] {
            let (top, step) = scale_axis(max, whole);
            assert!(
                (top - expected.0).abs() < 1e-9 && (step - expected.1).abs() < 1e-9,
                "{max}: {top} by {step}"
            );
        }
    }

    #[test]
    fn a_line_is_interrupted_at_missing_values() {
        assert_eq!(line_path(&[Some(0.0), None, Some(1.0), Some(1.0)], 1.0).matches('M').count(), 2);
        assert_eq!(line_path(&[None, None], 1.0), "");
        assert!(
            line_path(&[Some(0.5)], 1.0).ends_with(&format!("{RIGHT:.1} {:.1}", f64::midpoint(TOP, BOTTOM)))
        );
    }
}
