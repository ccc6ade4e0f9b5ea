//! From the fan-out to the rooms.

use std::{collections::HashMap, time::Duration};

use messaging::{News, Subscription};
use serde::Serialize;
use serde_json::json;
use socketioxide::SocketIo;
use wire::{
    ItemId,
    event::{Event, StockLevel, names},
    kitchen::Board,
};

use crate::{
    App,
    sockets::{KITCHEN, OPS, room_of},
};

/// How often what is for everybody is sent: a dish's level at most four times a second.
const PERIOD: Duration = Duration::from_millis(250);

/// What waits for the next sending to everybody; only the latest of each counts.
#[derive(Default)]
struct Waiting {
    levels: HashMap<ItemId, StockLevel>,
    board: Option<Board>,
    menu: bool,
}

/// Pushes until the service is asked to stop.
pub(crate) async fn run(app: App, io: SocketIo, mut subscription: Box<dyn Subscription>) {
    let mut waiting = Waiting::default();
    let mut tick = tokio::time::interval(PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut silenced = false;
    loop {
        let news = tokio::select! {
            biased;
            () = app.service.tasks.stopping() => return,
            _ = tick.tick() => {
                if !app.service.chaos.is_unavailable() {
                    if std::mem::take(&mut silenced) {
                        resync(&app, &io).await;
                    }
                    waiting.send(&io).await;
                }
                continue;
            }
            news = subscription.next() => news,
        };
        let Some(news) = news else { return };
        // In a drill nothing is pushed, and what was missed is made up for by a resync.
        if app.service.chaos.is_unavailable() {
            silenced = true;
            continue;
        }
        match news {
            News::Gap => resync(&app, &io).await,
            News::Event(event) => match &*event {
                Event::Order { user_id, notification } => {
                    to_room(&app, &io, room_of(*user_id), names::NOTIFICATION, notification);
                }
                Event::Ticket(ticket) => to_room(&app, &io, KITCHEN.to_owned(), names::TICKET, ticket),
                Event::Ops(beat) => to_room(&app, &io, OPS.to_owned(), names::OPS, beat),
                Event::Stock(level) => waiting.level(level),
                Event::Board(board) => waiting.board = Some(board.clone()),
                Event::Menu => waiting.menu = true,
            },
        }
    }
}

/// To every socket of a room. A socket that does not take it is closed: its client connects again and fetches what
/// it missed.
fn to_room<T: Serialize>(app: &App, io: &SocketIo, room: String, event: &str, body: &T) {
    for socket in io.within(room).sockets() {
        if socket.emit(event, body).is_ok() {
            if event == names::NOTIFICATION {
                app.metrics.pushed.inc();
            }
        } else {
            app.metrics.unpushed.inc();
            let _ = socket.disconnect();
        }
    }
}

async fn resync(app: &App, io: &SocketIo) {
    app.metrics.resyncs.inc();
    tracing::info!("something may have been missed; clients are told to fetch it");
    // Who does not take it has lost its connection, and fetches everything when it is back.
    let _ = io.emit(names::RESYNC, &json!({})).await;
}

impl Waiting {
    fn level(&mut self, level: &StockLevel) {
        let newer = self.levels.get(&level.item_id).is_none_or(|known| known.version <= level.version);
        if newer {
            self.levels.insert(level.item_id.clone(), level.clone());
        }
    }

    /// Each of these replaces what was sent before, so that a socket that misses one loses nothing for long.
    async fn send(&mut self, io: &SocketIo) {
        for (_, level) in self.levels.drain() {
            let _ = io.emit(names::STOCK, &level).await;
        }
        if let Some(board) = self.board.take() {
            let _ = io.emit(names::BOARD, &board).await;
        }
        if std::mem::take(&mut self.menu) {
            let _ = io.emit(names::MENU, &json!({})).await;
        }
    }
}
