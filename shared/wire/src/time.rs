//! Instants, to the millisecond: RFC 3339 in UTC on the wire, milliseconds since 1970 in storage.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::Invalid;

/// Offset of Dhaka's clock from UTC in milliseconds, the whole year (IANA time zone database, Asia/Dhaka, since 2010).
const DHAKA_OFFSET_MS: i64 = 6 * 3600 * 1000;
/// Length of a day in milliseconds.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// An instant. It prints as `2026-03-01T11:30:00.250Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// Earliest and latest instant: 0001-01-01 and 9999-12-30, so that each can be printed.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

    /// Creates an instant from milliseconds since 1970-01-01 UTC, clamped to the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*Self::RANGE.start(), *Self::RANGE.end()))
    }

    /// Returns the milliseconds since 1970-01-01 UTC.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01 UTC, as in tokens.
    pub fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the instant `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the instant `by` earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the time since `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Returns the day in Dhaka, the cafeteria's city.
    pub fn dhaka_day(self) -> Day {
        // The printed text begins with the day, in a fixed number of digits.
        let text = Self::from_millis(self.0.saturating_add(DHAKA_OFFSET_MS)).to_string();
        let mut numbers = text.split(['-', 'T']).map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Day { year: next(), month: next(), day: next() }
    }

    /// Returns the midnight in Dhaka that ends the day.
    pub fn end_of_dhaka_day(self) -> Self {
        Self::from_millis((self.0 + DHAKA_OFFSET_MS).div_euclid(DAY_MS) * DAY_MS + DAY_MS - DHAKA_OFFSET_MS)
    }
}

/// A day of the calendar. It prints as `2026-03-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 1 to 31.
    pub day: u16,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Calendar of programs.
#[cfg(not(target_arch = "wasm32"))]
mod calendar {
    use jiff::Timestamp;

    impl From<Timestamp> for super::Time {
        fn from(timestamp: Timestamp) -> Self {
            Self::from_millis(timestamp.as_millisecond())
        }
    }

    pub(super) fn written(millis: i64) -> String {
        format!("{:.3}", Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    pub(super) fn read(text: &str) -> Option<i64> {
        text.parse().ok().map(Timestamp::as_millisecond)
    }
}

/// Calendar of pages. Every browser has one, so that a page does not have to download another.
#[cfg(target_arch = "wasm32")]
mod calendar {
    use js_sys::Date;

    // `Date` reads more than RFC 3339, but pages read only times that our own services write.
    // Milliseconds of the years 1 to 9999 are whole numbers far below 2^53.
    pub(super) fn written(millis: i64) -> String {
        Date::new(&(millis as f64).into()).to_iso_string().into()
    }

    pub(super) fn read(text: &str) -> Option<i64> {
        let millis = Date::parse(text);
        millis.is_finite().then_some(millis as i64)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&calendar::written(self.0))
    }
}

impl FromStr for Time {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        calendar::read(text)
            .map(Self::from_millis)
            .ok_or(Invalid("must be a time like 2026-03-01T11:30:00Z".into()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_in_dhaka_begins_at_six_in_the_evening_utc() {
        let before: Time = "2026-03-01T17:59:59.999Z".parse().unwrap();
        let after: Time = "2026-03-01T18:00:00Z".parse().unwrap();
        assert_eq!(before.dhaka_day().to_string(), "2026-03-01");
        assert_eq!(after.dhaka_day().to_string(), "2026-03-02");
        assert_eq!(after.dhaka_day(), Day { year: 2026, month: 3, day: 2 });
        assert_eq!(before.to_string(), "2026-03-01T17:59:59.999Z");
        assert_eq!(before.end_of_dhaka_day().to_string(), "2026-03-01T18:00:00.000Z");
        assert_eq!(after.end_of_dhaka_day().to_string(), "2026-03-02T18:00:00.000Z");
    }
}
