//! Program of the board surface, for the browser.

use client::TokenStorage;
use ui::surface::{SurfaceProps, board::Surface};

fn main() {
    yew::Renderer::<Surface>::with_props(SurfaceProps::of_browser(TokenStorage::Memory)).render();
}
