//! Where time and identifiers come from: the system, or the hand of a test.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use uuid::Uuid;
use wire::Time;

use crate::secret;

/// A source of the present.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until its [`Hand`] moves.
    pub fn by_hand(start: Time) -> (Self, Hand) {
        let millis = Arc::new(AtomicI64::new(start.as_millis()));
        (Self(Source::Hand(Arc::clone(&millis))), Hand(millis))
    }

    /// The present, to the millisecond.
    #[expect(clippy::disallowed_methods, reason = "this is the home of the system's clock")]
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::System => jiff::Timestamp::now().into(),
            Source::Hand(millis) => Time::from_millis(millis.load(Ordering::Acquire)),
        }
    }

    /// A new identifier (UUIDv7) that sorts by the time it was made.
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &secret::random()).into_uuid()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Moves a clock in a test.
#[derive(Debug)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// Moves the clock on.
    pub fn advance(&self, by: std::time::Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::AcqRel);
    }
}
