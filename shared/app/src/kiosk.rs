//! Snapshots that the kiosk's core shows, and actions that its page sends. Plain data, for both sides.
//!
//! The core holds all state: the page draws the last [`Snapshot`] and the last menu, and sends an [`Action`] for every
//! touch. Typed characters go to the core one by one, so that no password ever stands in the page.

use serde::{Deserialize, Serialize};
use wire::{
    ErrorCode, ItemId, OrderId, Time,
    kiosk::{KioskMessage, PrinterState},
    problem::ItemLeft,
    stock::StockItem,
};

/// Language of a screen or slip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Bangla.
    Bangla,
}

/// Size of the text on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextSize {
    /// Default.
    #[default]
    Normal,
    /// Larger.
    Large,
}

/// Colours of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Message of the core to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Push {
    /// State of the screen.
    Snapshot(Box<Snapshot>),
    /// Menu, at the start and whenever it changes.
    Menu {
        /// Dishes in their order.
        dishes: Vec<StockItem>,
    },
}

/// Everything that the page shows but the menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Number of the snapshot; a later one is higher.
    pub seq: u64,
    /// Display name of the kiosk.
    pub kiosk: String,
    /// Screen to show.
    pub screen: Screen,
    /// Language.
    pub language: Language,
    /// Text size.
    pub text_size: TextSize,
    /// Colours, from the configuration.
    pub theme: Theme,
    /// True if everything that is touched is in the lower half.
    pub low_reach: bool,
    /// True if the server can be reached.
    pub online: bool,
    /// Time of the menu's last refresh, if it is not current.
    pub menu_as_of: Option<Time>,
    /// State of the printer.
    pub printer: PrinterState,
    /// Message of the console.
    pub message: Option<KioskMessage>,
    /// Seconds until everything of the student is wiped, while the countdown runs.
    pub countdown: Option<u32>,
    /// True while a student is signed in. Their name never reaches the page: whoever stands behind could read it, and a
    /// webview may keep what it has drawn.
    pub signed_in: bool,
    /// Basket of the signed-in student.
    pub basket: Vec<BasketLine>,
    /// Sum of the basket, in poisha. Of each dish, only the portions left count.
    pub total_poisha: u64,
    /// Reason for which the basket could not be ordered.
    pub refusal: Option<Refusal>,
}

/// Line of the basket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BasketLine {
    /// Dish.
    pub item_id: ItemId,
    /// Name.
    pub name: String,
    /// Portions.
    pub quantity: u8,
    /// Price of one portion, in poisha.
    pub price_poisha: u32,
    /// Portions left.
    pub left: u32,
}

/// Screen of the kiosk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "camelCase")]
pub enum Screen {
    /// The core is starting.
    Starting,
    /// The kiosk cannot work until somebody mends it.
    OutOfOrder {
        /// Cause.
        trouble: Trouble,
    },
    /// The console has closed the kiosk.
    Closed,
    /// A dish, a sentence and one button.
    Attract,
    /// Sign-in by keypad or card.
    SignIn(SignIn),
    /// There is no network, and the student has never signed in here while there was one.
    NotKnownOffline,
    /// Menu.
    Menu,
    /// Basket.
    Basket,
    /// The order is being sent.
    Placing,
    /// The order is accepted, or kept.
    Placed(Placed),
    /// Thanks, before everything is wiped.
    Thanks,
    /// Entry of the staff's PIN.
    StaffPin(PinEntry),
    /// Staff's screen.
    Staff(Staff),
    /// Touch test: the page draws the touches itself.
    TouchTest,
}

/// Cause of the out-of-order screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Trouble {
    /// The configuration cannot be used.
    Configuration {
        /// File.
        file: String,
        /// Line in it, from 1.
        line: Option<u32>,
        /// Fault, in English.
        fault: String,
        /// Value that would be right, in English.
        expected: String,
    },
    /// The server refuses the kiosk's secret.
    Revoked,
    /// The server wants a newer app.
    TooOld {
        /// Version of this app.
        version: String,
        /// Oldest version that the server works with.
        minimum: String,
    },
    /// The outbox cannot be opened, was written by a newer version, or cannot be written.
    Storage {
        /// Fault, in English.
        fault: String,
    },
}

/// Field that the keys write into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// User name.
    Username,
    /// Password, shown as dots.
    Password,
    /// PIN of a card, shown as dots.
    Pin,
}

/// Sign-in screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Field that the keys write into.
    pub field: Field,
    /// User name typed so far.
    pub username: String,
    /// Characters of the password or PIN typed so far.
    pub secret_length: u32,
    /// True while the server is asked.
    pub busy: bool,
    /// Reason for which the last try failed.
    pub error: Option<SignInError>,
}

/// Reason for which a sign-in failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SignInError {
    /// User name, password or PIN is missing.
    Incomplete,
    /// User name and password, or card and PIN, do not belong together.
    WrongCredentials,
    /// Too many tries.
    TooManyTries {
        /// Seconds until the next try.
        retry_in: u32,
    },
    /// The card is unknown.
    UnknownCard,
    /// The card has expired.
    CardExpired,
    /// The card was not read whole.
    CardUnreadable,
    /// The account is not a student's.
    NotStudent,
    /// The server does not answer; another try may help.
    Unavailable,
}

/// Reason for which an order was refused. The basket stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Code of the server.
    pub code: ErrorCode,
    /// Portions left, if stock is the reason.
    pub items: Vec<ItemLeft>,
}

/// Order that was just placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    /// Order.
    pub order_id: OrderId,
    /// State of the order.
    pub state: PlacedState,
    /// Address of the order's page, for the student's phone.
    pub tracker_url: String,
    /// Sum, in poisha.
    pub total_poisha: u64,
    /// State of the slip.
    pub slip: Slip,
}

/// State of an order that was just placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PlacedState {
    /// Kept in the outbox, not sent yet.
    Kept,
    /// Accepted by the server; the number follows.
    Accepted,
    /// Accepted, with its number at the counter.
    Numbered {
        /// Number at the counter.
        number: u32,
    },
    /// Accepted, but failed in the kitchen, for instance because a dish sold out meanwhile.
    Failed,
}

/// State of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Slip {
    /// None is printed: no printer is configured, or the order is not accepted.
    None,
    /// It waits for the number, or is printing.
    Printing,
    /// Printed.
    Printed,
    /// The printer could not print it.
    Failed,
}

/// Entry of the staff's PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinEntry {
    /// Digits typed so far.
    pub length: u32,
    /// True if the last PIN was wrong.
    pub wrong: bool,
    /// Seconds until the next try, after five wrong ones.
    pub retry_in: Option<u32>,
}

/// Staff's screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Staff {
    /// Orders that are kept, oldest first.
    pub outbox: Vec<KeptOrder>,
    /// True while the outbox is being sent.
    pub sending: bool,
    /// Diagnostics as names and values, in English.
    pub diagnostics: Vec<(String, String)>,
    /// Result of the last printer test.
    pub printer_test: Option<Slip>,
}

/// Order in the outbox, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptOrder {
    /// Order.
    pub order_id: OrderId,
    /// Student's display name.
    pub student: String,
    /// Portions and names, as in `2 × Classic Beef Burger`.
    pub summary: String,
    /// Sum, in poisha.
    pub total_poisha: u64,
    /// Time at which it was kept.
    pub kept_at: Time,
    /// State.
    pub state: KeptState,
}

/// State of a kept order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum KeptState {
    /// Waiting for the network.
    Waiting,
    /// Refused by the server, for good.
    Refused {
        /// Code of the server.
        code: ErrorCode,
    },
    /// It waited too long, and is not sent any more.
    Expired,
}

/// Key of the kiosk's own keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Key {
    /// Character.
    Character {
        /// The character.
        character: char,
    },
    /// Removes the last character.
    Backspace,
    /// Removes all characters of the field.
    Clear,
}

/// Key press of a keyboard or card reader that the page received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyPress {
    /// Key, as in `KeyboardEvent.key`.
    pub key: String,
    /// Time in milliseconds, on a clock that never goes back.
    pub at: f64,
}

/// Action of the person in front of the kiosk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Action {
    /// Any touch: cancels the countdown.
    Touch,
    /// Chooses the language.
    ChooseLanguage {
        /// Language.
        language: Language,
    },
    /// Chooses the text size.
    ChooseTextSize {
        /// Text size.
        text_size: TextSize,
    },
    /// Moves everything that is touched into the lower half, or back.
    ChooseReach {
        /// True for the lower half.
        low: bool,
    },
    /// Leaves the attract screen for the sign-in.
    Begin,
    /// Chooses the field that the keys write into.
    Focus {
        /// Field.
        field: Field,
    },
    /// Presses a key of the screen's keyboard.
    Press {
        /// Key.
        key: Key,
    },
    /// Signs in with the fields as they are, or confirms the PIN.
    Confirm,
    /// Goes back by one screen; from the menu it asks nothing and signs out.
    Back,
    /// Sets the quantity of a dish.
    Put {
        /// Dish.
        item_id: ItemId,
        /// Portions, 0 to remove it.
        quantity: u8,
    },
    /// Shows the basket.
    ShowBasket,
    /// Reduces the basket to the portions left.
    Fit,
    /// Places the order.
    Place,
    /// Prints the slip once more.
    PrintAgain,
    /// Leaves the number's screen.
    Finish,
    /// Signs out and wipes everything of the student.
    Leave,
    /// Opens the entry of the staff's PIN.
    OpenStaff,
    /// Sends the outbox now.
    SendOutbox,
    /// Removes a refused or expired order from the outbox, or one that waits.
    ClearKept {
        /// Order.
        order_id: OrderId,
        /// Reason, at most 200 characters.
        reason: String,
    },
    /// Prints a test slip.
    TestPrinter,
    /// Opens the touch test.
    TestTouch,
    /// Ends the app.
    Exit,
}

/// Commands that take an [`Action`], each for one group of actions.
pub const COMMANDS: [&str; 6] = ["touch", "sign_in", "order", "finish", "staff", "leave_app"];

impl Action {
    /// Returns the command that takes the action, one of [`COMMANDS`].
    pub fn command(&self) -> &'static str {
        match self {
            Self::Touch
            | Self::ChooseLanguage { .. }
            | Self::ChooseTextSize { .. }
            | Self::ChooseReach { .. } => "touch",
            Self::Begin | Self::Focus { .. } | Self::Press { .. } | Self::Confirm | Self::Back => "sign_in",
            Self::Put { .. } | Self::ShowBasket | Self::Fit | Self::Place => "order",
            Self::PrintAgain | Self::Finish | Self::Leave => "finish",
            Self::OpenStaff
            | Self::SendOutbox
            | Self::ClearKept { .. }
            | Self::TestPrinter
            | Self::TestTouch => "staff",
            Self::Exit => "leave_app",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one action of every kind.
    fn all() -> Vec<Action> {
        let item_id: ItemId = "burger".parse().unwrap();
        let order_id: OrderId = "0199b1a0-0000-7000-8000-000000000001".parse().unwrap();
        vec![
            Action::Touch,
            Action::ChooseLanguage { language: Language::Bangla },
            Action::ChooseTextSize { text_size: TextSize::Large },
            Action::ChooseReach { low: true },
            Action::Begin,
            Action::Focus { field: Field::Password },
            Action::Press { key: Key::Character { character: 'k' } },
            Action::Confirm,
            Action::Back,
            Action::Put { item_id, quantity: 2 },
            Action::ShowBasket,
            Action::Fit,
            Action::Place,
            Action::PrintAgain,
            Action::Finish,
            Action::Leave,
            Action::OpenStaff,
            Action::SendOutbox,
            Action::ClearKept { order_id, reason: "Test order".to_owned() },
            Action::TestPrinter,
            Action::TestTouch,
            Action::Exit,
        ]
    }

    #[test]
    fn every_action_has_a_command_and_every_command_an_action() {
        let mut used: Vec<_> = all().iter().map(Action::command).collect();
        used.sort_unstable();
        used.dedup();
        let mut commands = COMMANDS;
        commands.sort_unstable();
        assert_eq!(used, commands);
    }

    #[test]
    fn actions_survive_the_way_to_the_core() {
        for action in all() {
            let text = serde_json::to_string(&action).unwrap();
            assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action, "{text}");
        }
        let text = serde_json::to_string(&Action::ChooseReach { low: true }).unwrap();
        assert_eq!(text, r#"{"kind":"chooseReach","low":true}"#);
    }
}
