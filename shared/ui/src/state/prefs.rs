//! Language, appearance and sound: what a person chose on this device.

use std::rc::Rc;

use yew::Reducible;

use crate::text::Language;

/// How the pages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Paper.
    Light,
    /// Dusk.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is remembered, and as in the `data-theme` attribute; nothing for the device's own.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// What was remembered.
    pub fn parse(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }
}

/// What a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefs {
    /// The language.
    pub language: Language,
    /// The appearance.
    pub theme: Theme,
    /// Whether there is a sound when an order is ready, or a ticket is new.
    pub sound: bool,
}

impl Default for Prefs {
    fn default() -> Self {
        Self { language: Language::English, theme: Theme::System, sound: true }
    }
}

/// A choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// Another language.
    Language(Language),
    /// Another appearance.
    Theme(Theme),
    /// Sound or none.
    Sound(bool),
}

impl Reducible for Prefs {
    type Action = Choose;

    fn reduce(self: Rc<Self>, action: Choose) -> Rc<Self> {
        let mut prefs = *self;
        match action {
            Choose::Language(language) => prefs.language = language,
            Choose::Theme(theme) => prefs.theme = theme,
            Choose::Sound(sound) => prefs.sound = sound,
        }
        Rc::new(prefs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_remembered_by_its_name() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str()), theme);
        }
        assert_eq!(Theme::parse(Some("sepia")), Theme::System);
    }

    #[test]
    fn each_choice_changes_one_thing() {
        let prefs = Rc::new(Prefs::default());
        let prefs = prefs.reduce(Choose::Theme(Theme::Dark)).reduce(Choose::Language(Language::Bangla));
        assert_eq!(*prefs, Prefs { language: Language::Bangla, theme: Theme::Dark, sound: true });
    }
}
