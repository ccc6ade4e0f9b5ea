//! The databases of the distributed shape, dumped while orders go on and put back as docs/operations.md says.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::path::Path;

use serde_json::json;
use system_tests::{
    deployment::{Deployment, Part, Plan},
    stock,
};
use wire::{OrderStatus, ops::ServiceName};

const GUIDE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"));

/// How the guide dumps a database, and how it puts a dump back.
const DUMP: [&str; 1] = ["--format=custom"];
const RESTORE: [&str; 2] = ["--clean", "--if-exists"];

/// The database of a service; its owner is called the same.
fn name(system: &Deployment, part: Part) -> String {
    system.database(part).rsplit('/').next().unwrap().to_owned()
}

fn dump(system: &mut Deployment, part: Part, folder: &Path) {
    let name = name(system, part);
    let file = folder.join(&name);
    let arguments = [DUMP[0], "--file", file.to_str().unwrap(), &name];
    system.servers().postgres.tool("pg_dump", &arguments);
}

fn restore(system: &mut Deployment, part: Part, folder: &Path) {
    let name = name(system, part);
    let (file, role) = (folder.join(&name), format!("--role={name}"));
    let arguments = [RESTORE[0], RESTORE[1], &role, "-d", &name, file.to_str().unwrap()];
    system.servers().postgres.tool("pg_restore", &arguments);
}

#[test]
fn the_guide_dumps_and_restores_as_the_scenario_does() {
    let of = |tool: &str| {
        let lines: Vec<_> =
            GUIDE.lines().filter(|line| line.contains(tool) && line.contains("-U postgres")).collect();
        let [line] = lines[..] else { panic!("{tool} is in {lines:?}") };
        line
    };
    assert!(DUMP.iter().all(|word| of("pg_dump").contains(word)));
    assert!(RESTORE.iter().chain(&["--role=\"$db\""]).all(|word| of("pg_restore").contains(word)));
    assert!(GUIDE.contains("for db in kitchen stock identity"), "the kitchen comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dumped_while_orders_went_on_comes_back_and_goes_on() {
    let mut system = Deployment::start(Plan { own_servers: true, ..Plan::default() }, |_| {}).await;
    let (admin, student) = (system.admin().await, system.student().await);
    let folder = tempfile::tempdir().unwrap();
    let ordered = async |dish: &str, order: &str| {
        student.orders(dish, order).await.is_accepted();
        student.sees(order, OrderStatus::Ready).await
    };
    let before = stock::left(&admin).await;
    let mut early = Vec::new();
    for n in 0..5 {
        early.push(ordered("burger", &format!("early-{n}")).await);
    }
    dump(&mut system, Part::KitchenDatabase, folder.path());
    // Known to the later dump of the stock alone.
    ordered("cola", "between").await;
    dump(&mut system, Part::StockDatabase, folder.path());
    dump(&mut system, Part::IdentityDatabase, folder.path());
    ordered("water", "late").await;
    let after_the_dump = json!({ "username": "newcomer", "name": "Newcomer", "role": "student", "password": "newcomer-password" });
    admin.post(ServiceName::IdentityProvider, "/users", &after_the_dump).await.is(201);

    ServiceName::ALL.into_iter().for_each(|name| system.kill_all(name));
    for part in [Part::KitchenDatabase, Part::StockDatabase, Part::IdentityDatabase] {
        restore(&mut system, part, folder.path());
    }
    system.servers().redis.flush_all();
    ServiceName::ALL.into_iter().for_each(|name| system.revive_all(name));
    system.up().await;

    let (admin, student) = (system.admin().await, system.student().await);
    let mut orders = student.all_orders().await;
    orders.reverse();
    assert_eq!(orders, early, "what was there when the kitchen was dumped, and nothing later");
    let left = stock::left(&admin).await;
    let gone = |dish: &str| before[dish] - left[dish];
    assert_eq!((gone("burger"), gone("cola"), gone("water")), (5, 1, 0));
    let newcomer = json!({ "username": "newcomer", "password": "newcomer-password" });
    system.anybody().post(ServiceName::IdentityProvider, "/login", &newcomer).await.is(401);

    // Who sends again what was lost has it, and what the stock has given out for it already is not taken twice.
    for (dish, order) in [("cola", "between"), ("water", "late"), ("burger", "new")] {
        student.orders(dish, order).await.is_accepted();
        student.sees(order, OrderStatus::Ready).await;
    }
    let left = stock::left(&admin).await;
    let gone = |dish: &str| before[dish] - left[dish];
    assert_eq!((gone("burger"), gone("cola"), gone("water")), (6, 1, 1));
    let numbers: std::collections::BTreeSet<_> =
        student.all_orders().await.into_iter().map(|order| order.ticket).collect();
    assert_eq!(numbers.len(), 8, "each order has a number of its own: {numbers:?}");
    system.stop().await;
}
