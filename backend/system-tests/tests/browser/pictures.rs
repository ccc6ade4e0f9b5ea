//! The pictures of the README: real pages of the running program, at the sizes that people see them in.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use system_tests::{pictures_folder, wait};
use test_support::browser::{Device, Window};
use wire::OrderStatus;

use super::Cafeteria;

/// All pictures together are no larger, so that the README is quick to read.
const ROOM: usize = 600_000;

/// Where pictures are put, and how many bytes they are.
struct Album {
    folder: PathBuf,
    bytes: usize,
}

impl Album {
    /// Takes a picture, and asserts that it is one of the whole device.
    async fn takes(&mut self, window: &Window, device: Device, name: &str) {
        let picture = window.picture().await;
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{name} is no PNG");
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((number(16), number(20)), (device.width, device.height), "{name}");
        assert!(picture.len() > 8_000, "{name} has {} bytes: nothing is on it", picture.len());
        std::fs::write(self.folder.join(format!("{name}.png")), &picture).unwrap();
        self.bytes += picture.len();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_can_be_seen_in_the_readme() {
    let temporary = tempfile::tempdir().unwrap();
    let asked = pictures_folder();
    let folder = asked.as_deref().unwrap_or(temporary.path()).to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    let mut album = Album { folder, bytes: 0 };
    let cafeteria = Cafeteria::with_cooks().await;
    let (staff, students) = (cafeteria.program.staff().await, cafeteria.program.students(6).await);
    let dishes = ["biryani", "ramen", "burger", "pizza", "salad", "coffee"];
    for (student, dish) in students.iter().zip(dishes) {
        student.orders(dish, dish).await.is_accepted();
        let number = student.sees(dish, OrderStatus::StockVerified).await.ticket.unwrap();
        if ["biryani", "burger"].contains(&dish) {
            staff.moves(number, OrderStatus::Ready).await;
        }
    }

    let (phone, desktop, wall) = (Device::PHONE, Device::DESKTOP, Device::WALL);
    let window = cafeteria.student(phone).await;
    window.presses("Add Chicken Biryani").await;
    window.presses("One more Chicken Biryani").await;
    window.presses("Add Caesar Salad").await;
    window.sees_in(".bar", "3 items").await;
    window.scrolls_up().await;
    album.takes(&window, phone, "menu").await;
    window.presses("See basket").await;
    window.presses("Place order").await;
    window.sees_in("[data-status=stock_verified] [data-test=steps]", "cooking…").await;
    album.takes(&window, phone, "tracker").await;
    window.closes().await;

    let window = cafeteria.admin(desktop, "/admin/kitchen").await;
    window.sees_in("[data-test=column-ready]", "Classic Beef Burger").await;
    album.takes(&window, desktop, "kitchen").await;
    window.goes_to("/admin/health").await;
    window.sees_in("[data-test=service-order-gateway]", "UP").await;
    window.has_no("[aria-busy=true]").await;
    // Figures come once a second; a picture for people shows some of them.
    let beats = if asked.is_some() { 24 } else { 2 };
    for beat in 0..beats {
        for (n, student) in students.iter().enumerate().take(beat % 3 + 1) {
            student.orders("water", &format!("water-{beat}-{n}")).await.is_accepted();
        }
        wait::pass(Duration::from_secs(1)).await;
    }
    window.sees_in("[data-test=service-order-gateway]", "order-gateway-1").await;
    window.scrolls_up().await;
    album.takes(&window, desktop, "health").await;
    window.goes_to("/board").await;
    window.dresses_as(wall).await;
    window.sees_in(".board-column.ready", "1").await;
    album.takes(&window, wall, "board").await;
    window.closes().await;
    assert!(album.bytes < ROOM, "the pictures have {} bytes together", album.bytes);

    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    for name in ["menu", "tracker", "kitchen", "health", "board"] {
        assert!(readme.contains(&format!("docs/pictures/{name}.png")), "the README shows {name}");
    }
    cafeteria.closes().await;
}
