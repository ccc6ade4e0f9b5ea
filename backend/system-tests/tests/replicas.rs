//! Two replicas of everything: they share the work, agree on who and what there is, and none of them is missed when it
//! is killed.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use system_tests::{
    deployment::{Deployment, Part, Plan},
    people::send,
    regulars::{Crowd, STUDENTS, moment},
    short_or_long,
    system::Addresses,
    wait,
};
use test_support::servers::proxy::Network;
use wire::{
    ErrorCode, OrderStatus,
    identity::Jwks,
    ops::{ChaosState, ServiceName},
};

use ServiceName::{IdentityProvider, KitchenQueue, OrderGateway, StockService};

async fn two_of_each() -> Deployment {
    let plan = Plan { replicas: 2, ..Plan::default() };
    Deployment::start(plan, |settings| settings.identity.token_minutes = 60).await
}

/// The system as it looks past the balancers, to those who speak with one replica of each service.
fn only(system: &Deployment, number: usize) -> Addresses {
    Addresses::of(|name| system.url_of(name, number))
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_killed_in_turn_under_load_lose_double_and_forget_nothing() {
    let system = two_of_each().await;
    let mut crowd = Crowd::gathers(&system).await;
    let rounds = short_or_long(2, 20);
    crowd
        .orders_during(async {
            for round in 0..rounds {
                for name in ServiceName::ALL {
                    wait::pass(moment(Duration::from_millis(400))).await;
                    let number = round % 2;
                    println!("round {round}: {name} {number} is killed");
                    system.kill(name, number);
                    wait::pass(moment(Duration::from_millis(400))).await;
                    system.revive(name, number);
                }
                system.up().await;
            }
        })
        .await;
    let accepted = crowd.accepted();
    assert!(accepted > rounds * STUDENTS, "only {accepted} orders were accepted in {rounds} rounds");
    crowd.is_served().await;
    let log = system.log();
    assert!(!log.contains("panicked"), "{log}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_attempts_to_sign_in_a_minute_are_three_at_all_replicas_together() {
    let system = two_of_each().await;
    let replicas = [only(&system, 0), only(&system, 1)];
    let attempts = async |username: &str, count: usize| {
        let login = json!({ "username": username, "password": "wrong-password" });
        let all = (0..count).map(|n| {
            let anybody = replicas[n % 2].anybody();
            let login = login.clone();
            async move { anybody.post(IdentityProvider, "/login", &login).await.status.as_u16() }
        });
        let mut statuses = join_all(all).await;
        statuses.sort_unstable();
        statuses
    };
    let three_of = |count: usize| [vec![401; 3], vec![429; count - 3]].concat();
    assert_eq!(attempts("student1", 12).await, three_of(12));

    // While Redis goes away, half of them before and half of them after.
    assert_eq!(attempts("kitchen1", 2).await, [401, 401]);
    system.network(Part::Redis, Network::Cut);
    assert_eq!(attempts("kitchen1", 8).await, [vec![401], vec![429; 7]].concat());
    assert_eq!(attempts("nobody", 10).await, three_of(10), "also when Redis is away from the start");
    system.network(Part::Redis, Network::Good);
    let admin = system.admin().await;
    wait::until("Redis to be felt again", async || {
        let report = admin.get(OrderGateway, "/health").await;
        if report.body.contains("\"degraded\":[]") { Ok(()) } else { Err(report) }
    })
    .await;
    assert_eq!(attempts("kitchen1", 4).await, [429; 4], "what was counted without Redis counts");
    assert_eq!(attempts("nobody", 4).await, [429; 4]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_sent_to_both_gateways_at_once_is_one_order() {
    let system = two_of_each().await;
    let student = system.student().await;
    let at = |number| student.at(&only(&system, number));
    let both = [at(0), at(1)];
    let before = student.dish("burger").await.quantity;
    let answers = join_all((0..50).map(|n| both[n % 2].orders("burger", "to-both"))).await;
    let first = answers[0].is_accepted();
    assert!(answers.iter().all(|answer| answer.is_accepted() == first), "fifty equal answers");
    let fresh = answers.iter().filter(|answer| !answer.headers.contains_key("idempotent-replayed"));
    assert_eq!(fresh.count(), 1, "one of them was the first");
    student.sees("to-both", OrderStatus::Ready).await;
    assert_eq!(student.all_orders().await.len(), 1);
    assert_eq!(student.dish("burger").await.quantity, before - 1);
    let other = json!({ "itemId": "burger", "quantity": 2, "orderId": "to-both" });
    for gateway in &both {
        gateway.places(&other).await.is_problem(ErrorCode::KeyReused);
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dish_that_everybody_wants_starves_neither_replica_and_no_student() {
    let system = two_of_each().await;
    let students = system.students(20).await;
    let admin = system.admin().await;
    let each = short_or_long(20, 100);
    admin.restocks("biryani", 20 * each, "plenty").await.is(200);
    let ended = join_all(students.iter().map(async |student| {
        for n in 0..each {
            student.orders("biryani", &format!("hot-{n}")).await.is_accepted();
        }
        for n in 0..each {
            student.sees(&format!("hot-{n}"), OrderStatus::Ready).await;
        }
    }))
    .await;
    assert_eq!(ended.len(), 20);
    for number in 0..2 {
        let replica = admin.at(&only(&system, number));
        let reduced = replica.metric(StockService, "stock_reduce_total").await;
        println!("stock-service {number}: {reduced} reductions");
        let received = replica.metric(KitchenQueue, "orders_processed_total").await;
        println!("kitchen-queue {number}: {received} orders verified");
        assert!(reduced > 0.0 && received > 0.0);
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_make_one_signing_key_one_menu_and_one_of_each_account() {
    let system = two_of_each().await;
    let anybody = system.anybody();
    let keys = join_all((0..2).map(async |number| {
        let url = format!("{}/.well-known/jwks.json", system.url_of(IdentityProvider, number));
        let keys: Jwks = send(reqwest::Client::new().get(url)).await.is(200).json();
        keys.keys.into_iter().map(|key| key.kid).collect::<Vec<_>>()
    }))
    .await;
    assert_eq!(keys[0].len(), 1, "{keys:?}");
    assert_eq!(keys[0], keys[1]);
    assert_eq!(anybody.menu().await.len(), 19);
    let admin = system.admin().await;
    let users: Value = admin.get(IdentityProvider, "/users").await.is(200).json();
    assert_eq!(users["users"].as_array().map(Vec::len), Some(3), "{users}");
    let trail: Value = admin.get(StockService, "/audit").await.is(200).json();
    assert_eq!(trail["entries"].as_array().map(Vec::len), Some(1), "the menu was put in once: {trail}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_reaches_every_replica_of_its_service_and_ends_at_every_one() {
    let system = two_of_each().await;
    let admin = system.admin().await;
    for enable in [true, false] {
        let drill = json!({ "enable": enable, "mode": "errors", "errorRate": 1.0 });
        admin.orders_chaos(StockService, &drill).await.is(200);
        for number in 0..2 {
            let replica = only(&system, number).anybody();
            wait::until("the drill to reach each replica", async || {
                let state: ChaosState = replica.get(StockService, "/chaos").await.is(200).json();
                if state.chaos_mode == enable { Ok(()) } else { Err(state) }
            })
            .await;
        }
        let other = only(&system, 0).anybody();
        let state: ChaosState = other.get(KitchenQueue, "/chaos").await.is(200).json();
        assert!(!state.chaos_mode, "the others have none");
    }
    admin.orders_chaos(OrderGateway, &json!({ "enable": true, "mode": "kill" })).await.is(200);
    wait::until("both to have been killed and started again", async || {
        let restarts = system.restarts(OrderGateway);
        if restarts == [1, 1] { Ok(()) } else { Err(restarts) }
    })
    .await;
    system.up().await;
    system.stop().await;
}
