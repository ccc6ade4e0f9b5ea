//! Sign-in page.

use yew::prelude::*;

use crate::{
    browser,
    components::{
        icon::Icon,
        picture::{Scene, SceneDrawing},
        settings::LanguageSwitch,
        sign_in::SignIn,
    },
    hooks::use_language,
    text::{common, student},
};

/// Properties of [`SignInPage`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SignInPageProps {
    /// True after a session expired or was revoked.
    pub ended: bool,
}

/// Page shown while nobody is signed in.
#[component]
pub fn SignInPage(SignInPageProps { ended }: &SignInPageProps) -> Html {
    let language = use_language();
    use_effect_with(language, |language| browser::title(language.say(common::CAFETERIA)));
    html! {
        <div class="door">
            <header class="door-head">
                <span class="brand"><Icon name="dome" />{ language.say(common::CAFETERIA) }</span>
                <LanguageSwitch />
            </header>
            <main class="door-main" id="main">
                <div class="door-scene"><SceneDrawing scene={Scene::Iftar} /></div>
                <div class="door-card">
                    <h1>{ language.say(student::WELCOME) }</h1>
                    if *ended {
                        <p class="banner warn" role="status">
                            <Icon name="info" /><span>{ language.say(common::SESSION_ENDED) }</span>
                        </p>
                    } else {
                        <p class="muted">{ language.say(student::WELCOME_HINT) }</p>
                    }
                    <SignIn />
                </div>
            </main>
        </div>
    }
}
