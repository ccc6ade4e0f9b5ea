//! Orders, an open outbox, and random numbers that a failed test can repeat.

use std::path::Path;

use app::kiosk::Language;
use kiosk_core::{
    outbox::{DataFolder, KeptOrder, Outbox},
    vault::Vault,
};
use wire::{
    OrderId, Time,
    identity::{Secret, SessionUser},
    order::{Line, PlaceOrder, PricedLine},
};

/// Time of all tests.
pub(crate) const NOW_MS: i64 = 1_800_000_000_000;
/// Token of the student.
pub(crate) const TOKEN: &str = "token-of-the-student";

pub(crate) fn now() -> Time {
    Time::from_millis(NOW_MS)
}

pub(crate) fn id(text: &str) -> OrderId {
    text.parse().unwrap()
}

/// An order of twelve lines, which is long for a student and fills about half a page of the database.
pub(crate) fn order(order_id: &str) -> KeptOrder {
    let lines: Vec<Line> = (0..12)
        .map(|n| Line {
            item_id: format!("dish-{n}").parse().unwrap(),
            quantity: (1 + n % 3).try_into().unwrap(),
        })
        .collect();
    let priced = lines.iter().map(|line| PricedLine {
        item_id: line.item_id.clone(),
        name: format!("Name of {}", line.item_id),
        quantity: line.quantity,
        price_poisha: 12_000,
    });
    KeptOrder {
        lines: priced.collect(),
        order: PlaceOrder { order_id: Some(id(order_id)), lines: Some(lines), ..PlaceOrder::default() },
        token: Secret(TOKEN.to_owned()),
        token_expires_at: Time::from_millis(NOW_MS + 86_400_000),
        user: SessionUser {
            user_id: wire::UserId(uuid::Uuid::from_u128(7)),
            username: "student1".parse().unwrap(),
            name: "Student One".to_owned(),
            role: wire::Role::Student,
        },
        total_poisha: 288_000,
        language: Language::English,
        expires_at: Time::from_millis(NOW_MS + 3_600_000),
    }
}

pub(crate) async fn open(folder: &Path) -> Outbox {
    Outbox::open(DataFolder::lock(folder).unwrap(), Vault::open(folder).await.unwrap()).await.unwrap()
}

/// Ids of all orders in the outbox, at most 200. Each has to be readable.
pub(crate) async fn ids(outbox: &Outbox) -> Vec<String> {
    let entries = outbox.list().await.unwrap();
    entries
        .into_iter()
        .map(|entry| {
            assert_eq!(
                entry.content,
                Some(order(entry.order_id.as_str())),
                "{} is unreadable",
                entry.order_id
            );
            entry.order_id.to_string()
        })
        .collect()
}

/// Random numbers (xorshift64*). The same seed gives the same numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % end.max(1)
    }
}
