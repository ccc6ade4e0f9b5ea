//! Preferences of a device: language, appearance and sound.

use std::rc::Rc;

use yew::Reducible;

use crate::text::Language;

/// Appearance of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Appearance that the device prefers.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All appearances, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Returns the stored form, which is that of the `data-theme` attribute; `None` for the device's own.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Parses the stored form.
    pub fn parse(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }
}

/// Preferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefs {
    /// Language.
    pub language: Language,
    /// Appearance.
    pub theme: Theme,
    /// True if a sound announces a ready order or a new ticket.
    pub sound: bool,
}

impl Default for Prefs {
    fn default() -> Self {
        Self { language: Language::English, theme: Theme::System, sound: true }
    }
}

/// Change of one preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// New language.
    Language(Language),
    /// New appearance.
    Theme(Theme),
    /// Sound on or off.
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
    fn a_theme_is_stored_by_its_name() {
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
