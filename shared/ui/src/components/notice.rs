//! Error messages and empty states, each with the next step.

use std::sync::Arc;

use client::Failure;
use yew::prelude::*;

use super::{
    icon::Icon,
    picture::{Scene, SceneDrawing},
};
use crate::{hooks::use_language, pages::failure, text::common};

/// Properties of [`FailureNotice`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FailureNoticeProps {
    /// Failure to show.
    pub failure: Arc<Failure>,
    /// Called when the user retries; without it there is no button.
    #[prop_or_default]
    pub retry: Option<Callback<()>>,
}

/// Failure in place of the content, with a retry button.
#[component]
pub fn FailureNotice(FailureNoticeProps { failure, retry }: &FailureNoticeProps) -> Html {
    let language = use_language();
    let scene = match &**failure {
        Failure::Unreachable | Failure::TimedOut => Scene::Offline,
        Failure::Problem { .. } | Failure::Unreadable(_) | Failure::SignedOut => Scene::Closed,
    };
    let retry = retry.clone().map(|retry| {
        let onclick = Callback::from(move |_| retry.emit(()));
        html! { <button class="button" type="button" {onclick}>{ language.say(common::TRY_AGAIN) }</button> }
    });
    html! {
        <div class="empty" role="alert">
            <SceneDrawing {scene} />
            <p class="empty-title">{ language.say(failure::message_of(failure)) }</p>
            <RequestReference failure={failure.clone()} />
            { retry }
        </div>
    }
}

/// Properties of [`RequestReference`] and [`FailureBanner`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct FailureProps {
    /// Failure to show.
    pub failure: Arc<Failure>,
}

/// Request id in small type, by which operators find the failure in the logs.
#[component]
pub fn RequestReference(FailureProps { failure }: &FailureProps) -> Html {
    let language = use_language();
    let id = failure::request_id_of(failure);
    id.map(|id| html! { <p class="reference">{ language.fill(common::ERROR_REFERENCE, &[("id", &id)]) }</p> })
        .unwrap_or_default()
}

/// Failure in one line, beside the control that it concerns.
#[component]
pub fn FailureBanner(FailureProps { failure }: &FailureProps) -> Html {
    let language = use_language();
    html! {
        <p class="banner bad" role="alert">
            <Icon name="alert" />
            <span>{ language.say(failure::message_of(failure)) }</span>
        </p>
    }
}

/// Properties of [`EmptyState`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct EmptyStateProps {
    /// Drawing.
    pub scene: Scene,
    /// Heading.
    pub title: AttrValue,
    /// Next step.
    pub hint: AttrValue,
    /// Optional button or link.
    #[prop_or_default]
    pub children: Html,
}

/// Empty list or page, with the next step.
#[component]
pub fn EmptyState(EmptyStateProps { scene, title, hint, children }: &EmptyStateProps) -> Html {
    html! {
        <div class="empty">
            <SceneDrawing scene={*scene} />
            <p class="empty-title">{ title }</p>
            <p class="empty-hint">{ hint }</p>
            { children.clone() }
        </div>
    }
}
