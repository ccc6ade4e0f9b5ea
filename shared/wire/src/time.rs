//! Instants, to the millisecond: RFC 3339 in UTC on the wire, a number of milliseconds in storage.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::Invalid;

/// Dhaka's clock: UTC+6 the whole year (IANA time zone database, zone Asia/Dhaka, since 2010).
const DHAKA: Offset = Offset::constant(6);

/// An instant. It prints as `2026-03-01T11:30:00.250Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// The earliest and the latest instant that may be had: 0001-01-01 and 9999-12-30, so that each prints.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

    /// From milliseconds since 1970-01-01 UTC; what lies outside the years 1 to 9999 is moved to their border.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*Self::RANGE.start(), *Self::RANGE.end()))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, as tokens count.
    pub fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This much later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This much earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The day it is in Dhaka, where the cafeteria stands.
    pub fn dhaka_day(self) -> Date {
        DHAKA.to_datetime(self.timestamp()).date()
    }

    /// The midnight in Dhaka that ends that day.
    pub fn end_of_dhaka_day(self) -> Self {
        const DAY: i64 = 24 * 3600 * 1000;
        let east = i64::from(DHAKA.seconds()) * 1000;
        Self::from_millis((self.0 + east).div_euclid(DAY) * DAY + DAY - east)
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self::from_millis(timestamp.as_millisecond())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl FromStr for Time {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let timestamp: Timestamp =
            text.parse().map_err(|_| Invalid("must be a time like 2026-03-01T11:30:00Z".into()))?;
        Ok(timestamp.into())
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
        assert_eq!(before.to_string(), "2026-03-01T17:59:59.999Z");
        assert_eq!(before.end_of_dhaka_day().to_string(), "2026-03-01T18:00:00.000Z");
        assert_eq!(after.end_of_dhaka_day().to_string(), "2026-03-02T18:00:00.000Z");
    }
}
