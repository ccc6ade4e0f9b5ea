//! The process, or one service of it, is killed at any moment while students order: what was accepted is neither lost
//! nor doubled nor stuck, and stock stays conserved.

use std::time::Duration;

use serde_json::json;
use system_tests::{
    regulars::{Crowd, STUDENTS, insists_on_restocking, moment},
    short_or_long, stored,
    system::{Options, Program},
    wait,
};
use wire::ops::ServiceName;

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

/// Asserts that all is well in the end, and ends it.
async fn closing(mut program: Program, crowd: &Crowd) {
    crowd.is_served().await;
    assert!(program.ends().await, "{}", program.log());
    stored::is_settled(&program.folder().join("data")).await;
    let log = program.log();
    for sign in ["panicked", "does not add up", "not everything ended in time"] {
        assert!(!log.contains(sign), "{sign}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_any_moment_loses_doubles_and_forgets_nothing() {
    let mut program = Program::start(options()).await;
    let mut crowd = Crowd::gathers(&program).await;
    let rounds = short_or_long(5, 50);
    let admin = crowd.admin.clone();
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
    };
    crowd.orders_during(kills).await;
    crowd.added(5 * i64::try_from(rounds).unwrap());
    let accepted = crowd.accepted();
    assert!(accepted > rounds * STUDENTS, "only {accepted} orders were accepted in {rounds} rounds");
    closing(program, &crowd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_in_a_drill_comes_back_and_nothing_is_lost() {
    let program = Program::start(options()).await;
    let mut crowd = Crowd::gathers(&program).await;
    let admin = crowd.admin.clone();
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
    };
    crowd.orders_during(kills).await;
    let log = program.log();
    for service in ServiceName::ALL {
        let restarts = log.lines().filter(|line| {
            line.contains("the service ended; it is started again") && line.contains(service.as_str())
        });
        assert_eq!(restarts.count(), rounds, "{service}: {log}");
    }
    closing(program, &crowd).await;
}
