//! Orders without network, and crashes.

use test_support::{servers::proxy::Network, wait};

use crate::counter::Counter;

#[tokio::test(flavor = "multi_thread")]
async fn orders_without_network_are_kept_through_a_kill_and_sent_once_each() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    counter.proxy.set(Network::Cut);
    for (n, dish) in ["burger", "fries", "cola"].into_iter().enumerate() {
        if n > 0 {
            // Signed in before while there was a network, so known without one.
            visit.signs_in().await;
        }
        visit.puts(dish).await;
        visit.places().await;
        visit.0.sees("[data-test=placed][data-state=kept]", "").await;
        visit.touches("finish").await;
        visit.shows("attract").await;
    }
    visit.0.is_killed().await;
    drop(visit);
    counter.proxy.set(Network::Good);
    let visit = counter.starts().await;
    let orders = counter.ready_orders(3).await;
    let dishes: Vec<_> = orders.iter().map(|order| order.lines[0].item_id.as_str().to_owned()).collect();
    assert_eq!(dishes, ["burger", "fries", "cola"], "in the order of keeping");
    counter
        .server_sees("an empty outbox", |kiosk| {
            kiosk.report.as_ref().is_some_and(|report| report.outbox == 0 && report.refused == 0)
        })
        .await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_who_was_never_here_cannot_sign_in_without_network() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    counter.proxy.set(Network::Cut);
    visit.tries_to_sign_in("student1", "password123").await;
    visit.shows("not-known-offline").await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_page_ends_the_app_and_another_start_serves() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    let page = visit.0.processes().into_iter().find(|pid| {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.starts_with("WebKitWebProces"))
    });
    let page = page.expect("the process of the page").to_string();
    let stopped = std::process::Command::new("kill").args(["-STOP", &page]).status().unwrap();
    assert!(stopped.success());
    visit.0.is_gone().await;
    assert!(visit.0.log().contains("the page is frozen"), "{}", visit.0.log());
    drop(visit);
    let visit = counter.starts().await;
    visit.signs_in().await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_is_refused() {
    let counter = Counter::opens().await;
    let first = counter.starts().await;
    let second = counter.starts_without_waiting().await;
    second.shows("out-of-order").await;
    second.0.sees("[data-test=for-staff]", "another kiosk is running").await;
    first.signs_in().await;
    second.0.closes().await;
    first.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_shown_with_its_line_and_remedy() {
    let counter = Counter::opens_with("[screen]\nidle_seconds = 3\n", 1080, 1920, &[]).await;
    let visit = counter.starts_without_waiting().await;
    visit.shows("out-of-order").await;
    let line = std::fs::read_to_string(counter.config()).unwrap();
    let line = line.lines().position(|line| line.starts_with("idle_seconds")).unwrap() + 1;
    for text in ["config.toml", &line.to_string(), "idle_seconds"] {
        visit.0.sees("[data-test=for-staff]", text).await;
    }
    wait::until("the log", async || {
        let log = visit.0.log();
        if log.contains("the configuration cannot be used") { Ok(()) } else { Err(log) }
    })
    .await;
    visit.0.closes().await;
    counter.closes().await;
}
