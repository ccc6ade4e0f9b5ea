//! Program of the admin surface, for the browser.

use client::TokenStorage;
use ui::surface::{SurfaceProps, admin::Surface};

fn main() {
    yew::Renderer::<Surface>::with_props(SurfaceProps::of_browser(TokenStorage::Cookie)).render();
}
