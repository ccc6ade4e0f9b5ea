//! Drawings of the interface, in the colour of the text around them.

use yew::prelude::*;

use crate::pages::asset;

/// Which drawing, by its id in `web/pictures/icons.svg`.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct IconProps {
    /// The id.
    pub name: &'static str,
    /// Further classes.
    #[prop_or_default]
    pub class: Classes,
}

/// A drawing, hidden from screen readers: the text beside it, or the label around it, says what it means.
#[component]
pub fn Icon(IconProps { name, class }: &IconProps) -> Html {
    html! {
        <svg class={classes!("icon", class.clone())} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <use href={asset::icon(name)} />
        </svg>
    }
}
