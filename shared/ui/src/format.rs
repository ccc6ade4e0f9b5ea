//! Formatting of numbers, money and times in each language. No other module formats them.

use wire::Time;

use crate::text::{Language, common};

/// Offset of Dhaka from UTC: six hours, without daylight saving time.
const EAST_MS: i64 = 6 * 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;

const MONTHS_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_BN: [&str; 12] = [
    "জানুয়ারি",
    "ফেব্রুয়ারি",
    "মার্চ",
    "এপ্রিল",
    "মে",
    "জুন",
    "জুলাই",
    "আগস্ট",
    "সেপ্টেম্বর",
    "অক্টোবর",
    "নভেম্বর",
    "ডিসেম্বর",
];

impl Language {
    /// Replaces Latin digits with those of this language and keeps all other characters.
    pub fn digits(self, text: &str) -> String {
        match self {
            Self::English => text.to_owned(),
            Self::Bangla => text
                .chars()
                .map(|c| match c.to_digit(10) {
                    Some(digit) => char::from_u32(0x9e6 + digit).unwrap_or(c),
                    None => c,
                })
                .collect(),
        }
    }

    /// Formats a whole number with the digit groups of Bangladesh: 1,234; 12,34,567.
    pub fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() + 4);
        for (index, digit) in digits.chars().enumerate() {
            let behind = digits.len() - index;
            if index > 0 && behind >= 3 && (behind == 3 || (behind - 3).is_multiple_of(2)) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        self.digits(&grouped)
    }

    /// Formats a number with `behind` digits after the decimal point.
    pub fn decimal(self, number: f64, behind: usize) -> String {
        self.digits(&format!("{number:.behind$}"))
    }

    /// Formats an amount in taka: ৳180, ৳180.50.
    pub fn money(self, poisha: u64) -> String {
        let taka = self.number(poisha / 100);
        match poisha % 100 {
            0 => format!("৳{taka}"),
            rest => format!("৳{taka}.{}", self.digits(&format!("{rest:02}"))),
        }
    }

    /// Formats the time of day in Dhaka, with seconds.
    pub fn clock(self, time: Time) -> String {
        let seconds = dhaka_ms(time).rem_euclid(DAY_MS) / 1000;
        self.digits(&format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
    }

    /// Formats the time of day in Dhaka, without seconds.
    pub fn short_clock(self, time: Time) -> String {
        let minutes = dhaka_ms(time).rem_euclid(DAY_MS) / 60_000;
        self.digits(&format!("{:02}:{:02}", minutes / 60, minutes % 60))
    }

    /// Formats the day in Dhaka relative to `now`: today, yesterday, or 3 Mar 2026.
    pub fn day(self, time: Time, now: Time) -> String {
        match dhaka_ms(now).div_euclid(DAY_MS) - dhaka_ms(time).div_euclid(DAY_MS) {
            0 => self.say(common::TODAY).to_owned(),
            1 => self.say(common::YESTERDAY).to_owned(),
            _ => {
                let date = time.dhaka_day();
                let months = match self {
                    Self::English => MONTHS_EN,
                    Self::Bangla => MONTHS_BN,
                };
                let month = usize::from(date.month).saturating_sub(1);
                let month = months.get(month).copied().unwrap_or_default();
                self.digits(&format!("{} {month} {}", date.day, date.year))
            }
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

fn dhaka_ms(time: Time) -> i64 {
    time.as_millis().saturating_add(EAST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{Bangla, English};

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_grouped_as_in_bangladesh() {
        for (number, written) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (99_999, "99,999"),
            (100_000, "1,00,000"),
            (12_345_678, "1,23,45,678"),
        ] {
            assert_eq!(English.number(number), written);
        }
        assert_eq!(Bangla.number(1_234), "১,২৩৪");
    }

    #[test]
    fn money_shows_poisha_only_where_there_are_some() {
        assert_eq!(English.money(18_000), "৳180");
        assert_eq!(English.money(18_050), "৳180.50");
        assert_eq!(Bangla.money(18_005), "৳১৮০.০৫");
    }

    #[test]
    fn times_and_days_are_in_dhaka_time() {
        let iftar = at("2026-03-01T11:30:04.250Z");
        assert_eq!(English.clock(iftar), "17:30:04");
        assert_eq!(Bangla.short_clock(iftar), "১৭:৩০");
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
