//! Language, appearance and sound, for everybody below.

use yew::prelude::*;

use super::{Children, use_device, use_window_event};
use crate::{
    browser,
    device::DeviceHandle,
    state::prefs::{Choose, Prefs, Theme},
    text::Language,
};

/// Preferences, and the device that stores them.
#[derive(Clone, PartialEq)]
struct PrefsHandle {
    prefs: UseReducerHandle<Prefs>,
    device: Option<DeviceHandle>,
}

fn stored(device: Option<&DeviceHandle>) -> Prefs {
    let load = |name| device.and_then(|device| device.load(name));
    let chosen = load("language").and_then(|tag| Language::of_tag(&tag));
    let preferred = || browser::preferred_languages().iter().find_map(|tag| Language::of_tag(tag));
    Prefs {
        language: chosen.or_else(preferred).unwrap_or_default(),
        theme: Theme::parse(load("theme").as_deref()),
        sound: load("sound").as_deref() != Some("off"),
    }
}

/// Loads the preferences from the device, and applies language and appearance to the page.
#[component]
pub fn PrefsProvider(Children { children }: &Children) -> Html {
    let device = use_device();
    let loaded = device.clone();
    let prefs = use_reducer_eq(move || stored(loaded.as_ref()));
    use_effect_with(*prefs, |prefs| {
        browser::dress(prefs.language.tag(), prefs.theme);
    });
    let (dispatcher, loaded) = (prefs.dispatcher(), device.clone());
    // Another tab of the device has changed them.
    let on_storage = use_callback((), move |_: Event, ()| {
        let stored = stored(loaded.as_ref());
        dispatcher.dispatch(Choose::Language(stored.language));
        dispatcher.dispatch(Choose::Theme(stored.theme));
        dispatcher.dispatch(Choose::Sound(stored.sound));
    });
    use_window_event("storage", on_storage);
    let handle = PrefsHandle { prefs, device };
    html! { <ContextProvider<PrefsHandle> context={handle}>{ children.clone() }</ContextProvider<PrefsHandle>> }
}

/// Returns the preferences, and a callback that changes and stores one of them. Without a provider, the defaults.
#[hook]
pub fn use_prefs() -> (Prefs, Callback<Choose>) {
    let handle = use_context::<PrefsHandle>();
    let prefs = handle.as_ref().map(|handle| *handle.prefs).unwrap_or_default();
    let choose = Callback::from(move |choice| {
        let Some(PrefsHandle { prefs, device }) = &handle else { return };
        // Stored when it is chosen, so that the device's own language is followed until then.
        if let Some(device) = device {
            match choice {
                Choose::Language(language) => device.save("language", Some(language.tag())),
                Choose::Theme(theme) => device.save("theme", theme.as_str()),
                Choose::Sound(sound) => device.save("sound", (!sound).then_some("off")),
            }
        }
        prefs.dispatch(choice);
    });
    (prefs, choose)
}

/// Language that is no preference of the device.
#[derive(Clone, PartialEq)]
struct GivenLanguage(Language);

/// Properties of [`LanguageProvider`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct LanguageProviderProps {
    /// Language.
    pub language: Language,
    /// Content.
    pub children: Html,
}

/// Sets the language for everything below, without preferences.
#[component]
pub fn LanguageProvider(LanguageProviderProps { language, children }: &LanguageProviderProps) -> Html {
    let given = GivenLanguage(*language);
    html! { <ContextProvider<GivenLanguage> context={given}>{ children.clone() }</ContextProvider<GivenLanguage>> }
}

/// Returns the language of the page.
#[hook]
pub fn use_language() -> Language {
    let given = use_context::<GivenLanguage>();
    let prefs = use_context::<PrefsHandle>();
    given.map(|given| given.0).or(prefs.map(|handle| handle.prefs.language)).unwrap_or_default()
}
