//! Components rendered to text, without a browser: what they say, and what they are called for those who do not see
//! them.

use std::rc::Rc;

use client::{Failure, LiveState};
use wire::{ErrorCode, Problem};
use yew::{LocalServerRenderer, prelude::*};

use crate::{
    components::{
        line::{Line, LineProps},
        notice::{Failed, FailedProps},
        picture::{Dish, DishProps},
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
    StepperProps { dish: "Tomato Soup".into(), count, left, disabled: false, set: Callback::noop() }
}

#[tokio::test]
async fn a_stepper_names_its_dish_and_stops_at_what_is_left() {
    let none = rendered::<Stepper>(stepper(0, 5)).await;
    assert!(none.contains(r#"aria-label="Add Tomato Soup""#) && !none.contains("disabled"), "{none}");
    let sold_out = rendered::<Stepper>(stepper(0, 0)).await;
    assert!(sold_out.contains("disabled"), "{sold_out}");
    let all = rendered::<Stepper>(stepper(2, 2)).await;
    assert!(all.contains("One less Tomato Soup") && all.matches("disabled=").count() == 1, "{all}");
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_what_operators_find_it_by() {
    let mut problem = Problem::new(ErrorCode::DependencyDown);
    problem.request_id = Some("req-7".to_owned());
    let failure = Rc::new(Failure::Problem { problem: Box::new(problem), retry_after: None });
    let text = rendered::<Failed>(FailedProps { failure, again: Some(Callback::noop()) }).await;
    for part in [r#"role="alert""#, "It comes back by itself.", "Reference req-7", "Try again"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let failure = Rc::new(Failure::Unreachable);
    let text = rendered::<Failed>(FailedProps { failure, again: None }).await;
    assert!(text.contains("No connection") && !text.contains("<button"), "{text}");
}

#[tokio::test]
async fn the_line_is_told_in_words_as_well() {
    for (state, word, class) in [
        (LiveState::Live, common::LIVE, "line live"),
        (LiveState::Reconnecting, common::RECONNECTING, "line lost"),
    ] {
        let text = rendered::<Line>(LineProps { state, text: word }).await;
        assert!(text.contains(class) && text.contains(crate::text::Language::English.say(word)), "{text}");
    }
}

#[tokio::test]
async fn a_dish_without_a_picture_of_its_own_gets_a_covered_plate() {
    let text = rendered::<Dish>(DishProps { name: "haleem".into() }).await;
    assert!(text.contains("#dish\"") && text.contains(r#"aria-hidden="true""#), "{text}");
}
