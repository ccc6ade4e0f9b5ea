//! Number of the order, the code that opens its page on a phone, and the slip.

use app::kiosk::{Action, Placed, PlacedState, Slip};
use yew::prelude::*;

use super::use_kiosk;
use crate::{
    components::{
        icon::Icon,
        picture::{Scene, SceneDrawing},
        qr::Qr,
    },
    format::ticket,
    hooks::use_language,
    text::kiosk as say,
};

/// Properties of [`PlacedScreen`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct PlacedProps {
    /// Order.
    pub placed: Placed,
}

/// Screen after the order.
#[component]
pub(super) fn PlacedScreen(PlacedProps { placed }: &PlacedProps) -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let (state, show) = match &placed.state {
        PlacedState::Numbered { number } => {
            let number = ticket(*number);
            let digits = number.len().clamp(1, 6).to_string();
            let show = html! {
                <>
                    <h1>{ language.say(say::YOUR_NUMBER) }</h1>
                    <p class="number" data-digits={digits} data-test="number">{ number }</p>
                    <p class="lead">{ language.say(say::NUMBER_HINT) }</p>
                </>
            };
            ("numbered", show)
        }
        PlacedState::Accepted => {
            let show = html! {
                <>
                    <h1>{ language.say(say::ACCEPTED) }</h1>
                    <p class="number coming" data-digits="3" aria-hidden="true">{ "···" }</p>
                    <p class="lead">{ language.say(say::ACCEPTED_HINT) }</p>
                </>
            };
            ("accepted", show)
        }
        PlacedState::Kept => {
            let show = html! {
                <>
                    <SceneDrawing scene={Scene::Offline} />
                    <h1>{ language.say(say::KEPT) }</h1>
                    <p class="lead">{ language.say(say::KEPT_HINT) }</p>
                </>
            };
            ("kept", show)
        }
        PlacedState::Failed => {
            let show = html! {
                <>
                    <SceneDrawing scene={Scene::EmptyBasket} />
                    <h1>{ language.say(say::FAILED) }</h1>
                    <p class="lead">{ language.say(say::FAILED_HINT) }</p>
                </>
            };
            ("failed", show)
        }
    };
    let slip = match placed.slip {
        Slip::None => None,
        Slip::Printing => Some(("quiet", "printer", say::SLIP_PRINTING)),
        Slip::Printed => Some(("good", "printer", say::SLIP_PRINTED)),
        Slip::Failed => Some(("warn", "alert", say::SLIP_FAILED)),
    };
    let can_print_again = matches!(placed.slip, Slip::Printed | Slip::Failed);
    let is_failed = placed.state == PlacedState::Failed;
    let follow_hint = match placed.state {
        PlacedState::Kept => say::FOLLOW_KEPT_HINT,
        PlacedState::Accepted | PlacedState::Numbered { .. } | PlacedState::Failed => say::FOLLOW_HINT,
    };
    html! {
        <>
            <div class={classes!("show", "centered", state)} role="status" data-test="placed" data-state={state}>
                { show }
            </div>
            <div class="act">
                if !is_failed {
                    <div class="follow">
                        <Qr text={placed.tracker_url.clone()} label={language.say(say::FOLLOW)} />
                        <div class="follow-text">
                            <h2>{ language.say(say::FOLLOW) }</h2>
                            <p>{ language.say(follow_hint) }</p>
                            <p class="total-row">
                                <span>{ language.say(say::TOTAL) }</span>
                                <strong>{ language.money(placed.total_poisha) }</strong>
                            </p>
                            <p class="muted">{ language.say(say::PAY_AT_COUNTER) }</p>
                        </div>
                    </div>
                }
                if let Some((class, icon, text)) = slip {
                    <p class={classes!("banner", class)} role="status" data-test="slip">
                        <Icon name={icon} /><span>{ language.say(text) }</span>
                    </p>
                }
                <div class="buttons">
                    if can_print_again {
                        <button class="button big" type="button" onclick={kiosk.on(Action::PrintAgain)}
                            data-test="print-again">
                            <Icon name="printer" /><span>{ language.say(say::PRINT_AGAIN) }</span>
                        </button>
                    }
                    <button class="button primary big grow" type="button" onclick={kiosk.on(Action::Finish)}
                        data-test="finish">
                        { language.say(say::DONE) }
                    </button>
                </div>
            </div>
        </>
    }
}
