//! Running kiosk: the machine with everything around it.
//!
//! One task owns the [`Machine`] and takes every input from one bounded channel; whatever takes time runs in tasks of
//! its own and answers through that channel. `connection` keeps the kiosk's session, heartbeat and menu.

mod connection;
mod effects;
mod menu_cache;

use std::{sync::Arc, time::Duration};

use app::kiosk::{Action, KeyPress, Push, Snapshot, Trouble};
use client::{Client, Endpoints, TokenStorage, now, platform::spawn, transport::Transport};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use wire::Time;

use self::connection::Connection;
use crate::{
    card::{CardReader, Outcome as CardOutcome},
    config::{Config, Fault},
    machine::{Effect, Input, Machine, Outcome, Settings},
    outbox::{
        DataFolder, Outbox,
        sender::{Event, Sender},
    },
    printer::{Printer, Target},
    vault::Vault,
};

/// Inputs that may wait.
const MAX_INPUTS: usize = 1_024;
/// Events of the outbox that may wait.
const MAX_EVENTS: usize = 256;
/// Interval at which time passes for the machine.
const TICK_INTERVAL: Duration = Duration::from_millis(100);
/// Interval at which the staff's screen is refreshed.
const STAFF_INTERVAL: Duration = Duration::from_secs(2);
/// Interval at which students whose tokens have expired are removed.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);
/// Most key presses of one message.
const MAX_PRESSES: usize = 64;

/// Window around the kiosk.
pub trait Host: Send + Sync + 'static {
    /// Removes everything that the webview has stored.
    fn wipe(&self);

    /// Ends the app for good: the supervisor does not start it again.
    fn exit(&self);
}

/// Receiver of snapshots and menus.
pub type Sink = Arc<dyn Fn(&Push) + Send + Sync>;

/// Names and versions around the kiosk, for its heartbeat and diagnostics.
#[derive(Debug, Clone)]
pub struct AppInfo {
    /// Version of the app.
    pub version: String,
    /// Name and version of the webview.
    pub webview: String,
}

enum Message {
    Input(Input),
    Keys(Vec<KeyPress>),
    Watch(Sink),
}

/// Handle of the running kiosk. Clones are the same one.
#[derive(Clone)]
pub struct Kiosk(mpsc::Sender<Message>);

impl std::fmt::Debug for Kiosk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kiosk")
    }
}

impl Kiosk {
    /// Starts the kiosk. With a faulty configuration it shows the fault and does nothing else. Needs a `tokio` runtime.
    pub fn start(config: Result<Config, Fault>, info: AppInfo, host: Arc<dyn Host>) -> Self {
        let (inputs, received) = mpsc::channel(MAX_INPUTS);
        let kiosk = Self(inputs);
        let actor = Actor::new(kiosk.clone(), config.as_ref().ok(), &info, host);
        match config {
            Ok(config) => {
                let kiosk = kiosk.clone();
                spawn(async move { actor.run(received, Services::open(config, info, kiosk)).await });
            }
            Err(fault) => {
                kiosk.try_send_input(Input::Trouble(Some(fault.into())));
                spawn(async move { actor.run(received, std::future::pending()).await });
            }
        }
        kiosk
    }

    /// Takes an action of the person in front of the kiosk.
    pub fn act(&self, action: Action) {
        self.try_send_input(Input::Action(action));
    }

    /// Takes keys of a keyboard or card reader.
    pub fn take_keys(&self, mut presses: Vec<KeyPress>) {
        presses.truncate(MAX_PRESSES);
        self.send(Message::Keys(presses));
    }

    /// Sends the present snapshot and menu to `sink`, and every later one. Replaces an earlier sink.
    pub fn watch(&self, sink: Sink) {
        self.send(Message::Watch(sink));
    }

    /// Sends an input, and drops it if too many wait: touches, which the person repeats, and levels, which the next one
    /// replaces.
    fn try_send_input(&self, input: Input) {
        self.send(Message::Input(input));
    }

    fn send(&self, message: Message) {
        if self.0.try_send(message).is_err() {
            tracing::warn!("the kiosk is too busy; an input is dropped");
        }
    }

    /// Sends an input that must not be dropped.
    async fn send_input(&self, input: Input) {
        // The receiver lives as long as the app.
        let _ = self.0.send(Message::Input(input)).await;
    }
}

/// Everything that a working kiosk has.
struct Services {
    config: Config,
    info: AppInfo,
    started_at: Time,
    client: Client,
    vault: Vault,
    outbox: Outbox,
    sender: Sender<Client>,
    printer: Arc<Printer>,
}

impl Services {
    /// Opens vault, outbox and printer, and starts the tasks that keep them going. Returns `None`, after an input with
    /// the cause, if that fails.
    async fn open(config: Config, info: AppInfo, kiosk: Kiosk) -> Option<Arc<Self>> {
        let opened = async {
            let folder = DataFolder::lock(&config.data_folder).map_err(|error| error.to_string())?;
            let vault = Vault::open(&config.data_folder).await.map_err(|error| error.to_string())?;
            let outbox = Outbox::open(folder, vault.clone()).await.map_err(|error| error.to_string())?;
            Ok::<_, String>((vault, outbox))
        };
        let (vault, outbox) = match opened.await {
            Ok(opened) => opened,
            Err(fault) => {
                tracing::error!(%fault, "the outbox cannot be opened");
                kiosk.send_input(Input::Trouble(Some(Trouble::Storage { fault }))).await;
                return None;
            }
        };
        let endpoints = Endpoints::of_origin(&config.server.origin);
        let client = Client::new(Transport::http(endpoints), TokenStorage::Memory);
        let (events, received) = mpsc::channel(MAX_EVENTS);
        let sender = Sender::new(outbox.clone(), client.clone(), Arc::new(now), events);
        let printer = Arc::new(Printer::new(config.printer.clone()));
        let services =
            Arc::new(Self { info, started_at: now(), client, vault, outbox, sender, printer, config });
        let sending = services.sender.clone();
        spawn(async move { sending.run().await });
        spawn(forward_events(received, kiosk.clone()));
        let printer = Arc::clone(&services.printer);
        spawn(async move { printer.run().await });
        spawn(Arc::clone(&services).watch_printer(kiosk.clone()));
        spawn(Arc::clone(&services).purge());
        spawn(Connection::new(Arc::clone(&services), kiosk).run());
        Some(services)
    }

    /// Passes every change of the printer's state on to the machine.
    async fn watch_printer(self: Arc<Self>, kiosk: Kiosk) {
        let mut states = self.printer.watch();
        loop {
            let state = *states.borrow_and_update();
            kiosk.send_input(Input::Printer(state)).await;
            if states.changed().await.is_err() {
                return;
            }
        }
    }

    async fn purge(self: Arc<Self>) {
        loop {
            if let Err(error) = self.vault.known().purge(now()).await {
                tracing::warn!(%error, "students whose tokens have expired are not removed");
            }
            client::sleep(PURGE_INTERVAL).await;
        }
    }
}

/// Passes events of the outbox on to the machine.
async fn forward_events(mut events: mpsc::Receiver<Event>, kiosk: Kiosk) {
    while let Some(event) = events.recv().await {
        let (order_id, outcome) = match event {
            Event::Sent { order_id, .. } => (order_id, Outcome::Accepted),
            Event::Refused { order_id, code, items } => (order_id, Outcome::Refused { code, items }),
            Event::Expired { .. } | Event::StorageFailed => continue,
        };
        kiosk.send_input(Input::Outcome { order_id, outcome }).await;
    }
}

/// Task that owns the machine.
struct Actor {
    kiosk: Kiosk,
    machine: Machine,
    host: Arc<dyn Host>,
    reader: Option<CardReader>,
    /// Time of the last key by the page's clock, and its arrival by ours.
    last_key: Option<(f64, Instant)>,
    pin_hash: Option<String>,
    services: Option<Arc<Services>>,
    /// Work for the signed-in student, which ends with the wipe.
    student_work: JoinSet<()>,
    sink: Option<Sink>,
    shown: Option<Snapshot>,
    seq: u64,
    staff_refreshed_at: Instant,
}

impl Actor {
    fn new(kiosk: Kiosk, config: Option<&Config>, info: &AppInfo, host: Arc<dyn Host>) -> Self {
        let machine = Machine::new(settings(config, info), now());
        Self {
            kiosk,
            machine,
            host,
            reader: config.map(|config| CardReader::new(config.card.clone())),
            last_key: None,
            pin_hash: config.map(|config| config.staff.pin_hash.clone()),
            services: None,
            student_work: JoinSet::new(),
            sink: None,
            shown: None,
            seq: 0,
            staff_refreshed_at: Instant::now(),
        }
    }

    async fn run(
        mut self,
        mut messages: mpsc::Receiver<Message>,
        opening: impl Future<Output = Option<Arc<Services>>>,
    ) {
        let mut ticks = interval(TICK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut opening = Box::pin(opening);
        let mut is_opening = true;
        loop {
            tokio::select! {
                services = &mut opening, if is_opening => {
                    is_opening = false;
                    self.services = services;
                }
                message = messages.recv() => match message {
                    Some(Message::Input(input)) => self.handle(input),
                    Some(Message::Keys(presses)) => self.take_keys(&presses),
                    Some(Message::Watch(sink)) => self.watch(sink),
                    None => return,
                },
                _ = ticks.tick() => self.tick(),
            }
            while self.student_work.try_join_next().is_some() {}
            self.publish();
        }
    }

    fn tick(&mut self) {
        if let (Some(reader), Some((at, arrived))) = (&mut self.reader, self.last_key) {
            let outcomes = reader.tick(at + arrived.elapsed().as_secs_f64() * 1_000.0);
            self.take_outcomes(outcomes);
        }
        let is_staff =
            matches!(self.shown.as_ref().map(|shown| &shown.screen), Some(app::kiosk::Screen::Staff(_)));
        if is_staff && self.staff_refreshed_at.elapsed() >= STAFF_INTERVAL {
            self.carry_out(Effect::ListOutbox);
        }
        self.handle(Input::Tick);
    }

    fn take_keys(&mut self, presses: &[KeyPress]) {
        for press in presses {
            self.last_key = Some((press.at, Instant::now()));
            let outcomes = match &mut self.reader {
                Some(reader) => reader.press(press),
                None => vec![CardOutcome::Typed(vec![press.clone()])],
            };
            self.take_outcomes(outcomes);
        }
    }

    fn take_outcomes(&mut self, outcomes: Vec<CardOutcome>) {
        for outcome in outcomes {
            match outcome {
                CardOutcome::Card(card) => self.handle(Input::Card(card)),
                CardOutcome::Unreadable => self.handle(Input::CardUnreadable),
                CardOutcome::Typed(keys) => {
                    for key in keys {
                        self.take_typed(&key.key);
                    }
                }
            }
        }
    }

    /// Takes a key that a person pressed on a keyboard.
    fn take_typed(&mut self, key: &str) {
        use app::kiosk::Key;
        let mut characters = key.chars();
        let input = match (key, characters.next(), characters.next()) {
            ("Enter", ..) => Input::Action(Action::Confirm),
            ("Escape", ..) => Input::Action(Action::Back),
            ("Backspace", ..) => Input::Typed(Key::Backspace),
            ("Delete", ..) => Input::Typed(Key::Clear),
            (_, Some(character), None) => Input::Typed(Key::Character { character }),
            _ => return,
        };
        self.handle(input);
    }

    fn handle(&mut self, input: Input) {
        for effect in self.machine.handle(input, now()) {
            self.carry_out(effect);
        }
    }

    fn watch(&mut self, sink: Sink) {
        sink(&Push::Menu { dishes: self.machine.dishes() });
        self.sink = Some(sink);
        self.shown = None;
    }

    /// Sends the snapshot if it has changed.
    fn publish(&mut self) {
        let Some(sink) = &self.sink else { return };
        if self.machine.take_menu_change() {
            sink(&Push::Menu { dishes: self.machine.dishes() });
        }
        let snapshot = self.machine.snapshot();
        if self.shown.as_ref() != Some(&snapshot) {
            self.seq += 1;
            sink(&Push::Snapshot(Box::new(Snapshot { seq: self.seq, ..snapshot.clone() })));
            self.shown = Some(snapshot);
        }
    }
}

/// Returns the settings of the machine. A kiosk without a configuration shows its fault in the default language.
fn settings(config: Option<&Config>, info: &AppInfo) -> Settings {
    let screen = config.map(|config| config.screen).unwrap_or_default();
    let name =
        |config: &Config| config.kiosk.name.clone().unwrap_or_else(|| config.kiosk.username.to_string());
    Settings {
        kiosk: config.map(name).unwrap_or_default(),
        language: screen.language,
        theme: screen.theme,
        idle_timeout: Duration::from_secs(screen.idle_seconds.into()),
        countdown_period: Duration::from_secs(screen.countdown_seconds.into()),
        has_printer: config.is_some_and(|config| config.printer.target != Target::None),
        tracker_base: config.map(|config| format!("{}/orders/", config.server.origin)).unwrap_or_default(),
        version: info.version.clone(),
    }
}
