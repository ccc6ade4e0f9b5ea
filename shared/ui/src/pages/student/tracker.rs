//! Progress of one order.

use std::sync::Arc;

use client::{ConnectionState, Failure};
use gloo_timers::callback::Interval;
use wire::{
    ErrorCode, OrderId, OrderStatus, Time,
    order::{OrderView, StatusChange},
};
use yew::{platform::spawn_local, prelude::*};
use yew_router::prelude::*;

use super::{Route, reason_text, status_text};
use crate::{
    browser,
    components::{
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
    },
    format::ticket,
    hooks::{use_language, use_prefs, use_shop},
    text::{Language, dishes, student},
};

/// Properties of [`TrackerPage`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TrackerPageProps {
    /// Order id.
    pub id: String,
}

/// Live progress of an order.
#[component]
pub fn TrackerPage(TrackerPageProps { id }: &TrackerPageProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let failure = use_state_eq(|| None::<Arc<Failure>>);
    let id: Option<OrderId> = id.parse().ok();
    let order = id.as_ref().and_then(|id| shop.orders.order(id)).cloned();
    {
        let (shop, failure) = (shop.clone(), failure.clone());
        let id = id.clone();
        use_effect_with(id, move |id| {
            failure.set(None);
            if let Some(id) = id.clone() {
                spawn_local(async move {
                    if let Err(error) = shop.fetch_order(&id).await {
                        failure.set(Some(Arc::new(error)));
                    }
                });
            }
        });
    }
    use_title(order.as_deref(), language);
    let Some(order) = order else {
        let unknown = html! {
            <EmptyState scene={Scene::NoOrders} title={language.say(student::UNKNOWN_ORDER)}
                hint={language.say(student::UNKNOWN_ORDER_HINT)}>
                <Link<Route> to={Route::Orders} classes="button">{ language.say(student::YOUR_ORDERS) }</Link<Route>>
            </EmptyState>
        };
        let content = match (&*failure, id) {
            (_, None) => unknown,
            (Some(failure), Some(_)) if failure.code() == Some(ErrorCode::NotFound) => unknown,
            (Some(error), Some(id)) => {
                let (shop, failure) = (shop.clone(), failure.clone());
                let retry = Callback::from(move |()| {
                    let (shop, failure, id) = (shop.clone(), failure.clone(), id.clone());
                    spawn_local(async move {
                        failure.set(shop.fetch_order(&id).await.err().map(Arc::new));
                    });
                });
                html! { <FailureNotice failure={error.clone()} {retry} /> }
            }
            (None, Some(_)) => html! { <div class="boot-tile" aria-busy="true" /> },
        };
        return html! { <main class="page narrow" id="main" tabindex="-1">{ content }</main> };
    };
    let is_disconnected = shop.session.connection != ConnectionState::Connected
        && shop.session.connection != ConnectionState::Connecting;
    html! {
        <main class={classes!("page", "narrow", "tracker", order.status.as_str())} id="main" tabindex="-1"
            data-status={order.status.as_str()}>
            <header class="page-head">
                <Link<Route> to={Route::Orders} classes="button quiet">
                    <Icon name="back" /><span>{ language.say(student::ORDERS) }</span>
                </Link<Route>>
            </header>
            <h1 class="hidden">{ language.say(student::TRACK_ORDER) }</h1>
            if is_disconnected && !order.status.is_settled() {
                <p class="banner warn" role="status">
                    <Icon name="offline" /><span>{ language.say(student::LIVE_PAUSED_POLLING) }</span>
                </p>
            }
            { render_ticket(&order, language) }
            { render_outcome(&order, language) }
            { render_steps(&order, language) }
            <Receipt order={order.clone()} />
            <OrderActions {order} />
        </main>
    }
}

/// Renders the ticket number in large type.
fn render_ticket(order: &OrderView, language: Language) -> Html {
    if order.status.is_failed() {
        return Html::default();
    }
    match order.ticket {
        Some(number) => html! {
            <div class="ticket-card">
                <p>{ language.say(student::YOUR_NUMBER) }</p>
                <p class="ticket" data-test="ticket">{ ticket(number) }</p>
            </div>
        },
        None => html! {
            <div class="ticket-card">
                <p>{ language.say(student::NUMBER_PENDING) }</p>
                <p class="ticket coming" aria-hidden="true">{ "···" }</p>
            </div>
        },
    }
}

/// Renders the outcome of a ready, collected, rejected or cancelled order.
fn render_outcome(order: &OrderView, language: Language) -> Html {
    let (class, icon, title) = match order.status {
        OrderStatus::Ready => ("outcome good", "check", student::READY_TITLE),
        OrderStatus::Collected => ("outcome good", "check", student::COLLECTED_TITLE),
        OrderStatus::Rejected => ("outcome bad", "alert", student::REJECTED_TITLE),
        OrderStatus::Cancelled => ("outcome bad", "alert", student::CANCELLED_TITLE),
        OrderStatus::Pending | OrderStatus::InKitchen | OrderStatus::StockVerified | OrderStatus::Unknown => {
            return Html::default();
        }
    };
    let is_failed = order.status.is_failed();
    let reason = order.reason.filter(|_| is_failed).map(|reason| language.say(reason_text(reason)));
    let ticket_hint = order.ticket.filter(|_| order.status == OrderStatus::Ready).map(|number| {
        html! { <p>{ language.fill(student::READY_HINT, &[("ticket", &ticket(number))]) }</p> }
    });
    let shortages = order.items.iter().filter(|_| is_failed).map(|item| {
        let line = order.lines.iter().find(|line| line.item_id == item.item_id);
        let id = item.item_id.as_str();
        let dish = dishes::name(language, id, line.map_or(id, |line| &line.name));
        let text = match item.left {
            0 => language.fill(student::DISH_SOLD_OUT, &[("dish", &dish)]),
            left => language
                .fill(student::ONLY_LEFT, &[("dish", &dish), ("n", &language.number(u64::from(left)))]),
        };
        html! { <p>{ text }</p> }
    });
    html! {
        <div {class} role="status" data-test="outcome">
            <Icon name={icon} />
            <div>
                <p class="outcome-title">{ language.say(title) }</p>
                { ticket_hint }
                { reason.map(|reason| html! { <p>{ reason }</p> }) }
                { for shortages }
                if is_failed { <p>{ language.say(student::NOTHING_CHARGED) }</p> }
            </div>
        </div>
    }
}

/// Renders the statuses that the order has passed and those to come.
fn render_steps(order: &OrderView, language: Language) -> Html {
    let is_failed = order.status.is_failed();
    let mut statuses =
        vec![OrderStatus::Pending, OrderStatus::InKitchen, OrderStatus::StockVerified, OrderStatus::Ready];
    if is_failed {
        // The statuses that the order reached, and its end.
        statuses.retain(|status| reached_at(order, *status).is_some());
        statuses.push(order.status);
    } else if order.status == OrderStatus::Collected {
        statuses.push(OrderStatus::Collected);
    }
    let steps = statuses.into_iter().map(|status| {
        let is_done = status <= order.status;
        let is_next = !is_failed && !is_done && is_next(order.status, status);
        let class = match (is_done, is_next, is_failed && status == order.status) {
            (_, _, true) => "step-line failed",
            (true, _, _) => "step-line done",
            (_, true, _) => "step-line next",
            _ => "step-line",
        };
        let icon = if is_failed && status == order.status {
            "close"
        } else if is_done {
            "check"
        } else {
            "clock"
        };
        // A status that staff undid has a time as well, but is still to come.
        let note = match reached_at(order, status).filter(|_| is_done) {
            Some(time) => language.clock(time),
            None if is_next => language.say(progress_text(status)).to_owned(),
            None => String::new(),
        };
        html! {
            <li {class} aria-current={(status == order.status).then_some("step")}>
                <span class="step-mark"><Icon name={icon} /></span>
                <span class="step-name">{ language.say(status_text(status)) }</span>
                <span class="step-note">{ note }</span>
            </li>
        }
    });
    html! { <ol class="steps" data-test="steps">{ for steps }</ol> }
}

fn reached_at(order: &OrderView, status: OrderStatus) -> Option<Time> {
    let found = |change: &&StatusChange| change.status == status;
    order.history.iter().rev().find(found).map(|change| change.at)
}

fn is_next(now: OrderStatus, status: OrderStatus) -> bool {
    matches!(
        (now, status),
        (OrderStatus::Pending, OrderStatus::InKitchen)
            | (OrderStatus::InKitchen, OrderStatus::StockVerified)
            | (OrderStatus::StockVerified, OrderStatus::Ready)
    )
}

/// Returns the work in progress until the order reaches `status`.
fn progress_text(status: OrderStatus) -> crate::text::Text {
    match status {
        OrderStatus::StockVerified => student::CHECKING_STOCK,
        OrderStatus::Ready => student::COOKING,
        OrderStatus::Pending
        | OrderStatus::InKitchen
        | OrderStatus::Collected
        | OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Unknown => student::WAITING,
    }
}

#[derive(PartialEq, Properties)]
struct OrderProps {
    order: Arc<OrderView>,
}

/// Order lines and total.
#[component]
fn Receipt(OrderProps { order }: &OrderProps) -> Html {
    let language = use_language();
    let lines = order.lines.iter().map(|line| {
        let dish = dishes::name(language, line.item_id.as_str(), &line.name);
        let count = u64::from(line.quantity.get());
        html! {
            <li>
                <span>{ language.fill(student::DISH_QUANTITY, &[("dish", &dish), ("n", &language.number(count))]) }</span>
                <span class="price">{ language.money(u64::from(line.price_poisha) * count) }</span>
            </li>
        }
    });
    html! {
        <div class="receipt">
            <ul>{ for lines }</ul>
            <p class="total">
                <span>{ language.say(student::TOTAL) }</span><strong>{ language.money(order.total_poisha) }</strong>
            </p>
        </div>
    }
}

/// Actions and hints for the current status.
#[component]
fn OrderActions(OrderProps { order }: &OrderProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let (prefs, _) = use_prefs();
    let navigator = use_navigator();
    let order_again = {
        let (shop, order) = (shop.clone(), order.clone());
        Callback::from(move |_: MouseEvent| {
            shop.order_again(&order);
            if let Some(navigator) = &navigator {
                navigator.push(&Route::Basket);
            }
        })
    };
    match order.status {
        OrderStatus::Pending | OrderStatus::InKitchen | OrderStatus::StockVerified | OrderStatus::Unknown => {
            html! {
                <p class="muted center">
                    { language.say(if prefs.sound { student::WAITING_HINT } else { student::WAITING_HINT_SILENT }) }
                </p>
            }
        }
        OrderStatus::Ready => Html::default(),
        OrderStatus::Collected => html! {
            <button class="button wide" type="button" onclick={order_again}>
                <Icon name="refresh" /><span>{ language.say(student::ORDER_AGAIN) }</span>
            </button>
        },
        OrderStatus::Rejected | OrderStatus::Cancelled => html! {
            <button class="button primary wide" type="button" onclick={order_again} data-test="basket-back">
                <Icon name="basket" /><span>{ language.say(student::RESTORE_BASKET) }</span>
            </button>
        },
    }
}

/// Shows the status in the document title, which flashes while the order is ready and the page is in the background.
#[hook]
fn use_title(order: Option<&OrderView>, language: Language) {
    let titles = order.map(|order| {
        let number = order.ticket.map(ticket).unwrap_or_default();
        let plain = format!("{number} {}", language.say(status_text(order.status)));
        let flash = (order.status == OrderStatus::Ready)
            .then(|| language.fill(student::TITLE_READY, &[("ticket", &number)]));
        (plain.trim().to_owned(), flash)
    });
    use_effect_with(titles, |titles| {
        let interval = titles.clone().and_then(|(plain, flash)| {
            browser::title(&plain);
            let flash = flash?;
            let mut is_flashing = false;
            Some(Interval::new(1_000, move || {
                is_flashing = browser::is_hidden() && !is_flashing;
                browser::title(if is_flashing { &flash } else { &plain });
            }))
        });
        move || drop(interval)
    });
}
