//! Staff and admins: the kitchen board, drills and what is seen of them, the stock; and who is not let in.

use test_support::browser::Device;
use wire::ops::{AuditPage, ServiceName};

use super::{Cafeteria, signs_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_student_cannot_open_the_console_and_staff_see_what_is_theirs() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.student(Device::DESKTOP).await;
    for path in ["/admin", "/admin/health", "/admin/users", "/admin/stock"] {
        window.goes_to(path).await;
        window.sees("This part is for the staff").await;
        assert_eq!(window.counts("nav, table, form, [data-test=drill-form]").await, 0, "{path}");
    }
    let apis: Vec<_> = window.has_asked_for().await;
    let foreign = ["/users", "/tickets", "/dead-letters", "/chaos", "/audit"];
    let asked = apis.iter().filter(|url| url.contains("/api/"));
    let asked: Vec<_> = asked.filter(|url| foreign.iter().any(|part| url.contains(part))).collect();
    assert_eq!(asked, Vec::<&String>::new(), "nothing of it is even asked for");
    window.presses("Sign out").await;
    signs_in(&window, "kitchen1", "kitchenpassword").await;
    window.sees_in("nav", "Kitchen").await;
    assert_eq!(window.counts("nav a").await, 2, "the kitchen and the stock");
    window.goes_to("/admin/users").await;
    window.sees("This page is for admins").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_kitchen_sets_ready_is_ready_on_the_students_phone() {
    let cafeteria = Cafeteria::with_cooks().await;
    let (phone, kitchen) =
        tokio::join!(cafeteria.student(Device::PHONE), cafeteria.staff(Device::DESKTOP, "/admin"));
    kitchen.sees_in("[data-test=totals]", "Nothing is to be made.").await;
    phone.presses("Add Spicy Miso Ramen").await;
    phone.presses("One more Spicy Miso Ramen").await;
    phone.presses("See basket").await;
    phone.presses("Place order").await;
    let number = phone.reads("[data-test=ticket]").await;
    let card = |column: &str| format!("[data-test=column-{column}] [data-ticket='{number}']");
    kitchen.sees_in(&card("cooking"), "Spicy Miso Ramen").await;
    kitchen.sees_in("[data-test=totals]", "Spicy Miso Ramen 2").await;
    kitchen.presses(&format!("Ready {number}")).await;
    phone.sees("Ready! Pick it up at the counter.").await;
    kitchen.sees_in(&card("ready"), "Spicy Miso Ramen").await;
    // Undone, it is cooked on.
    kitchen.presses("Undo").await;
    phone.sees_in("[data-status=stock_verified] [data-test=steps]", "cooking…").await;
    kitchen.sees_in(&card("cooking"), "Spicy Miso Ramen").await;
    kitchen.presses(&format!("Ready {number}")).await;
    phone.sees("Ready! Pick it up at the counter.").await;
    kitchen.presses(&format!("Collected {number}")).await;
    phone.sees("Picked up. Enjoy your meal!").await;
    kitchen.sees_in("[data-test=column-ready]", "Nothing here").await;
    phone.closes().await;
    kitchen.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_turns_its_service_red_until_everything_is_recovered() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.admin(Device::DESKTOP, "/admin").await;
    let card =
        |service: ServiceName, state: &str| format!("[data-test=service-{service}][data-state={state}]");
    for service in ServiceName::ALL {
        window.sees_in(&card(service, "good"), "UP").await;
    }
    window.chooses("Service", "stock-service").await;
    window.chooses("How", "Stop").await;
    window.presses("Start…").await;
    window.presses("Cancel").await;
    let anybody = cafeteria.program.anybody();
    anybody.get(ServiceName::StockService, "/health").await.is(200);
    window.presses("Start…").await;
    window.presses("Stop stock-service for 5 min").await;
    window.sees_in(&card(ServiceName::StockService, "chaos"), "CHAOS").await;
    window.sees_in(&card(ServiceName::StockService, "chaos"), "Recovers in 4:").await;
    window.sees_in(&card(ServiceName::IdentityProvider, "good"), "UP").await;
    anybody.get(ServiceName::StockService, "/health").await.is(503);
    window.reloads().await;
    window.sees_in(&card(ServiceName::StockService, "chaos"), "CHAOS").await;
    window.presses("Recover everything").await;
    for service in ServiceName::ALL {
        window.sees_in(&card(service, "good"), "UP").await;
    }
    anybody.get(ServiceName::StockService, "/health").await.is(200);
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_gateway_raises_the_alarm_until_it_is_quick_again() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.admin(Device::DESKTOP, "/admin/health").await;
    let student = cafeteria.program.student().await;
    student.orders("cola", "quick").await.is_accepted();
    window.sees_in("[data-test=service-order-gateway]", "UP").await;
    assert_eq!(window.counts("[data-test=latency-alert]").await, 0);
    window.chooses("Service", "order-gateway").await;
    window.chooses("How", "Slow down").await;
    window.fills("Milliseconds", "2500").await;
    window.presses("Start…").await;
    window.presses("Slow order-gateway down by 2500 ms for 5 min").await;
    window.sees_in("[data-test=service-order-gateway][data-state=chaos]", "CHAOS").await;
    student.orders("cola", "slow").await.is_accepted();
    window.sees_in("[data-test=latency-alert][data-state=slow]", "Gateway slow: 1.").await;
    window.sees_in("[data-test=latency-alert]", "s average over 30 s, since").await;
    window.presses("Recover now: order-gateway").await;
    window.sees_in("[data-test=service-order-gateway][data-state=good]", "UP").await;
    for n in 0..8 {
        student.orders("cola", &format!("quick-again-{n}")).await.is_accepted();
    }
    window.sees_in("[data-test=latency-alert][data-state=recovered]", "Gateway recovered at").await;
    window.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_change_the_same_dish_are_shown_each_others_change() {
    let cafeteria = Cafeteria::quick().await;
    let (hers, his) = tokio::join!(
        cafeteria.admin(Device::DESKTOP, "/admin/stock"),
        cafeteria.staff(Device::DESKTOP, "/admin/stock")
    );
    let dish = async || cafeteria.program.anybody().dish("burger").await.price_poisha;
    let (edit, price) = ("Change Classic Beef Burger", "Price in taka");
    for (theirs, mine, choice, then) in
        [("190", "200", "Keep mine", 20_000), ("210", "220.50", "Take theirs", 21_000)]
    {
        his.presses(edit).await;
        his.fills(price, mine).await;
        hers.presses(edit).await;
        hers.fills(price, theirs).await;
        hers.presses("Save").await;
        hers.has_no("[data-test=edit-row]").await;
        his.presses("Save").await;
        his.sees("Somebody else has changed this dish in the meantime.").await;
        his.sees_in("[data-test=conflict]", &format!("theirs is {theirs}, yours is {mine}.")).await;
        his.presses(choice).await;
        his.has_no("[data-test=edit-row]").await;
        assert_eq!(dish().await, then, "{choice}");
        for window in [&hers, &his] {
            window.sees_in("tr[data-dish=burger]", &format!("৳{}", then / 100)).await;
        }
    }
    hers.closes().await;
    his.closes().await;
    cafeteria.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restocked_and_hidden_is_so_on_the_students_menu() {
    let cafeteria = Cafeteria::quick().await;
    let (phone, stock) =
        tokio::join!(cafeteria.student(Device::PHONE), cafeteria.staff(Device::DESKTOP, "/admin/stock"));
    phone.sees_in("[data-dish=special]", "3 left").await;
    stock.presses("Restock or waste: Chef's Special (limited!)").await;
    stock.fills("Portions", "4").await;
    stock.presses("Add 4 portions").await;
    phone.sees_in("[data-dish=special]", "7 left").await;
    stock.sees_in("tr[data-dish=special] [data-test=left]", "7").await;
    stock.presses("Hide Chef's Special (limited!)").await;
    phone.has_no("[data-dish=special]").await;
    stock.presses("Put Chef's Special (limited!) on the menu").await;
    phone.sees_in("[data-dish=special]", "7 left").await;
    let trail: AuditPage =
        cafeteria.program.admin().await.get(ServiceName::StockService, "/audit").await.is(200).json();
    let deeds: Vec<_> =
        trail.entries.iter().map(|deed| (deed.action.as_str(), deed.subject.as_str())).collect();
    assert_eq!(
        deeds,
        [
            ("stock.change", "special"),
            ("stock.change", "special"),
            ("stock.adjust", "special"),
            ("stock.seed", "menu"),
        ]
    );
    phone.closes().await;
    stock.closes().await;
    cafeteria.closes().await;
}
