//! Formatting of the pages: [`app::format`] in the words of each language.

use app::format;
use wire::Time;

use crate::text::{Language, common};

impl From<Language> for app::kiosk::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Bangla => Self::Bangla,
        }
    }
}

impl Language {
    /// Replaces Latin digits with those of this language and keeps all other characters.
    pub fn digits(self, text: &str) -> String {
        format::digits(self.into(), text)
    }

    /// Formats a whole number with the digit groups of Bangladesh: 1,234; 12,34,567.
    pub fn number(self, number: u64) -> String {
        format::number(self.into(), number)
    }

    /// Formats a number with `behind` digits after the decimal point.
    pub fn decimal(self, number: f64, behind: usize) -> String {
        self.digits(&format!("{number:.behind$}"))
    }

    /// Formats an amount in taka: ৳180, ৳180.50.
    pub fn money(self, poisha: u64) -> String {
        format::money(self.into(), poisha)
    }

    /// Formats the time of day in Dhaka, with seconds.
    pub fn clock(self, time: Time) -> String {
        format::clock(self.into(), time)
    }

    /// Formats the time of day in Dhaka, without seconds.
    pub fn short_clock(self, time: Time) -> String {
        format::short_clock(self.into(), time)
    }

    /// Formats the day in Dhaka relative to `now`: today, yesterday, or 3 Mar 2026.
    pub fn day(self, time: Time, now: Time) -> String {
        match format::days_ago(time, now) {
            0 => self.say(common::TODAY).to_owned(),
            1 => self.say(common::YESTERDAY).to_owned(),
            _ => format::date(self.into(), time),
        }
    }

    /// Formats a duration as minutes and seconds: 0:42, 12:05.
    pub fn countdown(self, seconds: u64) -> String {
        self.digits(&format!("{}:{:02}", seconds / 60, seconds % 60))
    }

    /// Formats the age of `time` at `now`, in minutes.
    pub fn ago(self, time: Time, now: Time) -> String {
        match now.since(time).as_secs() / 60 {
            0 => self.say(common::JUST_NOW).to_owned(),
            minutes => self.fill(common::MINUTES_AGO, &[("n", &self.number(minutes))]),
        }
    }
}

/// Formats a ticket number. Staff call it out and print it in Latin digits, so every language shows Latin digits.
pub fn ticket(number: u32) -> String {
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{Bangla, English};

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn recent_days_have_words() {
        let iftar = at("2026-03-01T11:30:04.250Z");
        let after_midnight_there = at("2026-03-01T18:30:00Z");
        assert_eq!(English.day(iftar, after_midnight_there), "Yesterday");
        assert_eq!(English.day(iftar, iftar), "Today");
        assert_eq!(English.day(iftar, at("2026-03-09T00:00:00Z")), "1 Mar 2026");
        assert_eq!(Bangla.day(iftar, at("2026-03-09T00:00:00Z")), "১ মার্চ ২০২৬");
    }

    #[test]
    fn countdowns_and_ages_are_in_minutes_and_seconds() {
        assert_eq!(English.countdown(42), "0:42");
        assert_eq!(Bangla.countdown(125), "২:০৫");
        let then = at("2026-03-01T11:30:00Z");
        assert_eq!(English.ago(then, at("2026-03-01T11:30:59Z")), "just now");
        assert_eq!(Bangla.ago(then, at("2026-03-01T11:35:00Z")), "৫ মিনিট আগে");
    }
}
