//! Commands on tickets.

use client::Failure;
use uuid::Uuid;
use wire::{
    OrderStatus,
    kitchen::{SetStatus, Ticket},
};

use super::Console;
use crate::tickets::COLUMNS;

/// Tickets of one page.
const PAGE_SIZE: u32 = 100;
/// Most pages fetched of a column.
const MAX_PAGES: usize = 10;

impl Console {
    /// Fetches all tickets on the board.
    pub async fn fetch_tickets(&self) {
        let epoch = self.store.update(|state| state.tickets.begin_fetch());
        let result = self.all_tickets().await;
        self.store.update(|state| state.tickets_fetched(epoch, result));
    }

    /// Fetches column by column in the order of an order's life: a ticket that moves on meanwhile is found in the next.
    async fn all_tickets(&self) -> Result<Vec<Ticket>, Failure> {
        let mut all = Vec::new();
        for status in COLUMNS {
            let mut before = None;
            for _ in 0..MAX_PAGES {
                let page = self.client().tickets(Some(status), PAGE_SIZE, before).await?;
                all.extend(page.tickets);
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Sets the status of a ticket as this console knows it.
    ///
    /// # Errors
    /// `not_found` where the console does not know it; else as [`client::Client::set_ticket`]. The change may have been
    /// made all the same, so the tickets are fetched.
    pub async fn set_ticket(&self, id: Uuid, status: OrderStatus) -> Result<(), Failure> {
        let Some(expected_seq) = self.store.get().tickets.get(id).map(|ticket| ticket.seq) else {
            let problem = Box::new(wire::Problem::new(wire::ErrorCode::NotFound));
            return Err(Failure::Problem { problem, retry_after: None });
        };
        self.store.update(|state| state.tickets.request(id, status));
        match self.client().set_ticket(id, &SetStatus { status, expected_seq }).await {
            Ok(ticket) => {
                self.store.update(|state| state.tickets.confirmed(ticket));
                Ok(())
            }
            Err(failure) => {
                self.store.update(|state| state.tickets.withdraw(id));
                self.fetch_tickets().await;
                Err(failure)
            }
        }
    }
}
