//! Meaning of the rows of kiosks and cards, for both databases.

use wire::{
    Time, UserId,
    kiosk::{KioskMessage, KioskReport},
};

use super::{Card, Heartbeat, StoredKiosk};
use crate::store::{
    Account,
    rows::{AccountRow, unreadable},
};

/// An account with the columns of its kiosk, which are null without a row in `kiosks`.
#[derive(sqlx::FromRow)]
pub(super) struct KioskRow<Id> {
    #[sqlx(flatten)]
    account: AccountRow<Id>,
    open: Option<bool>,
    message_en: Option<String>,
    message_bn: Option<String>,
    report: Option<String>,
    heartbeat_at: Option<i64>,
    clock_skew_ms: Option<i64>,
}

impl<Id> KioskRow<Id> {
    pub(super) fn read(
        self,
        read_account: fn(AccountRow<Id>) -> Result<Account, sqlx::Error>,
    ) -> Result<StoredKiosk, sqlx::Error> {
        let heartbeat = match (self.heartbeat_at, self.clock_skew_ms, self.report) {
            (Some(at), Some(clock_skew_ms), Some(report)) => Some(Heartbeat {
                at: Time::from_millis(at),
                clock_skew_ms,
                report: serde_json::from_str::<KioskReport>(&report)
                    .map_err(|_| unreadable("kiosks.report"))?,
            }),
            _ => None,
        };
        let message =
            KioskMessage { en: self.message_en.unwrap_or_default(), bn: self.message_bn.unwrap_or_default() };
        Ok(StoredKiosk {
            user: read_account(self.account)?.user,
            open: self.open.unwrap_or(true),
            message: Some(message).filter(|message| *message != KioskMessage::default()),
            heartbeat,
        })
    }
}

/// Sorts kiosks the same way whatever the collation of the database.
pub(super) fn sort(kiosks: &mut [StoredKiosk]) {
    kiosks.sort_by(|one, other| {
        (&one.user.name, &one.user.username).cmp(&(&other.user.name, &other.user.username))
    });
}

/// A card; `Id` is the database's type of identifiers.
#[derive(sqlx::FromRow)]
pub(super) struct CardRow<Id> {
    pub(super) user_id: Id,
    pin_hash: String,
    expires_at: Option<i64>,
}

impl<Id> CardRow<Id> {
    pub(super) fn read(self, user_id: UserId) -> Card {
        Card { user_id, pin_hash: self.pin_hash, expires_at: self.expires_at.map(Time::from_millis) }
    }
}
