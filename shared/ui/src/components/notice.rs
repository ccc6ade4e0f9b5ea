//! An error or an empty place, and what to do next.

use std::rc::Rc;

use client::Failure;
use yew::prelude::*;

use super::{
    icon::Icon,
    picture::{Drawing, Scene},
};
use crate::{hooks::use_language, pages::failure, text::common};

/// A failure, and how to try again.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FailedProps {
    /// What failed.
    pub failure: Rc<Failure>,
    /// Tries again.
    #[prop_or_default]
    pub again: Option<Callback<()>>,
}

/// The one way to show a failure where the content would be.
#[component]
pub fn Failed(FailedProps { failure, again }: &FailedProps) -> Html {
    let language = use_language();
    let scene = match &**failure {
        Failure::Unreachable | Failure::TimedOut => Scene::Offline,
        Failure::Problem { .. } | Failure::Unreadable(_) | Failure::SignedOut => Scene::Closed,
    };
    let retry = again.clone().map(|again| {
        let onclick = Callback::from(move |_| again.emit(()));
        html! { <button class="button" type="button" {onclick}>{ language.say(common::TRY_AGAIN) }</button> }
    });
    html! {
        <div class="empty" role="alert">
            <Drawing {scene} />
            <p class="empty-title">{ language.say(failure::words(failure)) }</p>
            <Reference failure={failure.clone()} />
            { retry }
        </div>
    }
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FailureProps {
    /// What failed.
    pub failure: Rc<Failure>,
}

/// What operators find a failure by, small.
#[component]
pub fn Reference(FailureProps { failure }: &FailureProps) -> Html {
    let language = use_language();
    let id = failure::reference(failure);
    id.map(|id| html! { <p class="reference">{ language.fill(common::ERROR_REFERENCE, &[("id", &id)]) }</p> })
        .unwrap_or_default()
}

/// A failure in one line, beside what it is about.
#[component]
pub fn FailedLine(FailureProps { failure }: &FailureProps) -> Html {
    let language = use_language();
    html! {
        <p class="banner bad" role="alert">
            <Icon name="alert" />
            <span>{ language.say(failure::words(failure)) }</span>
        </p>
    }
}

/// A place where nothing is.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct EmptyProps {
    /// The drawing.
    pub scene: Scene,
    /// What is empty.
    pub title: AttrValue,
    /// What to do about it.
    pub hint: AttrValue,
    /// A button or a link.
    #[prop_or_default]
    pub children: Html,
}

/// An empty place, and what to do about it.
#[component]
pub fn Empty(EmptyProps { scene, title, hint, children }: &EmptyProps) -> Html {
    html! {
        <div class="empty">
            <Drawing scene={*scene} />
            <p class="empty-title">{ title }</p>
            <p class="empty-hint">{ hint }</p>
            { children.clone() }
        </div>
    }
}
