//! Settings: language, appearance and sound.

use yew::prelude::*;

use super::icon::Icon;
use crate::{
    hooks::use_prefs,
    state::prefs::{Choose, Theme},
    text::{Language, common},
};

/// Button that switches to the other language, labelled in that language.
#[component]
pub fn LanguageSwitch() -> Html {
    let (prefs, choose) = use_prefs();
    let other = prefs.language.other();
    let onclick = Callback::from(move |_: MouseEvent| choose.emit(Choose::Language(other)));
    html! {
        <button class="button quiet language" type="button" lang={other.tag()} {onclick} data-test="language">
            { other.own_name() }
        </button>
    }
}

/// All settings.
#[component]
pub fn Settings() -> Html {
    let (prefs, choose) = use_prefs();
    let language = prefs.language;
    let option =
        |label: &'static str, lang: Option<&'static str>, icon: &'static str, on: bool, choice: Choose| {
            let choose = choose.clone();
            let onclick = Callback::from(move |_: MouseEvent| choose.emit(choice));
            html! {
                <button class="choice" type="button" {lang} aria-pressed={on.to_string()} {onclick}>
                    <Icon name={icon} />
                    <span>{ label }</span>
                </button>
            }
        };
    let themes = Theme::ALL.into_iter().map(|theme| {
        let (text, icon) = match theme {
            Theme::System => (common::THEME_SYSTEM, "system"),
            Theme::Light => (common::THEME_LIGHT, "sun"),
            Theme::Dark => (common::THEME_DARK, "moon"),
        };
        option(language.say(text), None, icon, prefs.theme == theme, Choose::Theme(theme))
    });
    let languages = Language::ALL.into_iter().map(|known| {
        let on = prefs.language == known;
        option(known.own_name(), Some(known.tag()), "language", on, Choose::Language(known))
    });
    let sounds = [(true, common::SOUND_ON, "sound"), (false, common::SOUND_OFF, "sound-off")]
        .into_iter()
        .map(|(on, text, icon)| option(language.say(text), None, icon, prefs.sound == on, Choose::Sound(on)));
    html! {
        <div class="settings">
            <fieldset>
                <legend>{ language.say(common::LANGUAGE) }</legend>
                <div class="choices">{ for languages }</div>
            </fieldset>
            <fieldset>
                <legend>{ language.say(common::APPEARANCE) }</legend>
                <div class="choices">{ for themes }</div>
            </fieldset>
            <fieldset>
                <legend>{ language.say(common::SOUND) }</legend>
                <div class="choices">{ for sounds }</div>
            </fieldset>
        </div>
    }
}
