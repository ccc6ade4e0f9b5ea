//! Icons in the colour of the surrounding text.

use yew::prelude::*;

use crate::pages::asset;

/// Properties of [`Icon`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct IconProps {
    /// Id of the icon in `web/pictures/icons.svg`.
    pub name: &'static str,
    /// Additional CSS classes.
    #[prop_or_default]
    pub class: Classes,
}

/// Icon, hidden from screen readers: the adjacent text or the surrounding label carries its meaning.
#[component]
pub fn Icon(IconProps { name, class }: &IconProps) -> Html {
    html! {
        <svg class={classes!("icon", class.clone())} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <use href={asset::icon_url(name)} />
        </svg>
    }
}
