//! For everybody: by keyboard alone, in Bangla, on a small phone, in both themes, with a screen reader.

use test_support::browser::{Device, Key, Window};
use wire::OrderStatus;

use super::{Cafeteria, one_order, orders_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_student_orders_by_keyboard_alone() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.window(Device::DESKTOP).await;
    window.goes_to("/").await;
    window.sees("Sign in").await;
    let mut way = Vec::new();
    for _ in 0..5 {
        window.strikes(Key::Tab).await;
        way.push(window.focus().await);
    }
    assert_eq!(
        way,
        [
            "বাংলা, button",
            "User name, textbox",
            "Password, textbox",
            "Show the password, button",
            "Sign in, button"
        ]
    );
    window.reloads().await;
    window.sees("Sign in").await;
    window.tabs_to("User name, textbox").await;
    window.types("student1").await;
    window.strikes(Key::Tab).await;
    window.types("password123").await;
    window.strikes(Key::Enter).await;
    window.sees("Classic Beef Burger").await;

    let passed = window.tabs_to("Add Classic Beef Burger, button").await;
    let wanted =
        ["Orders, link", "Account and settings, button", "Search dishes, searchbox", "Mains, button"];
    let mut rest = passed.iter();
    let in_order = wanted.iter().all(|wanted| rest.any(|name| name == wanted));
    assert!(in_order, "{wanted:?} in {passed:#?}");
    window.strikes(Key::Enter).await;
    window.sees_in("aside", "Classic Beef Burger").await;
    window.tabs_to("Place order, button").await;
    window.strikes(Key::Space).await;
    window.sees("Ready! Pick it up at the counter.").await;
    assert_eq!(orders_of(&cafeteria.program.student().await).await, one_order("burger", 1));

    // A question keeps the focus, and Escape leaves it.
    window.tabs_to("Account and settings, button").await;
    window.strikes(Key::Enter).await;
    window.sees("Appearance").await;
    for _ in 0..12 {
        window.strikes(Key::Tab).await;
        let focus = window.focus().await;
        assert!(!focus.starts_with("Orders"), "the page behind is out of reach");
    }
    window.strikes(Key::Escape).await;
    window.sees_no("Appearance").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_bangla_everything_is_in_bangla_but_the_ticket() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.window(Device::PHONE).await;
    window.goes_to("/").await;
    window.presses("বাংলা").await;
    window.sees("লাইন ছাড়াই ইফতার").await;
    window.reloads().await;
    window.sees("লাইন ছাড়াই ইফতার").await;
    assert_eq!(window.attribute("html", "lang").await.as_deref(), Some("bn"));
    window.fills("ব্যবহারকারীর নাম", "student1").await;
    window.fills("পাসওয়ার্ড", "password123").await;
    window.presses("সাইন ইন").await;
    window.sees_in("[data-dish=burger]", "৳১৮০").await;
    window.sees_in("[data-dish=special]", "৩টি বাকি").await;
    let dish = window.reads("[data-dish=burger] h3").await;
    assert!(!dish.is_ascii(), "{dish} has a name in Bangla");
    window.presses(&format!("{dish} যোগ করুন")).await;
    window.presses("ঝুড়ি দেখুন").await;
    window.sees_in("[data-test=total]", "৳১৮০").await;
    window.presses("অর্ডার করুন").await;
    window.sees("আপনার নম্বর").await;
    let number: u32 = window.reads("[data-test=ticket]").await.parse().unwrap();
    cafeteria.program.staff().await.moves(number, OrderStatus::Ready).await;
    window.sees("প্রস্তুত! কাউন্টার থেকে নিয়ে যান।").await;
    window.sees(&format!("{number} নম্বরটি দেখান।")).await;
    window.presses("English").await;
    window.sees("Ready! Pick it up at the counter.").await;
    window.closes().await;

    // A device that speaks Bangla is answered in it.
    let window = cafeteria.window(Device { language: "bn-BD", ..Device::PHONE }).await;
    window.goes_to("/board").await;
    window.sees("নিয়ে যান").await;
    window.closes().await;
    cafeteria.closes().await;
}

async fn fits(window: &Window, page: &str) {
    let (beyond, what) = window.overhang().await;
    assert!(beyond <= 0, "{page} is {beyond} px wider than the phone: {what}");
}

/// The pages of the console, and what says that each is there.
const CONSOLE: [(&str, &str); 7] = [
    ("/admin/kitchen", "[data-test=totals]"),
    ("/admin/stock", "[data-test=stock-table]"),
    ("/admin/health", "[data-test=service-order-gateway]"),
    ("/admin/kiosks", ".empty-title"),
    ("/admin/users", "[data-test=users-table]"),
    ("/admin/letters", ".empty-title"),
    ("/admin/audit", "[data-test=audit-table], .empty-title"),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_scrolls_to_the_side_on_a_phone() {
    let cafeteria = Cafeteria::quick().await;
    let (window, console) =
        tokio::join!(cafeteria.window(Device::PHONE), cafeteria.admin(Device::PHONE, "/admin"));
    window.goes_to("/").await;
    for language in ["English", "বাংলা"] {
        window.sees(if language == "English" { "Sign in" } else { "সাইন ইন" }).await;
        fits(&window, &format!("the door in {language}")).await;
        if language == "English" {
            window.presses("বাংলা").await;
        }
    }
    window.presses("English").await;
    super::signs_in(&window, "student1", "password123").await;
    window.presses("Add Classic Beef Burger").await;
    window.sees("See basket").await;
    fits(&window, "the menu").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    fits(&window, "the basket").await;
    window.presses("Place order").await;
    window.sees("Ready! Pick it up at the counter.").await;
    fits(&window, "the tracker").await;
    window.presses("Orders").await;
    window.sees("Your orders").await;
    fits(&window, "the history").await;
    window.presses("Account and settings").await;
    window.sees("Appearance").await;
    fits(&window, "the settings").await;
    window.goes_to("/board").await;
    window.sees("Ready to pick up").await;
    fits(&window, "the board").await;
    for (path, part) in CONSOLE {
        console.goes_to(path).await;
        console.reads(part).await;
        fits(&console, path).await;
    }
    window.closes().await;
    console.closes().await;
    cafeteria.closes().await;
}

/// Judges the page in both themes.
async fn is_for_everybody(window: &Window, device: Device, page: &str) {
    for (device, theme) in [(device, "light"), (device.in_the_dark(), "dark")] {
        window.dresses_as(device).await;
        window.is_for_everybody(&format!("{page}, {theme}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_the_pages_of_students_and_on_the_board() {
    let (cafeteria, device) = (Cafeteria::with_cooks().await, Device::PHONE);
    let window = cafeteria.window(device).await;
    window.goes_to("/").await;
    window.presses("Sign in").await;
    window.sees("Enter your user name.").await;
    is_for_everybody(&window, device, "the door").await;
    super::signs_in(&window, "student1", "password123").await;
    window.presses("Add Classic Beef Burger").await;
    window.sees("See basket").await;
    is_for_everybody(&window, device, "the menu").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    is_for_everybody(&window, device, "the basket").await;
    window.presses("Place order").await;
    window.sees("Your number").await;
    is_for_everybody(&window, device, "the tracker").await;
    let number: u32 = window.reads("[data-test=ticket]").await.parse().unwrap();
    cafeteria.program.staff().await.moves(number, OrderStatus::Ready).await;
    window.sees("Ready! Pick it up at the counter.").await;
    is_for_everybody(&window, device, "the tracker of what is ready").await;
    window.presses("Orders").await;
    window.sees("Your orders").await;
    is_for_everybody(&window, device, "the history").await;
    window.presses("Menu").await;
    window.sees_in(".order-strip", "Ready!").await;
    is_for_everybody(&window, device, "the menu while an order waits").await;
    window.presses("Account and settings").await;
    window.sees("Appearance").await;
    is_for_everybody(&window, device, "the settings").await;
    window.goes_to("/basket").await;
    window.sees("Your basket is empty").await;
    is_for_everybody(&window, device, "the empty basket").await;
    window.goes_to("/admin").await;
    window.sees("This part is for the staff").await;
    is_for_everybody(&window, device, "the console for a student").await;
    window.goes_to("/board").await;
    window.sees_in(".board-column.ready", &number.to_string()).await;
    is_for_everybody(&window, Device::WALL, "the board").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_the_console() {
    let (cafeteria, device) = (Cafeteria::with_cooks().await, Device::DESKTOP);
    let student = cafeteria.program.student().await;
    student.orders("burger", "to-be-seen").await.is_accepted();
    student.sees("to-be-seen", OrderStatus::StockVerified).await;
    let window = cafeteria.window(device).await;
    window.goes_to("/admin").await;
    window.sees("Sign in").await;
    is_for_everybody(&window, device, "the door of the console").await;
    super::signs_in(&window, "admin", "adminpassword").await;
    for (path, part) in CONSOLE {
        window.goes_to(path).await;
        window.reads(part).await;
        is_for_everybody(&window, device, path).await;
        let opened = match path {
            "/admin/stock" => Some(("Restock or waste: Classic Beef Burger", "Add 10 portions")),
            "/admin/health" => Some(("Start…", "Everybody in the cafeteria will notice.")),
            _ => None,
        };
        if let Some((button, words)) = opened {
            window.presses(button).await;
            window.sees(words).await;
            is_for_everybody(&window, device, &format!("{path}: {button}")).await;
        }
    }
    window.closes().await;
    cafeteria.closes().await;
}
