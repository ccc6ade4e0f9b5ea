//! The pages in a real browser, on the real program: what students, staff and admins do, and what they see.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod access;
mod admin;
mod board;
mod kiosks;
mod pictures;
mod student;

use system_tests::{
    people::Person,
    system::{Options, Program},
};
use test_support::browser::{Browser, Device, Window, pages};
use wire::order::OrderView;

/// The program with its pages, and browsers to look at them.
struct Cafeteria {
    program: Program,
    browser: Browser,
}

impl Cafeteria {
    /// Opens it, with these further arguments of `cafeteria up`.
    async fn opens(arguments: &[&str]) -> Self {
        Self::opens_with(arguments, &[]).await
    }

    /// The same, with these settings in the environment.
    async fn opens_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let pages = pages();
        let mut all = vec!["--web-root", pages.to_str().unwrap()];
        all.extend(arguments);
        let arguments = all.into_iter().map(str::to_owned).collect();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let options = Options { arguments, environment: environment.collect(), ..Options::default() };
        let (program, browser) = tokio::join!(Program::start(options), Browser::start());
        Self { program, browser }
    }

    /// Where orders are ready at once.
    async fn quick() -> Self {
        Self::opens(&["--cooking-ms", "0..0"]).await
    }

    /// Where staff say when orders are ready.
    async fn with_cooks() -> Self {
        Self::opens(&["--cooking", "staff"]).await
    }

    /// A window on a device of somebody who has not been here yet.
    async fn window(&self, device: Device) -> Window {
        self.browser.window(device, &self.site()).await
    }

    /// The demo student at the menu.
    async fn student(&self, device: Device) -> Window {
        let window = self.window(device).await;
        window.goes_to("/").await;
        signs_in(&window, "student1", "password123").await;
        window.sees("Classic Beef Burger").await;
        window
    }

    /// The demo admin at a page of the console.
    async fn admin(&self, device: Device, path: &str) -> Window {
        let window = self.window(device).await;
        window.goes_to(path).await;
        signs_in(&window, "admin", "adminpassword").await;
        window
    }

    /// The demo member of staff at a page of the console.
    async fn staff(&self, device: Device, path: &str) -> Window {
        let window = self.window(device).await;
        window.goes_to(path).await;
        signs_in(&window, "kitchen1", "kitchenpassword").await;
        window
    }

    /// The address of the pages.
    fn site(&self) -> String {
        format!("http://127.0.0.1:{}", self.program.base_port())
    }

    /// Closes it, and asserts that it ends well.
    async fn closes(self) {
        drop(self.browser);
        assert!(self.program.stop().await, "the program had to be cut off");
    }
}

async fn signs_in(window: &Window, username: &str, password: &str) {
    window.fills("User name", username).await;
    window.fills("Password", password).await;
    window.presses("Sign in").await;
    window.sees_no("Password").await;
}

/// What a student has ordered, as their client is told it.
async fn orders_of(student: &Person) -> Vec<Vec<(String, u8)>> {
    let lines = |order: OrderView| {
        order.lines.into_iter().map(|line| (line.item_id.to_string(), line.quantity.get())).collect()
    };
    student.all_orders().await.into_iter().map(lines).collect()
}

/// One order of so many of one dish.
fn one_order(item: &str, count: u8) -> Vec<Vec<(String, u8)>> {
    vec![vec![(item.to_owned(), count)]]
}
