//! Order history.

use app::remote::Remote;
use std::sync::Arc;
use wire::{OrderStatus, order::OrderView};
use yew::prelude::*;
use yew_router::prelude::*;

use super::{Route, status_text};
use crate::{
    browser,
    components::{
        icon::Icon,
        notice::{EmptyState, FailureNotice},
        picture::Scene,
    },
    format::ticket,
    hooks::{use_language, use_now, use_shop},
    text::{common, dishes, student},
};

/// All orders of the student by day, newest first.
#[component]
pub fn HistoryPage() -> Html {
    let (shop, language) = (use_shop(), use_language());
    let fetching = use_state(|| false);
    let now = use_now(60_000);
    use_effect_with(language, |language| browser::title(language.say(student::YOUR_ORDERS)));
    let mut day = String::new();
    let mut rows = Vec::new();
    for order in shop.orders.list() {
        let placed = language.day(order.placed_at, now);
        if placed != day {
            rows.push(html! { <h2 class="day" key={placed.clone()}>{ &placed }</h2> });
            day = placed;
        }
        rows.push(html! { <OrderRow key={order.order_id.as_str()} order={order.clone()} /> });
    }
    let more = shop.orders.next().is_some().then(|| {
        let onclick = {
            let (shop, fetching) = (shop.clone(), fetching.clone());
            Callback::from(move |_: MouseEvent| {
                fetching.set(true);
                let fetching = fetching.clone();
                shop.fetch_older(Callback::from(move |()| fetching.set(false)));
            })
        };
        html! {
            <button class="button wide" type="button" {onclick} disabled={*fetching} aria-busy={fetching.to_string()}>
                { language.say(if *fetching { common::LOADING } else { student::MORE_ORDERS }) }
            </button>
        }
    });
    let content = match &shop.orders_fetched {
        _ if !rows.is_empty() => html! { <><div class="history">{ for rows }</div>{ more }</> },
        Remote::Loading => html! { <div class="boot-tile" aria-busy="true" /> },
        Remote::Failed(failure) => {
            let shop = shop.clone();
            let retry = Callback::from(move |()| shop.refresh());
            html! { <FailureNotice failure={failure.clone()} {retry} /> }
        }
        Remote::Ready(()) => html! {
            <EmptyState scene={Scene::NoOrders} title={language.say(student::NO_ORDERS)}
                hint={language.say(student::NO_ORDERS_HINT)}>
                <Link<Route> to={Route::Menu} classes="button primary">{ language.say(student::GO_TO_MENU) }</Link<Route>>
            </EmptyState>
        },
    };
    html! {
        <main class="page narrow" id="main" tabindex="-1">
            <header class="page-head">
                <Link<Route> to={Route::Menu} classes="button quiet">
                    <Icon name="back" /><span>{ language.say(student::MENU) }</span>
                </Link<Route>>
                <h1>{ language.say(student::YOUR_ORDERS) }</h1>
            </header>
            { content }
        </main>
    }
}

#[derive(PartialEq, Properties)]
struct OrderRowProps {
    order: Arc<OrderView>,
}

#[component]
fn OrderRow(OrderRowProps { order }: &OrderRowProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    let navigator = use_navigator();
    let order_again = {
        let order = order.clone();
        Callback::from(move |_: MouseEvent| {
            shop.order_again(&order);
            if let Some(navigator) = &navigator {
                navigator.push(&Route::Basket);
            }
        })
    };
    let dishes: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let dish = dishes::name(language, line.item_id.as_str(), &line.name);
            let count = language.number(u64::from(line.quantity.get()));
            language.fill(student::DISH_QUANTITY, &[("dish", &dish), ("n", &count)])
        })
        .collect();
    let (class, icon) = match order.status {
        OrderStatus::Ready => ("state good", "check"),
        OrderStatus::Collected => ("state done", "check"),
        OrderStatus::Rejected | OrderStatus::Cancelled => ("state bad", "close"),
        OrderStatus::Pending | OrderStatus::InKitchen | OrderStatus::StockVerified | OrderStatus::Unknown => {
            ("state under-way", "clock")
        }
    };
    html! {
        <article class="order-row" data-order={order.order_id.to_string()}>
            <Link<Route> to={Route::Order { id: order.order_id.to_string() }} classes="order-link">
                <span class="order-number">{ order.ticket.map_or_else(|| "–".to_owned(), ticket) }</span>
                <span class="order-what">
                    <span class="order-dishes">{ dishes.join(", ") }</span>
                    <span class="order-facts">
                        <span {class}><Icon name={icon} />{ language.say(status_text(order.status)) }</span>
                        <span>{ language.short_clock(order.placed_at) }</span>
                        <span>{ language.money(order.total_poisha) }</span>
                    </span>
                </span>
            </Link<Route>>
            if order.status.is_settled() {
                <button class="button quiet" type="button" onclick={order_again}>
                    <Icon name="refresh" /><span>{ language.say(student::ORDER_AGAIN) }</span>
                </button>
            }
        </article>
    }
}
