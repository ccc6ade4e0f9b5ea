//! From the fan-out to the rooms.

use std::{collections::HashMap, time::Duration};

use messaging::{News, Subscription};
use serde::Serialize;
use serde_json::json;
use service_kit::telemetry::{self, SpanKind};
use socketioxide::{BroadcastError, SocketError, SocketIo, extract::SocketRef};
use wire::{
    ItemId,
    event::{Event, StockLevel, names},
    kitchen::Board,
};

use crate::{
    App,
    sockets::{KITCHEN, OPS, is_leaving, room_of, send_away},
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
                    waiting.send(&app, &io).await;
                }
                continue;
            }
            news = subscription.next() => news,
        };
        let Some(news) = news else { return };
        // In a drill nothing is pushed, and what was missed is made up for by a resync.
        if app.service.chaos.is_unavailable() {
            silenced = true;
            if matches!(&news, News::Event(event) if matches!(**event, Event::Order { .. })) {
                app.metrics.withheld.inc();
            }
            continue;
        }
        match news {
            News::Gap => resync(&app, &io).await,
            News::Event(event) => match &*event {
                Event::Order { user_id, notification, trace } => {
                    let span = telemetry::tracer().map(|tracer| {
                        let name = format!("push {}", notification.status.as_str());
                        tracer.begin(app.service.name, SpanKind::Consumer, name, trace.as_ref())
                    });
                    let heard = to_room(&app, &io, room_of(*user_id), names::NOTIFICATION, notification);
                    app.metrics.pushed.inc_by(heard);
                    if let Some(mut span) = span {
                        span.set("sockets", i64::try_from(heard).unwrap_or(i64::MAX));
                    }
                }
                Event::Ticket(ticket) => {
                    to_room(&app, &io, KITCHEN.to_owned(), names::TICKET, ticket);
                }
                Event::Ops(beat) => {
                    to_room(&app, &io, OPS.to_owned(), names::OPS, beat);
                }
                Event::Stock(level) => waiting.level(level),
                Event::Board(board) => waiting.board(board),
                Event::Menu => waiting.menu = true,
                Event::Chaos { .. } => {}
            },
        }
    }
}

/// To every socket of a room; returns how many took it.
fn to_room<T: Serialize>(app: &App, io: &SocketIo, room: String, event: &str, body: &T) -> u64 {
    io.within(room).sockets().iter().map(|socket| u64::from(to_one(app, socket, event, body))).sum()
}

/// To everybody. Written out once for all; only when somebody has no room for it, it is looked for who that is, and
/// the others get it twice, which changes nothing for them.
async fn to_all<T: Serialize>(app: &App, io: &SocketIo, event: &str, body: &T) {
    let full = match io.emit(event, body).await {
        Err(BroadcastError::Socket(errors)) => {
            errors.iter().any(|error| matches!(error, SocketError::InternalChannelFull))
        }
        Ok(()) | Err(BroadcastError::Serialize(_) | BroadcastError::Adapter(_)) => false,
    };
    if full {
        for socket in io.sockets() {
            to_one(app, &socket, event, body);
        }
    }
}

/// Whether the socket takes it. One that does not has missed something, and is sent away: its client connects again
/// and fetches everything.
fn to_one<T: Serialize>(app: &App, socket: &SocketRef, event: &str, body: &T) -> bool {
    if is_leaving(socket) {
        return false;
    }
    let taken = socket.emit(event, body).is_ok();
    if !taken {
        app.metrics.unpushed.inc();
        send_away(socket);
    }
    taken
}

async fn resync(app: &App, io: &SocketIo) {
    app.metrics.resyncs.inc();
    tracing::info!("something may have been missed; clients are told to fetch it");
    to_all(app, io, names::RESYNC, &json!({})).await;
}

impl Waiting {
    fn level(&mut self, level: &StockLevel) {
        let newer = self.levels.get(&level.item_id).is_none_or(|known| known.version <= level.version);
        if newer {
            self.levels.insert(level.item_id.clone(), level.clone());
        }
    }

    /// Boards of several replicas may arrive in any order.
    fn board(&mut self, board: &Board) {
        if self.board.as_ref().is_none_or(|known| known.seq <= board.seq) {
            self.board = Some(board.clone());
        }
    }

    async fn send(&mut self, app: &App, io: &SocketIo) {
        for (_, level) in self.levels.drain() {
            to_all(app, io, names::STOCK, &level).await;
        }
        if let Some(board) = self.board.take() {
            to_all(app, io, names::BOARD, &board).await;
        }
        if std::mem::take(&mut self.menu) {
            to_all(app, io, names::MENU, &json!({})).await;
        }
    }
}
