//! The board surface, as a program for the browser.

fn main() {
    yew::Renderer::<ui::surface::board::Surface>::new().render();
}
