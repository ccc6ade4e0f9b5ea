//! Texts, numbers and times of slips in both languages.

use app::kiosk::Language;
use wire::Time;

/// Time by which Dhaka is ahead of UTC, without daylight saving time.
const DHAKA_OFFSET_MS: i64 = 6 * 3600 * 1000;

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

/// Text of a slip.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    YourNumber,
    NumberFollows,
    ToCounter,
    Total,
    Scan,
    TestSlip,
}

/// Returns a text in that language.
pub(super) fn say(language: Language, text: Text) -> &'static str {
    let (english, bangla) = match text {
        Text::YourNumber => ("Your number", "আপনার নম্বর"),
        Text::NumberFollows => {
            ("Scan the code below to see your number.", "আপনার নম্বর জানতে নিচের কোডটি স্ক্যান করুন।")
        }
        Text::ToCounter => ("Take this slip to the counter.", "এই স্লিপটি নিয়ে কাউন্টারে যান।"),
        Text::Total => ("Total", "মোট"),
        Text::Scan => ("Scan to follow your order.", "অর্ডার কতদূর হলো, স্ক্যান করে দেখুন।"),
        Text::TestSlip => ("Test slip, not an order", "পরীক্ষামূলক স্লিপ, অর্ডার নয়"),
    };
    match language {
        Language::English => english,
        Language::Bangla => bangla,
    }
}

/// Formats the number of lines that did not fit.
pub(super) fn and_more(language: Language, lines: usize) -> String {
    let lines = number(language, lines as u64);
    match language {
        Language::English => format!("and {lines} more"),
        Language::Bangla => format!("এবং আরও {lines}টি"),
    }
}

/// Formats a whole number with the digit groups of Bangladesh: 1,234; 12,34,567.
pub(super) fn number(language: Language, number: u64) -> String {
    let plain = number.to_string();
    let mut grouped = String::with_capacity(plain.len() * 2);
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
pub(super) fn money(language: Language, poisha: u64) -> String {
    let taka = number(language, poisha / 100);
    match poisha % 100 {
        0 => format!("৳{taka}"),
        rest => format!("৳{taka}.{}", digits(language, &format!("{rest:02}"))),
    }
}

/// Formats day and time of day in Dhaka: 1 Mar 2026, 17:30.
pub(super) fn date_and_time(language: Language, time: Time) -> String {
    let day = time.dhaka_day();
    let months = match language {
        Language::English => MONTHS_EN,
        Language::Bangla => MONTHS_BN,
    };
    let month = months.get(usize::from(day.month).saturating_sub(1)).copied().unwrap_or_default();
    let minutes = time.as_millis().saturating_add(DHAKA_OFFSET_MS).div_euclid(60_000).rem_euclid(24 * 60);
    digits(language, &format!("{} {month} {}, {:02}:{:02}", day.day, day.year, minutes / 60, minutes % 60))
}

/// Replaces Latin digits with those of the language.
fn digits(language: Language, text: &str) -> String {
    let translate = |character: char| match (language, character.to_digit(10)) {
        (Language::Bangla, Some(digit)) => char::from_u32(0x9e6 + digit).unwrap_or(character),
        _ => character,
    };
    text.chars().map(translate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_money_and_times_are_written_as_in_bangladesh() {
        assert_eq!(number(Language::English, 100_000), "1,00,000");
        assert_eq!(number(Language::English, 999), "999");
        assert_eq!(money(Language::English, 123_456_789), "৳12,34,567.89");
        assert_eq!(money(Language::Bangla, 18_005), "৳১৮০.০৫");
        let evening = "2026-03-01T18:30:04.250Z".parse().unwrap();
        assert_eq!(date_and_time(Language::English, evening), "2 Mar 2026, 00:30");
        assert_eq!(date_and_time(Language::Bangla, evening), "২ মার্চ ২০২৬, ০০:৩০");
    }
}
