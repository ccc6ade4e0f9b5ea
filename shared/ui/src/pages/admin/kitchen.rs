//! The kitchen board: tickets as large as they can be, and one large button for the next step.

use std::time::Duration;

use wire::{OrderStatus, Time, kitchen::Ticket};
use yew::prelude::*;

use crate::{
    components::{confirm::Confirm, icon::Icon, notice::Failed},
    format,
    hooks::{use_console, use_language, use_now},
    state::{
        remote::Remote,
        tickets::{Age, COLUMNS, Card, age, next, waits_since},
    },
    text::{Text, admin as say, dishes},
};

/// So many cards of a column are drawn.
const MOST: usize = 60;
/// A ticket that came in is told apart for so long.
const NEW: Duration = Duration::from_secs(6);

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

/// The board.
#[component]
pub fn KitchenPage() -> Html {
    let (console, language) = (use_console(), use_language());
    let now = use_now(5_000);
    let cancelling = use_state(|| None::<Ticket>);
    let content = match &console.tickets_here {
        Remote::Loading => html! {
            <div class="board-columns" aria-busy="true">
                { for (0..3).map(|_| html! { <div class="boot-tile" /> }) }
            </div>
        },
        Remote::Failed(failure) => {
            let console = console.clone();
            let again = Callback::from(move |()| console.fetch());
            html! { <Failed failure={failure.clone()} {again} /> }
        }
        Remote::Ready(()) => {
            let cancel = {
                let cancelling = cancelling.clone();
                Callback::from(move |ticket| cancelling.set(Some(ticket)))
            };
            html! {
                <div class="kitchen">
                    <div class="board-columns">
                        { for COLUMNS.into_iter().map(|status| html! { <Column {status} {now} cancel={cancel.clone()} /> }) }
                    </div>
                    <Totals />
                </div>
            }
        }
    };
    let question = (*cancelling).clone().map(|ticket| {
        let number = format::ticket(ticket.ticket);
        let close = {
            let cancelling = cancelling.clone();
            Callback::from(move |()| cancelling.set(None))
        };
        let yes = {
            let (console, close) = (console.clone(), close.clone());
            Callback::from(move |()| {
                console.move_on(&ticket, OrderStatus::Cancelled);
                close.emit(());
            })
        };
        html! {
            <Confirm title={language.fill(say::CANCEL_TICKET_TITLE, &[("n", &number)])}
                effect={language.fill(say::CANCEL_TICKET, &[("n", &number)])}
                hint={language.say(say::CANCEL_TICKET_HINT)}
                keep={AttrValue::from(language.say(say::KEEP_TICKET))} {yes} no={close} />
        }
    });
    html! { <>{ content }{ question }</> }
}

#[derive(PartialEq, Properties)]
struct ColumnProps {
    status: OrderStatus,
    now: Time,
    cancel: Callback<Ticket>,
}

#[component]
fn Column(ColumnProps { status, now, cancel }: &ColumnProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let cards = console.tickets.column(*status);
    let (name, id) = column_text(*status);
    let count = u64::try_from(cards.len()).unwrap_or_default();
    let more = cards.len().saturating_sub(MOST);
    html! {
        <section class={classes!("board-column", id)} aria-labelledby={id} data-test={format!("column-{id}")}>
            <h2 {id}>{ language.say(name) }<span class="count">{ language.number(count) }</span></h2>
            if cards.is_empty() { <p class="muted nothing">{ language.say(say::NOTHING_HERE) }</p> }
            <ul class="cards">
                { for cards.into_iter().take(MOST).map(|card| html! {
                    <TicketCard key={card.ticket.id.to_string()} card={card.clone()} now={*now} cancel={cancel.clone()} />
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
struct CardProps {
    card: Card,
    now: Time,
    cancel: Callback<Ticket>,
}

#[component]
fn TicketCard(CardProps { card, now, cancel }: &CardProps) -> Html {
    let (console, language) = (use_console(), use_language());
    let ticket = &card.ticket;
    let number = format::ticket(ticket.ticket);
    let waited = now.since(waits_since(ticket)).as_secs() / 60;
    let (late, word) = match age(ticket, *now) {
        Age::Fine => (None, None),
        Age::Late => (Some("late"), Some(say::LATE)),
        Age::VeryLate => (Some("very-late"), Some(say::VERY_LATE)),
    };
    let is_new = ticket.status == OrderStatus::InKitchen || ticket.status == OrderStatus::StockVerified;
    let is_new = is_new && now.since(ticket.placed_at) < NEW;
    let step = |to: OrderStatus| {
        let (console, ticket) = (console.clone(), ticket.clone());
        Callback::from(move |_: MouseEvent| console.move_on(&ticket, to))
    };
    let busy = card.asked.is_some();
    let label = match ticket.status {
        OrderStatus::Ready => say::SET_COLLECTED,
        _ => say::SET_READY,
    };
    let cancels = {
        let (cancel, ticket) = (cancel.clone(), ticket.clone());
        Callback::from(move |_: MouseEvent| cancel.emit(ticket.clone()))
    };
    html! {
        <li class={classes!("ticket", late, is_new.then_some("new"), busy.then_some("asked"))}
            data-ticket={number.clone()} aria-label={language.fill(say::TICKET, &[("n", &number)])}>
            <div class="ticket-head">
                <strong class="ticket-number">{ &number }</strong>
                <span class="ticket-age">
                    <Icon name="clock" />
                    { language.fill(say::WAITS_MIN, &[("n", &language.number(waited))]) }
                    if let Some(word) = word { <span class="ticket-late">{ language.say(word) }</span> }
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
            if let Some(to) = next(ticket.status) {
                <button class="button primary wide big" type="button" onclick={step(to)} disabled={busy}
                    aria-busy={busy.to_string()} aria-label={format!("{} {}", language.say(label), number)}
                    data-test="next">
                    <Icon name="check" /><span>{ language.say(label) }</span>
                </button>
            } else {
                <p class="ticket-waits"><Icon name="clock" />{ language.say(say::CHECKING_STOCK) }</p>
            }
            if ticket.status == OrderStatus::Ready {
                <button class="button quiet wide" type="button" onclick={step(OrderStatus::StockVerified)} disabled={busy}>
                    <Icon name="undo" /><span>{ language.say(say::BACK_TO_COOKING) }</span>
                </button>
            } else {
                <button class="button quiet wide" type="button" onclick={cancels} disabled={busy} data-test="cancel">
                    { language.fill(say::CANCEL_TICKET, &[("n", &number)]) }
                </button>
            }
        </li>
    }
}

/// How many of each dish are to be made in all.
#[component]
fn Totals() -> Html {
    let (console, language) = (use_console(), use_language());
    let totals = console.tickets.totals();
    html! {
        <aside class="totals card" aria-labelledby="totals" data-test="totals">
            <h2 id="totals">{ language.say(say::TOTALS) }</h2>
            if totals.is_empty() { <p class="muted">{ language.say(say::NOTHING_TO_MAKE) }</p> }
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
