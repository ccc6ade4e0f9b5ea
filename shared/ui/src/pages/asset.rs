//! URLs of the pictures. Their file names contain a hash of the content; attributes of the root element name them.

use std::cell::OnceCell;

use crate::browser;

thread_local! {
    static ICONS: OnceCell<String> = const { OnceCell::new() };
    static DISHES: OnceCell<String> = const { OnceCell::new() };
    static SCENES: OnceCell<String> = const { OnceCell::new() };
}

/// Returns the URL of an icon, for `<use href>`.
pub fn icon_url(id: &str) -> String {
    ICONS.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-icons"))))
}

/// Returns the URL of a dish picture, for `<use href>`.
pub fn dish_url(id: &str) -> String {
    DISHES.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-dishes"))))
}

/// Returns the URL of a scene, for `<use href>`. Scenes are rarely shown and therefore in a file of their own.
pub fn scene_url(id: &str) -> String {
    SCENES.with(|sheet| format!("{}#{id}", sheet.get_or_init(|| browser::root_attribute("data-scenes"))))
}
