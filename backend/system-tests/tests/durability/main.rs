//! Promise 1 below the page cache: a 202 is written to a socket only after the order was synced to the disk. What
//! `kill -9` leaves in the page cache survives it, so crashes alone cannot show this.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod trace;

use std::process::Command;

use futures_util::future::join_all;
use system_tests::{
    people::Person,
    short_or_long,
    system::{Options, Program},
    wait,
};

fn strace_is_here() {
    let answers =
        Command::new("strace").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(answers, "strace is missing; install it: apt-get install strace (or cargo xtask setup)");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_on_the_disk_before_it_is_accepted() {
    strace_is_here();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace");
    // -D: the program stays our child, so that it can be told to stop. -s: a page of a database whole.
    let wrapper = format!("strace -D -f -yy -xx -s 4200 -e trace={} -o", trace::CALLS);
    let wrapper = wrapper.split(' ').map(str::to_owned).chain([file.to_str().unwrap().to_owned()]).collect();
    let arguments = vec!["--cooking-ms".to_owned(), "0..0".to_owned()];
    let program = Program::start(Options { arguments, wrapper, ..Options::default() }).await;
    let admin = program.admin().await;
    let students = Person::many_students(&program, &admin, 8).await;

    let mut orders = Vec::new();
    for n in 0..short_or_long(10, 50) {
        let order_id = format!("alone-{n:03}-");
        students[0].orders("water", &order_id).await.is_accepted();
        orders.push(order_id);
    }
    admin.restocks("water", 10_000, "thirst").await.is(200);
    for round in 0..short_or_long(5, 50) {
        let order_id = |student| format!("together-{student}-{round:03}-");
        let crowd = students.iter().enumerate().map(|(number, student)| {
            let order_id = order_id(number);
            async move { student.orders("water", &order_id).await.is_accepted() }
        });
        join_all(crowd).await;
        orders.extend((0..students.len()).map(order_id));
    }
    let process = format!("{} ", program.pid());
    assert!(program.stop().await);

    let calls = wait::until("the trace to be written to its end", async || {
        let text = std::fs::read_to_string(&file).unwrap();
        // Threads of the process may end after it.
        let ended =
            text.lines().any(|line| line.starts_with(&process) && line.ends_with("+++ exited with 0 +++"));
        if ended { Ok(trace::read(&text)) } else { Err(text.lines().last().map(str::to_owned)) }
    })
    .await;
    let faults = trace::accepted_too_early(&calls, "/queue.db-wal", &orders);
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), orders.len());
}
