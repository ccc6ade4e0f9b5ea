//! What is to be ordered, and placing it: as a page on a phone, as a panel beside the menu where there is room.

use std::rc::Rc;

use client::Failure;
use wire::{ErrorCode, OrderId};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::{
    browser,
    components::{
        icon::Icon,
        notice::{Empty, FailedLine, Reference},
        picture::{Dish, Scene},
        stepper::Stepper,
    },
    hooks::{use_language, use_shop},
    pages::failure,
    state::shop::Placing,
    text::{Language, common, dishes, student},
};

/// How many portions, in words.
fn portions(language: Language, count: u32) -> String {
    match count {
        1 => language.say(student::ONE_ITEM).to_owned(),
        count => language.fill(student::ITEMS, &[("n", &language.number(u64::from(count)))]),
    }
}

/// The bar at the bottom of the other pages, once something is in the basket.
#[component]
pub fn Bar() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let here = use_route::<Route>();
    let sends_on = use_placed();
    {
        // A basket that was on its way when the page was left is sent on.
        let shop = shop.clone();
        let known = shop.person().is_some() && shop.menu.ready().is_some();
        use_effect_with(known, move |known| {
            if *known {
                shop.place_on(sends_on);
            }
        });
    }
    if shop.basket.is_empty() || here != Some(Route::Menu) {
        return Html::default();
    }
    let total = language.money(shop.basket.total_poisha(&shop.dishes()));
    html! {
        <section class="bar" aria-label={language.say(student::BASKET)}>
            <Link<Route> to={Route::Basket} classes="button primary bar-button">
                <span class="bar-count"><Icon name="basket" />{ portions(language, shop.basket.portions()) }</span>
                <span class="bar-total">{ total }</span>
                <span class="bar-go">{ language.say(student::SEE_BASKET) }<Icon name="forward" /></span>
            </Link<Route>>
        </section>
    }
}

/// Where one goes once an order is placed.
#[hook]
fn use_placed() -> Callback<OrderId> {
    let navigator = use_navigator();
    Callback::from(move |id: OrderId| {
        if let Some(navigator) = &navigator {
            navigator.push(&Route::Order { id: id.to_string() });
        }
    })
}

/// The basket as a page.
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
            <Contents level="2" />
        </main>
    }
}

/// The basket beside the menu.
#[component]
pub fn Panel() -> Html {
    let language = use_language();
    html! {
        <aside class="panel" aria-label={language.say(student::BASKET)}>
            <h2>{ language.say(student::BASKET) }</h2>
            <Contents level="3" />
        </aside>
    }
}

#[derive(PartialEq, Properties)]
struct ContentsProps {
    /// How deep the headings of the dishes are below that of the page.
    level: &'static str,
}

/// The lines, the total, and placing it.
#[component]
fn Contents(ContentsProps { level }: &ContentsProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let placed = use_placed();
    let menu = shop.dishes();
    if shop.basket.is_empty() {
        return html! {
            <Empty scene={Scene::EmptyBasket} title={language.say(student::EMPTY_BASKET)}
                hint={language.say(student::EMPTY_BASKET_HINT)}>
                <Link<Route> to={Route::Menu} classes="button empty-go">{ language.say(student::TO_THE_MENU) }</Link<Route>>
            </Empty>
        };
    }
    let sending = shop.basket.is_sending();
    let lines = shop.basket.lines().iter().map(|(id, count)| {
        let item = menu.item(id);
        let name = item.map_or_else(|| id.to_string(), |item| dishes::name_of(language, item));
        let each = item.map_or(0, |item| u64::from(item.price_poisha));
        let left = menu.left(id);
        let set = {
            let (shop, id) = (shop.clone(), id.clone());
            Callback::from(move |count| shop.put(&id, count))
        };
        let short = shop.menu.ready().is_some() && left < u32::from(*count);
        let shortage = short.then(|| match left {
            0 => language.fill(student::DISH_SOLD_OUT, &[("dish", &name)]),
            left => language
                .fill(student::ONLY_LEFT, &[("dish", &name), ("n", &language.number(u64::from(left)))]),
        });
        html! {
            <li key={id.as_str()} class={classes!("basket-line", short.then_some("short"))} data-dish={id.to_string()}>
                <div class="basket-picture"><Dish name={item.map(|item| item.picture.clone()).unwrap_or_default()} /></div>
                <div class="basket-text">
                    <h3 aria-level={*level}>{ name.clone() }</h3>
                    <span class="price">{ language.money(each * u64::from(*count)) }</span>
                </div>
                <Stepper dish={name} count={*count} left={left.max(u32::from(*count))} disabled={sending} {set} />
                { shortage.map(|text| html! {
                    <p class="shortage"><Icon name="alert" /><span>{ text }</span></p>
                }) }
            </li>
        }
    });
    let total = language.money(shop.basket.total_poisha(&menu));
    let shortages = shop.menu.ready().is_some() && !shop.basket.shortages(&menu).is_empty();
    let place = {
        let (shop, placed) = (shop.clone(), placed.clone());
        Callback::from(move |_: MouseEvent| shop.place(placed.clone()))
    };
    let empty = {
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
            <PlacingState placed={placed.clone()} />
            if shortages && !sending {
                <button class="button primary wide" type="button" onclick={
                    let shop = shop.clone();
                    Callback::from(move |_: MouseEvent| shop.fit_basket())
                }>{ language.say(student::MAKE_IT_FIT) }</button>
            } else {
                <button class="button primary wide place" type="button" onclick={place} disabled={sending}
                    aria-busy={sending.to_string()} data-test="place">
                    { language.say(if sending { student::PLACING } else { student::PLACE }) }
                </button>
            }
            if !sending {
                <button class="button quiet wide" type="button" onclick={empty}>
                    <Icon name="trash" /><span>{ language.say(student::EMPTY_THE_BASKET) }</span>
                </button>
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct PlacingProps {
    placed: Callback<OrderId>,
}

/// What is to be said of the placing.
#[component]
fn PlacingState(PlacingProps { placed }: &PlacingProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    match &shop.placing {
        Placing::Idle | Placing::Sending { held_up: None } => Html::default(),
        Placing::Sending { held_up: Some(failure) } => {
            let stop = {
                let (shop, placed) = (shop.clone(), placed.clone());
                Callback::from(move |_: MouseEvent| shop.stop_trying(placed.clone()))
            };
            html! {
                <div class="banner warn" role="status" data-test="not-sent-yet">
                    <Icon name="offline" />
                    <div>
                        <p><strong>{ held_up(language, failure) }{ " " }{ language.say(student::NOT_SENT_YET) }</strong></p>
                        <p>{ language.say(student::NOT_SENT_HINT) }</p>
                        <button class="button quiet" type="button" onclick={stop}>
                            { language.say(student::STOP_TRYING) }
                        </button>
                    </div>
                </div>
            }
        }
        Placing::Refused(failure) => html! {
            <>
                <FailedLine failure={failure.clone()} />
                <Reference failure={failure.clone()} />
            </>
        },
    }
}

/// Why it was not answered, in a word that goes before "not sent yet".
fn held_up(language: Language, failure: &Rc<Failure>) -> &'static str {
    match &**failure {
        Failure::Unreachable | Failure::TimedOut => language.say(common::OFFLINE_SENTENCE),
        Failure::Problem { problem, .. } if problem.code == ErrorCode::Overloaded => {
            language.say(crate::text::failures::BUSY)
        }
        other => language.say(failure::words(other)),
    }
}
