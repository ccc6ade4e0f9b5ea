//! Texts of slips in both languages.

use app::{format::number, kiosk::Language};

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
