//! Drills: an admin switches a part off, makes it slow or faulty, or ends it. Ordering goes on as far as it can,
//! nothing is lost, and everything heals by itself.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::time::{Duration, Instant};

use client::Event;
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{
    on_both_shapes,
    people::{Person, send},
    shape::Shape,
    stock::{self, Portions},
    system::healthy,
    wait,
};
use wire::{
    ErrorCode, OrderStatus,
    ops::{AuditPage, ChaosMode, ChaosState, HealthReport, ServiceName, Up},
    order::OrderView,
    status::Reason,
};

on_both_shapes!(
    stock_that_is_switched_off_is_asked_again_and_the_order_completes_if_the_drill_ends_in_time,
    stock_that_stays_switched_off_ends_in_a_rejection_and_takes_nothing,
    stock_that_answers_too_late_is_asked_again_and_takes_each_portion_once,
    a_gateway_that_fails_now_and_then_accepts_each_order_once,
    a_service_that_is_switched_off_says_so_and_comes_back_by_itself,
    while_the_kitchen_is_switched_off_orders_wait_in_the_queue,
    while_the_hub_is_switched_off_nothing_is_pushed_and_then_everybody_is_told_to_resync,
    while_identity_is_switched_off_those_who_are_signed_in_order_on,
    stock_that_is_killed_again_and_again_loses_and_doubles_nothing,
    an_order_sent_again_after_the_gateway_forgot_it_is_one_order_in_its_place,
    the_trail_says_who_ordered_a_drill,
);

const STOCK: ServiceName = ServiceName::StockService;
const KITCHEN: ServiceName = ServiceName::KitchenQueue;
const GATEWAY: ServiceName = ServiceName::OrderGateway;
const HUB: ServiceName = ServiceName::NotificationHub;
const IDENTITY: ServiceName = ServiceName::IdentityProvider;

async fn starts_a_drill(admin: &Person, service: ServiceName, how: &Value) -> ChaosState {
    let mut order = json!({ "enable": true });
    order.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    admin.orders_chaos(service, &order).await.is(200).json()
}

async fn ends_the_drill(admin: &Person, service: ServiceName) {
    let state: ChaosState = admin.orders_chaos(service, &json!({ "enable": false })).await.is(200).json();
    assert!(!state.chaos_mode, "{state:?}");
}

async fn is_retried(admin: &Person, times: f64) {
    wait::until(&format!("{times} retries"), async || {
        let retried = admin.metric(KITCHEN, "orders_retried_total").await;
        if retried >= times { Ok(()) } else { Err(retried) }
    })
    .await;
}

async fn order_of(student: &Person, order_id: &str) -> OrderView {
    student.order(order_id).await.is(200).json()
}

/// How long an order had a status.
fn time_in(order: &OrderView, status: OrderStatus) -> Duration {
    let at = order.history.iter().position(|step| step.status == status).unwrap();
    order.history[at + 1].at.since(order.history[at].at)
}

async fn stock_that_is_switched_off_is_asked_again_and_the_order_completes_if_the_drill_ends_in_time(
    shape: Shape,
) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    starts_a_drill(&admin, STOCK, &json!({})).await;
    student.get(STOCK, "/stock").await.is_problem(ErrorCode::Chaos);

    student.orders("burger", "patient").await.is_accepted();
    student.sees("patient", OrderStatus::InKitchen).await;
    is_retried(&admin, 1.0).await;
    assert_eq!(order_of(&student, "patient").await.status, OrderStatus::InKitchen);

    ends_the_drill(&admin, STOCK).await;
    let order = student.sees("patient", OrderStatus::Ready).await;
    assert!(time_in(&order, OrderStatus::InKitchen) >= Duration::from_millis(1_800), "{order:?}");
    stock::is_conserved(&before, &Portions::new(), &stock::left(&student).await, &stock::taken([&order]));
    system.stop().await;
}

async fn stock_that_stays_switched_off_ends_in_a_rejection_and_takes_nothing(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    let recorder = student.listens().await;
    starts_a_drill(&admin, STOCK, &json!({})).await;
    student.orders("burger", "in-vain").await.is_accepted();
    let order = student.sees("in-vain", OrderStatus::Rejected).await;
    assert_eq!(order.reason, Some(Reason::StockUnavailable));
    assert_eq!(admin.metric(KITCHEN, "orders_retried_total").await, 3.0);
    assert_eq!(admin.metric(KITCHEN, "orders_failed_total").await, 1.0);
    // 2, 4 and 6 s, each a tenth less at the least.
    assert!(time_in(&order, OrderStatus::InKitchen) >= Duration::from_millis(10_800), "{order:?}");
    wait::until("the owner to hear why", async || {
        let notifications = recorder.notifications();
        let why =
            notifications.iter().find(|news| news.status == OrderStatus::Rejected).map(|news| news.reason);
        if why == Some(Some(Reason::StockUnavailable)) { Ok(()) } else { Err(notifications) }
    })
    .await;

    ends_the_drill(&admin, STOCK).await;
    wait::until("the order to be released", async || {
        let released = admin.metric(STOCK, "stock_release_total").await;
        if released == 1.0 { Ok(()) } else { Err(released) }
    })
    .await;
    assert_eq!(stock::left(&student).await, before);
    student.orders("burger", "at-last").await.is_accepted();
    student.sees("at-last", OrderStatus::Ready).await;
    system.stop().await;
}

async fn stock_that_answers_too_late_is_asked_again_and_takes_each_portion_once(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    let state = starts_a_drill(&admin, STOCK, &json!({ "mode": "latency", "latencyMs": 4_000 })).await;
    assert_eq!((state.mode, state.latency_ms), (Some(ChaosMode::Latency), Some(4_000)));
    student.orders("burger", "slow").await.is_accepted();
    is_retried(&admin, 1.0).await;

    let shorter = json!({ "mode": "latency", "latencyMs": 300 });
    starts_a_drill(&admin, STOCK, &shorter).await;
    let asked = Instant::now();
    student.menu().await;
    assert!(asked.elapsed() >= Duration::from_millis(300));
    let order = student.sees("slow", OrderStatus::Ready).await;
    ends_the_drill(&admin, STOCK).await;
    stock::is_conserved(&before, &Portions::new(), &stock::left(&student).await, &stock::taken([&order]));
    system.stop().await;
}

async fn a_gateway_that_fails_now_and_then_accepts_each_order_once(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    let state = starts_a_drill(&admin, GATEWAY, &json!({ "mode": "errors", "errorRate": 0.5 })).await;
    assert_eq!((state.mode, state.error_rate), (Some(ChaosMode::Errors), Some(0.5)));
    let mut failures = 0;
    for n in 0..20 {
        let order_id = format!("luck-{n}");
        wait::until("the order to be accepted", async || {
            let answer = student.orders("water", &order_id).await;
            if answer.status.as_u16() == 202 {
                return Ok(());
            }
            failures += 1;
            Err(answer.is_problem(ErrorCode::Chaos))
        })
        .await;
    }
    assert!(failures > 0, "half of them fail");
    starts_a_drill(&admin, GATEWAY, &json!({ "mode": "errors", "errorRate": 1.0 })).await;
    student.orders("water", "no-luck").await.is_problem(ErrorCode::Chaos);
    ends_the_drill(&admin, GATEWAY).await;

    let mut orders = Vec::new();
    for n in 0..20 {
        orders.push(student.sees_the_end_of(&format!("luck-{n}")).await);
    }
    assert_eq!(student.all_orders().await.len(), 20);
    stock::is_conserved(&before, &Portions::new(), &stock::left(&student).await, &stock::taken(&orders));
    system.stop().await;
}

async fn a_service_that_is_switched_off_says_so_and_comes_back_by_itself(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    for service in ServiceName::ALL {
        let state = starts_a_drill(&admin, service, &json!({ "forSeconds": 1 })).await;
        assert!(state.chaos_mode && state.until.is_some(), "{state:?}");
        assert_eq!((state.service, state.mode), (Some(service), Some(ChaosMode::Unavailable)));
        for path in ["/health", "/readyz"] {
            let health = admin.get(service, path).await;
            // On a machine under load the second may be over.
            if health.status.as_u16() == 503 {
                assert_eq!(health.json::<HealthReport>().status, Up::Down, "{service}");
            } else {
                let now: ChaosState = admin.get(service, "/chaos").await.is(200).json();
                assert!(!now.chaos_mode, "{service} says that it is well: {health:?}");
            }
        }
        wait::until(&format!("the drill of {service} to end"), async || {
            let state: ChaosState = admin.get(service, "/chaos").await.is(200).json();
            if state.chaos_mode { Err(state) } else { Ok(()) }
        })
        .await;
        admin.get(service, "/health").await.is(200);
    }

    starts_a_drill(&admin, GATEWAY, &json!({})).await;
    let refused = student.orders("burger", "too-soon").await;
    refused.is_problem(ErrorCode::Chaos);
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    student.order("too-soon").await.is_problem(ErrorCode::Chaos);
    for path in ["/metrics", "/livez", "/chaos"] {
        admin.get(GATEWAY, path).await.is(200);
    }
    for path in ["/health", "/readyz"] {
        admin.get(GATEWAY, path).await.is(503);
    }
    let again: Value = json!({ "enable": true, "forSeconds": 0 });
    admin.orders_chaos(GATEWAY, &again).await.is_problem(ErrorCode::Invalid);
    ends_the_drill(&admin, GATEWAY).await;
    student.orders("burger", "too-soon").await.is_accepted();
    student.sees("too-soon", OrderStatus::Ready).await;
    system.stop().await;
}

async fn while_the_kitchen_is_switched_off_orders_wait_in_the_queue(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    starts_a_drill(&admin, KITCHEN, &json!({})).await;
    for n in 0..5 {
        student.orders("soup", &format!("waiting-{n}")).await.is_accepted();
    }
    for n in 0..5 {
        let order = order_of(&student, &format!("waiting-{n}")).await;
        assert_eq!((order.status, order.ticket), (OrderStatus::Pending, None));
    }
    student.get(GATEWAY, "/orders").await.is_problem(ErrorCode::DependencyDown);
    wait::until("the kitchen alone to be missed", async || {
        let health: HealthReport = student.get(GATEWAY, "/health").await.is(200).json();
        if health.degraded == ["kitchen-queue"] { Ok(()) } else { Err(health) }
    })
    .await;
    wait::until("the orders to be seen in the queue", async || {
        let depth = admin.metric(GATEWAY, "orders_queue_depth").await;
        if depth == 5.0 { Ok(()) } else { Err(depth) }
    })
    .await;
    assert_eq!(stock::left(&student).await, before, "nothing is taken yet");

    ends_the_drill(&admin, KITCHEN).await;
    let mut orders = Vec::new();
    for n in 0..5 {
        orders.push(student.sees(&format!("waiting-{n}"), OrderStatus::Ready).await);
    }
    stock::is_conserved(&before, &Portions::new(), &stock::left(&student).await, &stock::taken(&orders));
    system.stop().await;
}

async fn while_the_hub_is_switched_off_nothing_is_pushed_and_then_everybody_is_told_to_resync(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let recorder = student.listens().await;
    starts_a_drill(&admin, HUB, &json!({})).await;
    student.orders("burger", "unheard").await.is_accepted();
    let unheard = student.sees("unheard", OrderStatus::Ready).await;
    // What is on its way to the hub when the drill ends is told, and rightly so: all of it has to arrive before.
    wait::until("the hub to withhold every step", async || {
        let withheld = admin.metric(HUB, "notifications_withheld_total").await;
        if withheld >= f64::from(unheard.seq) { Ok(()) } else { Err((withheld, unheard.seq)) }
    })
    .await;
    let knock = student.request(Method::GET, HUB, "/socket.io/?EIO=4&transport=polling");
    send(knock).await.is_problem(ErrorCode::Chaos);
    assert!(recorder.notifications().is_empty(), "{:?}", recorder.notifications());
    assert!(!recorder.events().contains(&Event::Resync));

    ends_the_drill(&admin, HUB).await;
    recorder.hears("a resync", 0, |event| *event == Event::Resync).await;
    student.orders("burger", "heard").await.is_accepted();
    let order = student.sees("heard", OrderStatus::Ready).await;
    wait::until("the news to be heard", async || {
        let news = recorder.notifications();
        if news.last().is_some_and(|last| last.seq == order.seq) { Ok(()) } else { Err(news) }
    })
    .await;
    let others = recorder.notifications().into_iter().filter(|news| news.order_id != order.order_id);
    assert_eq!(others.count(), 0, "what was missed is fetched, not told");
    system.stop().await;
}

async fn while_identity_is_switched_off_those_who_are_signed_in_order_on(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    starts_a_drill(&admin, IDENTITY, &json!({})).await;
    let login = json!({ "username": "kitchen1", "password": "kitchenpassword" });
    let sign_in = async || system.anybody().post(IDENTITY, "/login", &login).await;
    sign_in().await.is_problem(ErrorCode::Chaos);
    student.orders("burger", "signed-in").await.is_accepted();
    student.sees("signed-in", OrderStatus::Ready).await;
    student.listens().await;
    student.with_token("ey.not.good").orders("burger", "forged").await.is_problem(ErrorCode::Unauthenticated);
    ends_the_drill(&admin, IDENTITY).await;
    sign_in().await.is(200);
    system.stop().await;
}

async fn stock_that_is_killed_again_and_again_loses_and_doubles_nothing(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    let before = stock::left(&student).await;
    let mut orders = Vec::new();
    for n in 0..8 {
        for dish in ["burger", "soup"] {
            let order_id = format!("{dish}-{n}");
            student.orders(dish, &order_id).await.is_accepted();
            orders.push(order_id);
        }
        admin.orders_chaos(STOCK, &json!({ "enable": true, "mode": "kill" })).await.is(200);
        healthy(&system).await;
    }
    let mut ended = Vec::new();
    for order_id in orders {
        ended.push(student.sees(&order_id, OrderStatus::Ready).await);
    }
    stock::is_conserved(&before, &Portions::new(), &stock::left(&student).await, &stock::taken(&ended));
    system.stop().await;
}

async fn an_order_sent_again_after_the_gateway_forgot_it_is_one_order_in_its_place(shape: Shape) {
    let system = shape.start().await;
    let (student, admin) = (system.student().await, system.admin().await);
    for order_id in ["first", "second"] {
        student.orders("burger", order_id).await.is_accepted();
        student.sees(order_id, OrderStatus::Ready).await;
    }
    admin.orders_chaos(GATEWAY, &json!({ "enable": true, "mode": "kill" })).await.is(200);
    healthy(&system).await;
    student.orders("burger", "first").await.is_accepted();
    let listed = async |limit| {
        let path = format!("/orders?limit={limit}");
        let page: wire::order::OrderPage = student.get(GATEWAY, &path).await.is(200).json();
        page.orders.iter().map(|order| (order.order_id.to_string(), order.status)).collect::<Vec<_>>()
    };
    let ready = |order_id: &str| (order_id.to_owned(), OrderStatus::Ready);
    assert_eq!(listed(1).await, [ready("second")]);
    assert_eq!(listed(20).await, [ready("second"), ready("first")]);
    assert_eq!(student.all_orders().await.len(), 2);
    system.stop().await;
}

async fn the_trail_says_who_ordered_a_drill(shape: Shape) {
    let system = shape.start().await;
    let admin = system.admin().await;
    for service in [IDENTITY, STOCK, KITCHEN] {
        starts_a_drill(&admin, service, &json!({ "mode": "latency", "latencyMs": 1 })).await;
        ends_the_drill(&admin, service).await;
        let trail: AuditPage = admin.get(service, "/audit").await.is(200).json();
        let drills: Vec<_> = trail.entries.iter().filter(|entry| entry.action == "chaos.set").collect();
        let [end, start] = drills[..] else { panic!("{trail:?}") };
        for entry in drills {
            assert_eq!(entry.actor, admin.user_id().to_string());
            assert_eq!(entry.subject, service.as_str());
        }
        assert!(start.detail.starts_with("Latency until ") && end.detail == "off", "{trail:?}");
    }
    system.stop().await;
}
