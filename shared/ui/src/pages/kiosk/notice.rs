//! Screens of one sentence: starting, placing, thanks, closed, no connection, out of order.

use app::kiosk::{Action, Trouble};
use yew::prelude::*;

use super::use_kiosk;
use crate::{
    components::{
        icon::Icon,
        picture::{Scene, SceneDrawing},
    },
    hooks::use_language,
    text::{Language, Text, kiosk as say},
};

/// Screen while the core starts.
#[component]
pub(super) fn Starting() -> Html {
    let language = use_language();
    html! {
        <div class="show centered">
            <Icon name="dome" class="breathing" />
            <h1>{ language.say(say::STARTING) }</h1>
        </div>
    }
}

/// Screen while the order is sent.
#[component]
pub(super) fn Placing() -> Html {
    let language = use_language();
    html! {
        <div class="show centered" role="status">
            <Icon name="dome" class="breathing" />
            <h1>{ language.say(say::PLACING) }</h1>
            <p class="lead">{ language.say(say::PLACING_HINT) }</p>
        </div>
    }
}

/// Screen before everything of the student is wiped.
#[component]
pub(super) fn Thanks() -> Html {
    let language = use_language();
    html! {
        <div class="show centered" role="status">
            <SceneDrawing scene={Scene::Iftar} />
            <h1>{ language.say(say::THANKS) }</h1>
            <p class="lead">{ language.say(say::THANKS_HINT) }</p>
        </div>
    }
}

/// Screen while the console has closed the kiosk, with its message.
#[component]
pub(super) fn Closed() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    let message = kiosk.snapshot.message.as_ref().map(|message| match language {
        Language::English => message.en.clone(),
        Language::Bangla => message.bn.clone(),
    });
    html! {
        <div class="show centered" role="status">
            <SceneDrawing scene={Scene::Closed} />
            <h1>{ language.say(say::CLOSED) }</h1>
            if let Some(message) = message.filter(|message| !message.is_empty()) {
                <p class="banner info" data-test="message"><Icon name="info" /><span>{ message }</span></p>
            }
            <p class="lead">{ language.say(say::CLOSED_HINT) }</p>
        </div>
    }
}

/// Screen without a network, for a student who never signed in here.
#[component]
pub(super) fn NotKnownOffline() -> Html {
    let (kiosk, language) = (use_kiosk(), use_language());
    html! {
        <>
            <div class="show centered">
                <SceneDrawing scene={Scene::Offline} />
                <h1>{ language.say(say::NOT_KNOWN_TITLE) }</h1>
                <p class="lead">{ language.say(say::NOT_KNOWN_HINT) }</p>
            </div>
            <div class="act">
                <button class="button primary huge" type="button" onclick={kiosk.on(Action::Back)} data-test="back">
                    <Icon name="back" /><span>{ language.say(say::TO_START) }</span>
                </button>
            </div>
        </>
    }
}

/// Properties of [`OutOfOrder`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct TroubleProps {
    /// Cause.
    pub trouble: Trouble,
}

/// Screen until somebody mends the kiosk: a sentence for students in both languages, the cause for staff.
#[component]
pub(super) fn OutOfOrder(TroubleProps { trouble }: &TroubleProps) -> Html {
    let language = use_language();
    let (text, details) = explain(trouble);
    let details = details.into_iter().map(|(name, value)| {
        html! {
            <div><dt>{ language.say(name) }</dt><dd>{ value }</dd></div>
        }
    });
    html! {
        <>
            <div class="show centered" role="alert">
                <SceneDrawing scene={Scene::Closed} />
                <h1 lang="en">{ Language::English.say(say::OUT_OF_ORDER) }</h1>
                <p class="second" lang="bn">{ Language::Bangla.say(say::OUT_OF_ORDER) }</p>
            </div>
            <section class="act for-staff" aria-labelledby="for-staff" data-test="for-staff">
                <h2 id="for-staff"><Icon name="alert" />{ language.say(say::FOR_STAFF) }</h2>
                <p>{ language.say(text) }</p>
                <dl>{ for details }</dl>
            </section>
        </>
    }
}

/// Returns the remedy of a trouble and its details.
fn explain(trouble: &Trouble) -> (Text, Vec<(Text, String)>) {
    match trouble {
        Trouble::Configuration { file, line, fault, expected } => {
            let mut details = vec![(say::DETAIL_FILE, file.clone())];
            details.extend(line.map(|line| (say::DETAIL_LINE, line.to_string())));
            details.push((say::DETAIL_FAULT, fault.clone()));
            details.push((say::DETAIL_EXPECTED, expected.clone()));
            (say::TROUBLE_CONFIGURATION, details)
        }
        Trouble::Revoked => (say::TROUBLE_REVOKED, Vec::new()),
        Trouble::TooOld { version, minimum } => (
            say::TROUBLE_TOO_OLD,
            vec![(say::DETAIL_VERSION, version.clone()), (say::DETAIL_MINIMUM, minimum.clone())],
        ),
        Trouble::Storage { fault } => (say::TROUBLE_STORAGE, vec![(say::DETAIL_FAULT, fault.clone())]),
    }
}
