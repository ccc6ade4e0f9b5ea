//! Basket and placing the order: a page on phones, a panel beside the menu on wide screens.

use app::shop::Placing;
use std::sync::Arc;

use client::Failure;
use wire::{ErrorCode, OrderId};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::{
    browser,
    components::{
        icon::Icon,
        notice::{EmptyState, FailureBanner, RequestReference},
        picture::{DishPicture, Scene},
        stepper::Stepper,
    },
    hooks::{use_language, use_shop},
    pages::failure,
    text::{Language, common, dishes, student},
};

/// Returns the number of portions as text.
fn portions_text(language: Language, count: u32) -> String {
    match count {
        1 => language.say(student::ONE_ITEM).to_owned(),
        count => language.fill(student::ITEMS, &[("n", &language.number(u64::from(count)))]),
    }
}

/// Bar at the bottom of the menu while the basket is not empty.
#[component]
pub fn BasketBar() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let route = use_route::<Route>();
    let on_placed = use_placed();
    {
        // Resumes sending a basket whose outcome was unknown when the page was closed.
        let shop = shop.clone();
        let is_loaded = shop.session.signed_in().is_some() && shop.menu.ready().is_some();
        use_effect_with(is_loaded, move |is_loaded| {
            if *is_loaded {
                shop.resume_placing(on_placed);
            }
        });
    }
    if shop.basket.is_empty() || route != Some(Route::Menu) {
        return Html::default();
    }
    let total = language.money(shop.basket.total_poisha(&shop.dishes()));
    html! {
        <section class="bar" aria-label={language.say(student::BASKET)}>
            <Link<Route> to={Route::Basket} classes="button primary bar-button">
                <span class="bar-count"><Icon name="basket" />{ portions_text(language, shop.basket.portions()) }</span>
                <span class="bar-total">{ total }</span>
                <span class="bar-go">{ language.say(student::SEE_BASKET) }<Icon name="forward" /></span>
            </Link<Route>>
        </section>
    }
}

/// Returns a callback that navigates to the placed order.
#[hook]
fn use_placed() -> Callback<OrderId> {
    let navigator = use_navigator();
    Callback::from(move |id: OrderId| {
        if let Some(navigator) = &navigator {
            navigator.push(&Route::Order { id: id.to_string() });
        }
    })
}

/// Basket as a page.
#[component]
pub fn BasketPage() -> Html {
    let language = use_language();
    use_effect_with(language, |language| browser::title(language.say(student::BASKET)));
    html! {
        <main class="page narrow" id="main" tabindex="-1">
            <header class="page-head">
                <Link<Route> to={Route::Menu} classes="button quiet">
                    <Icon name="back" /><span>{ language.say(student::MENU) }</span>
                </Link<Route>>
                <h1>{ language.say(student::BASKET) }</h1>
            </header>
            <BasketContents level="2" />
        </main>
    }
}

/// Basket beside the menu.
#[component]
pub fn BasketPanel() -> Html {
    let language = use_language();
    html! {
        <aside class="panel" aria-label={language.say(student::BASKET)}>
            <h2>{ language.say(student::BASKET) }</h2>
            <BasketContents level="3" />
        </aside>
    }
}

#[derive(PartialEq, Properties)]
struct BasketContentsProps {
    /// Heading level of the dishes.
    level: &'static str,
}

/// Lines, total and the button that places the order.
#[component]
fn BasketContents(BasketContentsProps { level }: &BasketContentsProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let on_placed = use_placed();
    let menu = shop.dishes();
    if shop.basket.is_empty() {
        return html! {
            <EmptyState scene={Scene::EmptyBasket} title={language.say(student::EMPTY_BASKET)}
                hint={language.say(student::EMPTY_BASKET_HINT)}>
                <Link<Route> to={Route::Menu} classes="button empty-go">{ language.say(student::GO_TO_MENU) }</Link<Route>>
            </EmptyState>
        };
    }
    let is_sending = shop.basket.is_sending();
    let lines = shop.basket.lines().iter().map(|(id, count)| {
        let item = menu.dish(id);
        let name = item.map_or_else(|| id.to_string(), |item| dishes::name_of(language, item));
        let each = item.map_or(0, |item| u64::from(item.price_poisha));
        let left = menu.left(id);
        let set = {
            let (shop, id) = (shop.clone(), id.clone());
            Callback::from(move |count| shop.set_quantity(&id, count))
        };
        let is_short = shop.menu.ready().is_some() && left < u32::from(*count);
        let shortage = is_short.then(|| match left {
            0 => language.fill(student::DISH_SOLD_OUT, &[("dish", &name)]),
            left => language
                .fill(student::ONLY_LEFT, &[("dish", &name), ("n", &language.number(u64::from(left)))]),
        });
        html! {
            <li key={id.as_str()} class={classes!("basket-line", is_short.then_some("short"))} data-dish={id.to_string()}>
                <div class="basket-picture"><DishPicture name={item.map(|item| item.picture.clone()).unwrap_or_default()} /></div>
                <div class="basket-text">
                    <h3 aria-level={*level}>{ name.clone() }</h3>
                    <span class="price">{ language.money(each * u64::from(*count)) }</span>
                </div>
                <Stepper dish={name} count={*count} left={left.max(u32::from(*count))} disabled={is_sending} on_change={set} />
                { shortage.map(|text| html! {
                    <p class="shortage"><Icon name="alert" /><span>{ text }</span></p>
                }) }
            </li>
        }
    });
    let total = language.money(shop.basket.total_poisha(&menu));
    let has_shortages = shop.menu.ready().is_some() && !shop.basket.shortages(&menu).is_empty();
    let place = {
        let (shop, on_placed) = (shop.clone(), on_placed.clone());
        Callback::from(move |_: MouseEvent| shop.place(on_placed.clone()))
    };
    let clear = {
        let shop = shop.clone();
        Callback::from(move |_: MouseEvent| shop.empty_basket())
    };
    html! {
        <div class="basket">
            <ul class="basket-lines">{ for lines }</ul>
            <p class="total">
                <span>{ language.say(student::TOTAL) }</span>
                <strong data-test="total">{ total }</strong>
            </p>
            <PlacingState on_placed={on_placed.clone()} />
            if has_shortages && !is_sending {
                <button class="button primary wide" type="button" onclick={
                    let shop = shop.clone();
                    Callback::from(move |_: MouseEvent| shop.fit_basket())
                }>{ language.say(student::REDUCE_TO_AVAILABLE) }</button>
            } else {
                <button class="button primary wide place" type="button" onclick={place} disabled={is_sending}
                    aria-busy={is_sending.to_string()} data-test="place">
                    { language.say(if is_sending { student::PLACING_ORDER } else { student::PLACE_ORDER }) }
                </button>
            }
            if !is_sending {
                <button class="button quiet wide" type="button" onclick={clear}>
                    <Icon name="trash" /><span>{ language.say(student::CLEAR_BASKET) }</span>
                </button>
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct PlacingStateProps {
    on_placed: Callback<OrderId>,
}

/// Progress of placing the order: pending retries or the refusal.
#[component]
fn PlacingState(PlacingStateProps { on_placed }: &PlacingStateProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    match &shop.placing {
        Placing::Idle | Placing::Sending { last_failure: None } => Html::default(),
        Placing::Sending { last_failure: Some(failure) } => {
            let stop = {
                let (shop, on_placed) = (shop.clone(), on_placed.clone());
                Callback::from(move |_: MouseEvent| shop.stop_placing(on_placed.clone()))
            };
            html! {
                <div class="banner warn" role="status" data-test="not-sent-yet">
                    <Icon name="offline" />
                    <div>
                        <p><strong>{ retry_cause(language, failure) }{ " " }{ language.say(student::ORDER_NOT_SENT) }</strong></p>
                        <p>{ language.say(student::ORDER_NOT_SENT_HINT) }</p>
                        <button class="button quiet" type="button" onclick={stop}>
                            { language.say(student::STOP_RETRYING) }
                        </button>
                    </div>
                </div>
            }
        }
        Placing::Refused(failure) => html! {
            <>
                <FailureBanner failure={failure.clone()} />
                <RequestReference failure={failure.clone()} />
            </>
        },
    }
}

/// Returns the cause of the retries, a sentence that precedes [`student::ORDER_NOT_SENT`].
fn retry_cause(language: Language, failure: &Arc<Failure>) -> &'static str {
    match &**failure {
        Failure::Unreachable | Failure::TimedOut => language.say(common::OFFLINE_SENTENCE),
        Failure::Problem { problem, .. } if problem.code == ErrorCode::Overloaded => {
            language.say(crate::text::failures::OVERLOADED)
        }
        other => language.say(failure::message_of(other)),
    }
}
