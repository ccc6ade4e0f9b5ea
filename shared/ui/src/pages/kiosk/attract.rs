//! Attract screen: one dish, one sentence, one button.

use app::kiosk::Action;
use gloo_timers::callback::Interval;
use yew::prelude::*;

use super::use_kiosk;
use crate::{
    components::{
        icon::Icon,
        picture::{DishPicture, Scene, SceneDrawing},
    },
    hooks::use_language,
    text::{dishes, kiosk as say},
};

/// Milliseconds for which a dish is shown.
const DISH_MS: u32 = 8_000;

/// Attract screen.
#[component]
pub(super) fn Attract() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let turn = use_state_eq(|| 0_usize);
    {
        let turn = turn.setter();
        use_effect_with((), move |()| {
            let mut next = 0_usize;
            let interval = Interval::new(DISH_MS, move || {
                next = next.wrapping_add(1);
                turn.set(next);
            });
            move || drop(interval)
        });
    }
    let on_offer: Vec<_> = kiosk.menu.dishes().filter(|dish| dish.available && dish.quantity > 0).collect();
    let dish = on_offer.get(turn.checked_rem(on_offer.len()).unwrap_or_default());
    let begin = kiosk.on(Action::Begin);
    html! {
        <>
            <div class="show" onclick={begin.clone()}>
                if let Some(dish) = dish {
                    <div class="attract-dish" key={dish.id.to_string()} data-dish={dish.id.to_string()}>
                        <div class="attract-plate"><DishPicture name={dish.picture.clone()} /></div>
                        <p class="attract-name">
                            <strong>{ dishes::name_of(language, dish) }</strong>
                            <span class="price">{ language.money(u64::from(dish.price_poisha)) }</span>
                        </p>
                    </div>
                } else {
                    <div class="attract-dish"><SceneDrawing scene={Scene::Iftar} /></div>
                }
            </div>
            <div class="act">
                <h1>{ language.say(say::ATTRACT) }</h1>
                <p class="lead">{ language.say(say::ATTRACT_HINT) }</p>
                <button class="button primary huge" type="button" onclick={begin} data-test="begin">
                    <span>{ language.say(say::BEGIN) }</span><Icon name="forward" />
                </button>
            </div>
        </>
    }
}
