//! Texts on screens, in English and Bangla side by side.
//!
//! A catalogue is a table of constants: a text without its translation does not compile, and the linker drops unused
//! texts from the download. Placeholders are in braces, as in `{n}`; [`Language::fill`] replaces them with values.
//!
//! - [`common`]: texts of every surface
//! - [`student`]: ordering and order tracking
//! - [`failures`]: error messages
//! - [`board`]: the pick-up board
//! - [`admin`]: the console
//! - [`kiosk`]: the kiosk at the counter
//! - [`dishes`]: names of dishes

pub mod admin;
pub mod board;
pub mod common;
pub mod dishes;
pub mod failures;
pub mod kiosk;
pub mod student;

/// Language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Bangla.
    Bangla,
}

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    en: &'static str,
    bn: &'static str,
}

impl Text {
    /// Creates a text from its two translations.
    pub const fn new(en: &'static str, bn: &'static str) -> Self {
        Self { en, bn }
    }
}

impl Language {
    /// All languages, in the order in which the settings list them.
    pub const ALL: [Self; 2] = [Self::English, Self::Bangla];

    /// Returns the language tag, as in the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Bangla => "bn",
        }
    }

    /// Parses a language tag and ignores its region.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.tag() == language)
    }

    /// Returns the language's name in that language.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Bangla => "বাংলা",
        }
    }

    /// Returns the language that the language switch offers.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Bangla,
            Self::Bangla => Self::English,
        }
    }

    /// Returns the text in this language.
    pub fn say(self, text: Text) -> &'static str {
        match self {
            Self::English => text.en,
            Self::Bangla => text.bn,
        }
    }

    /// Returns the text in this language with its placeholders replaced by `values`.
    pub fn fill(self, text: Text, values: &[(&str, &str)]) -> String {
        let mut rest = self.say(text);
        let mut filled = String::with_capacity(rest.len() + 16);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else { return filled };
            if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                filled.push_str(value);
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// Declares texts: `NAME = "English", "Bangla";`.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $en:literal, $bn:literal;)+) => {
        $($(#[$doc])*
        #[doc = $en]
        pub const $name: $crate::text::Text = $crate::text::Text::new($en, $bn);)+

        /// All texts of this catalogue with their keys.
        #[cfg(test)]
        pub(super) const CATALOGUE: &[(&str, $crate::text::Text)] = &[$((stringify!($name), $name),)+];
    };
}
pub(crate) use texts;

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, Text)> {
        [
            common::CATALOGUE,
            student::CATALOGUE,
            failures::CATALOGUE,
            board::CATALOGUE,
            admin::CATALOGUE,
            kiosk::CATALOGUE,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    /// Returns the numbers in a text, which must be the same in both languages.
    pub(crate) fn numbers_in(text: Text) -> Vec<u64> {
        let numbers = |text: &str| -> Vec<u64> {
            let latin = |c: char| match u32::from(c) {
                digit @ 0x9e6..=0x9ef => char::from_digit(digit - 0x9e6, 10).unwrap(),
                _ => c,
            };
            let text: String = text.chars().map(latin).collect();
            let runs = text.split(|c: char| !c.is_ascii_digit() && c != ',');
            runs.filter_map(|run| run.replace(',', "").parse().ok()).collect()
        };
        assert_eq!(numbers(text.en), numbers(text.bn), "{}", text.en);
        numbers(text.en)
    }

    /// Asserts that a text names exactly the ASCII characters that `accepts` allows.
    pub(crate) fn assert_names_alphabet(text: Text, accepts: impl Fn(&str) -> bool) {
        for c in (' '..='~').map(String::from) {
            let (en, bn) = match c.as_str() {
                "." => ("dots", "ডট"),
                "_" => ("underscores", "আন্ডারস্কোর"),
                "-" => ("dashes", "ড্যাশ"),
                "@" => ("@", "@"),
                alphabetic if alphabetic.chars().all(char::is_alphabetic) => ("etters", "অক্ষর"),
                digit if digit.chars().all(char::is_numeric) => ("digits", "সংখ্যা"),
                other => {
                    assert!(!accepts(other), "{other} in {}", text.en);
                    continue;
                }
            };
            let excludes_capitals = [text.en.contains("Small letters"), text.bn.contains("ছোট")];
            let excluded = excludes_capitals.map(|excluded| excluded && c.chars().all(char::is_uppercase));
            let named = [text.en.contains(en) && !excluded[0], text.bn.contains(bn) && !excluded[1]];
            assert_eq!(named, [accepts(&c); 2], "{c} in {}", text.en);
        }
    }

    #[test]
    fn every_text_exists_in_both_languages_with_the_same_placeholders() {
        for (name, text) in all() {
            assert!(!text.en.trim().is_empty() && !text.bn.trim().is_empty(), "{name} is empty");
            assert_eq!(placeholders(text.en), placeholders(text.bn), "{name}");
        }
    }

    #[test]
    fn bangla_is_written_in_bangla() {
        // A text of placeholders and symbols is the same in both languages.
        let foreign = ["DISH_QUANTITY"];
        for (name, text) in all().filter(|(name, _)| !foreign.contains(name)) {
            let bangla = text.bn.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c));
            assert!(bangla, "{name}: {}", text.bn);
            let english = text.en.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c) && c != '৳');
            assert!(!english, "{name}: {}", text.en);
        }
    }

    #[test]
    fn placeholders_are_replaced_by_their_values() {
        let text = Text::new("{n} of {all} left, {n}!", "{all}টির {n}টি");
        assert_eq!(Language::English.fill(text, &[("n", "3"), ("all", "5")]), "3 of 5 left, 3!");
        assert_eq!(Language::Bangla.fill(text, &[("n", "৩"), ("all", "৫")]), "৫টির ৩টি");
        assert_eq!(Language::English.fill(Text::new("a {", "ক"), &[]), "a ");
    }

    #[test]
    fn language_tags_are_parsed_without_their_region() {
        assert_eq!(Language::of_tag("bn-BD"), Some(Language::Bangla));
        assert_eq!(Language::of_tag("en"), Some(Language::English));
        assert_eq!(Language::of_tag("fr-FR"), None);
    }
}
