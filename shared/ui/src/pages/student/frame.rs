//! Layout around each student page: header, basket bar, toasts.

use app::session::Visitor;
use wire::{OrderStatus, Role};
use yew::prelude::*;
use yew_router::prelude::*;

use super::{
    Route,
    basket::{BasketBar, BasketPage},
    history::HistoryPage,
    menu::MenuPage,
    sign_in::SignInPage,
    tracker::TrackerPage,
};
use crate::{
    browser,
    components::{
        connection::ConnectionStatus,
        dialog::Dialog,
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
        settings::{LanguageSwitch, Settings},
        toast::Toast,
    },
    format::ticket,
    hooks::{self, ToastAction, use_language, use_shop},
    text::{common, student},
};

/// Student pages, or the sign-in page.
#[component]
pub fn Frame() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let route = use_route::<Route>().unwrap_or(Route::Menu);
    use_effect_with(route, |_| browser::to_the_top());
    match &shop.session.visitor {
        Visitor::Starting => html! { <Skeleton /> },
        Visitor::SignedOut { expired: ended } => html! { <SignInPage ended={*ended} /> },
        Visitor::Unknown(failure) => {
            let retry = {
                let shop = shop.clone();
                Callback::from(move |()| shop.session.resume())
            };
            html! { <main class="page" id="main"><FailureNotice failure={failure.clone()} {retry} /></main> }
        }
        Visitor::SignedIn(_) => {
            html! {
                <>
                    <a class="skip" href="#main">{ language.say(common::SKIP_TO_CONTENT) }</a>
                    <Header />
                    <OpenOrders />
                    <Switch<Route> render={render_page} />
                    <BasketBar />
                    if let Some(toast) = shop.toast().present() {
                        <CurrentToast toast={toast.clone()} />
                    }
                </>
            }
        }
    }
}

#[derive(PartialEq, Properties)]
struct CurrentToastProps {
    toast: hooks::Toast,
}

/// Latest toast, with an undo button after the basket was cleared.
#[component]
fn CurrentToast(CurrentToastProps { toast }: &CurrentToastProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let on_dismiss = {
        let shop = shop.clone();
        Callback::from(move |number| shop.toast().dismiss(number))
    };
    let basket = match &toast.action {
        Some(ToastAction::RestoreBasket(basket)) => Some(basket.clone()),
        Some(ToastAction::SetTicket { .. } | ToastAction::SetAvailable { .. }) | None => None,
    };
    let undo = basket.map(|basket| {
        let onclick = Callback::from(move |_: MouseEvent| shop.restore_basket(basket.clone()));
        html! {
            <button class="button" type="button" {onclick} data-test="undo">
                <Icon name="undo" /><span>{ language.say(common::UNDO) }</span>
            </button>
        }
    });
    let values: Vec<_> = toast.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = language.fill(toast.text, &values);
    html! { <Toast number={toast.number} {text} {on_dismiss}>{ undo }</Toast> }
}

fn render_page(route: Route) -> Html {
    match route {
        Route::Menu => html! { <MenuPage /> },
        Route::Basket => html! { <BasketPage /> },
        Route::Orders => html! { <HistoryPage /> },
        Route::Order { id } => html! { <TrackerPage {id} key="tracker" /> },
        Route::NotFound => html! { <NotFoundPage /> },
    }
}

/// Placeholder until the session is known, equal to the one in the HTML page before the program runs.
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
fn NotFoundPage() -> Html {
    let language = use_language();
    html! {
        <main class="page" id="main">
            <EmptyState scene={Scene::Closed} title={language.say(common::NOT_FOUND_TITLE)}
                hint={language.say(common::NOT_FOUND_HINT)}>
                <Link<Route> to={Route::Menu} classes="button primary">
                    { language.say(student::GO_TO_MENU) }
                </Link<Route>>
            </EmptyState>
        </main>
    }
}

/// Header of every page: brand, connection state, orders, language, account.
#[component]
fn Header() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let is_open = use_state(|| false);
    let count = shop.orders.open().count();
    let show = |to: bool| {
        let is_open = is_open.clone();
        move || is_open.set(to)
    };
    let (open, close) = (show(true), show(false));
    let person = shop.session.signed_in().map(|person| person.user.clone());
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
                <ConnectionStatus state={shop.session.connection} text={shop.session.connection_text()} />
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
                    onclick={Callback::from(move |_: MouseEvent| open())} data-test="account">
                    <Icon name="user" />
                </button>
            </div>
            if *is_open {
                <Dialog title={language.say(common::ACCOUNT)} on_close={Callback::from(move |()| close())}>
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

/// Links to the open orders, on every page except the order pages.
#[component]
fn OpenOrders() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let route = use_route::<Route>();
    let is_staff =
        shop.session.signed_in().is_some_and(|person| matches!(person.user.role, Role::Staff | Role::Admin));
    if is_staff {
        return html! {
            <p class="banner warn strip">
                <Icon name="info" /><span>{ language.say(student::STAFF_ACCOUNT_HINT) }</span>
                <a href="/admin">{ language.say(student::GO_TO_CONSOLE) }</a>
            </p>
        };
    }
    if matches!(route, Some(Route::Orders | Route::Order { .. })) {
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
