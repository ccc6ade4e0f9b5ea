//! Tickets, stock and the stats of the services, for staff and admins, with the commands on them.
//!
//! Heartbeats arrive every second, so the stats have a store of their own: only the pages that show them are drawn as
//! often.

mod services;
mod state;
mod stock;
mod tickets;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use client::{
    Client, ConnectionState, Event, Subscription,
    platform::{Shared, sleep, spawn},
    socket::all_events,
};
use wire::{
    UserId,
    ops::{Heartbeat, ServiceName},
};

pub use state::ConsoleState;
pub use stock::ItemOutcome;

use crate::{
    running::{Running, poll_delay},
    session::{Session, SessionState, Visitor},
    stats::Stats,
    store::Store,
};

/// Interval at which everything is fetched while no events arrive, varied by a quarter.
const POLL_INTERVAL: Duration = Duration::from_secs(4);
/// Interval at which heartbeats are taken over into the stats.
const STATS_INTERVAL: Duration = Duration::from_secs(1);

/// Console of one page or program. Clones share it.
#[derive(Clone)]
pub struct Console {
    session: Session,
    store: Store<ConsoleState>,
    stats: Store<Stats>,
    live: Shared<Mutex<Live>>,
}

/// Subscription of the present user, and the heartbeats of this second.
#[derive(Default)]
struct Live {
    user: Option<UserId>,
    subscription: Option<Subscription>,
    heartbeats: Vec<Heartbeat>,
}

impl Console {
    /// Makes the console of a session. Nothing is fetched before [`Console::run`].
    pub fn new(session: Session) -> Self {
        Self {
            session,
            store: Store::new(ConsoleState::default()),
            stats: Store::new(Stats::default()),
            live: Shared::default(),
        }
    }

    /// Returns the session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the state, to be observed.
    pub fn store(&self) -> &Store<ConsoleState> {
        &self.store
    }

    /// Returns the present state.
    pub fn state(&self) -> Arc<ConsoleState> {
        self.store.get()
    }

    /// Returns the stats of the services, to be observed.
    pub fn stats(&self) -> &Store<Stats> {
        &self.stats
    }

    pub(crate) fn client(&self) -> &Client {
        self.session.client()
    }

    /// Keeps the console current until the guard is dropped: subscribes while staff are signed in, fetches whatever
    /// events do not contain, and polls while no events arrive.
    pub fn run(&self) -> Running {
        let mut running = Running::default();
        let this = self.clone();
        running.keep(self.session.store().listen(move |session| this.session_changed(session)));
        self.session_changed(&self.session.state());
        let this = self.clone();
        running.run(async move { this.collect_stats().await });
        let this = self.clone();
        running.run(async move { this.poll().await });
        running.keep(CloseOnDrop(self.clone()));
        running
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session_changed(&self, session: &SessionState) {
        self.store.update(|state| state.visitor_changed(&session.visitor));
        let user = session.signed_in().filter(|_| session.is_staff()).map(|signed_in| signed_in.user.user_id);
        let closed = {
            let mut live = self.lock();
            if live.user == user {
                return;
            }
            live.user = user;
            live.heartbeats.clear();
            if user.is_none() { live.subscription.take() } else { None }
        };
        drop(closed);
        self.stats.update(|stats| *stats = Stats::default());
        if user.is_some() {
            let needs_subscription = self.lock().subscription.is_none();
            if needs_subscription {
                let this = self.clone();
                let subscription = self.session.subscribe(all_events, move |event| this.take(event));
                self.lock().subscription = Some(subscription);
            }
            self.spawn_refresh();
        }
    }

    fn take(&self, event: Event) {
        match event {
            Event::Ready => {
                self.store.update(ConsoleState::begin_epoch);
                self.spawn_refresh();
            }
            Event::Resync => self.spawn_refresh(),
            Event::Menu => {
                let this = self.clone();
                spawn(async move { this.fetch_stock().await });
            }
            Event::Stock(level) => self.store.update(|state| {
                state.stock.event(level);
            }),
            Event::Ticket(ticket) => self.store.update(|state| state.tickets.pushed(ticket)),
            Event::Ops(heartbeat) => self.lock().heartbeats.push(*heartbeat),
            Event::State(_) | Event::Notification(_) | Event::Board(_) => {}
        }
    }

    fn spawn_refresh(&self) {
        let this = self.clone();
        spawn(async move { this.refresh().await });
    }

    /// Fetches the tickets and the stock, if staff are signed in.
    pub async fn refresh(&self) {
        if self.session.state().is_staff() {
            self.fetch_tickets().await;
            self.fetch_stock().await;
        }
    }

    /// Takes over, once a second, the heartbeats that arrived.
    async fn collect_stats(&self) {
        loop {
            sleep(STATS_INTERVAL).await;
            if self.session.state().is_admin() {
                let heartbeats = std::mem::take(&mut self.lock().heartbeats);
                self.stats.update(|stats| stats.second(heartbeats, client::now()));
            }
        }
    }

    /// Fetches every few seconds what does not arrive by itself.
    async fn poll(&self) {
        loop {
            poll_delay(POLL_INTERVAL).await;
            let session = self.session.state();
            if matches!(session.visitor, Visitor::Unknown(_)) {
                self.session.resume().await;
            }
            if !session.is_staff() {
                continue;
            }
            let is_admin = session.is_admin();
            let silent: Vec<_> =
                if is_admin { self.stats.get().silent_services().collect() } else { Vec::new() };
            // A connection without a single heartbeat delivers nothing.
            let is_disconnected =
                session.connection != ConnectionState::Connected || silent.len() == ServiceName::ALL.len();
            if is_disconnected {
                self.refresh().await;
                if is_admin {
                    self.poll_latency().await;
                }
            }
            self.poll_services(silent).await;
        }
    }
}

/// Ends the subscription together with the work of [`Console::run`].
struct CloseOnDrop(Console);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        let closed = {
            let mut live = self.0.lock();
            live.user = None;
            live.subscription.take()
        };
        drop(closed);
    }
}

/// Two consoles are equal if they share one state.
impl PartialEq for Console {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("session", &self.session).field("store", &self.store).finish()
    }
}
