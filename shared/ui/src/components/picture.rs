//! Pictures of dishes and scenes.

use yew::prelude::*;

use crate::pages::asset;

/// The pictures there are of dishes; another dish gets a covered plate.
pub const DISHES: &[&str] = &[
    "spaghetti",
    "ramen",
    "pizza",
    "burger",
    "biryani",
    "sushi",
    "wrap",
    "salad",
    "fries",
    "garlic-bread",
    "soup",
    "cola",
    "juice",
    "water",
    "coffee",
    "cheesecake",
    "brownie",
    "icecream",
    "special",
];

/// Which picture of a dish.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DishProps {
    /// The picture's name.
    pub name: AttrValue,
}

/// The picture of a dish. Its name stands beside it, so it is hidden from screen readers.
#[component]
pub fn Dish(DishProps { name }: &DishProps) -> Html {
    let name = if DISHES.contains(&name.as_str()) { name.as_str() } else { "dish" };
    html! {
        <svg class="dish-picture" viewBox="0 0 120 120" aria-hidden="true" focusable="false">
            <use href={asset::dish(name)} />
        </svg>
    }
}

/// Which scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Dates, a glass, a lantern.
    Iftar,
    /// A basket with nothing in it.
    EmptyBasket,
    /// No orders.
    NoOrders,
    /// No network.
    Offline,
    /// Nothing to be had.
    Closed,
}

/// Which scene is drawn.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SceneProps {
    /// The scene.
    pub scene: Scene,
}

/// A scene, for places that would be empty.
#[component]
pub fn Drawing(SceneProps { scene }: &SceneProps) -> Html {
    let (id, view) = match scene {
        Scene::Iftar => ("iftar", "0 0 240 160"),
        Scene::EmptyBasket => ("empty-basket", "0 0 160 120"),
        Scene::NoOrders => ("no-orders", "0 0 160 120"),
        Scene::Offline => ("offline", "0 0 160 120"),
        Scene::Closed => ("closed", "0 0 160 120"),
    };
    html! {
        <svg class="drawing" viewBox={view} aria-hidden="true" focusable="false">
            <use href={asset::scene(id)} />
        </svg>
    }
}
