//! Tests of components rendered to HTML without a browser: their texts and their accessible names.

use std::sync::Arc;

use client::{ConnectionState, Failure};
use wire::{ErrorCode, Problem};
use yew::{LocalServerRenderer, prelude::*};

use crate::{
    components::{
        connection::{ConnectionStatus, ConnectionStatusProps},
        notice::{FailureNotice, FailureNoticeProps},
        picture::{DishPicture, DishPictureProps},
        stepper::{Stepper, StepperProps},
    },
    text::common,
};

async fn rendered<C>(props: C::Properties) -> String
where
    C: BaseComponent,
    C::Properties: 'static,
{
    LocalServerRenderer::<C>::with_props(props).hydratable(false).render().await
}

fn stepper(count: u8, left: u32) -> StepperProps {
    StepperProps { dish: "Tomato Soup".into(), count, left, disabled: false, on_change: Callback::noop() }
}

#[tokio::test]
async fn a_stepper_names_its_dish_and_stops_at_the_stock_level() {
    let none = rendered::<Stepper>(stepper(0, 5)).await;
    assert!(none.contains(r#"aria-label="Add Tomato Soup""#) && !none.contains("disabled"), "{none}");
    let sold_out = rendered::<Stepper>(stepper(0, 0)).await;
    assert!(sold_out.contains("disabled"), "{sold_out}");
    let all = rendered::<Stepper>(stepper(2, 2)).await;
    assert!(all.contains("One less Tomato Soup") && all.matches("disabled=").count() == 1, "{all}");
}

#[tokio::test]
async fn a_failure_names_the_next_step_and_its_request_id() {
    let mut problem = Problem::new(ErrorCode::DependencyDown);
    problem.request_id = Some("req-7".to_owned());
    let failure = Arc::new(Failure::Problem { problem: Box::new(problem), retry_after: None });
    let text = rendered::<FailureNotice>(FailureNoticeProps { failure, retry: Some(Callback::noop()) }).await;
    for part in [r#"role="alert""#, "It comes back by itself.", "Reference req-7", "Try again"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let failure = Arc::new(Failure::Unreachable);
    let text = rendered::<FailureNotice>(FailureNoticeProps { failure, retry: None }).await;
    assert!(text.contains("No connection") && !text.contains("<button"), "{text}");
}

#[tokio::test]
async fn the_connection_state_has_a_text_besides_its_dot() {
    for (state, word, class) in [
        (ConnectionState::Connected, common::LIVE, "line live"),
        (ConnectionState::Reconnecting, common::RECONNECTING, "line lost"),
    ] {
        let text = rendered::<ConnectionStatus>(ConnectionStatusProps { state, text: word }).await;
        assert!(text.contains(class) && text.contains(crate::text::Language::English.say(word)), "{text}");
    }
}

#[tokio::test]
async fn a_dish_without_a_picture_shows_a_covered_plate() {
    let text = rendered::<DishPicture>(DishPictureProps { name: "haleem".into() }).await;
    assert!(text.contains("#dish\"") && text.contains(r#"aria-hidden="true""#), "{text}");
}
