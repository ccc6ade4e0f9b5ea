//! The process, or one service of it, is killed at any moment while students order: what was accepted is neither lost
//! nor doubled nor stuck, and stock stays conserved.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use system_tests::{
    people::{Answer, Person, try_send},
    short_or_long,
    stock::{self, Portions},
    stored,
    system::{Options, Program},
    wait,
};
use wire::{ErrorCode, OrderStatus, ops::ServiceName, order::OrderView};

/// Dishes that do not run out, and two that do.
const PLENTY: [&str; 4] = ["burger", "fries", "cola", "water"];
const SCARCE: [&str; 2] = ["cheesecake", "special"];
const STUDENTS: usize = 6;

fn options() -> Options {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Options {
        arguments: vec!["--cooking-ms".to_owned(), "0..50".to_owned()],
        environment: vec![
            setting("CAFETERIA_IDENTITY__TOKEN_MINUTES", "60"),
            setting("CAFETERIA_STOCK__CONSERVATION_CHECK_MS", "500"),
        ],
        ..Options::default()
    }
}

/// A student's `n`th order: of one dish or two, now and then of one that is scarce.
fn basket(student: usize, n: usize) -> Value {
    let order_id = format!("order-{student}-{n}");
    let dish = PLENTY[(student + n) % PLENTY.len()];
    match n % 5 {
        0 => json!({ "orderId": order_id, "itemId": SCARCE[(student + n / 5) % 2] }),
        1 => json!({ "orderId": order_id, "lines": [
            { "itemId": dish, "quantity": 2 },
            { "itemId": PLENTY[(student + n + 1) % PLENTY.len()] },
        ] }),
        _ => json!({ "orderId": order_id, "itemId": dish }),
    }
}

/// A student who goes on ordering whatever happens to the system.
struct Regular {
    student: Person,
    number: usize,
    accepted: Vec<String>,
    refused: usize,
}

impl Regular {
    /// Orders until it is enough, each order until its answer is known.
    async fn orders_while(mut self, going: &AtomicBool) -> Self {
        for n in 0.. {
            if !going.load(Ordering::Relaxed) {
                return self;
            }
            if self.insists_on(&basket(self.number, n)).await {
                self.accepted.push(format!("order-{}-{n}", self.number));
            } else {
                self.refused += 1;
            }
            // An order of some time ago once more, as a client does that has forgotten its answer.
            if n % 5 == 4 {
                let again = basket(self.number, n / 2 / 5 * 5 + 2);
                assert!(
                    self.insists_on(&again).await,
                    "there is plenty, and it was accepted before: {again}"
                );
            }
            wait::pass(Duration::from_millis(3)).await;
        }
        self
    }

    /// Whether it is accepted in the end.
    async fn insists_on(&self, order: &Value) -> bool {
        wait::until(&format!("an answer to {order}"), async || {
            let Some(answer) = self.student.tries_to_place(order).await else { return Err(None) };
            match answer.status.as_u16() {
                202 => Ok(true),
                503 => Err(Some(answer)),
                _ => {
                    answer.is_problem(ErrorCode::SoldOut);
                    Ok(false)
                }
            }
        })
        .await
    }

    /// All that they ordered, once it has ended: what was accepted is there, and everything once.
    async fn sees_all(&self) -> Vec<OrderView> {
        let orders = wait::until("every order to end", async || {
            let orders = self.student.all_orders().await;
            let open: Vec<_> = orders.iter().filter(|order| !order.status.is_settled()).cloned().collect();
            if open.is_empty() { Ok(orders) } else { Err(open) }
        })
        .await;
        let mut names = BTreeSet::new();
        for order in &orders {
            assert!(names.insert(order.order_id.to_string()), "{} is there twice", order.order_id);
            let seqs: Vec<_> = order.history.iter().map(|step| step.seq).collect();
            assert_eq!(seqs, (0..=order.seq).collect::<Vec<_>>(), "{order:?}");
        }
        for order_id in &self.accepted {
            assert!(names.contains(order_id), "{order_id} was accepted, and is lost");
        }
        orders
    }
}

/// The stage: students with accounts of their own, and enough of what is not scarce.
async fn opening(program: &Program) -> (Vec<Regular>, Person, Portions) {
    let admin = program.admin().await;
    for dish in PLENTY {
        admin.restocks(dish, 50_000, &format!("opening-{dish}")).await.is(200);
    }
    let students = Person::many_students(&program, &admin, STUDENTS).await;
    let regular = |(number, student)| Regular { student, number, accepted: Vec::new(), refused: 0 };
    let before = stock::left(&admin).await;
    (students.into_iter().enumerate().map(regular).collect(), admin, before)
}

/// Some more of a scarce dish, which happens once however often it is asked for.
async fn insists_on_restocking(admin: &Person, delta: i64, key: &str) {
    let body = json!({ "delta": delta, "reason": "scenario", "key": key });
    let path = format!("/stock/{}/adjust", SCARCE[0]);
    wait::until("the restock to be confirmed", async || {
        let request = admin.request(reqwest::Method::POST, ServiceName::StockService, &path).json(&body);
        match try_send(request).await {
            Some(Answer { status, .. }) if status == 200 => Ok(()),
            answer => Err(answer),
        }
    })
    .await;
}

/// Asserts that all is well in the end, and ends it.
async fn closing(mut program: Program, regulars: &[Regular], admin: &Person, before: Portions, added: i64) {
    let mut all = Vec::new();
    for regular in regulars {
        all.extend(regular.sees_all().await);
    }
    let mut tickets = BTreeSet::new();
    for order in &all {
        let received = order.history.iter().find(|step| step.status == OrderStatus::InKitchen).unwrap();
        let ticket = (received.at.end_of_dhaka_day(), order.ticket.unwrap());
        assert!(tickets.insert(ticket), "ticket {ticket:?} was dealt twice");
    }
    let added = Portions::from([(SCARCE[0].to_owned(), added)]);
    stock::is_conserved(&before, &added, &stock::left(admin).await, &stock::taken(&all));
    wait::until("everything to be given back", async || {
        match admin.metric(ServiceName::KitchenQueue, "kitchen_releases_pending").await {
            0.0 => Ok(()),
            pending => Err(pending),
        }
    })
    .await;
    assert_eq!(admin.metric(ServiceName::StockService, "stock_oversold").await, 0.0);
    let refused: usize = regulars.iter().map(|regular| regular.refused).sum();
    let rejected = all.iter().filter(|order| order.status == OrderStatus::Rejected).count();
    assert!(refused + rejected > 0, "what is scarce runs out");

    assert!(program.ends().await, "{}", program.log());
    stored::is_settled(&program.folder().join("data")).await;
    let log = program.log();
    for sign in ["panicked", "does not add up", "not everything ended in time"] {
        assert!(!log.contains(sign), "{sign}: {log}");
    }
}

/// A moment from now to `most` from now, from the randomness of the operating system.
fn moment(most: Duration) -> Duration {
    most.mul_f64(f64::from(u32::from_ne_bytes(service_kit::secret::random())) / f64::from(u32::MAX))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_moment_loses_doubles_and_forgets_nothing() {
    let mut program = Program::start(options()).await;
    let (regulars, admin, before) = opening(&program).await;
    let rounds = short_or_long(5, 50);
    let going = AtomicBool::new(true);
    let rush = join_all(regulars.into_iter().map(|regular| regular.orders_while(&going)));
    let kills = async {
        for round in 0..rounds {
            let (in_the_rush, in_the_start) =
                (moment(Duration::from_millis(1_000)), moment(Duration::from_millis(400)));
            println!(
                "round {round}: killed {in_the_rush:?} after it is up, and {in_the_start:?} into its start"
            );
            let key = format!("round-{round}");
            let restock = insists_on_restocking(&admin, 5, &key);
            let kill = async {
                wait::pass(in_the_rush).await;
                program.kill();
                program.revive();
                wait::pass(in_the_start).await;
                program.kill();
                program.restart().await;
            };
            tokio::join!(restock, kill);
        }
        going.store(false, Ordering::Relaxed);
    };
    let (regulars, ()) = tokio::join!(rush, kills);
    let accepted: usize = regulars.iter().map(|regular| regular.accepted.len()).sum();
    assert!(accepted > rounds * STUDENTS, "only {accepted} orders were accepted in {rounds} rounds");
    closing(program, &regulars, &admin, before, 5 * i64::try_from(rounds).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_in_a_drill_comes_back_and_nothing_is_lost() {
    let program = Program::start(options()).await;
    let (regulars, admin, before) = opening(&program).await;
    let going = AtomicBool::new(true);
    let rush = join_all(regulars.into_iter().map(|regular| regular.orders_while(&going)));
    let rounds = short_or_long(2, 20);
    let kills = async {
        for _ in 0..rounds {
            for service in ServiceName::ALL {
                let after = moment(Duration::from_millis(300));
                println!("{service} is killed after {after:?}");
                wait::pass(after).await;
                admin.orders_chaos(service, &json!({ "enable": true, "mode": "kill" })).await.is(200);
                // The killed one says that it is down as long as it says anything.
                program.up().await;
            }
        }
        going.store(false, Ordering::Relaxed);
    };
    let (regulars, ()) = tokio::join!(rush, kills);
    let log = program.log();
    for service in ServiceName::ALL {
        let restarts = log.lines().filter(|line| {
            line.contains("the service ended; it is started again") && line.contains(service.as_str())
        });
        assert_eq!(restarts.count(), rounds, "{service}: {log}");
    }
    closing(program, &regulars, &admin, before, 0).await;
}
