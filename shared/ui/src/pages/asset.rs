//! Where pictures are. Their names carry a hash of what is in them, so the page around the program says what they are.

use std::cell::OnceCell;

use crate::browser;

thread_local! {
    static ICONS: OnceCell<String> = const { OnceCell::new() };
    static DISHES: OnceCell<String> = const { OnceCell::new() };
    static SCENES: OnceCell<String> = const { OnceCell::new() };
}

/// A drawing of the interface, for `<use href>`.
pub fn icon(id: &str) -> String {
    ICONS.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-icons"))))
}

/// A dish, for `<use href>`.
pub fn dish(id: &str) -> String {
    DISHES.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-dishes"))))
}

/// A scene, for `<use href>`. They are few and seldom seen, and a file of their own.
pub fn scene(id: &str) -> String {
    SCENES.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-scenes"))))
}
