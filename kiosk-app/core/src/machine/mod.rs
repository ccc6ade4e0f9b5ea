//! State machine of the kiosk: pure, with the clock passed in.
//!
//! [`Machine::handle`] takes what happened and returns the effects that the caller has to carry out; their results come
//! back as inputs. Results of work that was begun for somebody who has left carry an old attempt number and are
//! ignored. Whatever happens, the attract screen follows within [`Settings::idle_timeout`] and
//! [`Settings::countdown_period`] after the last touch, and nothing of a student is left then.

mod io;
mod ordering;
mod sign_in;
#[cfg(test)]
mod tests;
mod view;

use std::{sync::Arc, time::Duration};

use app::{
    basket::Basket,
    kiosk::{Action, Field, Language, PlacedState, Refusal, SignInError, Slip, Staff, TextSize, Trouble},
    menu::Menu,
};
use wire::{
    ErrorCode, Time,
    identity::Secret,
    kiosk::{KioskInstruction, KioskMessage, KioskSession, PrinterState},
};

pub use io::{Effect, Input, NewOrder, Outcome, Progress, Settings, SignInFailure, SlipRequest};

/// Wrong staff PINs before a pause.
const MAX_PIN_TRIES: u32 = 5;
/// Pause after [`MAX_PIN_TRIES`] wrong PINs.
const PIN_LOCK_PERIOD: Duration = Duration::from_secs(60);
/// Period for which the thanks are shown.
const THANKS_PERIOD: Duration = Duration::from_secs(5);
/// Longest wait for the outcome of an order, before the kiosk goes on with what it knows.
const PLACING_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest wait for the number, before the slip is printed without one.
const NUMBER_TIMEOUT: Duration = Duration::from_secs(15);
/// Time after the last touch at which the screen of a placed order begins its countdown.
const PLACED_TIMEOUT: Duration = Duration::from_secs(25);

/// Fields of the sign-in.
#[derive(Debug, Default)]
struct Entry {
    /// Card whose PIN is asked for.
    card: Option<Secret>,
    is_password: bool,
    username: String,
    secret: String,
    busy: bool,
    error: Option<SignInError>,
    /// Time until which tries are refused.
    retry_at: Option<Time>,
}

/// Order that was just placed.
#[derive(Debug)]
struct Order {
    slip: SlipRequest,
    state: PlacedState,
    printed: Slip,
    /// Time of its acceptance.
    accepted_at: Option<Time>,
}

/// Order that is being placed.
#[derive(Debug)]
struct Sending {
    slip: SlipRequest,
    since: Time,
    kept: bool,
}

#[derive(Debug)]
enum Stage {
    Attract,
    SignIn(Entry),
    NotKnownOffline,
    Menu,
    Basket,
    Placing(Sending),
    Placed(Order),
    Thanks(Time),
    StaffPin { pin: String, wrong: bool, checking: bool },
    Staff(Staff),
    TouchTest(Staff),
}

/// State machine. See the module.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    stage: Stage,
    session: Option<KioskSession>,
    basket: Basket,
    refusal: Option<Refusal>,
    language: Language,
    text_size: TextSize,
    low_reach: bool,
    last_touch: Time,
    now: Time,
    attempt: u64,
    pin_tries: u32,
    pin_locked_until: Option<Time>,
    name: String,
    open: bool,
    message: Option<KioskMessage>,
    online: bool,
    menu: Arc<Menu>,
    menu_as_of: Option<Time>,
    has_menu: bool,
    menu_changed: bool,
    printer: PrinterState,
    trouble: Option<Trouble>,
    too_old: Option<Trouble>,
}

impl Machine {
    /// Makes a machine on the attract screen.
    pub fn new(settings: Settings, now: Time) -> Self {
        Self {
            stage: Stage::Attract,
            session: None,
            basket: Basket::default(),
            refusal: None,
            language: settings.language,
            text_size: TextSize::Normal,
            low_reach: false,
            last_touch: now,
            now,
            attempt: 0,
            pin_tries: 0,
            pin_locked_until: None,
            name: settings.kiosk.clone(),
            open: true,
            message: None,
            online: false,
            menu: Arc::default(),
            menu_as_of: None,
            has_menu: false,
            menu_changed: false,
            printer: PrinterState::None,
            trouble: None,
            too_old: None,
            settings,
        }
    }

    /// Returns whether nobody is in front of the kiosk.
    pub fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Attract)
    }

    /// Takes what happened at `now`, and returns the effects to carry out in their order.
    pub fn handle(&mut self, input: Input, now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        // A clock that goes back counts as one that stands still: the timers begin anew.
        if now < self.now {
            self.clock_set_back(now);
        }
        self.now = now;
        match input {
            Input::Action(action) => {
                self.last_touch = now;
                self.act(action, &mut effects);
            }
            Input::Typed(key) => {
                self.last_touch = now;
                self.press(key);
            }
            Input::Card(card) => {
                self.last_touch = now;
                self.card(card, &mut effects);
            }
            Input::CardUnreadable => {
                if let Stage::SignIn(entry) = &mut self.stage
                    && !entry.busy
                {
                    self.last_touch = now;
                    entry.error = Some(SignInError::CardUnreadable);
                }
            }
            Input::Tick => {}
            Input::Online(online) => {
                self.online = online;
            }
            Input::Instruction(instruction) => self.instruct(instruction),
            Input::Trouble(trouble) => self.trouble = trouble,
            Input::Menu(menu, as_of) => {
                self.menu_changed |= *self.menu != *menu;
                self.menu = menu;
                self.menu_as_of = as_of;
                self.has_menu = true;
            }
            Input::Printer(state) => self.printer = state,
            Input::SignedIn { attempt, result } => self.signed_in(attempt, result),
            Input::CardChecked { attempt, result } => self.card_checked(attempt, result),
            Input::Kept { order_id, kept } => self.kept(&order_id, kept),
            Input::Outcome { order_id, outcome } => self.outcome(&order_id, outcome, &mut effects),
            Input::Progress { order_id, progress } => self.progress(&order_id, progress, &mut effects),
            Input::Printed { order_id, printed } => {
                if let Stage::Placed(order) = &mut self.stage
                    && order.slip.order_id == order_id
                {
                    order.printed = if printed { Slip::Printed } else { Slip::Failed };
                }
            }
            Input::PinChecked { attempt, right } => self.pin_checked(attempt, right, &mut effects),
            Input::Staff { outbox, sending, diagnostics } => {
                if let Stage::Staff(staff) | Stage::TouchTest(staff) = &mut self.stage {
                    staff.outbox = outbox;
                    staff.sending = sending;
                    staff.diagnostics = diagnostics;
                }
            }
            Input::PrinterTested(printed) => {
                if let Stage::Staff(staff) = &mut self.stage {
                    staff.printer_test = Some(if printed { Slip::Printed } else { Slip::Failed });
                }
            }
        }
        self.pass_time(&mut effects);
        effects
    }

    fn clock_set_back(&mut self, now: Time) {
        self.last_touch = now;
        self.pin_locked_until = self.pin_locked_until.map(|_| now.plus(PIN_LOCK_PERIOD));
        match &mut self.stage {
            Stage::Placing(sending) => sending.since = now,
            Stage::Placed(order) => order.accepted_at = order.accepted_at.map(|_| now),
            Stage::Thanks(since) => *since = now,
            Stage::SignIn(entry) => entry.retry_at = None,
            Stage::Attract
            | Stage::NotKnownOffline
            | Stage::Menu
            | Stage::Basket
            | Stage::StaffPin { .. }
            | Stage::Staff(_)
            | Stage::TouchTest(_) => {}
        }
    }

    fn instruct(&mut self, instruction: KioskInstruction) {
        let KioskInstruction { name, open, message, minimum_version, clock: _ } = instruction;
        self.online = true;
        self.name = name;
        self.open = open;
        self.message = message;
        let is_too_old = version(&self.settings.version) < version(&minimum_version);
        self.too_old = is_too_old
            .then(|| Trouble::TooOld { version: self.settings.version.clone(), minimum: minimum_version });
    }

    fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Touch => {}
            Action::ChooseLanguage { language } => self.language = language,
            Action::ChooseTextSize { text_size } => self.text_size = text_size,
            Action::ChooseReach { low } => self.low_reach = low,
            Action::Begin => self.begin(),
            Action::Focus { field } => {
                if let Stage::SignIn(entry) = &mut self.stage
                    && !entry.busy
                    && entry.card.is_none()
                {
                    entry.is_password = field == Field::Password;
                }
            }
            Action::Press { key } => self.press(key),
            Action::Confirm => self.confirm(effects),
            Action::Back => self.back(effects),
            Action::Put { item_id, quantity } => {
                if matches!(self.stage, Stage::Menu | Stage::Basket) && self.menu.dish(&item_id).is_some() {
                    self.refusal = None;
                    self.basket.set(&item_id, quantity, client::new_order_id);
                    if self.basket.is_empty() && matches!(self.stage, Stage::Basket) {
                        self.stage = Stage::Menu;
                    }
                }
            }
            Action::ShowBasket => {
                if matches!(self.stage, Stage::Menu) && !self.basket.is_empty() {
                    self.stage = Stage::Basket;
                }
            }
            Action::Fit => {
                if matches!(self.stage, Stage::Menu | Stage::Basket) {
                    self.refusal = None;
                    self.basket.fit(&self.menu);
                    if self.basket.is_empty() {
                        self.stage = Stage::Menu;
                    }
                }
            }
            Action::Place => self.place_order(effects),
            Action::PrintAgain => {
                if let Stage::Placed(order) = &mut self.stage
                    && order.printed == Slip::Failed
                {
                    order.printed = Slip::Printing;
                    effects.push(Effect::Print(Box::new(order.slip.clone())));
                }
            }
            Action::Finish => self.finish(effects),
            Action::Leave => {
                if !matches!(self.stage, Stage::Attract | Stage::Placing(_)) {
                    self.reset(effects);
                }
            }
            Action::OpenStaff => {
                if self.session.is_none()
                    && matches!(self.stage, Stage::Attract | Stage::SignIn(_) | Stage::NotKnownOffline)
                {
                    self.reset(effects);
                    self.stage = Stage::StaffPin { pin: String::new(), wrong: false, checking: false };
                }
            }
            Action::SendOutbox => self.staff_only(effects, Effect::SendOutbox),
            Action::ClearKept { order_id, reason } => {
                let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
                if !reason.trim().is_empty() {
                    self.staff_only(effects, Effect::ClearKept { order_id, reason });
                }
            }
            Action::TestPrinter => {
                if let Stage::Staff(staff) = &mut self.stage
                    && staff.printer_test != Some(Slip::Printing)
                {
                    staff.printer_test = Some(Slip::Printing);
                    effects.push(Effect::TestPrinter);
                }
            }
            Action::TestTouch => {
                if let Stage::Staff(staff) = &self.stage {
                    self.stage = Stage::TouchTest(staff.clone());
                }
            }
            Action::Exit => self.staff_only(effects, Effect::Exit),
        }
    }

    fn staff_only(&self, effects: &mut Vec<Effect>, effect: Effect) {
        if matches!(self.stage, Stage::Staff(_)) {
            effects.push(effect);
            effects.push(Effect::ListOutbox);
        }
    }

    fn is_serving(&self) -> bool {
        self.open && self.trouble().is_none()
    }

    fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref().or(self.too_old.as_ref())
    }

    fn begin(&mut self) {
        if matches!(self.stage, Stage::Attract | Stage::NotKnownOffline) && self.is_serving() {
            self.stage = Stage::SignIn(Entry::default());
        }
    }

    fn back(&mut self, effects: &mut Vec<Effect>) {
        match &mut self.stage {
            Stage::Basket => self.stage = Stage::Menu,
            Stage::TouchTest(staff) => self.stage = Stage::Staff(staff.clone()),
            Stage::SignIn(entry) if entry.card.is_some() && !entry.busy => *entry = Entry::default(),
            Stage::SignIn(_)
            | Stage::NotKnownOffline
            | Stage::Menu
            | Stage::StaffPin { .. }
            | Stage::Staff(_)
            | Stage::Thanks(_) => self.reset(effects),
            Stage::Placed(_) => self.finish(effects),
            Stage::Attract | Stage::Placing(_) => {}
        }
    }

    fn pin_checked(&mut self, attempt: u64, right: bool, effects: &mut Vec<Effect>) {
        if attempt != self.attempt {
            return;
        }
        let Stage::StaffPin { wrong, checking, .. } = &mut self.stage else { return };
        *checking = false;
        if right {
            self.pin_tries = 0;
            self.last_touch = self.now;
            self.stage = Stage::Staff(Staff {
                outbox: Vec::new(),
                sending: false,
                diagnostics: Vec::new(),
                printer_test: None,
            });
            effects.push(Effect::ListOutbox);
            return;
        }
        *wrong = true;
        self.pin_tries += 1;
        if self.pin_tries >= MAX_PIN_TRIES {
            self.pin_tries = 0;
            self.pin_locked_until = Some(self.now.plus(PIN_LOCK_PERIOD));
        }
    }

    fn idle_timeout(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Attract | Stage::Placing(_) | Stage::Thanks(_) => None,
            Stage::Placed(_) => Some(self.settings.idle_timeout.min(PLACED_TIMEOUT)),
            Stage::SignIn(_)
            | Stage::NotKnownOffline
            | Stage::Menu
            | Stage::Basket
            | Stage::StaffPin { .. }
            | Stage::Staff(_)
            | Stage::TouchTest(_) => Some(self.settings.idle_timeout),
        }
    }

    /// Returns the rest of the countdown; zero if it is over.
    fn countdown(&self) -> Option<Duration> {
        let idle = self.now.since(self.last_touch);
        let timeout = self.idle_timeout()?;
        (idle >= timeout).then(|| (timeout + self.settings.countdown_period).saturating_sub(idle))
    }

    fn pass_time(&mut self, effects: &mut Vec<Effect>) {
        if self.pin_locked_until.is_some_and(|until| until <= self.now) {
            self.pin_locked_until = None;
        }
        let now = self.now;
        match &mut self.stage {
            Stage::Placing(sending) if now.since(sending.since) >= PLACING_TIMEOUT => {
                if sending.kept {
                    self.placed(PlacedState::Kept, effects);
                } else {
                    self.refuse(ErrorCode::OutcomeUnknown, Vec::new());
                }
            }
            Stage::Placed(order) => {
                let is_late = order.accepted_at.is_some_and(|at| now.since(at) >= NUMBER_TIMEOUT);
                if is_late && order.state == PlacedState::Accepted && order.printed == Slip::Printing {
                    // Printed once: the number, if it still comes, is on the screen and on the phone.
                    order.accepted_at = None;
                    order.slip.number = None;
                    effects.push(Effect::Print(Box::new(order.slip.clone())));
                }
            }
            Stage::Thanks(since) if now.since(*since) >= THANKS_PERIOD => self.reset(effects),
            Stage::SignIn(entry) => {
                if let (Some(retry_at), Some(SignInError::TooManyTries { .. })) =
                    (entry.retry_at, &entry.error)
                {
                    let rest = retry_at.since(now).as_millis().div_ceil(1_000);
                    entry.error = (rest > 0).then(|| SignInError::TooManyTries {
                        retry_in: u32::try_from(rest).unwrap_or(u32::MAX),
                    });
                }
            }
            _ => {}
        }
        if self.countdown() == Some(Duration::ZERO) {
            if let Stage::Placed(_) = &self.stage {
                self.finish(effects);
            }
            self.reset(effects);
        }
    }

    /// Drops everything of the student, and goes to the attract screen.
    fn reset(&mut self, effects: &mut Vec<Effect>) {
        self.stage = Stage::Attract;
        self.session = None;
        self.basket = Basket::default();
        self.refusal = None;
        self.language = self.settings.language;
        self.text_size = TextSize::Normal;
        self.low_reach = false;
        // Results of work for this person are nothing for the next.
        self.attempt += 1;
        self.last_touch = self.now;
        effects.push(Effect::Wipe);
    }
}

/// Returns the three numbers of a version; 0 for what is missing or no number.
fn version(text: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(text.split('.')) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        *number = digits.parse().unwrap_or(0);
    }
    numbers
}
