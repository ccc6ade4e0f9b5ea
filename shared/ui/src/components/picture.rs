//! Pictures of dishes and scenes.

use yew::prelude::*;

use crate::pages::asset;

/// Names of the dish pictures; all other dishes show a covered plate.
pub const DISH_PICTURES: &[&str] = &[
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

/// Properties of [`DishPicture`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DishPictureProps {
    /// Name of the picture.
    pub name: AttrValue,
}

/// Picture of a dish, hidden from screen readers: the name of the dish is beside it.
#[component]
pub fn DishPicture(DishPictureProps { name }: &DishPictureProps) -> Html {
    let name = if DISH_PICTURES.contains(&name.as_str()) { name.as_str() } else { "dish" };
    html! {
        <svg class="dish-picture" viewBox="0 0 120 120" aria-hidden="true" focusable="false">
            <use href={asset::dish_url(name)} />
        </svg>
    }
}

/// Scene in place of missing content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Iftar table: dates, a glass, a lantern.
    Iftar,
    /// Empty basket.
    EmptyBasket,
    /// No orders.
    NoOrders,
    /// No network.
    Offline,
    /// Closed counter.
    Closed,
}

/// Properties of [`SceneDrawing`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SceneDrawingProps {
    /// Scene to draw.
    pub scene: Scene,
}

/// Drawing of a scene.
#[component]
pub fn SceneDrawing(SceneDrawingProps { scene }: &SceneDrawingProps) -> Html {
    let (id, view) = match scene {
        Scene::Iftar => ("iftar", "0 0 240 160"),
        Scene::EmptyBasket => ("empty-basket", "0 0 160 120"),
        Scene::NoOrders => ("no-orders", "0 0 160 120"),
        Scene::Offline => ("offline", "0 0 160 120"),
        Scene::Closed => ("closed", "0 0 160 120"),
    };
    html! {
        <svg class="drawing" viewBox={view} aria-hidden="true" focusable="false">
            <use href={asset::scene_url(id)} />
        </svg>
    }
}
