//! Browser APIs that the pages use. Outside a browser (in tests that render components to HTML) reads return nothing
//! and writes do nothing.

use js_sys::Function;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlElement, Storage, Window};

use crate::state::prefs::Theme;

/// Prefix of all keys in local storage.
const PREFIX: &str = "cafeteria.";

/// Returns the window, or `None` outside a browser.
pub fn window() -> Option<Window> {
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// Reads the value of `name` from local storage.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{name}")).ok()?
}

/// Writes `value` to local storage; `None` removes it. Without quota or permission the value lasts as long as the page.
pub fn keep(name: &str, value: Option<&str>) {
    let Some(storage) = storage() else { return };
    let name = format!("{PREFIX}{name}");
    let _ = match value {
        Some(value) => storage.set_item(&name, value),
        None => storage.remove_item(&name),
    };
}

/// Returns whether a storage event from another page of this device concerns `name`.
pub fn is_kept_as(key: Option<&str>, name: &str) -> bool {
    // An event without a key reports that the storage was cleared.
    key.is_none_or(|key| key.strip_prefix(PREFIX) == Some(name))
}

/// Returns the user's preferred language tags, most preferred first.
pub fn preferred_languages() -> Vec<String> {
    let Some(window) = window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Returns the origin of the page, as in `http://localhost:3000`.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Sets language and colour theme on the root element.
pub fn dress(language: &str, theme: Theme) {
    let Some(root) = window().and_then(|window| window.document()?.document_element()) else { return };
    let _ = root.set_attribute("lang", language);
    let _ = match theme.as_str() {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// Returns an attribute of the root element, or an empty string if it is missing.
pub fn root_attribute(name: &str) -> String {
    let root = window().and_then(|window| window.document()?.document_element());
    root.and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

/// Sets an attribute of the root element.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = window().and_then(|window| window.document()?.document_element()) {
        let _ = root.set_attribute(name, value);
    }
}

/// Sets the document title.
pub fn title(text: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(text);
    }
}

/// Returns whether the page is in the background.
pub fn is_hidden() -> bool {
    window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// Returns whether the browser reports a network connection.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Moves the focus to the element `id`, so that keyboard and screen reader continue there.
pub fn focus(id: &str) {
    let element = window().and_then(|window| window.document()?.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Scrolls to the top after navigation to another page.
pub fn to_the_top() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Vibrates the device. Not every browser supports it, and none allows it before the first touch of the page.
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

/// Copies a text to the clipboard, and returns whether the browser has one to copy to. It has none on a page that was
/// not loaded over TLS or from this device.
pub fn copy(text: &str) -> bool {
    let property = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let Some(navigator) = window().map(|window| JsValue::from(window.navigator())) else { return false };
    let clipboard = property(&navigator, "clipboard").filter(JsValue::is_object);
    let write = clipboard.as_ref().and_then(|clipboard| property(clipboard, "writeText"));
    let write = write.and_then(|write| write.dyn_into::<Function>().ok());
    clipboard.zip(write).is_some_and(|(clipboard, write)| write.call1(&clipboard, &text.into()).is_ok())
}

/// Opens the print dialog of the page.
pub fn print() {
    if let Some(window) = window() {
        // A browser without a print dialog does nothing.
        let _ = window.print();
    }
}
