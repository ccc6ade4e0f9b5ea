//! Numbers, money and times as people in Bangladesh read them, in both languages. No other module formats them.

use wire::Time;

use crate::kiosk::Language;

/// Offset of Dhaka from UTC: six hours, without daylight saving time.
const DHAKA_OFFSET_MS: i64 = 6 * 3600 * 1000;
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

/// Replaces Latin digits with those of the language and keeps all other characters.
pub fn digits(language: Language, text: &str) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::Bangla => text
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(digit) => char::from_u32(0x9e6 + digit).unwrap_or(c),
                None => c,
            })
            .collect(),
    }
}

/// Formats a whole number with the digit groups of Bangladesh: 1,234; 12,34,567.
pub fn number(language: Language, number: u64) -> String {
    let plain = number.to_string();
    let mut grouped = String::with_capacity(plain.len() + 4);
    for (index, digit) in plain.chars().enumerate() {
        let behind = plain.len() - index;
        if index > 0 && behind >= 3 && (behind - 3).is_multiple_of(2) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    digits(language, &grouped)
}

/// Formats an amount in taka: ৳180, ৳180.50.
pub fn money(language: Language, poisha: u64) -> String {
    let taka = number(language, poisha / 100);
    match poisha % 100 {
        0 => format!("৳{taka}"),
        rest => format!("৳{taka}.{}", digits(language, &format!("{rest:02}"))),
    }
}

/// Formats the time of day in Dhaka, with seconds.
pub fn clock(language: Language, time: Time) -> String {
    let seconds = dhaka_ms(time).rem_euclid(DAY_MS) / 1000;
    digits(language, &format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

/// Formats the time of day in Dhaka, without seconds.
pub fn short_clock(language: Language, time: Time) -> String {
    let minutes = dhaka_ms(time).rem_euclid(DAY_MS) / 60_000;
    digits(language, &format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Formats the day in Dhaka: 3 Mar 2026.
pub fn date(language: Language, time: Time) -> String {
    let day = time.dhaka_day();
    let months = match language {
        Language::English => MONTHS_EN,
        Language::Bangla => MONTHS_BN,
    };
    let month = months.get(usize::from(day.month).saturating_sub(1)).copied().unwrap_or_default();
    digits(language, &format!("{} {month} {}", day.day, day.year))
}

/// Returns the number of days in Dhaka from `time` to `now`.
pub fn days_ago(time: Time, now: Time) -> i64 {
    dhaka_ms(now).div_euclid(DAY_MS) - dhaka_ms(time).div_euclid(DAY_MS)
}

fn dhaka_ms(time: Time) -> i64 {
    time.as_millis().saturating_add(DHAKA_OFFSET_MS)
}

#[cfg(test)]
mod tests {
    use Language::{Bangla, English};

    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_grouped_as_in_bangladesh() {
        for (plain, written) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (99_999, "99,999"),
            (100_000, "1,00,000"),
            (12_345_678, "1,23,45,678"),
        ] {
            assert_eq!(number(English, plain), written);
        }
        assert_eq!(number(Bangla, 1_234), "১,২৩৪");
    }

    #[test]
    fn money_shows_poisha_only_where_there_are_some() {
        assert_eq!(money(English, 18_000), "৳180");
        assert_eq!(money(English, 18_050), "৳180.50");
        assert_eq!(money(English, 123_456_789), "৳12,34,567.89");
        assert_eq!(money(Bangla, 18_005), "৳১৮০.০৫");
    }

    #[test]
    fn times_and_days_are_in_dhaka_time() {
        let iftar = at("2026-03-01T11:30:04.250Z");
        assert_eq!(clock(English, iftar), "17:30:04");
        assert_eq!(short_clock(Bangla, iftar), "১৭:৩০");
        let after_midnight_there = at("2026-03-01T18:30:00Z");
        assert_eq!(days_ago(iftar, after_midnight_there), 1);
        assert_eq!(days_ago(iftar, iftar), 0);
        assert_eq!(date(English, after_midnight_there), "2 Mar 2026");
        assert_eq!(date(Bangla, iftar), "১ মার্চ ২০২৬");
    }
}
