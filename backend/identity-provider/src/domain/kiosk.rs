//! Rules for kiosks and cards: names, messages, reports, card numbers, PINs, silence.

use std::{ops::RangeInclusive, time::Duration};

use wire::{
    FieldError, Time,
    kiosk::{CARD_LENGTH, KioskMessage, KioskReport, MAX_MESSAGE, MAX_NAME, PIN_LENGTH},
};

/// Most characters of the version of the app.
const MAX_VERSION: usize = 40;
/// Most characters of the name and version of the webview.
const MAX_WEBVIEW: usize = 80;
/// Most orders that a report counts.
const MAX_ORDERS: u32 = 1_000_000;

fn wrong(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

/// Returns whether a text is so long, in characters, and has no control characters.
fn is_plain(text: &str, length: RangeInclusive<usize>) -> bool {
    // Bytes first, so that a long text is not counted through.
    text.len() <= 4 * length.end()
        && length.contains(&text.chars().count())
        && !text.chars().any(char::is_control)
}

/// Returns a display name without space around it.
///
/// # Errors
/// It has no characters, too many, or control characters.
pub fn checked_name(name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    if is_plain(name, 1..=MAX_NAME) {
        return Ok(name.to_owned());
    }
    Err(wrong("name", format!("must have 1 to {MAX_NAME} characters, and no control characters")))
}

/// Returns a message without space around its texts.
///
/// # Errors
/// The texts that are too long or have control characters.
pub fn checked_message(message: &KioskMessage) -> Result<KioskMessage, Vec<FieldError>> {
    let (en, bn) = (message.en.trim(), message.bn.trim());
    let errors: Vec<_> = [("message.en", en), ("message.bn", bn)]
        .into_iter()
        .filter(|(_, text)| !is_plain(text, 0..=MAX_MESSAGE))
        .map(|(field, _)| {
            wrong(field, format!("must have at most {MAX_MESSAGE} characters, and no control characters"))
        })
        .collect();
    if errors.is_empty() { Ok(KioskMessage { en: en.to_owned(), bn: bn.to_owned() }) } else { Err(errors) }
}

/// Checks a report.
///
/// # Errors
/// The fields that are too long or too high.
pub fn check_report(report: &KioskReport) -> Result<(), Vec<FieldError>> {
    let texts = [("version", &report.version, MAX_VERSION), ("webview", &report.webview, MAX_WEBVIEW)];
    let counts = [("outbox", report.outbox), ("refused", report.refused)];
    let texts = texts
        .into_iter()
        .filter(|(_, text, most)| !is_plain(text, 0..=*most))
        .map(|(field, _, most)| wrong(field, format!("must have at most {most} printable characters")));
    let counts = counts
        .into_iter()
        .filter(|(_, count)| *count > MAX_ORDERS)
        .map(|(field, _)| wrong(field, format!("must be at most {MAX_ORDERS}")));
    let errors: Vec<_> = texts.chain(counts).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks a card number.
///
/// # Errors
/// It is too short, too long, or has control characters.
pub fn check_card(card: &str) -> Result<(), FieldError> {
    if is_plain(card, CARD_LENGTH) {
        return Ok(());
    }
    let (least, most) = (CARD_LENGTH.start(), CARD_LENGTH.end());
    Err(wrong("card", format!("must have {least} to {most} characters, and no control characters")))
}

/// Checks a PIN.
///
/// # Errors
/// It is too short, too long, or has other characters than the digits 0 to 9.
pub fn check_pin(pin: &str) -> Result<(), FieldError> {
    if PIN_LENGTH.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(wrong("pin", format!("must have {} to {} digits", PIN_LENGTH.start(), PIN_LENGTH.end())))
}

/// Returns whether a kiosk whose last heartbeat came at `heartbeat_at` is silent. One that is closed, revoked or has
/// never reported is not.
pub fn is_silent(expected: bool, heartbeat_at: Option<Time>, now: Time, silent_after: Duration) -> bool {
    expected && heartbeat_at.is_some_and(|at| now.since(at) > silent_after)
}

#[cfg(test)]
mod tests {
    use wire::kiosk::PrinterState;

    use super::*;

    #[test]
    fn names_and_messages_have_a_length() {
        assert_eq!(checked_name("  At the door ").unwrap(), "At the door");
        assert!(checked_name(&"ক".repeat(60)).is_ok());
        for name in ["", "  ", "a\nb", &"ক".repeat(61)] {
            assert_eq!(checked_name(name).unwrap_err().field, "name");
        }
        let message = |en: &str, bn: &str| checked_message(&KioskMessage { en: en.into(), bn: bn.into() });
        assert_eq!(message(" a ", "").unwrap(), KioskMessage { en: "a".into(), bn: String::new() });
        assert!(message(&"x".repeat(200), &"ক".repeat(200)).is_ok());
        let errors = message(&"x".repeat(201), "a\u{0}").unwrap_err();
        assert_eq!(
            errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(),
            ["message.en", "message.bn"]
        );
    }

    #[test]
    fn reports_are_bounded() {
        let report = KioskReport {
            version: "1".repeat(40),
            webview: "w".repeat(80),
            outbox: MAX_ORDERS,
            refused: 0,
            clock: Time::from_millis(0),
            started_at: Time::from_millis(0),
            printer: PrinterState::None,
        };
        check_report(&report).unwrap();
        let report = KioskReport {
            version: "1".repeat(41),
            webview: "a\0b".into(),
            outbox: MAX_ORDERS + 1,
            refused: u32::MAX,
            ..report
        };
        assert_eq!(check_report(&report).unwrap_err().len(), 4);
    }

    #[test]
    fn cards_and_pins_have_a_form() {
        for (card, good) in [("0004", true), ("123", false), ("12\r34", false), ("এক-দুই", true)] {
            assert_eq!(check_card(card).is_ok(), good, "{card:?}");
        }
        assert!(check_card(&"1".repeat(64)).is_ok() && check_card(&"1".repeat(65)).is_err());
        for (pin, good) in
            [("1234", true), ("12345678", true), ("123", false), ("123456789", false), ("12a4", false)]
        {
            assert_eq!(check_pin(pin).is_ok(), good, "{pin:?}");
        }
        assert!(check_pin("১২৩৪").is_err() && check_pin("").is_err());
    }

    #[test]
    fn only_an_expected_heartbeat_is_missed() {
        let (now, limit) = (Time::from_millis(1_000_000), Duration::from_secs(120));
        let at = |seconds| Some(now.minus(Duration::from_secs(seconds)));
        assert!(is_silent(true, at(121), now, limit));
        assert!(!is_silent(true, at(120), now, limit));
        assert!(!is_silent(false, at(900), now, limit));
        assert!(!is_silent(true, None, now, limit));
    }
}
