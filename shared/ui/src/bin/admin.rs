//! The admin surface, as a program for the browser.

fn main() {
    yew::Renderer::<ui::surface::admin::Surface>::new().render();
}
