//! What the pages want of the browser around them. Outside of one (where components are rendered to text) nothing is
//! remembered and nothing happens.

use js_sys::Function;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlElement, Storage, Window};

use crate::state::prefs::Theme;

/// What is kept on the device begins with this.
const PREFIX: &str = "cafeteria.";

/// The window, where there is one.
pub fn window() -> Option<Window> {
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// What was kept on the device under this name.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{name}")).ok()?
}

/// Keeps it on the device; `None` forgets it. A device without room or permission forgets it with the page.
pub fn keep(name: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let name = format!("{PREFIX}{name}");
    let _ = match value {
        Some(value) => storage.set_item(&name, value),
        None => storage.remove_item(&name),
    };
}

/// Whether a change of what is kept, told by another page of this device, is of this name.
pub fn is_kept_as(key: Option<&str>, name: &str) -> bool {
    // No key at all: everything was forgotten.
    key.is_none_or(|key| key.strip_prefix(PREFIX) == Some(name))
}

/// The language tags that the person prefers, the first one most.
pub fn preferred_languages() -> Vec<String> {
    let Some(window) = window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Where the page comes from, as in `http://localhost:3000`.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Says in which language the page is, and how it looks.
pub fn dress(language: &str, theme: Theme) {
    let Some(root) = window().and_then(|window| window.document()?.document_element()) else { return };
    let _ = root.set_attribute("lang", language);
    let _ = match theme.as_str() {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// An attribute of the page's root; empty where there is none.
pub fn root_attribute(name: &str) -> String {
    let root = window().and_then(|window| window.document()?.document_element());
    root.and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

/// Sets the title of the page.
pub fn title(text: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(text);
    }
}

/// Whether nobody looks at the page.
pub fn is_hidden() -> bool {
    window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// Whether the device has a network, as far as it knows.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Moves the focus to an element, so that a keyboard and a screen reader go on there.
pub fn focus(id: &str) {
    let element = window().and_then(|window| window.document()?.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Scrolls to the top, as a new page begins.
pub fn to_the_top() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Lets the device tremble, where it can: not every browser knows how, and none does before its page was touched once.
pub fn tremble() {
    let property = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let Some(navigator) = window().map(|window| JsValue::from(window.navigator())) else { return };
    let activation = property(&navigator, "userActivation");
    let touched = activation.and_then(|activation| property(&activation, "hasBeenActive"));
    let vibrate = property(&navigator, "vibrate").and_then(|vibrate| vibrate.dyn_into::<Function>().ok());
    if let (Some(true), Some(vibrate)) = (touched.as_ref().and_then(JsValue::as_bool), vibrate) {
        let _ = vibrate.call1(&navigator, &200.into());
    }
}
