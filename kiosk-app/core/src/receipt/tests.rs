//! Tests of whole slips, and of Bangla words, against pictures that people have looked at.
//!
//! The pictures are in `tests/pictures/`. After an intended change make them anew with
//! `CAFETERIA_TEST_RECORD=1 cargo test -p kiosk-core receipt`, and look at each of them before the commit.

use std::{fs, path::PathBuf};

use app::kiosk::Language;
use proptest::prelude::*;

use super::{
    Bitmap, MAX_LINES, Paper, Receipt, ReceiptLine,
    typeset::{Align, Style, Typesetter},
};

/// One in so many black pixels may differ: rounding is not the same on every processor.
const TOLERANCE: usize = 200;

/// Compares `picture` with the stored picture of that name.
fn compare(name: &str, picture: &Bitmap) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(format!("{name}.pbm"));
    let header = format!("P4\n{} {}\n", picture.width(), picture.height());
    let written = [header.as_bytes(), picture.bytes()].concat();
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    if std::env::var("CAFETERIA_TEST_RECORD").is_ok() {
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(stored.starts_with(header.as_bytes()), "{name}: it has another size than {header:?}");
    let ones = |bytes: &[u8]| bytes.iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
    let stored = &stored[header.len()..];
    let different: Vec<_> = picture.bytes().iter().zip(stored).map(|(a, b)| a ^ b).collect();
    let (different, black) = (ones(&different), ones(stored));
    assert!(different * TOLERANCE <= black, "{name}: {different} pixels differ, {black} are black");
}

fn line(quantity: u32, name: &str, sum_poisha: u64) -> ReceiptLine {
    ReceiptLine { quantity, name: name.to_owned(), sum_poisha }
}

fn receipt(language: Language) -> Receipt {
    let lines = match language {
        Language::English => vec![
            line(2, "Classic Beef Burger", 36_000),
            line(1, "Kacchi Biryani with Borhani, Salad and Chutney, family size", 124_050),
            line(10, "Tea", 15_000),
        ],
        Language::Bangla => vec![
            line(2, "ক্লাসিক বিফ বার্গার", 36_000),
            line(1, "কাচ্চি বিরিয়ানি, সঙ্গে বোরহানি, সালাদ ও চাটনি, বড় পরিবারের জন্য", 124_050),
            line(10, "চা", 15_000),
        ],
    };
    Receipt {
        kiosk: match language {
            Language::English => "Main hall, kiosk 2".to_owned(),
            Language::Bangla => "প্রধান হল, কিয়স্ক ২".to_owned(),
        },
        number: Some(147),
        lines,
        total_poisha: 175_050,
        placed_at: "2026-03-01T11:30:04.250Z".parse().unwrap(),
        language,
        tracker_url: "https://cafeteria.example.edu/orders/0195-7f3a-41b2".to_owned(),
        order_id: Some("0195-7f3a-41b2".parse().unwrap()),
    }
}

/// Reads the QR code of a picture.
fn decoded(picture: &Bitmap) -> Vec<String> {
    let (width, height) = (picture.width(), picture.height());
    let grey: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| if picture.is_black(x, y) { 0 } else { 255 })
        .collect();
    quircs::Quirc::default()
        .identify(width as usize, height as usize, &grey)
        .filter_map(|code| code.ok()?.decode().ok())
        .map(|data| String::from_utf8(data.payload).unwrap())
        .collect()
}

#[test]
fn bangla_words_are_shaped_as_in_the_pictures() {
    for (name, word) in [
        ("school", "স্কুল"),
        ("hunger", "ক্ষুধা"),
        ("kitchen", "রান্নাঘর"),
        ("best", "শ্রেষ্ঠ"),
        ("authority", "কর্তৃপক্ষ"),
        ("conflict", "দ্বন্দ্ব"),
    ] {
        // Large enough for a wrong conjunct to change many pixels.
        // On an English slip the word comes from the second font, and looks the same.
        for language in [Language::Bangla, Language::English] {
            let mut type_setter = Typesetter::new();
            let style = Style { size: 72.0, align: Align::Center, rows: 1 };
            let block = type_setter.lay_out(language, word, 320, style);
            // With room for signs that reach out of the row.
            let mut picture = Bitmap::new(320, block.height() + 24);
            type_setter.draw(&block, &mut picture, 0, 12);
            compare(&format!("word-{name}"), &picture);
        }
    }
}

#[test]
fn whole_slips_look_as_in_the_pictures() {
    for (language, name) in [(Language::English, "english"), (Language::Bangla, "bangla")] {
        for (paper, width) in [(Paper::Mm80, "80"), (Paper::Mm58, "58")] {
            let picture = receipt(language).draw(paper);
            assert_eq!(picture.width(), paper.dots());
            compare(&format!("slip-{name}-{width}"), &picture);
        }
        let test = Receipt { order_id: None, number: None, ..receipt(language) };
        compare(&format!("slip-{name}-test"), &test.draw(Paper::Mm80));
    }
}

#[test]
fn the_code_leads_to_the_order() {
    for paper in [Paper::Mm80, Paper::Mm58] {
        let receipt = receipt(Language::Bangla);
        assert_eq!(decoded(&receipt.draw(paper)), [receipt.tracker_url.as_str()]);
        let longest = format!("https://cafeteria.example.edu/orders/{}", "x".repeat(64));
        let receipt = Receipt { tracker_url: longest.clone(), ..receipt };
        assert_eq!(decoded(&receipt.draw(paper)), [longest]);
    }
    let without = Receipt { tracker_url: "x".repeat(5_000), ..receipt(Language::English) };
    assert!(decoded(&without.draw(Paper::Mm80)).is_empty());
}

#[test]
fn twenty_lines_of_endless_names_fit_on_a_bounded_slip() {
    let long = |count: usize| Receipt {
        lines: vec![line(u32::MAX, &"অনেকলম্বা নাম ".repeat(200), u64::MAX); count],
        number: Some(u32::MAX),
        total_poisha: u64::MAX,
        kiosk: "k".repeat(5_000),
        ..receipt(Language::Bangla)
    };
    for paper in [Paper::Mm80, Paper::Mm58] {
        let most = long(MAX_LINES + 1).draw(paper).height();
        assert!(long(20).draw(paper).height() < most);
        assert_eq!(long(500).draw(paper).height(), most);
        assert!(most < 8_000, "{most} rows");
    }
}

#[test]
fn nothing_is_drawn_over_the_edge_of_the_number() {
    let numbered = |number| Receipt { number: Some(number), ..receipt(Language::English) };
    // A number of ten digits is drawn smaller, on one row.
    let (short, long) = (numbered(7).draw(Paper::Mm58), numbered(4_294_967_295).draw(Paper::Mm58));
    assert!(long.height() < short.height());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_name_breaks_a_slip(names in prop::collection::vec("\\PC{0,60}|[\\x00-\\x1f\\u{200b}-\\u{202e}\\u{980}-\\u{9ff}]{0,60}", 0..4),
                             kiosk in any::<String>(), url in any::<String>(),
                             number in any::<Option<u32>>(), bangla in any::<bool>()) {
        let language = if bangla { Language::Bangla } else { Language::English };
        let lines = names.iter().map(|name| line(1, name, 100)).collect();
        let slip = Receipt { lines, kiosk, number, tracker_url: url, ..receipt(language) };
        let picture = slip.draw(Paper::Mm58);
        prop_assert!(picture.height() < 3_000);
    }
}
