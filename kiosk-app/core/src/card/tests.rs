//! Tests of the judge between a card reader and a person.

use proptest::prelude::*;

use super::*;

/// Latest time of a test; long after all keys.
const END: f64 = 1e9;

fn config(prefix: &str) -> CardConfig {
    CardConfig { prefix: prefix.to_owned(), ..CardConfig::default() }
}

/// Presses keys at those times, then waits.
fn pressed(reader: &mut CardReader, keys: &[(String, f64)]) -> Vec<Outcome> {
    let mut outcomes: Vec<_> =
        keys.iter().flat_map(|(key, at)| reader.press(&KeyPress { key: key.clone(), at: *at })).collect();
    outcomes.extend(reader.tick(END));
    outcomes
}

/// Keys of a text, each `gap` after the one before, ended by Enter.
fn keys(text: &str, start: f64, gap: f64) -> Vec<(String, f64)> {
    let names = text.chars().map(String::from).chain(["Enter".to_owned()]);
    names.enumerate().map(|(index, key)| (key, start + index as f64 * gap)).collect()
}

fn typed(outcomes: &[Outcome]) -> String {
    let keys = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Typed(keys) => Some(keys),
        Outcome::Card(_) | Outcome::Unreadable => None,
    });
    keys.flatten().map(|press| press.key.as_str()).collect()
}

fn card(number: &str) -> Outcome {
    Outcome::Card(Secret(number.to_owned()))
}

fn simply(prefix: &str, keys: &[(String, f64)]) -> Vec<Outcome> {
    pressed(&mut CardReader::new(config(prefix)), keys)
}

#[test]
fn a_reading_is_a_card_with_and_without_a_prefix() {
    assert_eq!(simply("", &keys("04A1B2", 0.0, 20.0)), [card("04A1B2")]);
    assert_eq!(simply(";", &keys(";04A1B2", 0.0, 20.0)), [card("04A1B2")]);
    assert_eq!(simply("%B", &keys("%B04A1B2", 0.0, 100.0)), [card("04A1B2")]);
}

#[test]
fn two_cards_in_a_row_are_two() {
    let both = [keys(";1111", 0.0, 10.0), keys(";2222", 60.0, 10.0)].concat();
    assert_eq!(simply(";", &both), [card("1111"), card("2222")]);
    let both = [keys("1111", 0.0, 10.0), keys("2222", 60.0, 10.0)].concat();
    assert_eq!(simply("", &both), [card("1111"), card("2222")]);
}

#[test]
fn a_repeated_prefix_begins_the_card_anew() {
    assert_eq!(simply(";", &keys(";;1234", 0.0, 10.0)), [card("1234")]);
    assert_eq!(simply(";", &keys(";12;3456", 0.0, 10.0)), [Outcome::Unreadable, card("3456")]);
    assert_eq!(simply("%B", &keys("%B%B1234", 0.0, 10.0)), [card("1234")]);
    assert_eq!(simply("%B", &keys("%%B1234", 0.0, 10.0))[1..], [card("1234")]);
}

#[test]
fn a_card_after_an_unreadable_one_is_read() {
    let mut cut = keys(";123456", 0.0, 10.0);
    cut.truncate(4);
    let both = [cut, keys(";7777", 700.0, 10.0)].concat();
    assert_eq!(simply(";", &both), [Outcome::Unreadable, card("7777")]);
}

#[test]
fn short_and_long_numbers_are_unreadable() {
    assert_eq!(simply(";", &keys(";123", 0.0, 10.0)), [Outcome::Unreadable]);
    let (longest, longer) = ("7".repeat(64), "7".repeat(65));
    assert_eq!(simply(";", &keys(&format!(";{longest}"), 0.0, 10.0)), [card(&longest)]);
    assert_eq!(simply(";", &keys(&format!(";{longer}"), 0.0, 10.0)), [Outcome::Unreadable]);
    assert_eq!(simply(";", &keys(&format!(";{}", "7".repeat(5_000)), 0.0, 10.0)), [Outcome::Unreadable]);
    // Without a prefix it is a key that somebody holds down.
    let held = simply("", &keys(&"7".repeat(300), 0.0, 30.0));
    assert_eq!(typed(&held), format!("{}Enter", "7".repeat(300)));
    assert!(!held.iter().any(|outcome| matches!(outcome, Outcome::Card(_))));
}

#[test]
fn a_reading_that_takes_too_long_is_unreadable() {
    assert_eq!(simply(";", &keys(";12345678901234567890", 0.0, 90.0)), [Outcome::Unreadable]);
}

#[test]
fn modifiers_of_a_reader_do_not_count() {
    let mut with_shift = keys(";AB12", 0.0, 20.0);
    with_shift.insert(1, ("Shift".to_owned(), 15.0));
    assert_eq!(simply(";", &with_shift), [card("AB12")]);
}

#[test]
fn a_key_that_no_reader_sends_ends_the_card() {
    let mut keys = keys(";1234", 0.0, 20.0);
    keys.insert(3, ("Backspace".to_owned(), 45.0));
    assert_eq!(simply(";", &keys), [Outcome::Unreadable]);
    keys.remove(0);
    assert_eq!(typed(&simply("", &keys)), "12Backspace34Enter");
}

#[test]
fn without_a_reader_every_key_is_typed_at_once() {
    let mut reader = CardReader::new(CardConfig { enabled: false, ..config(";") });
    let press = KeyPress { key: ";".to_owned(), at: 1.0 };
    assert_eq!(reader.press(&press), [Outcome::Typed(vec![press.clone()])]);
}

#[test]
fn a_time_that_goes_back_or_is_none_ends_a_burst() {
    for at in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -5.0] {
        let mut keys = keys(";123456", 50.0, 10.0);
        keys[4].1 = at;
        let outcomes = simply(";", &keys);
        assert_eq!(typed(&outcomes), "", "{at}");
        assert_eq!(outcomes, [Outcome::Unreadable], "{at}");
        // Nothing stays broken.
        let mut reader = CardReader::new(config(";"));
        pressed(&mut reader, &keys);
        let later = [("x".to_owned(), 5_000.0), ("y".to_owned(), 5_200.0)];
        assert_eq!(typed(&pressed(&mut reader, &later)), "xy", "{at}");
    }
    assert!(CardReader::new(config(";")).tick(f64::NAN).is_empty());
}

#[test]
fn nothing_of_a_card_or_a_person_is_printed_for_debugging() {
    let mut reader = CardReader::new(config(""));
    reader.press(&KeyPress { key: "7".to_owned(), at: 0.0 });
    let before = format!("{reader:?}");
    let text = format!("{before} {:?} {:?}", reader.tick(END), card("1234"));
    assert!(!text.contains('7') && !text.contains("1234"), "{text}");
}

fn jitter(length: usize) -> impl Strategy<Value = Vec<f64>> {
    // Legal gaps whose sum is at most the time of one card.
    let most = (CARD_MS / length as f64).min(KEY_INTERVAL_MS);
    prop::collection::vec(0.0..=most, length)
}

fn reading(prefix: &'static str) -> impl Strategy<Value = (String, Vec<(String, f64)>)> {
    "[A-Za-z0-9=^/ ]{4,64}".prop_flat_map(move |number| {
        let length = prefix.chars().count() + number.chars().count() + 1;
        jitter(length).prop_map(move |gaps| {
            let mut keys = keys(&format!("{prefix}{number}"), 1_000.0, 0.0);
            let mut at = 1_000.0;
            for (key, gap) in keys.iter_mut().zip(gaps) {
                key.1 = at;
                at += gap;
            }
            (number.clone(), keys)
        })
    })
}

fn prefixes() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", ";", "%B", "%%", "<<>"])
}

proptest! {
    #[test]
    fn every_reading_with_legal_jitter_is_exactly_its_card(
        (prefix, (number, keys)) in prefixes().prop_flat_map(|prefix| (Just(prefix), reading(prefix)))
    ) {
        // A number that itself contains the prefix is not one of a card.
        prop_assume!(prefix.is_empty() || !number.contains(prefix));
        prop_assert_eq!(simply(prefix, &keys), [card(&number)]);
    }

    #[test]
    fn a_person_is_never_a_card(prefix in prefixes(), text in "[a-z0-9;%B<>]{0,90}", gaps in prop::collection::vec(100.5..5_000.0_f64, 91)) {
        let mut keys = keys(&text, 0.0, 0.0);
        let mut at = 0.0;
        for (key, gap) in keys.iter_mut().zip(gaps) {
            key.1 = at;
            at += gap;
        }
        let outcomes = simply(prefix, &keys);
        prop_assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Card(_))));
        if !prefix.chars().any(|c| text.contains(c)) {
            prop_assert_eq!(typed(&outcomes), format!("{text}Enter"));
        }
    }

    #[test]
    fn nothing_of_a_card_that_stalls_is_typed(
        (prefix, (number, keys)) in prop::sample::select(vec![";", "%B"]).prop_flat_map(|prefix| (Just(prefix), reading(prefix))),
        at in any::<prop::sample::Index>(),
        stall in 100.5..500.0_f64,
        rest in any::<bool>(),
    ) {
        prop_assume!(!number.contains(prefix));
        let cut = 1 + at.index(keys.len() - 1);
        let (head, tail) = keys.split_at(cut);
        let mut keys = head.to_vec();
        // The tail follows after a stall, within the time that the card began in, or not at all.
        let late = tail.iter().map(|(key, at)| (key.clone(), at + stall));
        let in_time = tail.first().is_some_and(|(_, at)| at + stall <= 1_000.0 + CARD_MS);
        // A prefix that stalls in its middle looks like a person who types its first character.
        keys.extend(late.filter(|_| rest && in_time && cut >= prefix.len()));
        let outcomes = simply(prefix, &keys);
        prop_assert_eq!(typed(&outcomes), "");
        prop_assert!(!outcomes.contains(&card(&number)));
        prop_assert!(outcomes.contains(&Outcome::Unreadable));
    }

    #[test]
    fn no_keys_at_any_times_break_it(prefix in prefixes(), keys in prop::collection::vec(("[;%B1-3]|Enter|Shift|Backspace|\\PC{0,3}", prop_oneof![0.0..3_000.0_f64, any::<f64>()]), 0..300)) {
        let mut reader = CardReader::new(config(prefix));
        for (key, at) in &keys {
            reader.press(&KeyPress { key: key.clone(), at: *at });
            prop_assert!(reader.held.len() <= 64 + prefix.len());
        }
        reader.tick(f64::MAX);
        prop_assert!(reader.held.is_empty());
    }
}
