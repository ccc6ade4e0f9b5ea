//! Connection of the kiosk: its session, heartbeat, and menu.

use std::{sync::Arc, time::Duration};

use app::{kiosk::Trouble, menu::Menu};
use client::{ConnectionState, Event, Failure, now, platform::spawn, random, socket::public_events};
use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};
use wire::{ErrorCode, Time, event::StockLevel, kiosk::KioskReport};

use super::{
    Kiosk, Services,
    menu_cache::{self, StoredMenu},
};
use crate::machine::Input;

/// Interval of heartbeats, varied by a tenth.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);
/// Deadline of a heartbeat, after which the server counts as unreachable.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest delay before the kiosk signs in again.
const LONGEST_SIGN_IN_DELAY: Duration = Duration::from_secs(10);
/// Delay before the kiosk signs in again with a secret that the server has refused.
const REFUSED_DELAY: Duration = Duration::from_secs(60);
/// Delay before the kiosk signs in again after its session was over.
const SESSION_OVER_DELAY: Duration = Duration::from_secs(1);
/// Interval at which the menu is fetched while no events arrive.
const MENU_INTERVAL: Duration = Duration::from_secs(5);
/// Shortest interval at which the menu is stored.
const MENU_SAVE_INTERVAL: Duration = Duration::from_secs(30);

/// Connection of the kiosk.
pub(super) struct Connection {
    services: Arc<Services>,
    kiosk: Kiosk,
    menu: Arc<Mutex<LiveMenu>>,
    /// Wakes the fetch of the menu.
    stale: Arc<Notify>,
}

#[derive(Default)]
struct LiveMenu {
    menu: Menu,
    /// True while events arrive.
    is_live: bool,
    /// True if the server answered the last request.
    is_online: bool,
    /// Time of the last refresh.
    as_of: Option<Time>,
}

impl Connection {
    pub(super) fn new(services: Arc<Services>, kiosk: Kiosk) -> Self {
        Self { services, kiosk, menu: Arc::default(), stale: Arc::new(Notify::new()) }
    }

    /// Keeps the connection. Never returns.
    pub(super) async fn run(self) {
        let connection = Arc::new(self);
        connection.load_menu().await;
        spawn(Arc::clone(&connection).keep_menu());
        let client = connection.services.client.clone();
        spawn(async move { client.keep_fresh().await });
        connection.keep_session().await;
    }

    /// Signs in, and sends heartbeats as long as the session lasts.
    async fn keep_session(&self) {
        let config = &self.services.config;
        let mut failures = 0;
        loop {
            let outcome =
                self.services.client.sign_in(config.kiosk.username.as_str(), &config.kiosk.secret.0).await;
            let delay = match outcome {
                Ok(_) => {
                    failures = 0;
                    self.send_heartbeats().await
                }
                Err(failure) => {
                    failures += 1;
                    self.sign_in_failed(&failure).await.max(random::backoff(failures, LONGEST_SIGN_IN_DELAY))
                }
            };
            client::sleep(delay).await;
        }
    }

    async fn sign_in_failed(&self, failure: &Failure) -> Duration {
        tracing::warn!(%failure, "the kiosk cannot sign in");
        match failure.code() {
            Some(ErrorCode::BadCredentials) => {
                self.went_online(true).await;
                self.kiosk.send_input(Input::Trouble(Some(Trouble::Revoked))).await;
                REFUSED_DELAY
            }
            Some(ErrorCode::TooManyAttempts) => failure.retry_after().unwrap_or(REFUSED_DELAY),
            _ => {
                self.went_online(false).await;
                Duration::ZERO
            }
        }
    }

    /// Sends heartbeats until the session is over, and returns the delay before the kiosk signs in again.
    async fn send_heartbeats(&self) -> Duration {
        let mut has_trouble = true;
        loop {
            let report = self.report().await;
            let sent =
                tokio::time::timeout(HEARTBEAT_TIMEOUT, self.services.client.send_kiosk_heartbeat(&report));
            match sent.await.unwrap_or(Err(Failure::TimedOut)) {
                Ok(instruction) => {
                    self.went_online(true).await;
                    if std::mem::take(&mut has_trouble) {
                        self.kiosk.send_input(Input::Trouble(None)).await;
                    }
                    self.kiosk.send_input(Input::Instruction(instruction)).await;
                }
                Err(Failure::SignedOut) => return SESSION_OVER_DELAY,
                Err(failure) => match failure.code() {
                    Some(ErrorCode::Unauthenticated) => return SESSION_OVER_DELAY,
                    // The account is no kiosk's.
                    Some(ErrorCode::Forbidden) => {
                        self.kiosk.send_input(Input::Trouble(Some(Trouble::Revoked))).await;
                        return REFUSED_DELAY;
                    }
                    _ => {
                        tracing::debug!(%failure, "a heartbeat was not answered");
                        self.went_online(false).await;
                    }
                },
            }
            client::sleep(random::jitter(HEARTBEAT_INTERVAL, 0.1)).await;
        }
    }

    async fn report(&self) -> KioskReport {
        let services = &self.services;
        let counts = services.outbox.counts().await.unwrap_or_default();
        KioskReport {
            version: services.info.version.clone(),
            webview: services.info.webview.clone(),
            outbox: counts.waiting,
            refused: counts.refused.saturating_add(counts.expired),
            clock: now(),
            started_at: services.started_at,
            printer: services.printer.state(),
        }
    }

    async fn went_online(&self, is_online: bool) {
        let has_changed = {
            let mut menu = self.menu.lock();
            std::mem::replace(&mut menu.is_online, is_online) != is_online
        };
        if has_changed {
            tracing::info!(is_online, "the connection to the server changed");
            self.kiosk.send_input(Input::Online(is_online)).await;
            self.publish_menu();
            if is_online {
                self.services.sender.wake();
                self.stale.notify_one();
            }
        }
    }

    async fn load_menu(&self) {
        let Some(StoredMenu { as_of, dishes }) = menu_cache::load(&self.services.config.data_folder).await
        else {
            return;
        };
        {
            let mut live = self.menu.lock();
            let epoch = live.menu.epoch();
            live.menu.snapshot(epoch, dishes);
            live.as_of = Some(as_of);
        }
        self.publish_menu();
    }

    /// Keeps the menu current: by events, and by a fetch whenever they may have missed something.
    async fn keep_menu(self: Arc<Self>) {
        let this = Arc::clone(&self);
        let _subscription = self.services.client.subscribe(public_events, move |event| this.take(event));
        let mut saved_at: Option<Instant> = None;
        loop {
            self.fetch_menu().await;
            let is_save_due = saved_at.is_none_or(|at| at.elapsed() >= MENU_SAVE_INTERVAL);
            if is_save_due && self.menu.lock().is_live {
                saved_at = Some(Instant::now());
                self.save_menu().await;
            }
            let is_live = self.menu.lock().is_live;
            let interval = if is_live { MENU_SAVE_INTERVAL } else { MENU_INTERVAL };
            tokio::select! {
                () = self.stale.notified() => {}
                () = client::sleep(random::jitter(interval, 0.2)) => {}
            }
        }
    }

    fn take(&self, event: Event) {
        match event {
            Event::State(state) => {
                let is_live = state == ConnectionState::Connected;
                let has_changed = std::mem::replace(&mut self.menu.lock().is_live, is_live) != is_live;
                if has_changed {
                    self.publish_menu();
                }
            }
            Event::Ready => {
                self.menu.lock().menu.begin_epoch();
                self.stale.notify_one();
            }
            Event::Resync | Event::Menu => self.stale.notify_one(),
            Event::Stock(level) => self.take_level(level),
            Event::Notification(_) | Event::Board(_) | Event::Ticket(_) | Event::Ops(_) => {}
        }
    }

    fn take_level(&self, level: StockLevel) {
        if self.menu.lock().menu.level(level) {
            self.publish_menu();
        } else {
            self.stale.notify_one();
        }
    }

    async fn fetch_menu(&self) {
        let epoch = self.menu.lock().menu.epoch();
        match self.services.client.menu().await {
            Ok(dishes) => {
                {
                    let mut live = self.menu.lock();
                    live.menu.snapshot(epoch, dishes);
                    live.as_of = Some(now());
                }
                self.publish_menu();
            }
            Err(failure) => tracing::debug!(%failure, "the menu cannot be fetched"),
        }
    }

    async fn save_menu(&self) {
        let stored = {
            let live = self.menu.lock();
            let dishes = live.menu.dishes().map(|dish| wire::stock::StockItem::clone(dish)).collect();
            StoredMenu { as_of: now(), dishes }
        };
        if let Err(error) = menu_cache::save(&self.services.config.data_folder, &stored).await {
            tracing::warn!(%error, "the menu cannot be stored");
        }
    }

    /// Hands the menu to the machine, with its age unless it is current.
    fn publish_menu(&self) {
        let (menu, as_of) = {
            let live = self.menu.lock();
            let Some(as_of) = live.as_of else { return };
            (Arc::new(live.menu.clone()), (!live.is_online).then_some(as_of))
        };
        self.kiosk.try_send_input(Input::Menu(menu, as_of));
    }
}
