//! Every text that people read, in English and Bangla side by side.
//!
//! A catalogue is a table of constants, so that a text without its other language does not compile, and a text that
//! nobody shows is not downloaded. Placeholders stand in braces, as in `{n}`; [`Language::fill`] puts values in.
//!
//! - [`common`]: what every surface says
//! - [`student`]: ordering and following an order
//! - [`failures`]: what went wrong, and what to do next
//! - [`board`]: the pick-up board
//! - [`admin`]: the console
//! - [`dishes`]: what dishes are called

pub mod admin;
pub mod board;
pub mod common;
pub mod dishes;
pub mod failures;
pub mod student;

/// A language of the pages.
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
    /// A text.
    pub const fn new(en: &'static str, bn: &'static str) -> Self {
        Self { en, bn }
    }
}

impl Language {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Bangla];

    /// Its tag, as in the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Bangla => "bn",
        }
    }

    /// The language of a tag, its region ignored.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.tag() == language)
    }

    /// What those who speak it call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Bangla => "বাংলা",
        }
    }

    /// The language that a switch between the two leads to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::English => Self::Bangla,
            Self::Bangla => Self::English,
        }
    }

    /// The text in this language.
    pub fn say(self, text: Text) -> &'static str {
        match self {
            Self::English => text.en,
            Self::Bangla => text.bn,
        }
    }

    /// The text in this language, with values for its placeholders.
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

        /// Every text of this catalogue with its name.
        #[cfg(test)]
        pub(super) const CATALOGUE: &[(&str, $crate::text::Text)] = &[$((stringify!($name), $name),)+];
    };
}
pub(crate) use texts;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, Text)> {
        [common::CATALOGUE, student::CATALOGUE, failures::CATALOGUE, board::CATALOGUE, admin::CATALOGUE]
            .into_iter()
            .flatten()
            .copied()
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
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
        // Signs, and the order of values, say the same in both.
        let foreign = ["TIMES"];
        for (name, text) in all().filter(|(name, _)| !foreign.contains(name)) {
            let bangla = text.bn.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c));
            assert!(bangla, "{name}: {}", text.bn);
            let english = text.en.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c) && c != '৳');
            assert!(!english, "{name}: {}", text.en);
        }
    }

    #[test]
    fn values_stand_where_their_placeholders_were() {
        let text = Text::new("{n} of {all} left, {n}!", "{all}টির {n}টি");
        assert_eq!(Language::English.fill(text, &[("n", "3"), ("all", "5")]), "3 of 5 left, 3!");
        assert_eq!(Language::Bangla.fill(text, &[("n", "৩"), ("all", "৫")]), "৫টির ৩টি");
        assert_eq!(Language::English.fill(Text::new("a {", "ক"), &[]), "a ");
    }

    #[test]
    fn languages_are_known_by_their_tags() {
        assert_eq!(Language::of_tag("bn-BD"), Some(Language::Bangla));
        assert_eq!(Language::of_tag("en"), Some(Language::English));
        assert_eq!(Language::of_tag("fr-FR"), None);
    }
}
