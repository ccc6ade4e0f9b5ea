//! A plain program on `shared/app`, the example `order`: it signs in, follows the menu, orders, survives a cut of its
//! connection and hears "ready"; the same over a carried transport.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{path::PathBuf, process::Stdio};

use system_tests::system::InProcess;
use test_support::servers::proxy::{Network, Proxy};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// Returns the example, which cargo builds beside the tests: `target/<profile>/examples/order`.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().map(|folder| folder.join("examples/order")).find(|path| path.is_file());
    found.unwrap_or_else(|| unreachable!("build the program first: cargo build -p app --example order"))
}

/// Runs the program through a proxy that is cut once the order is accepted, and restored once the kitchen has it.
async fn survives_a_cut(arguments: &[&str]) {
    let system = InProcess::start_with(|settings| {
        settings.kitchen.cooking_ms = "1500..1500".parse().unwrap();
    })
    .await;
    let proxy = Proxy::start(vec![system.web().replace("http://", "")]).await;
    let mut program = Command::new(program())
        .args([&format!("http://{}", proxy.address()), "student1", "password123", "burger"])
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut printed = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.ends_with(" accepted") {
            proxy.set(Network::Cut);
            let order = line.split(' ').next().unwrap().to_owned();
            // Without the connection the program cannot learn this.
            system.student().await.sees(&order, wire::OrderStatus::StockVerified).await;
            proxy.set(Network::Good);
        }
        printed.push(line);
    }
    let status = program.wait().await.unwrap();
    assert!(status.success(), "{printed:#?}");
    assert!(printed[0].ends_with("portions of burger left"), "{printed:#?}");
    assert!(printed.iter().any(|line| line.contains(" ready ")), "{printed:#?}");
    assert!(printed.last().unwrap().contains(" ticket "), "{printed:#?}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_program_orders_and_survives_a_cut() {
    survives_a_cut(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_program_works_over_a_carried_transport() {
    survives_a_cut(&["--carried"]).await;
}
