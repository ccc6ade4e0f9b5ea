//! Settings, inputs and effects of the machine.

use std::{sync::Arc, time::Duration};

use app::{
    kiosk::{Action, BasketLine, KeptOrder, Key, Language, SignInError, Theme, Trouble},
    menu::Menu,
};
use wire::{
    ErrorCode, OrderId, Time,
    identity::Secret,
    kiosk::{KioskInstruction, KioskSession, KioskSignIn, PrinterState},
    order::PlaceOrder,
    problem::ItemLeft,
};

/// Settings of the machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name until the server has sent one.
    pub kiosk: String,
    /// Language after a wipe.
    pub language: Language,
    /// Colours.
    pub theme: Theme,
    /// Time after the last touch at which the countdown begins.
    pub idle_timeout: Duration,
    /// Length of the countdown.
    pub countdown_period: Duration,
    /// True if a printer is configured.
    pub has_printer: bool,
    /// Address of an order's page, without the order's id, as in `https://cafeteria.example/orders/`.
    pub tracker_base: String,
    /// Version of this app.
    pub version: String,
}

/// Order that is to be kept and sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// Session of the student.
    pub session: KioskSession,
    /// Order, with its key.
    pub order: PlaceOrder,
    /// Key of the order.
    pub order_id: OrderId,
    /// Slip of the order, without its number.
    pub slip: SlipRequest,
}

/// Slip that is to be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct SlipRequest {
    /// Order.
    pub order_id: OrderId,
    /// Number at the counter.
    pub number: Option<u32>,
    /// Lines.
    pub lines: Vec<BasketLine>,
    /// Sum, in poisha.
    pub total_poisha: u64,
    /// Time at which it was placed.
    pub placed_at: Time,
    /// Language of the student.
    pub language: Language,
    /// Address of the order's page.
    pub tracker_url: String,
}

/// Work that the caller has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open a session; [`Input::SignedIn`] follows.
    SignIn {
        /// Number of the attempt.
        attempt: u64,
        /// Credentials.
        sign_in: KioskSignIn,
    },
    /// Check a card; [`Input::CardChecked`] follows.
    CheckCard {
        /// Number of the attempt.
        attempt: u64,
        /// Card number.
        card: Secret,
    },
    /// Keep an order and try to send it; [`Input::Kept`] and [`Input::Outcome`] follow.
    Place(Box<NewOrder>),
    /// Follow an accepted order until its number is known; [`Input::Progress`] follows.
    Follow {
        /// Session of the student.
        session: Box<KioskSession>,
        /// Order.
        order_id: OrderId,
    },
    /// Print a slip; [`Input::Printed`] follows.
    Print(Box<SlipRequest>),
    /// Check the staff's PIN; [`Input::PinChecked`] follows.
    CheckPin {
        /// Number of the attempt.
        attempt: u64,
        /// PIN.
        pin: Secret,
    },
    /// Refresh the list of kept orders and the diagnostics; [`Input::Staff`] follows.
    ListOutbox,
    /// Send the outbox now.
    SendOutbox,
    /// Remove an order from the outbox.
    ClearKept {
        /// Order.
        order_id: OrderId,
        /// Reason.
        reason: String,
    },
    /// Print a test slip; [`Input::PrinterTested`] follows.
    TestPrinter,
    /// Remove everything of the student: running work, browsing data.
    Wipe,
    /// End the app for good.
    Exit,
}

/// Outcome of an order that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted.
    Accepted,
    /// Refused for good.
    Refused {
        /// Code of the server.
        code: ErrorCode,
        /// Portions left, if stock is the reason.
        items: Vec<ItemLeft>,
    },
    /// Not known yet; it stays in the outbox.
    Kept,
}

/// Reason for which a session could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInFailure {
    /// Shown on the sign-in screen.
    Refused(SignInError),
    /// There is no network, and the student is not known here.
    NotKnownOffline,
}

/// Progress of an accepted order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It has a number.
    Numbered(u32),
    /// It failed.
    Failed,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// Touch.
    Action(Action),
    /// Key of a keyboard, pressed by a person.
    Typed(Key),
    /// Card, read whole.
    Card(Secret),
    /// Card, not read whole.
    CardUnreadable,
    /// Time passed.
    Tick,
    /// The server can be reached, or not.
    Online(bool),
    /// Answer to a heartbeat.
    Instruction(KioskInstruction),
    /// Trouble that keeps the kiosk from working, or its end.
    Trouble(Option<Trouble>),
    /// Menu, and the time of its refresh if it is not current.
    Menu(Arc<Menu>, Option<Time>),
    /// State of the printer.
    Printer(PrinterState),
    /// Outcome of [`Effect::SignIn`].
    SignedIn {
        /// Number of the attempt.
        attempt: u64,
        /// Session.
        result: Result<KioskSession, SignInFailure>,
    },
    /// Outcome of [`Effect::CheckCard`].
    CardChecked {
        /// Number of the attempt.
        attempt: u64,
        /// Fault of the card.
        result: Result<(), SignInFailure>,
    },
    /// The order is in the outbox, or could not be kept.
    Kept {
        /// Order.
        order_id: OrderId,
        /// True if it is on the disk.
        kept: bool,
    },
    /// Outcome of an order, at once or later.
    Outcome {
        /// Order.
        order_id: OrderId,
        /// Outcome.
        outcome: Outcome,
    },
    /// Progress of an accepted order.
    Progress {
        /// Order.
        order_id: OrderId,
        /// Progress.
        progress: Progress,
    },
    /// Outcome of [`Effect::Print`].
    Printed {
        /// Order.
        order_id: OrderId,
        /// True if the slip is printed.
        printed: bool,
    },
    /// Outcome of [`Effect::CheckPin`].
    PinChecked {
        /// Number of the attempt.
        attempt: u64,
        /// True if it is right.
        right: bool,
    },
    /// Kept orders and diagnostics for staff.
    Staff {
        /// Kept orders, oldest first.
        outbox: Vec<KeptOrder>,
        /// True while the outbox is being sent.
        sending: bool,
        /// Diagnostics.
        diagnostics: Vec<(String, String)>,
    },
    /// Outcome of [`Effect::TestPrinter`].
    PrinterTested(bool),
}
