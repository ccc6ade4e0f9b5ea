//! Language, appearance and sound, for everybody below.

use yew::prelude::*;

use super::use_window_event;
use crate::{
    browser,
    state::prefs::{Choose, Prefs, Theme},
    text::Language,
};

type Handle = UseReducerHandle<Prefs>;

/// What holds the pages of a surface.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Around {
    /// What is in it.
    pub children: Html,
}

fn kept() -> Prefs {
    let chosen = browser::kept("language").and_then(|tag| Language::of_tag(&tag));
    let preferred = || browser::preferred_languages().iter().find_map(|tag| Language::of_tag(tag));
    Prefs {
        language: chosen.or_else(preferred).unwrap_or_default(),
        theme: Theme::parse(browser::kept("theme").as_deref()),
        sound: browser::kept("sound").as_deref() != Some("off"),
    }
}

/// Knows what the person chose, keeps it on the device, and dresses the page accordingly.
#[component]
pub fn PrefsProvider(Around { children }: &Around) -> Html {
    let prefs = use_reducer_eq(kept);
    use_effect_with(*prefs, |prefs| {
        browser::dress(prefs.language.tag(), prefs.theme);
    });
    let dispatcher = prefs.dispatcher();
    let took_over = use_callback((), move |_: Event, ()| {
        let kept = kept();
        dispatcher.dispatch(Choose::Language(kept.language));
        dispatcher.dispatch(Choose::Theme(kept.theme));
        dispatcher.dispatch(Choose::Sound(kept.sound));
    });
    use_window_event("storage", took_over);
    html! { <ContextProvider<Handle> context={prefs}>{ children.clone() }</ContextProvider<Handle>> }
}

/// What the person chose; without a provider, the defaults.
#[hook]
pub fn use_prefs() -> (Prefs, Callback<Choose>) {
    let handle = use_context::<Handle>();
    let prefs = handle.as_ref().map(|handle| **handle).unwrap_or_default();
    let choose = Callback::from(move |choice| {
        // Kept when it is chosen and not when it is known, so that a device's own language is followed until then.
        match choice {
            Choose::Language(language) => browser::keep("language", Some(language.tag())),
            Choose::Theme(theme) => browser::keep("theme", theme.as_str()),
            Choose::Sound(sound) => browser::keep("sound", (!sound).then_some("off")),
        }
        if let Some(handle) = &handle {
            handle.dispatch(choice);
        }
    });
    (prefs, choose)
}

/// The language of the page.
#[hook]
pub fn use_language() -> Language {
    use_context::<Handle>().map(|handle| handle.language).unwrap_or_default()
}
