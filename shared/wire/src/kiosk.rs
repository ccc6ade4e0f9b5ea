//! Kiosks: their accounts, the sessions of students at them, their heartbeat and its answer.

use serde::{Deserialize, Serialize};

use crate::{
    id::{UserId, Username},
    identity::{Secret, SessionUser},
    named::named_enum,
    time::Time,
};

/// Most characters of a kiosk's display name.
pub const MAX_NAME: usize = 60;
/// Most characters of a message to a kiosk, in each language.
pub const MAX_MESSAGE: usize = 200;
/// Fewest and most characters of a card number.
pub const CARD_LENGTH: std::ops::RangeInclusive<usize> = 4..=64;
/// Fewest and most digits of a card's PIN.
pub const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=8;

/// Body of `POST /kiosk/session`: the student's credentials, or a card and its PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum KioskSignIn {
    /// User name and password.
    Password {
        /// User name, at most 128 characters.
        username: String,
        /// Password, at most 1,024 characters.
        password: Secret,
    },
    /// Card and PIN.
    Card {
        /// Card number, as the reader sends it.
        card: Secret,
        /// PIN, digits alone.
        pin: Secret,
    },
}

/// Body of `POST /kiosk/card`. A card identifies; only its PIN authorises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardLookup {
    /// Card number, as the reader sends it.
    pub card: Secret,
}

/// Response to `POST /kiosk/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KioskSession {
    /// Access token with the role `kiosk_student`, bound to the student and to the kiosk. It places and reads orders of
    /// that student, and does nothing else.
    pub token: Secret,
    /// Expiry of the token. It cannot be refreshed.
    pub expires_at: Time,
    /// The student.
    pub user: SessionUser,
}

named_enum! {
    /// State of a kiosk's printer.
    PrinterState {
        /// None is configured.
        None = "none",
        /// It prints.
        Ready = "ready",
        /// Its paper is about to end.
        PaperLow = "paper_low",
        /// It has no paper.
        PaperOut = "paper_out",
        /// Its cover is open.
        CoverOpen = "cover_open",
        /// It cannot be reached.
        Offline = "offline",
    }
}

/// Body of `POST /kiosk/heartbeat`, sent every few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KioskReport {
    /// Version of the app, at most 40 characters.
    pub version: String,
    /// Name and version of the webview, at most 80 characters.
    pub webview: String,
    /// Orders kept at the kiosk and not sent yet.
    pub outbox: u32,
    /// Orders that the server refused after they had been kept, not cleared by staff yet.
    pub refused: u32,
    /// Clock of the kiosk.
    pub clock: Time,
    /// Start of the app.
    pub started_at: Time,
    /// State of the printer.
    pub printer: PrinterState,
}

/// Message of the console, shown on the kiosk in the student's language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KioskMessage {
    /// English, at most [`MAX_MESSAGE`] characters.
    pub en: String,
    /// Bangla, at most [`MAX_MESSAGE`] characters.
    pub bn: String,
}

/// Response to `POST /kiosk/heartbeat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KioskInstruction {
    /// Display name of the kiosk.
    pub name: String,
    /// False if the kiosk is to show that it is closed.
    pub open: bool,
    /// Message to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<KioskMessage>,
    /// Oldest version of the app that this server works with, as in `1.2.0`.
    pub minimum_version: String,
    /// Clock of the server.
    pub clock: Time,
}

/// A kiosk as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Kiosk {
    /// Identifier of its account.
    pub kiosk_id: UserId,
    /// User name that the app signs in with.
    pub username: Username,
    /// Display name, 1 to [`MAX_NAME`] characters.
    pub name: String,
    /// True if its account is revoked.
    pub revoked: bool,
    /// False if it is to show that it is closed.
    pub open: bool,
    /// Message that it is to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<KioskMessage>,
    /// Time of creation.
    pub created_at: Time,
    /// Time of the last heartbeat, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_at: Option<Time>,
    /// Last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<KioskReport>,
    /// Milliseconds by which the kiosk's clock was ahead of the server's at the last heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_skew_ms: Option<i64>,
    /// True if no heartbeat came for the time after which the alert `KioskSilent` fires.
    pub silent: bool,
}

/// Response to `GET /kiosks`: all kiosks, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KioskList {
    /// The kiosks.
    pub kiosks: Vec<Kiosk>,
}

/// Body of `POST /kiosks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateKiosk {
    /// User name that the app signs in with, unique among all users.
    pub username: Username,
    /// Display name, 1 to [`MAX_NAME`] characters.
    pub name: String,
}

/// Response to `POST /kiosks` and `POST /kiosks/{id}/secret`. The secret is not shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KioskSecret {
    /// The kiosk.
    pub kiosk: Kiosk,
    /// Secret that the app signs in with.
    pub secret: Secret,
}

/// Body of `PATCH /kiosks/{id}`; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeKiosk {
    /// New display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// True to revoke its account, which ends its sessions; false to admit it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<bool>,
    /// False to close the kiosk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Message to show; two empty texts remove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<KioskMessage>,
}

/// Body of `PUT /users/{id}/card`: the card of a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetCard {
    /// Card number, [`CARD_LENGTH`] characters.
    pub card: Secret,
    /// PIN, [`PIN_LENGTH`] digits.
    pub pin: Secret,
    /// Expiry of the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}
