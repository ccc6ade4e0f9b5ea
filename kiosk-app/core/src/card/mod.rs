//! Card reader that types like a keyboard.
//!
//! A reader sends its prefix, the card's number and its terminator, each key at most `KEY_INTERVAL_MS` after the one
//! before. Keys that may belong to a card are held until they are judged, so half a card never lands in a field.
//!
//! With a prefix, only a burst that begins with it is a card, and whatever began with the prefix or a part of it is never
//! typed. So the prefix is to be a character that no user name and no PIN has, and that no card's number contains.
//! Without a prefix, timing alone decides; a person's key is then released `KEY_INTERVAL_MS` later.

use std::fmt;

use app::kiosk::KeyPress;
use wire::{identity::Secret, kiosk::CARD_LENGTH};

/// Most milliseconds between two keys of a reader.
const KEY_INTERVAL_MS: f64 = 100.0;
/// Most milliseconds from the first to the last key of a card.
const CARD_MS: f64 = 1_500.0;
/// Most bytes of the name of a key; longer ones are no key.
const MAX_KEY: usize = 32;
/// Keys that type nothing by themselves. Readers send some of them before capitals.
const MODIFIERS: [&str; 9] =
    ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Fn", "ScrollLock"];

/// Settings of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardConfig {
    /// False if no reader is expected: every key is typed by a person.
    pub enabled: bool,
    /// Characters before the card's number; may be empty.
    pub prefix: String,
    /// Key after the card's number, as in `KeyboardEvent.key`.
    pub terminator: String,
}

impl Default for CardConfig {
    fn default() -> Self {
        Self { enabled: true, prefix: String::new(), terminator: "Enter".to_owned() }
    }
}

/// Judgement about keys.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// Number of a card that was read whole.
    Card(Secret),
    /// Keys that a person pressed, in order.
    Typed(Vec<KeyPress>),
    /// A card began and was not read whole.
    Unreadable,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card(number) => f.debug_tuple("Card").field(number).finish(),
            Self::Typed(keys) => write!(f, "Typed({} keys)", keys.len()),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
}

/// Treatment of the next key.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// It may begin a card.
    Idle,
    /// Held keys may be a card.
    Burst {
        /// Time of the first held key.
        since: f64,
    },
    /// The burst is too long to be a card, and there is no prefix: a key that a person holds down.
    Passing,
    /// The rest of an unreadable card is dropped.
    Dropping {
        /// Time after which a key is a person's.
        until: f64,
    },
}

/// Judge of key presses. It never holds more than one card.
pub struct CardReader {
    config: CardConfig,
    mode: Mode,
    held: Vec<KeyPress>,
    /// Time of the last key.
    last: f64,
}

impl fmt::Debug for CardReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardReader").field("config", &self.config).field("held", &self.held.len()).finish()
    }
}

impl CardReader {
    /// Creates a judge that has seen no key.
    pub fn new(config: CardConfig) -> Self {
        Self { config, mode: Mode::Idle, held: Vec::new(), last: 0.0 }
    }

    /// Takes a key press and returns everything that is decided by it.
    pub fn press(&mut self, press: &KeyPress) -> Vec<Outcome> {
        let mut outcomes = Outcomes::default();
        if press.key.is_empty() || press.key.len() > MAX_KEY || MODIFIERS.contains(&press.key.as_str()) {
            return outcomes.done();
        }
        if !self.config.enabled {
            outcomes.typed([press.clone()]);
            return outcomes.done();
        }
        let at = self.follow_clock(press.at, &mut outcomes);
        self.judge(KeyPress { key: press.key.clone(), at }, &mut outcomes);
        outcomes.done()
    }

    /// Returns everything that is decided by the time `now`, on the clock of the key presses. To be called some times a
    /// second.
    pub fn tick(&mut self, now: f64) -> Vec<Outcome> {
        let mut outcomes = Outcomes::default();
        if now - self.last > KEY_INTERVAL_MS {
            self.pause(&mut outcomes);
        }
        outcomes.done()
    }

    /// Drops all held keys, for instance because the screen was wiped.
    pub fn clear(&mut self) {
        self.held.clear();
        self.mode = Mode::Idle;
    }

    /// Follows the clock to the time of a key, ends a burst that the key does not belong to, and returns the time.
    fn follow_clock(&mut self, at: f64, outcomes: &mut Outcomes) -> f64 {
        let valid = at.is_finite() && at >= self.last;
        let at = if at.is_finite() { at } else { self.last };
        if !valid || at - self.last > KEY_INTERVAL_MS {
            self.pause(outcomes);
        }
        if let Mode::Dropping { until } = &mut self.mode {
            // After a step back of the clock nobody waits longer than one card takes.
            *until = until.min(at + CARD_MS);
        }
        self.last = at;
        at
    }

    /// Ends a burst, because no key followed in time.
    fn pause(&mut self, outcomes: &mut Outcomes) {
        match self.mode {
            Mode::Burst { since } => self.give_up(since, outcomes),
            Mode::Passing => self.mode = Mode::Idle,
            Mode::Idle | Mode::Dropping { .. } => {}
        }
    }

    /// Ends a burst that is no card: it is unreadable if there is a prefix, and typed otherwise.
    fn give_up(&mut self, since: f64, outcomes: &mut Outcomes) {
        if self.config.prefix.is_empty() {
            outcomes.typed(self.held.drain(..));
            self.mode = Mode::Idle;
        } else {
            self.held.clear();
            outcomes.unreadable();
            self.mode = Mode::Dropping { until: since + CARD_MS };
        }
    }

    fn judge(&mut self, press: KeyPress, outcomes: &mut Outcomes) {
        let terminates = press.key == self.config.terminator;
        match self.mode {
            Mode::Passing => outcomes.typed([press]),
            Mode::Dropping { until } if press.at <= until && !self.begins(&press) => {
                self.mode = if terminates {
                    Mode::Idle
                } else {
                    // The burst goes on for as long as its keys follow each other.
                    Mode::Dropping { until: until.max(press.at + KEY_INTERVAL_MS) }
                };
            }
            Mode::Idle | Mode::Dropping { .. } => {
                if terminates || !self.begins(&press) {
                    self.mode = Mode::Idle;
                    outcomes.typed([press]);
                } else {
                    self.mode = Mode::Burst { since: press.at };
                    self.held.push(press);
                }
            }
            Mode::Burst { since } => self.extend(since, press, terminates, outcomes),
        }
    }

    /// Adds a key to a burst.
    fn extend(&mut self, since: f64, press: KeyPress, terminates: bool, outcomes: &mut Outcomes) {
        let prefix = self.config.prefix.chars().count();
        let whole_prefix = self.held.len() >= prefix;
        if press.at - since > CARD_MS {
            return self.overrun(since, press, terminates, outcomes);
        }
        if terminates && whole_prefix {
            let number: String = self.held.iter().skip(prefix).map(|held| held.key.as_str()).collect();
            if CARD_LENGTH.contains(&number.chars().count()) {
                outcomes.card(number);
                self.held.clear();
            } else if prefix > 0 {
                outcomes.unreadable();
                self.held.clear();
            } else {
                self.held.push(press);
                outcomes.typed(self.held.drain(..));
            }
            self.mode = Mode::Idle;
            return;
        }
        if character(&press.key).is_none() {
            // A reader sends characters alone. The rest of the card, and the key, are dropped.
            if prefix > 0 && whole_prefix {
                return self.overrun_held(since, outcomes);
            }
            outcomes.typed(self.held.drain(..).chain([press]));
            self.mode = Mode::Idle;
            return;
        }
        self.held.push(press);
        if whole_prefix {
            self.restart_at_prefix(prefix, outcomes);
            if self.held.len() > prefix + CARD_LENGTH.end() {
                self.overrun_held(since, outcomes);
            }
        } else {
            self.keep_prefix(outcomes);
        }
    }

    /// Begins the card anew if the prefix has just been repeated in it.
    fn restart_at_prefix(&mut self, prefix: usize, outcomes: &mut Outcomes) {
        if prefix == 0 || self.held.len() < 2 * prefix || !self.ends_with_prefix(prefix) {
            return;
        }
        if self.held.len() > 2 * prefix {
            outcomes.unreadable();
        }
        self.held.drain(..self.held.len() - prefix);
        self.mode = Mode::Burst { since: self.held.first().map_or(self.last, |first| first.at) };
    }

    /// Releases keys until the held ones are a beginning of the prefix.
    fn keep_prefix(&mut self, outcomes: &mut Outcomes) {
        while !self.held.is_empty()
            && !self.held.iter().zip(self.config.prefix.chars()).all(|(held, c)| is_character(&held.key, c))
        {
            outcomes.typed([self.held.remove(0)]);
        }
        self.mode = match self.held.first() {
            Some(first) => Mode::Burst { since: first.at },
            None => Mode::Idle,
        };
    }

    /// Ends a burst whose next key comes after the time of one card.
    fn overrun(&mut self, since: f64, press: KeyPress, terminates: bool, outcomes: &mut Outcomes) {
        self.overrun_held(since, outcomes);
        if let Mode::Dropping { until } = &mut self.mode {
            *until = if terminates { since } else { until.max(press.at + KEY_INTERVAL_MS) };
        } else {
            outcomes.typed([press]);
        }
    }

    /// Ends a burst that is too long for a card, and decides about its rest.
    fn overrun_held(&mut self, since: f64, outcomes: &mut Outcomes) {
        self.give_up(since, outcomes);
        if let Mode::Dropping { until } = &mut self.mode {
            *until = until.max(self.last + KEY_INTERVAL_MS);
        } else {
            self.mode = Mode::Passing;
        }
    }

    /// Returns whether a key can be the first of a card.
    fn begins(&self, press: &KeyPress) -> bool {
        match self.config.prefix.chars().next() {
            Some(first) => is_character(&press.key, first),
            None => character(&press.key).is_some(),
        }
    }

    fn ends_with_prefix(&self, prefix: usize) -> bool {
        let tail = self.held.iter().skip(self.held.len().saturating_sub(prefix));
        tail.zip(self.config.prefix.chars()).all(|(held, c)| is_character(&held.key, c))
    }
}

/// Returns the character that a key types, if it types one.
fn character(key: &str) -> Option<char> {
    let mut characters = key.chars();
    characters.next().filter(|c| characters.next().is_none() && !c.is_control())
}

fn is_character(key: &str, expected: char) -> bool {
    character(key) == Some(expected)
}

/// Outcomes in order; typed keys that follow each other are one.
#[derive(Default)]
struct Outcomes(Vec<Outcome>);

impl Outcomes {
    fn typed(&mut self, keys: impl IntoIterator<Item = KeyPress>) {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            return;
        }
        match self.0.last_mut() {
            Some(Outcome::Typed(before)) => before.extend(keys),
            _ => self.0.push(Outcome::Typed(keys.collect())),
        }
    }

    fn card(&mut self, number: String) {
        self.0.push(Outcome::Card(Secret(number)));
    }

    fn unreadable(&mut self) {
        self.0.push(Outcome::Unreadable);
    }

    fn done(self) -> Vec<Outcome> {
        self.0
    }
}

#[cfg(test)]
mod tests;
