//! The student surface, as a program for the browser.

fn main() {
    yew::Renderer::<ui::surface::student::Surface>::new().render();
}
