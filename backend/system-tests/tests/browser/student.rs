//! A student's journey: signing in, ordering, following the order, and whatever may come between.

use reqwest::Method;
use serde_json::json;
use system_tests::people::send;
use test_support::browser::Device;
use wire::{OrderStatus, identity::UserPage, ops::ServiceName};

use super::{Cafeteria, one_order, orders_of, signs_in};

/// Where the page asks for a socket.
const SOCKETS: &str = "*://*/socket.io/*";

#[tokio::test(flavor = "multi_thread")]
async fn a_student_orders_and_follows_the_order_until_it_is_ready() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.window(Device::PHONE).await;
    window.goes_to("/").await;
    window.sees("Iftar without the queue").await;
    signs_in(&window, "student1", "password123").await;
    window.presses("Add Classic Beef Burger").await;
    window.presses("One more Classic Beef Burger").await;
    window.presses("Add Coca-Cola (330 ml)").await;
    window.presses("See basket").await;
    window.sees("Classic Beef Burger").await;
    let total = window.reads("[data-test=total]").await;
    window.presses("Place order").await;

    window.sees("Your number").await;
    window.sees_in("[data-status=stock_verified] [data-test=steps]", "cooking…").await;
    let number = window.reads("[data-test=ticket]").await;
    let size = window.pixels("[data-test=ticket]", "font-size").await;
    assert!(size >= 96.0, "the number is {size} px large");
    let student = cafeteria.program.student().await;
    let orders = student.all_orders().await;
    let [order] = &orders[..] else { panic!("{orders:?}") };
    assert_eq!(order.ticket.unwrap().to_string(), number);
    let lines: Vec<_> = order.lines.iter().map(|line| (line.item_id.as_str(), line.quantity.get())).collect();
    assert_eq!(lines, [("burger", 2), ("cola", 1)]);
    assert_eq!(window.keeps("cafeteria.basket").await, None, "the basket is empty again");

    let staff = cafeteria.program.staff().await;
    staff.moves(order.ticket.unwrap(), OrderStatus::Ready).await;
    window.sees_in("[data-status=ready] [data-test=outcome]", "Ready! Pick it up at the counter.").await;
    window.sees(&format!("Show the number {number}.")).await;
    window.presses("Orders").await;
    window.sees("Your orders").await;
    window.sees_in(".order-row", &number).await;
    window.sees_in(".order-row", "Classic Beef Burger × 2, Coca-Cola (330 ml) × 1").await;
    window.sees_in(".order-row", &total).await;
    window.presses("Order again").await;
    window.sees("It is in your basket.").await;
    window.sees_in("[data-test=total]", &total).await;
    window.presses("Empty the basket").await;
    window.sees("Your basket is empty").await;
    window.presses("Undo").await;
    window.sees_in("[data-test=total]", &total).await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_too_many_tries_are_counted_down() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.window(Device::PHONE).await;
    window.goes_to("/").await;
    window.presses("Sign in").await;
    window.sees("Enter your user name.").await;
    window.fills("User name", "student1").await;
    window.presses("Sign in").await;
    window.sees("Enter your password.").await;
    for _ in 0..3 {
        window.fills("Password", "password124").await;
        window.presses("Sign in").await;
        window.sees("Wrong user name or password.").await;
    }
    window.presses("Sign in").await;
    let message = "[data-test=sign-in-message]";
    window.sees_in(message, "Too many tries. You can sign in again in 0:").await;
    assert!(window.attribute("[type=submit]", "disabled").await.is_some(), "nothing can be tried meanwhile");
    let first = window.reads(message).await;
    window
        .until("the time to count down", async || {
            let now = window.reads(message).await;
            if now == first || !now.contains("0:") { Err(now) } else { Ok(()) }
        })
        .await;
    // Who else uses this device does not wait.
    window.reloads().await;
    signs_in(&window, "kitchen1", "kitchenpassword").await;
    window.sees("This account belongs to the cafeteria's staff.").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressed_twice_and_loaded_again_it_is_one_order() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.student(Device::PHONE).await;
    let (student, admin) = (cafeteria.program.student().await, cafeteria.program.admin().await);
    let slow = json!({ "enable": true, "mode": "latency", "latencyMs": 1500, "forSeconds": 60 });
    let off = json!({ "enable": false });
    window.presses("Add Classic Beef Burger").await;
    window.reloads().await;
    window.sees_in(".bar", "1 item").await;
    window.presses("See basket").await;
    window.reloads().await;
    window.sees_in("[data-dish=burger]", "Classic Beef Burger").await;

    admin.orders_chaos(ServiceName::OrderGateway, &slow).await.is(200);
    window.presses_twice("Place order").await;
    window.sees("Placing your order…").await;
    admin.orders_chaos(ServiceName::OrderGateway, &off).await.is(200);
    window.sees("Your number").await;
    assert_eq!(orders_of(&student).await, one_order("burger", 1));
    let number = window.reads("[data-test=ticket]").await;
    window.reloads().await;
    window.sees_in("[data-test=ticket]", &number).await;

    // Loaded again while it is on its way.
    window.goes_to("/").await;
    window.presses("Add Coca-Cola (330 ml)").await;
    window.presses("See basket").await;
    admin.orders_chaos(ServiceName::OrderGateway, &slow).await.is(200);
    window.presses("Place order").await;
    window.sees("Placing your order…").await;
    window.reloads().await;
    admin.orders_chaos(ServiceName::OrderGateway, &off).await.is(200);
    window.sees("Your number").await;
    let orders = orders_of(&student).await;
    assert_eq!(orders, [one_order("cola", 1), one_order("burger", 1)].concat());
    window.presses("Orders").await;
    window.sees("Your orders").await;
    window.reloads().await;
    window.sees_in(".history", "Coca-Cola (330 ml) × 1").await;
    assert_eq!(window.counts(".order-row").await, 2);
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_out_while_in_the_basket_is_told_and_the_rest_can_be_had() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.student(Device::PHONE).await;
    let others = cafeteria.program.students(1).await;
    window.presses("Add Chef's Special (limited!)").await;
    window.presses("One more Chef's Special (limited!)").await;
    window.presses("Add Classic Beef Burger").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    let two = json!({ "itemId": "special", "quantity": 2, "orderId": "quicker" });
    others[0].places(&two).await.is_accepted();
    window.sees("Only 1 left of Chef's Special (limited!).").await;
    others[0].orders("special", "last").await.is_accepted();
    window.sees("Chef's Special (limited!) is sold out.").await;
    window.presses("Take what is left").await;
    window.sees_no("Chef's Special").await;
    window.presses("Place order").await;
    window.sees("Ready! Pick it up at the counter.").await;
    assert_eq!(orders_of(&cafeteria.program.student().await).await, one_order("burger", 1));
    window.presses("Cafeteria").await;
    window.sees_in("[data-dish=special]", "Sold out").await;
    assert_eq!(window.counts("[data-dish=special] button").await, 0, "it cannot be ordered");
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_not_heard_of_it_is_told_when_it_orders() {
    let cafeteria = Cafeteria::quick().await;
    let (window, other) =
        (cafeteria.window(Device::PHONE).await, cafeteria.program.students(1).await.remove(0));
    // Neither a socket nor the question that stands in for it tells the page.
    window.prepares("delete window.WebSocket").await;
    window.is_kept_from(&[SOCKETS]).await;
    window.goes_to("/").await;
    signs_in(&window, "student1", "password123").await;
    window.presses("Add Chef's Special (limited!)").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    window.is_kept_from(&[SOCKETS, "*://*/api/stock-service/*"]).await;
    other.places(&json!({ "itemId": "special", "quantity": 3, "orderId": "all" })).await.is_accepted();
    other.sees("all", OrderStatus::Ready).await;
    window.presses("Place order").await;
    window.sees("Sold out a moment ago. Nothing was charged or taken.").await;
    window.sees("Chef's Special (limited!) is sold out.").await;
    assert_eq!(cafeteria.program.student().await.all_orders().await, []);
    // Without a socket it asks every few seconds, so that it knows when there is more.
    window.is_kept_from(&[SOCKETS]).await;
    cafeteria.program.admin().await.restocks("special", 2, "more").await.is(200);
    window.presses("Place order").await;
    window.sees("Ready! Pick it up at the counter.").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_have_one_basket_and_one_order() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.student(Device::PHONE).await;
    window.presses("Add Classic Beef Burger").await;
    let first = window.opens_tab(Device::PHONE).await;
    window.goes_to("/").await;
    window.sees_in(".bar", "1 item").await;
    window.presses("One more Classic Beef Burger").await;
    let second = window.turns_to(first).await;
    window.sees_in(".bar", "2 items").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    let first = window.turns_to(second).await;
    window.presses("See basket").await;
    window.presses("Place order").await;
    window.sees("Your number").await;
    let number = window.reads("[data-test=ticket]").await;
    let second = window.turns_to(first).await;
    window.sees("Your basket is empty").await;
    window.sees_in(".order-strip", &number).await;
    let student = cafeteria.program.student().await;
    assert_eq!(orders_of(&student).await, one_order("burger", 2));
    let staff = cafeteria.program.staff().await;
    staff.moves(number.parse().unwrap(), OrderStatus::Ready).await;
    window.sees_in(".order-strip", "Ready!").await;
    window.turns_to(second).await;
    window.sees("Ready! Pick it up at the counter.").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_is_waited_for() {
    let mut cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.student(Device::PHONE).await;
    window.presses("Add Classic Beef Burger").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    cafeteria.program.kill();
    window.presses("Place order").await;
    window.sees("Your order is not sent yet; we keep trying.").await;
    cafeteria.program.restart().await;
    window.sees("Your number").await;
    window.sees_in("[data-test=line]", "Live").await;
    let number = window.reads("[data-test=ticket]").await;

    cafeteria.program.kill();
    window.sees("Live updates paused. We ask every few seconds.").await;
    window.sees_in("[data-test=ticket]", &number).await;
    cafeteria.program.restart().await;
    let staff = cafeteria.program.staff().await;
    staff.moves(number.parse().unwrap(), OrderStatus::Ready).await;
    window.sees("Ready! Pick it up at the counter.").await;
    window.sees_in("[data-test=line]", "Live").await;
    assert_eq!(orders_of(&cafeteria.program.student().await).await, one_order("burger", 1));
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_cut_heals_and_nothing_is_ordered_twice() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.student(Device::PHONE).await;
    window.presses("Add Classic Beef Burger").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    window.loses_the_network().await;
    window.sees_in("[data-test=line]", "No connection").await;
    window.presses("Place order").await;
    window.sees("No connection. Your order is not sent yet; we keep trying.").await;
    let student = cafeteria.program.student().await;
    assert_eq!(student.all_orders().await, [], "it could not be sent");
    window.finds_the_network().await;
    window.sees("Your number").await;
    window.sees_in("[data-test=line]", "Live").await;
    let number = window.reads("[data-test=ticket]").await;

    window.loses_the_network().await;
    window.sees_in("[data-test=line]", "No connection").await;
    let staff = cafeteria.program.staff().await;
    staff.moves(number.parse().unwrap(), OrderStatus::Ready).await;
    window.finds_the_network().await;
    window.sees("Ready! Pick it up at the counter.").await;
    assert_eq!(orders_of(&student).await, one_order("burger", 1));
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_says_so_and_the_basket_is_still_there() {
    // The page asks for its next token after two thirds of a minute.
    let short = [("CAFETERIA_IDENTITY__TOKEN_MINUTES", "1")];
    let cafeteria = Cafeteria::opens_with(&["--cooking-ms", "0..0"], &short).await;
    let window = cafeteria.student(Device::PHONE).await;
    window.presses("Add Classic Beef Burger").await;
    window.presses("See basket").await;
    window.sees("Place order").await;
    let admin = cafeteria.program.admin().await;
    let found: UserPage = admin.get(ServiceName::IdentityProvider, "/users?q=student1").await.is(200).json();
    let student = format!("/users/{}", found.users[0].user_id);
    let password = json!({ "password": "another-password" });
    let reset = admin.request(Method::PATCH, ServiceName::IdentityProvider, &student).json(&password);
    send(reset).await.is(200);
    window.sees("You were signed out. Sign in again to go on; nothing is lost.").await;
    signs_in(&window, "student1", "another-password").await;
    window.sees_in("[data-dish=burger]", "Classic Beef Burger").await;
    assert_eq!(window.path().await, "/basket");
    window.presses("Place order").await;
    window.sees("Ready! Pick it up at the counter.").await;
    let student = cafeteria.program.person("student1", "another-password").await;
    assert_eq!(orders_of(&student).await, one_order("burger", 1));
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_can_do_less_says_ready_all_the_same() {
    let cafeteria = Cafeteria::with_cooks().await;
    let window = cafeteria.window(Device::PHONE).await;
    // As on phones that cannot tremble, and where sound is not to be had.
    let less =
        "delete Navigator.prototype.vibrate; delete window.AudioContext; delete window.webkitAudioContext;";
    window.prepares(less).await;
    window.goes_to("/").await;
    signs_in(&window, "student1", "password123").await;
    let staff = cafeteria.program.staff().await;
    for dish in ["Classic Beef Burger", "Mineral Water"] {
        window.presses(&format!("Add {dish}")).await;
        window.presses("See basket").await;
        window.presses("Place order").await;
        window.sees_in("[data-status=stock_verified] [data-test=steps]", "cooking…").await;
        let number = window.reads("[data-test=ticket]").await.parse().unwrap();
        staff.moves(number, OrderStatus::Ready).await;
        window.sees_in("[data-status=ready] [data-test=outcome]", "Ready! Pick it up at the counter.").await;
        window.goes_back().await;
        window.presses("Menu").await;
    }
    window.closes().await;
    cafeteria.closes().await;
}
