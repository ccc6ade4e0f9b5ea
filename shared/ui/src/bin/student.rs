//! Program of the student surface, for the browser.

use client::TokenStorage;
use ui::surface::{SurfaceProps, student::Surface};

fn main() {
    yew::Renderer::<Surface>::with_props(SurfaceProps::of_browser(TokenStorage::Cookie)).render();
}
