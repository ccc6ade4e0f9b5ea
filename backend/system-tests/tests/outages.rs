//! A part of the distributed system is down: killed, stopped where it stands, or cut off. What people see meanwhile, that
//! nothing which was accepted is lost, doubled or oversold, and that the system heals by itself.

use std::time::Instant;

use cafeteria::settings::Settings;
use client::ConnectionState;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use system_tests::{
    deployment::{Deployment, Part, Plan, REDIS_TIMEOUT_MS},
    people::{Answer, Person, try_send},
    recorder::Recorder,
    regulars::{Crowd, LastSeen, OpenOrder},
    wait,
};
use test_support::servers::proxy::Network;
use wire::{
    ErrorCode, OrderStatus,
    ops::{HealthReport, ServiceName, Up},
};

use ServiceName::{IdentityProvider, KitchenQueue, NotificationHub, OrderGateway, StockService};

/// The ways in which a server is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    /// Its process was killed.
    Killed,
    /// Its process stands still (SIGSTOP): connections stay, answers do not come.
    Paused,
    /// Connections to it are closed, and new ones too.
    Cut,
    /// The network drops everything, and tells nobody.
    Silent,
}

const WAYS: [Away; 4] = [Away::Killed, Away::Paused, Away::Cut, Away::Silent];

/// Starts a system on servers of its own, of which Redis stays: on a busy machine as well, the gateway remembers what it
/// has accepted, and shows it while the kitchen is away.
async fn on_own_servers() -> Deployment {
    start(REDIS_TIMEOUT_MS).await
}

/// Starts a system on servers of its own, with the deadline for Redis that an installation has.
async fn on_own_servers_without_redis() -> Deployment {
    start(Settings::default().distributed.redis_deadline_ms).await
}

async fn start(redis_deadline_ms: u64) -> Deployment {
    let plan = Plan { own_servers: true, ..Plan::default() };
    let change = |settings: &mut Settings| {
        settings.identity.token_minutes = 60;
        settings.distributed.redis_deadline_ms = redis_deadline_ms;
    };
    Deployment::start(plan, change).await
}

/// Takes a server away.
fn take_away(system: &mut Deployment, part: Part, how: Away) {
    match (how, part) {
        (Away::Cut, _) => system.network(part, Network::Cut),
        (Away::Silent, _) => system.network(part, Network::Silent),
        (Away::Killed, Part::Redis) => system.servers().redis.kill(),
        (Away::Paused, Part::Redis) => system.servers().redis.pause(),
        (Away::Killed, Part::RabbitMq) => system.servers().rabbitmq.kill(),
        (Away::Paused, Part::RabbitMq) => system.servers().rabbitmq.pause(),
        (Away::Killed, _) => system.servers().postgres.kill(),
        (Away::Paused, _) => system.servers().postgres.pause(),
    }
}

/// Brings it back.
async fn bring_back(system: &mut Deployment, part: Part, how: Away) {
    match (how, part) {
        (Away::Cut | Away::Silent, _) => system.network(part, Network::Good),
        (Away::Killed, Part::Redis) => system.servers().redis.restart().await,
        (Away::Paused, Part::Redis) => system.servers().redis.resume(),
        (Away::Killed, Part::RabbitMq) => system.servers().rabbitmq.restart().await,
        (Away::Paused, Part::RabbitMq) => system.servers().rabbitmq.resume(),
        (Away::Killed, _) => system.servers().postgres.restart().await,
        (Away::Paused, _) => system.servers().postgres.resume(),
    }
}

async fn health(person: &Person, service: ServiceName) -> Option<HealthReport> {
    let answer = try_send(person.request(reqwest::Method::GET, service, "/health")).await?;
    Some(answer.json())
}

/// Waits until a service says so of itself.
async fn says(person: &Person, service: ServiceName, what: &str, holds: impl Fn(&HealthReport) -> bool) {
    wait::until(&format!("{service} to say {what}"), async || match health(person, service).await {
        Some(report) if holds(&report) => Ok(()),
        report => Err(report),
    })
    .await;
}

async fn is_degraded(person: &Person, service: ServiceName) {
    says(person, service, "that it is degraded", |report| {
        report.status == Up::Up && !report.degraded.is_empty()
    })
    .await;
}

async fn is_down(person: &Person, service: ServiceName) {
    says(person, service, "that it is down", |report| report.status == Up::Down).await;
}

/// An order in one piece from the 202 to the plate: the system has healed.
#[expect(clippy::print_stdout, reason = "how soon it healed, for whoever reads the run")]
async fn an_order_is_ready(person: &Person, name: &str) {
    let began = Instant::now();
    wait::until("an order to be accepted", async || {
        match person.tries_to_place(&json!({ "itemId": "burger", "orderId": name })).await {
            Some(answer) if answer.status == 202 => Ok(()),
            answer => Err(answer),
        }
    })
    .await;
    person.sees(name, OrderStatus::Ready).await;
    println!("{name}: ready {:.1} s after the part came back", began.elapsed().as_secs_f64());
}

/// Waits until the gateway's metric says whether RabbitMQ blocks it.
async fn is_blocked(admin: &Person, blocked: f64) {
    wait::until("the metric to say so", async || {
        let now = admin.metric(OrderGateway, "queue_blocked").await;
        if now == blocked { Ok(()) } else { Err(now) }
    })
    .await;
}

/// A 503 of this code, which says when to try again.
fn is_refused_for_now(answer: &Answer, code: ErrorCode) {
    answer.is_problem(code);
    assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_orders_go_on_and_each_is_one() {
    let mut system = on_own_servers_without_redis().await;
    let mut crowd = Crowd::gathers(&system).await;
    let (student, admin) = (system.student().await, crowd.admin.clone());
    crowd.is_joined_by(&student);
    for (round, how) in WAYS.into_iter().enumerate() {
        take_away(&mut system, Part::Redis, how);
        is_degraded(&admin, OrderGateway).await;
        let name = format!("without-redis-{round}");
        crowd
            .orders_during(async {
                // Its key cannot be remembered: the kitchen's unique key makes one of them.
                for _ in 0..3 {
                    student.orders("burger", &name).await.is_accepted();
                }
                student.sees(&name, OrderStatus::Ready).await;
                let all = student.all_orders().await;
                assert_eq!(all.iter().filter(|order| order.order_id.as_str() == name).count(), 1);
            })
            .await;
        let other = json!({ "itemId": "burger", "quantity": 2, "orderId": name });
        let recorder = student.listens().await;
        student.places(&other).await.is_accepted();
        wait::until("to hear that the key was used before", async || {
            let notifications = recorder.notifications();
            let reason = Some(wire::status::Reason::KeyReused);
            if notifications.iter().any(|news| news.reason == reason) { Ok(()) } else { Err(notifications) }
        })
        .await;
        bring_back(&mut system, Part::Redis, how).await;
        says(&admin, OrderGateway, "that all is well", |report| report.degraded.is_empty()).await;
        an_order_is_ready(&student, &format!("after-redis-{round}")).await;
    }
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_forgets_everything_in_a_rush_sells_nothing_twice() {
    let mut system = on_own_servers_without_redis().await;
    let mut crowd = Crowd::gathers(&system).await;
    crowd
        .orders_during(async {
            for _ in 0..20 {
                wait::pass(std::time::Duration::from_millis(150)).await;
                system.servers().redis.flush_all();
            }
        })
        .await;
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_only_the_queue_knows_is_unlisted_for_a_while_and_not_lost() {
    let mut system = on_own_servers().await;
    let student = system.student().await;
    let mut database = PgConnection::connect(system.database(Part::KitchenDatabase)).await.unwrap();
    // The kitchen answers, and cannot store what it reads from the queue.
    let mut store = database.begin().await.unwrap();
    sqlx::query("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE").execute(&mut *store).await.unwrap();
    student.orders("burger", "queued").await.is_accepted();
    student.sees("queued", OrderStatus::Pending).await;
    let (accepted, mut seen) = (["queued".to_owned()], LastSeen::default());
    let open = |listed, last_seen| vec![OpenOrder { order_id: "queued".to_owned(), listed, last_seen }];
    let pending = Some(OrderStatus::Pending);
    assert_eq!(seen.open_orders(&accepted, &student.all_orders().await), open(pending, pending));
    system.servers().redis.flush_all();
    assert_eq!(seen.open_orders(&accepted, &student.all_orders().await), open(None, pending));
    student.order("queued").await.is_problem(ErrorCode::NotFound);

    store.rollback().await.unwrap();
    student.sees("queued", OrderStatus::Ready).await;
    assert_eq!(seen.open_orders(&accepted, &student.all_orders().await), []);

    // A loss: it does not come back into the list.
    sqlx::query("DELETE FROM orders").execute(&mut database).await.unwrap();
    system.servers().redis.flush_all();
    let open = seen.open_orders(&accepted, &student.all_orders().await);
    let lost = "queued was accepted, is listed no more, and was last seen ready.";
    assert_eq!(open.iter().map(ToString::to_string).collect::<Vec<_>>(), [lost]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rabbitmq_nothing_is_accepted_and_afterwards_everything_is_there() {
    let mut system = on_own_servers().await;
    let mut crowd = Crowd::gathers(&system).await;
    let (student, admin) = (system.student().await, crowd.admin.clone());
    crowd.is_joined_by(&student);
    for (round, how) in WAYS.into_iter().enumerate() {
        let name = |n: usize| format!("without-rabbitmq-{round}-{n}");
        // The crowd insists, and is heard once the queue is back.
        crowd
            .orders_during(async {
                take_away(&mut system, Part::RabbitMq, how);
                let began = Instant::now();
                let first = student.orders("burger", &name(0)).await;
                println!("{how:?}: the first answer after {:?}", began.elapsed());
                assert_eq!(first.status, 503, "never a 202 without the queue: {first:?}");
                is_down(&admin, OrderGateway).await;
                let began = Instant::now();
                let known = student.orders("burger", &name(1)).await;
                println!("{how:?}: the answer to a known outage after {:?}", began.elapsed());
                is_refused_for_now(&known, ErrorCode::QueueUnavailable);
                bring_back(&mut system, Part::RabbitMq, how).await;
                an_order_is_ready(&student, &name(1)).await;
                system.up().await;
            })
            .await;
    }
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rabbitmq_without_memory_sheds_orders_at_once_and_takes_them_again() {
    let mut system = on_own_servers().await;
    let (student, admin) = (system.student().await, system.admin().await);
    student.orders("burger", "before").await.is_accepted();
    student.sees("before", OrderStatus::Ready).await;
    system.servers().rabbitmq.memory_alarm(true);
    wait::until("the alarm to be felt", async || {
        let answer = student.orders("burger", "meanwhile").await;
        if answer.status == 503 { Ok(()) } else { Err(answer) }
    })
    .await;
    is_down(&admin, OrderGateway).await;
    is_refused_for_now(&student.orders("burger", "shed").await, ErrorCode::QueueUnavailable);
    is_blocked(&admin, 1.0).await;
    system.servers().rabbitmq.memory_alarm(false);
    an_order_is_ready(&student, "shed").await;
    is_blocked(&admin, 0.0).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_stock_orders_wait_in_the_kitchen() {
    let mut system = on_own_servers().await;
    let mut crowd = Crowd::gathers(&system).await;
    let student = system.student().await;
    crowd.is_joined_by(&student);
    for (round, how) in WAYS.into_iter().enumerate() {
        let name = format!("without-stock-{round}");
        crowd
            .orders_during(async {
                // Its network, so that the other databases go on; or the service itself.
                if how == Away::Killed {
                    system.kill_all(StockService);
                } else {
                    let silent = if how == Away::Paused { Away::Silent } else { how };
                    take_away(&mut system, Part::StockDatabase, silent);
                }
                student.orders("burger", &name).await.is_accepted();
                student.sees(&name, OrderStatus::InKitchen).await;
                wait::pass(std::time::Duration::from_secs(2)).await;
                student.sees(&name, OrderStatus::InKitchen).await;
                if how == Away::Killed {
                    system.revive_all(StockService);
                } else {
                    system.network(Part::StockDatabase, Network::Good);
                }
                let began = Instant::now();
                student.sees(&name, OrderStatus::Ready).await;
                println!("{how:?}: ready {:?} after the stock came back", began.elapsed());
                system.up().await;
            })
            .await;
    }
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_kitchen_orders_wait_in_the_queue() {
    let mut system = on_own_servers().await;
    let mut crowd = Crowd::gathers(&system).await;
    let student = system.student().await;
    crowd.is_joined_by(&student);
    for how in [Away::Killed, Away::Cut, Away::Silent] {
        let name = format!("without-kitchen-{how:?}");
        crowd
            .orders_during(async {
                match how {
                    Away::Killed => system.kill_all(KitchenQueue),
                    Away::Paused | Away::Cut | Away::Silent => {
                        take_away(&mut system, Part::KitchenDatabase, how);
                    }
                }
                student.orders("burger", &name).await.is_accepted();
                student.sees(&name, OrderStatus::Pending).await;
                let list = student.get(OrderGateway, "/orders").await;
                assert!(list.status == 503 || list.body.contains(&name), "{list:?}");
                match how {
                    Away::Killed => system.revive_all(KitchenQueue),
                    Away::Paused | Away::Cut | Away::Silent => {
                        system.network(Part::KitchenDatabase, Network::Good);
                    }
                }
                let began = Instant::now();
                student.sees(&name, OrderStatus::Ready).await;
                println!("{how:?}: ready {:?} after the kitchen came back", began.elapsed());
                system.up().await;
            })
            .await;
    }
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_database_orders_are_accepted_and_end_afterwards() {
    let mut system = on_own_servers().await;
    let mut crowd = Crowd::gathers(&system).await;
    let (student, admin) = (system.student().await, crowd.admin.clone());
    crowd.is_joined_by(&student);
    for how in [Away::Killed, Away::Paused] {
        let name = format!("without-databases-{how:?}");
        crowd
            .orders_during(async {
                take_away(&mut system, Part::StockDatabase, how);
                student.orders("burger", &name).await.is_accepted();
                for service in [IdentityProvider, StockService, KitchenQueue] {
                    is_down(&admin, service).await;
                }
                bring_back(&mut system, Part::StockDatabase, how).await;
                let began = Instant::now();
                student.sees(&name, OrderStatus::Ready).await;
                println!("{how:?}: ready {:?} after the databases came back", began.elapsed());
                system.up().await;
            })
            .await;
    }
    crowd.is_served().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_identity_those_who_are_signed_in_order_on() {
    let mut system = on_own_servers().await;
    let (student, anybody) = (system.student().await, system.anybody());
    // By then the gateway has the keys that it goes on with.
    an_order_is_ready(&student, "before").await;
    let login = json!({ "username": "student1", "password": "password123" });
    for how in [Away::Killed, Away::Cut, Away::Silent] {
        if how == Away::Killed {
            system.kill_all(IdentityProvider);
        } else {
            take_away(&mut system, Part::IdentityDatabase, how);
            let answer = anybody.post(IdentityProvider, "/login", &login).await;
            is_refused_for_now(&answer, ErrorCode::DependencyDown);
        }
        let name = format!("without-identity-{how:?}");
        student.orders("burger", &name).await.is_accepted();
        student.sees(&name, OrderStatus::Ready).await;
        if how == Away::Killed {
            system.revive_all(IdentityProvider);
        } else {
            system.network(Part::IdentityDatabase, Network::Good);
        }
        system.up().await;
        wait::until("to sign in again", async || {
            let answer = anybody.post(IdentityProvider, "/login", &login).await;
            // Those that were refused in the outage may have counted.
            if [200, 429].contains(&answer.status.as_u16()) { Ok(()) } else { Err(answer) }
        })
        .await;
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_hub_orders_go_on_and_trackers_catch_up() {
    let system = on_own_servers().await;
    let mut crowd = Crowd::gathers(&system).await;
    let student = system.student().await;
    crowd.is_joined_by(&student);
    crowd
        .orders_during(async {
            system.kill_all(NotificationHub);
            student.orders("burger", "unheard").await.is_accepted();
            student.sees("unheard", OrderStatus::Ready).await;
            Recorder::start(student.client()).is(ConnectionState::Reconnecting, 0).await;
            system.revive_all(NotificationHub);
            system.up().await;
        })
        .await;
    // Each tracker shows the end of each order.
    crowd.is_served().await;
    system.stop().await;
}
