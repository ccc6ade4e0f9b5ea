//! Touch test: marks where the panel is touched.

use app::kiosk::Action;
use yew::prelude::*;

use super::use_kiosk;
use crate::{components::icon::Icon, hooks::use_language, text::kiosk as say};

/// Most marks; the oldest disappears first.
const MAX_MARKS: usize = 400;

/// Touch test over the whole screen.
#[component]
pub(super) fn TouchTest() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let marks = use_state(Vec::<(i32, i32)>::new);
    let mark = {
        let marks = marks.clone();
        Callback::from(move |event: PointerEvent| {
            let mut all = (*marks).clone();
            if all.len() >= MAX_MARKS {
                all.remove(0);
            }
            all.push((event.client_x(), event.client_y()));
            marks.set(all);
        })
    };
    let drag = {
        let mark = mark.clone();
        Callback::from(move |event: PointerEvent| {
            if event.buttons() != 0 {
                mark.emit(event);
            }
        })
    };
    let circles = marks.iter().map(|(x, y)| {
        html! {
            <circle cx={x.to_string()} cy={y.to_string()} r="28" />
        }
    });
    html! {
        <>
            <svg class="touches" aria-hidden="true" data-test="touches" data-count={marks.len().to_string()}
                onpointerdown={mark} onpointermove={drag}>
                { for circles }
            </svg>
            <div class="touch-test-text">
                <h1>{ language.say(say::TEST_TOUCH) }</h1>
                <p class="lead">{ language.say(say::TOUCH_TEST) }</p>
            </div>
            <button class="button primary huge" type="button" onclick={kiosk.on(Action::Back)} data-test="back">
                <Icon name="close" /><span>{ language.say(say::END_TEST) }</span>
            </button>
        </>
    }
}
