//! A process that is killed at any moment loses nothing that it has called kept, and a full disk neither.

use std::process::Command;

use crate::{
    fixture::{self, Random, ids},
    program::{Program, keep},
};

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_called_kept() {
    const ROUNDS: u64 = 60;
    const ORDERS: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let (mut kept, mut unfinished) = (0, 0);
    for round in 0..ROUNDS {
        let mut random = Random::new(round);
        let order_id = |n: usize| format!("{round}-{n}");
        let mut program = Program::start(folder.path(), &[]);
        let commands: String = (0..ORDERS).map(|n| keep(&order_id(n))).collect();
        program.send(&commands);
        let mut answers: Vec<_> = (0..random.below(ORDERS)).map(|_| program.answer()).collect();
        // A random moment within the next order.
        for _ in 0..random.below(200_000) {
            std::hint::spin_loop();
        }
        answers.extend(program.kill());
        let expected: Vec<_> = (0..answers.len()).map(|n| format!("kept {}", order_id(n))).collect();
        assert_eq!(answers, expected, "round {round}");

        let outbox = fixture::open(folder.path()).await;
        let found = ids(&outbox).await;
        let possible: Vec<_> = (0..found.len()).map(order_id).collect();
        assert_eq!(found, possible, "round {round}: another order or another sequence");
        let more = found.len().checked_sub(answers.len());
        assert!(matches!(more, Some(0 | 1)), "round {round}: {} kept, {} found", answers.len(), found.len());
        kept += answers.len();
        unfinished += more.unwrap_or(0);
        for order_id in found {
            outbox.sent(&fixture::id(&order_id)).await.unwrap();
        }
        outbox.close().await;
    }
    println!("{ROUNDS} kills: {kept} orders kept, {unfinished} more were on the disk");
}

/// Limits the length to which files of the program may grow.
fn limit_files(program: &Program, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let done = Command::new("prlimit").args(["--pid", &program.pid().to_string(), &limit]).status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "prlimit is missing; install it: apt-get install util-linux"
    );
}

#[tokio::test]
async fn a_full_disk_is_reported_and_earlier_orders_stay() {
    let folder = tempfile::tempdir().unwrap();
    // Without the signal, a write beyond the limit is an error, as on a full disk.
    let mut program = Program::start(folder.path(), &["sh", "-c", r#"trap "" XFSZ; exec "$0" "$@""#]);
    let answer = |program: &mut Program, order_id: &str| {
        program.send(&keep(order_id));
        program.answer()
    };
    for order_id in ["before-1", "before-2"] {
        assert_eq!(answer(&mut program, order_id), format!("kept {order_id}"));
    }
    limit_files(&program, "1");
    for order_id in ["full-1", "full-2", "full-1"] {
        assert_eq!(answer(&mut program, order_id), format!("not-kept {order_id}"));
    }
    limit_files(&program, "unlimited");
    for order_id in ["after", "full-2"] {
        assert_eq!(answer(&mut program, order_id), format!("kept {order_id}"));
    }
    program.kill();
    let outbox = fixture::open(folder.path()).await;
    assert_eq!(ids(&outbox).await, ["before-1", "before-2", "after", "full-2"]);
}
