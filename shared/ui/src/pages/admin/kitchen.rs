//! Kitchen page: large tickets, each with one large button for the next step.

use app::{
    remote::Remote,
    tickets::{Age, COLUMNS, Card, age, waits_since},
};
use std::time::Duration;

use wire::{OrderStatus, Time, kitchen::Ticket};
use yew::prelude::*;

use crate::{
    components::{confirm::Confirm, icon::Icon, notice::FailureNotice},
    format,
    hooks::{use_console, use_language, use_now},
    text::{Text, admin as say, dishes},
};

/// Maximum cards that the page renders in one column.
const MAX_CARDS: usize = 60;
/// Period during which a new ticket is highlighted.
const HIGHLIGHT_PERIOD: Duration = Duration::from_secs(6);

fn column_text(status: OrderStatus) -> (Text, &'static str) {
    match status {
        OrderStatus::InKitchen => (say::RECEIVED, "received"),
        OrderStatus::StockVerified => (say::COOKING, "cooking"),
        OrderStatus::Ready => (say::READY, "ready"),
        OrderStatus::Pending
        | OrderStatus::Collected
        | OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Unknown => (say::KITCHEN, "other"),
    }
}

/// Kitchen page.
#[component]
pub fn KitchenPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let now = use_now(5_000);
    let ticket_to_cancel = use_state(|| None::<Ticket>);
    let content = match &console.tickets_fetched {
        Remote::Loading => html! {
            <div class="board-columns" aria-busy="true">
                { for (0..3).map(|_| html! { <div class="boot-tile" /> }) }
            </div>
        },
        Remote::Failed(failure) => {
            let console = console.clone();
            let retry = Callback::from(move |()| console.refresh());
            html! { <FailureNotice failure={failure.clone()} {retry} /> }
        }
        Remote::Ready(()) => {
            let on_cancel = {
                let ticket_to_cancel = ticket_to_cancel.clone();
                Callback::from(move |ticket| ticket_to_cancel.set(Some(ticket)))
            };
            html! {
                <div class="kitchen">
                    <div class="board-columns">
                        { for COLUMNS.into_iter().map(|status| html! {
                            <Column {status} {now} on_cancel={on_cancel.clone()} />
                        }) }
                    </div>
                    <Totals />
                </div>
            }
        }
    };
    let confirmation = (*ticket_to_cancel).clone().map(|ticket| {
        let number = format::ticket(ticket.ticket);
        let close = {
            let ticket_to_cancel = ticket_to_cancel.clone();
            Callback::from(move |()| ticket_to_cancel.set(None))
        };
        let on_confirm = {
            let (console, close) = (console.clone(), close.clone());
            Callback::from(move |()| {
                console.move_on(&ticket, OrderStatus::Cancelled);
                close.emit(());
            })
        };
        html! {
            <Confirm title={language.fill(say::CANCEL_TICKET_TITLE, &[("n", &number)])}
                confirm_label={language.fill(say::CANCEL_TICKET, &[("n", &number)])}
                hint={language.say(say::CANCEL_TICKET_HINT)}
                cancel_label={AttrValue::from(language.say(say::KEEP_TICKET))} {on_confirm} on_cancel={close} />
        }
    });
    html! { <>{ content }{ confirmation }</> }
}

#[derive(PartialEq, Properties)]
struct ColumnProps {
    status: OrderStatus,
    now: Time,
    on_cancel: Callback<Ticket>,
}

#[component]
fn Column(ColumnProps { status, now, on_cancel }: &ColumnProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let cards = console.tickets.column(*status);
    let (name, id) = column_text(*status);
    let count = u64::try_from(cards.len()).unwrap_or_default();
    let more = cards.len().saturating_sub(MAX_CARDS);
    html! {
        <section class={classes!("board-column", id)} aria-labelledby={id} data-test={format!("column-{id}")}>
            <h2 {id}>{ language.say(name) }<span class="count">{ language.number(count) }</span></h2>
            if cards.is_empty() { <p class="muted nothing">{ language.say(say::EMPTY_COLUMN) }</p> }
            <ul class="cards">
                { for cards.into_iter().take(MAX_CARDS).map(|card| html! {
                    <TicketCard key={card.ticket.id.to_string()} card={card.clone()} now={*now}
                        on_cancel={on_cancel.clone()} />
                }) }
            </ul>
            if more > 0 {
                <p class="muted">
                    { language.fill(say::MORE, &[("n", &language.number(u64::try_from(more).unwrap_or_default()))]) }
                </p>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct TicketCardProps {
    card: Card,
    now: Time,
    on_cancel: Callback<Ticket>,
}

#[component]
fn TicketCard(TicketCardProps { card, now, on_cancel }: &TicketCardProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let ticket = &card.ticket;
    let number = format::ticket(ticket.ticket);
    let age_minutes = now.since(waits_since(ticket)).as_secs() / 60;
    let (age_class, age_text) = match age(ticket, *now) {
        Age::Fine => (None, None),
        Age::Late => (Some("late"), Some(say::LATE)),
        Age::VeryLate => (Some("very-late"), Some(say::VERY_LATE)),
    };
    let is_new = ticket.status == OrderStatus::InKitchen || ticket.status == OrderStatus::StockVerified;
    let is_new = is_new && now.since(ticket.placed_at) < HIGHLIGHT_PERIOD;
    let move_to = |to: OrderStatus| {
        let (console, ticket) = (console.clone(), ticket.clone());
        Callback::from(move |_: MouseEvent| console.move_on(&ticket, to))
    };
    let busy = card.requested.is_some();
    let label = match ticket.status {
        OrderStatus::Ready => say::MARK_COLLECTED,
        _ => say::MARK_READY,
    };
    let cancel = {
        let (on_cancel, ticket) = (on_cancel.clone(), ticket.clone());
        Callback::from(move |_: MouseEvent| on_cancel.emit(ticket.clone()))
    };
    html! {
        <li class={classes!("ticket", age_class, is_new.then_some("new"), busy.then_some("asked"))}
            data-ticket={number.clone()} aria-label={language.fill(say::TICKET, &[("n", &number)])}>
            <div class="ticket-head">
                <strong class="ticket-number">{ &number }</strong>
                <span class="ticket-age">
                    <Icon name="clock" />
                    { language.fill(say::TICKET_AGE_MINUTES, &[("n", &language.number(age_minutes))]) }
                    if let Some(text) = age_text { <span class="ticket-late">{ language.say(text) }</span> }
                </span>
            </div>
            <ul class="ticket-lines">
                { for ticket.lines.iter().map(|line| html! {
                    <li>
                        <strong>{ language.number(line.quantity.get().into()) }</strong>
                        <span>{ dishes::name(language, line.item_id.as_str(), &line.name) }</span>
                    </li>
                }) }
            </ul>
            if let Some(to) = ticket.status.staff_next() {
                <button class="button primary wide big" type="button" onclick={move_to(to)} disabled={busy}
                    aria-busy={busy.to_string()} aria-label={format!("{} {}", language.say(label), number)}
                    data-test="next">
                    <Icon name="check" /><span>{ language.say(label) }</span>
                </button>
            } else {
                <p class="ticket-waits"><Icon name="clock" />{ language.say(say::CHECKING_STOCK) }</p>
            }
            if ticket.status == OrderStatus::Ready {
                <button class="button quiet wide" type="button" onclick={move_to(OrderStatus::StockVerified)} disabled={busy}>
                    <Icon name="undo" /><span>{ language.say(say::BACK_TO_COOKING) }</span>
                </button>
            } else {
                <button class="button quiet wide" type="button" onclick={cancel} disabled={busy} data-test="cancel">
                    { language.fill(say::CANCEL_TICKET, &[("n", &number)]) }
                </button>
            }
        </li>
    }
}

/// Portions of each dish that are still to be cooked.
#[component]
fn Totals() -> Html {
    let (console, language) = (use_console(), use_language());
    let totals = console.tickets.totals();
    html! {
        <aside class="totals card" aria-labelledby="totals" data-test="totals">
            <h2 id="totals">{ language.say(say::PORTIONS_TO_COOK) }</h2>
            if totals.is_empty() { <p class="muted">{ language.say(say::NO_PORTIONS_TO_COOK) }</p> }
            <ul>
                { for totals.into_iter().map(|total| {
                    let name = dishes::name(language, total.item.as_str(), &total.name);
                    html! {
                        <li key={total.item.to_string()}>
                            <span>{ name }</span><strong>{ language.number(total.portions.into()) }</strong>
                        </li>
                    }
                }) }
            </ul>
        </aside>
    }
}
