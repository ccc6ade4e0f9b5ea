//! Durable decrements a second of one dish, beside those of a naive implementation on the same server: pgbench, which
//! updates one row again and again.

use std::{process::Command, time::Duration};

use load::Load;
use serde_json::json;
use service_kit::{Clock, token::ServiceTokens};
use system_tests::deployment::{Deployment, Part, Plan};
use wire::{ops::ServiceName, stock::MAX_STOCK_ORDERS};

use crate::{
    Profile, fixture,
    report::{Report, Section, number},
};

/// Dish that every order asks for.
const DISH: &str = "burger";
/// Connections, and clients of pgbench.
const CONCURRENCY: usize = 16;
/// Orders of one request: one, as in earlier systems, up to as many as the kitchen sends in a rush.
const BATCH_SIZES: [usize; 4] = [1, 16, 64, 256];
/// Naive implementation.
const NAIVE: &str = "UPDATE naive SET quantity = quantity - 1 WHERE id = 'burger' AND quantity > 0;\n";

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let seconds = profile.of(10, 2);
    let plan = Plan { direct: true, ..Plan::default() };
    let system = Deployment::start(plan, fixture::settings).await;
    let admin = system.admin().await;
    let mut table = Section::new(
        "Decrements of one dish",
        format!(
            "Reductions of one portion of one dish, on the disk when they are answered, over {CONCURRENCY} connections, \
             by one stock-service; and pgbench with {CONCURRENCY} clients and prepared statements, which does nothing but \
             update one row of the same server, without reservations, keys or repeats. Both {seconds} s long."
        ),
        &["", "orders in a request", "decrements/s", "times the naive way"],
    );
    let naive = naive(system.database(Part::StockDatabase), seconds);
    table.row(["pgbench, naive".to_owned(), "-".to_owned(), number(naive), "1".to_owned()]);
    let seed = system.service_seed(ServiceName::KitchenQueue);
    let tokens = ServiceTokens::new(ServiceName::KitchenQueue, &seed, Clock::system());
    let user = admin.user_id().to_string();
    let mut best: f64 = 0.0;
    for carried in BATCH_SIZES {
        assert!(carried <= MAX_STOCK_ORDERS);
        admin
            .restocks(DISH, i64::from(wire::stock::MAX_QUANTITY / 5), &format!("for-{carried}"))
            .await
            .is(200);
        let load = Load {
            address: system.url(ServiceName::StockService).trim_start_matches("http://").parse().unwrap(),
            rate: 0,
            duration: Duration::from_secs(seconds),
            connections: CONCURRENCY,
        };
        let before = admin.metric(ServiceName::StockService, "stock_reduce_total").await;
        let outcome = load::run(&load, |number, request| {
            let token = tokens.for_target(ServiceName::StockService).0;
            write_reduction(request, &token, &user, carried, number);
        })
        .await
        .unwrap();
        assert!(outcome.all_are(200), "{:?}", outcome.statuses);
        let after = admin.metric(ServiceName::StockService, "stock_reduce_total").await;
        let rate = (after - before) / outcome.took.as_secs_f64();
        table.row(["stock-service".to_owned(), carried.to_string(), number(rate), number(rate / naive)]);
        best = best.max(rate);
    }
    report.add(table);
    report.sums_up(
        "durable decrements/s of one dish",
        "not measured",
        "≥ 2 times pgbench's naive UPDATE",
        format!("{} ({} times pgbench's {})", number(best), number(best / naive), number(naive)),
    );
    system.stop().await;
}

/// Writes a request for `carried` orders of one portion, each with a key of its own.
fn write_reduction(request: &mut Vec<u8>, token: &str, user: &str, carried: usize, number: u64) {
    let order = |n: usize| {
        let key = format!("{user}/decrement-{carried}-{number}-{n}");
        json!({ "orderKey": key, "lines": [{ "itemId": DISH, "quantity": 1 }] })
    };
    let body = json!({ "orders": (0..carried).map(order).collect::<Vec<_>>() }).to_string();
    let head = format!(
        "POST /stock/reduce HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    request.extend_from_slice(head.as_bytes());
    request.extend_from_slice(body.as_bytes());
}

/// Returns the updates a second of one row, as pgbench counts them.
fn naive(database: &str, seconds: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("naive.sql");
    std::fs::write(&script, NAIVE).unwrap();
    run(Command::new("psql").arg(database).args(["-q", "-c"]).arg(
        "CREATE TABLE naive (id text PRIMARY KEY, quantity integer NOT NULL); \
         INSERT INTO naive VALUES ('burger', 2000000000);",
    ));
    let (clients, seconds) = (CONCURRENCY.to_string(), seconds.to_string());
    let output = run(Command::new("pgbench")
        .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "2", "--client", &clients])
        .args(["--time", &seconds, "--file"])
        .arg(&script)
        .arg(database));
    let rate = output.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.expect("pgbench prints its rate")
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
