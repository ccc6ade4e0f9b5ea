//! What stands around each page of a student: the head, the basket bar, short words.

use wire::{OrderStatus, Role};
use yew::prelude::*;
use yew_router::prelude::*;

use super::{
    Route, basket, basket::BasketPage, door::Door, history::History, menu::MenuPage, tracker::Tracker,
};
use crate::{
    browser,
    components::{
        dialog::Dialog,
        icon::Icon,
        line::Line,
        notice::{Empty, Failed},
        picture::Scene,
        settings::{LanguageSwitch, Settings},
        toast::Toast,
    },
    format::ticket,
    hooks::{use_language, use_shop},
    state::shop::{self, Who},
    text::{common, student},
};

/// The pages of a student, or the door.
#[component]
pub fn Frame() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let place = use_route::<Route>().unwrap_or(Route::Menu);
    use_effect_with(place, |_| browser::to_the_top());
    match &shop.who {
        Who::Starting => html! { <Skeleton /> },
        Who::Nobody { ended } => html! { <Door ended={*ended} /> },
        Who::Unknown(failure) => {
            let again = {
                let shop = shop.clone();
                Callback::from(move |()| shop.resume())
            };
            html! { <main class="page" id="main"><Failed failure={failure.clone()} {again} /></main> }
        }
        Who::Person(_) => {
            html! {
                <>
                    <a class="skip" href="#main">{ language.say(common::SKIP_TO_CONTENT) }</a>
                    <Head />
                    <ReadyStrip />
                    <Switch<Route> render={page} />
                    <basket::Bar />
                    if let Some(word) = &shop.toast {
                        <Said word={word.clone()} />
                    }
                </>
            }
        }
    }
}

#[derive(PartialEq, Properties)]
struct SaidProps {
    word: shop::Toast,
}

/// The last short word; that the basket was emptied has a way back.
#[component]
fn Said(SaidProps { word }: &SaidProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let gone = {
        let shop = shop.clone();
        Callback::from(move |number| shop.said(number))
    };
    let undo = word.emptied.clone().map(|basket| {
        let onclick = Callback::from(move |_: MouseEvent| shop.put_back(basket.clone()));
        html! {
            <button class="button" type="button" {onclick} data-test="undo">
                <Icon name="undo" /><span>{ language.say(common::UNDO) }</span>
            </button>
        }
    });
    html! { <Toast number={word.number} text={language.say(word.text)} {gone}>{ undo }</Toast> }
}

fn page(route: Route) -> Html {
    match route {
        Route::Menu => html! { <MenuPage /> },
        Route::Basket => html! { <BasketPage /> },
        Route::Orders => html! { <History /> },
        Route::Order { id } => html! { <Tracker {id} key="tracker" /> },
        Route::NotFound => html! { <Lost /> },
    }
}

/// The page before anything is known: the same as the one that was there before the program ran.
#[component]
fn Skeleton() -> Html {
    html! {
        <main class="boot" aria-busy="true" id="main">
            <div class="boot-head" />
            <div class="boot-grid">{ for (0..6).map(|_| html! { <div class="boot-tile" /> }) }</div>
        </main>
    }
}

#[component]
fn Lost() -> Html {
    let language = use_language();
    html! {
        <main class="page" id="main">
            <Empty scene={Scene::Closed} title={language.say(common::NOT_FOUND_TITLE)}
                hint={language.say(common::NOT_FOUND_HINT)}>
                <Link<Route> to={Route::Menu} classes="button primary">
                    { language.say(student::TO_THE_MENU) }
                </Link<Route>>
            </Empty>
        </main>
    }
}

/// The head of every page: where one is, how the line is, orders, language, account.
#[component]
fn Head() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let open = use_state(|| false);
    let count = shop.orders.open().count();
    let show = |to: bool| {
        let open = open.clone();
        move || open.set(to)
    };
    let (opens, closes) = (show(true), show(false));
    let person = shop.person().map(|person| person.user.clone());
    let sign_out = {
        let shop = shop.clone();
        Callback::from(move |_: MouseEvent| shop.sign_out())
    };
    html! {
        <header class="head">
            <div class="head-row">
                <Link<Route> to={Route::Menu} classes="brand">
                    <Icon name="dome" /><span class="brand-name">{ language.say(common::CAFETERIA) }</span>
                </Link<Route>>
                <Line state={shop.live} text={shop.line_text()} />
                <span class="head-space" />
                <LanguageSwitch />
                <Link<Route> to={Route::Orders} classes="button quiet head-orders">
                    <Icon name="history" />
                    <span class="head-label">{ language.say(student::ORDERS) }</span>
                    if count > 0 {
                        <span class="badge">{ language.number(u64::try_from(count).unwrap_or_default()) }</span>
                    }
                </Link<Route>>
                <button class="button quiet round" type="button" aria-label={language.say(common::ACCOUNT)}
                    onclick={Callback::from(move |_: MouseEvent| opens())} data-test="account">
                    <Icon name="user" />
                </button>
            </div>
            if *open {
                <Dialog title={language.say(common::ACCOUNT)} close={Callback::from(move |()| closes())}>
                    if let Some(person) = person {
                        <p class="account-name">
                            <strong>{ person.name }</strong>
                            <span class="muted">{ person.username.to_string() }</span>
                        </p>
                    }
                    <Settings />
                    <button class="button wide" type="button" onclick={sign_out}>
                        <Icon name="sign-out" /><span>{ language.say(common::SIGN_OUT) }</span>
                    </button>
                </Dialog>
            }
        </header>
    }
}

/// What waits for its student, on every page but its own.
#[component]
fn ReadyStrip() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let here = use_route::<Route>();
    let staff = shop.person().is_some_and(|person| matches!(person.user.role, Role::Staff | Role::Admin));
    if staff {
        return html! {
            <p class="banner warn strip">
                <Icon name="info" /><span>{ language.say(student::STAFF_HINT) }</span>
                <a href="/admin">{ language.say(student::TO_THE_CONSOLE) }</a>
            </p>
        };
    }
    if matches!(here, Some(Route::Orders | Route::Order { .. })) {
        return Html::default();
    }
    let strips: Vec<_> = shop.orders.open().take(3).map(|order| {
        let number = order.ticket.map(ticket).unwrap_or_default();
        let ready = order.status == OrderStatus::Ready;
        html! {
            <Link<Route> to={Route::Order { id: order.order_id.to_string() }}
                classes={classes!("order-strip", ready.then_some("ready"))}>
                <strong class="order-strip-number">{ number }</strong>
                <span class="order-strip-text">
                    { language.say(if ready { student::READY_TITLE } else { super::status_text(order.status) }) }
                </span>
                <Icon name="forward" />
            </Link<Route>>
        }
    }).collect();
    html! {
        if !strips.is_empty() {
            <section class="strips" aria-label={language.say(student::ORDERS)}>{ strips }</section>
        }
    }
}
