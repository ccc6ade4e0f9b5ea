//! Signing in.

use yew::prelude::*;

use crate::{
    browser,
    components::{
        icon::Icon,
        picture::{Drawing, Scene},
        settings::LanguageSwitch,
        sign_in::SignIn,
    },
    hooks::{use_language, use_shop},
    text::{common, student},
};

/// How somebody came to the door.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DoorProps {
    /// Whether a session has ended by itself.
    pub ended: bool,
}

/// The page of those who are not signed in.
#[component]
pub fn Door(DoorProps { ended }: &DoorProps) -> Html {
    let (shop, language) = (use_shop(), use_language());
    use_effect_with(language, |language| browser::title(language.say(common::CAFETERIA)));
    let done = {
        let shop = shop.clone();
        Callback::from(move |person| shop.signed_in(person))
    };
    html! {
        <div class="door">
            <header class="door-head">
                <span class="brand"><Icon name="dome" />{ language.say(common::CAFETERIA) }</span>
                <LanguageSwitch />
            </header>
            <main class="door-main" id="main">
                <div class="door-scene"><Drawing scene={Scene::Iftar} /></div>
                <div class="door-card">
                    <h1>{ language.say(student::WELCOME) }</h1>
                    if *ended {
                        <p class="banner warn" role="status">
                            <Icon name="info" /><span>{ language.say(common::SESSION_ENDED) }</span>
                        </p>
                    } else {
                        <p class="muted">{ language.say(student::WELCOME_HINT) }</p>
                    }
                    <SignIn client={shop.client().clone()} {done} />
                </div>
            </main>
        </div>
    }
}
