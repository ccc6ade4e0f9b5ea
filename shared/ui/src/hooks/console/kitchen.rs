//! What is done with tickets.

use client::Failure;
use uuid::Uuid;
use wire::{
    ErrorCode, OrderStatus,
    kitchen::{SetStatus, Ticket},
};
use yew::platform::spawn_local;

use super::ConsoleHandle;
use crate::{
    format,
    state::{
        console::{Act, Undo},
        tickets::{COLUMNS, back},
    },
    text::{Text, admin as say},
};

/// How many tickets are fetched at once.
const PAGE: u32 = 100;
/// How many pages of a column are fetched at most.
const PAGES: usize = 10;

impl ConsoleHandle {
    /// Fetches all tickets that are on the board.
    pub fn fetch_tickets(&self) {
        self.act(Act::AskingTickets);
        let this = self.clone();
        spawn_local(async move {
            let answer = this.all_tickets().await;
            this.act(Act::Tickets(answer));
        });
    }

    /// Column by column in the order of the way: a ticket that moves on meanwhile is found in the next one.
    async fn all_tickets(&self) -> Result<Vec<Ticket>, Failure> {
        let mut all = Vec::new();
        for status in COLUMNS {
            let mut before = None;
            for _ in 0..PAGES {
                let page = self.client.tickets(Some(status), PAGE, before).await?;
                all.extend(page.tickets);
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Moves a ticket on, and says so with a way back.
    pub fn move_on(&self, ticket: &Ticket, to: OrderStatus) {
        let said = match to {
            OrderStatus::Ready => say::TICKET_IS_READY,
            OrderStatus::Collected => say::TICKET_IS_COLLECTED,
            OrderStatus::Cancelled => say::TICKET_IS_CANCELLED,
            OrderStatus::StockVerified => say::TICKET_RESTORED,
            OrderStatus::Pending | OrderStatus::InKitchen | OrderStatus::Rejected => return,
        };
        let undo = back(to).filter(|before| *before == ticket.status);
        self.set_ticket(ticket, to, said, undo.map(|status| Undo::Ticket { id: ticket.id, status }));
    }

    /// Moves a ticket to where it was.
    pub(super) fn move_back(&self, id: Uuid, to: OrderStatus) {
        if let Some(ticket) = self.tickets.get(id).cloned() {
            self.set_ticket(&ticket, to, say::TICKET_RESTORED, None);
        }
    }

    fn set_ticket(&self, ticket: &Ticket, status: OrderStatus, said: Text, undo: Option<Undo>) {
        let (id, number) = (ticket.id, format::ticket(ticket.ticket));
        let change = SetStatus { status, expected_seq: ticket.seq };
        self.act(Act::AskTicket(id, status));
        let this = self.clone();
        spawn_local(async move {
            match this.client.set_ticket(id, &change).await {
                Ok(ticket) => {
                    this.act(Act::TicketAnswer(id, Some(ticket)));
                    this.say_with(said, vec![("n", number)], undo);
                }
                Err(failure) => {
                    this.act(Act::TicketAnswer(id, None));
                    match failure.code() {
                        Some(ErrorCode::Stale | ErrorCode::Conflict | ErrorCode::NotFound) => {
                            this.say_with(say::TICKET_MOVED, vec![("n", number)], None);
                        }
                        _ => this.say_failure(&failure),
                    }
                    // It may have been done all the same.
                    this.fetch_tickets();
                }
            }
        });
    }
}
