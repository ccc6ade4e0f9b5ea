//! Power cuts: what was called kept is there after a cut at any system call, on a disk that loses what was not synced.

use std::{fs, path::Path};

use crate::{
    disk::Disk,
    fixture::{self, Random, ids},
    program::{Program, keep},
    trace::{self, Call},
};

/// Command to the program, and the orders that are in the outbox after it.
struct Step {
    command: String,
    answer: String,
    after: Vec<String>,
}

/// Orders that are kept and sent in a random sequence, down to none several times, and then as many as make SQLite write
/// its log back into the database.
fn script() -> Vec<Step> {
    let mut random = Random::new(1);
    let mut steps = Vec::new();
    let mut present: Vec<String> = Vec::new();
    let mut count = 0;
    while steps.len() < 60 || !present.is_empty() {
        // More are sent than kept in every other stretch of ten.
        let keeps = present.is_empty() || random.below(10) < if steps.len() / 10 % 2 == 0 { 7 } else { 2 };
        steps.push(if keeps { kept(&mut present, &mut count) } else { sent(&mut present) });
    }
    steps.extend((0..170).map(|_| kept(&mut present, &mut count)));
    steps
}

fn kept(present: &mut Vec<String>, count: &mut usize) -> Step {
    let order_id = format!("order-{count}");
    *count += 1;
    present.push(order_id.clone());
    Step { command: keep(&order_id), answer: format!("kept {order_id}"), after: present.clone() }
}

fn sent(present: &mut Vec<String>) -> Step {
    let order_id = present.remove(0);
    Step { command: format!("sent {order_id}\n"), answer: format!("sent {order_id}"), after: present.clone() }
}

/// Runs the script in a traced process.
fn traced(folder: &Path, steps: &[Step]) -> Vec<Call> {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let (calls, output) = (format!("trace={}", trace::CALLS), trace.path().to_str().unwrap());
    let strace =
        ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", "signal=none", "-e", &calls, "-o", output];
    let mut program = Program::start(folder, &strace);
    for step in steps {
        program.send(&step.command);
        assert_eq!(program.answer(), step.answer);
    }
    program.end();
    trace::read(&fs::read_to_string(trace.path()).unwrap())
}

/// Returns the answers that were printed before the log was synced after its last write.
fn printed_too_early(calls: &[Call]) -> Vec<String> {
    let mut early = Vec::new();
    let (mut written, mut synced, mut writes) = (0, 0, 0);
    for call in calls {
        if call.file.ends_with("outbox.db-wal") {
            if call.name == "pwrite64" {
                written = call.ended;
                writes += 1;
            } else if call.is_sync() && call.begun > written {
                synced = call.ended;
            }
        }
        if let Some(answer) = call.printed().filter(|answer| answer != "open") {
            if writes == 0 || synced < written || synced > call.begun {
                early.push(answer);
            }
            writes = 0;
        }
    }
    early
}

#[tokio::test]
async fn what_was_called_kept_survives_a_power_cut_at_any_system_call() {
    const CUTS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let steps = script();
    let calls = traced(folder.path(), &steps);

    let early = printed_too_early(&calls);
    assert_eq!(early, [""; 0], "called kept before the sync");
    let answers: Vec<_> =
        calls.iter().filter(|call| call.printed().is_some()).map(|call| call.begun).collect();
    assert_eq!(answers.len(), 1 + steps.len(), "one for the opening");
    let written_back = |call: &&Call| {
        call.name == "pwrite64" && call.file.ends_with("outbox.db") && call.begun > answers[100]
    };
    assert!(calls.iter().any(|call| written_back(&call) && call.begun < answers[answers.len() - 1]));

    // The first lines of the process are those of its start, before it opens the folder.
    let in_folder = |call: &&Call| {
        call.texts.iter().any(|text| text.starts_with(folder.path().as_os_str().as_encoded_bytes()))
    };
    let first = calls.iter().find(in_folder).unwrap().begun;
    let (middle, last) = (answers[60], calls.last().unwrap().begun + 1);
    let mut random = Random::new(2);
    let mut cuts: Vec<_> = (0..CUTS)
        .map(|n| {
            if n % 2 == 0 {
                first + random.below(middle - first)
            } else {
                middle + random.below(last - middle)
            }
        })
        .collect();
    cuts.sort_unstable();

    let mut disk = Disk::new(folder.path());
    let mut fed = 0;
    let mut more = 0;
    for (n, cut) in cuts.into_iter().enumerate() {
        while let Some(call) = calls.get(fed).filter(|call| call.begun < cut) {
            // A sync that has not ended before this cut would be lost for the later ones.
            if call.ended >= cut && call.is_sync() {
                break;
            }
            disk.feed(call, cut);
            fed += 1;
        }
        let left = tempfile::tempdir().unwrap();
        disk.cut(&mut Random::new(u64::try_from(n).unwrap()), left.path());
        let done = answers.iter().filter(|line| **line < cut).count().saturating_sub(1);
        let outbox = fixture::open(left.path()).await;
        let found = ids(&outbox).await;
        let before: &[String] = done.checked_sub(1).map_or(&[], |last| &steps[last].after);
        let during = steps.get(done).map(|step| &step.after);
        if during == Some(&found) {
            more += 1;
        } else {
            assert_eq!(found, before, "cut {n} before line {cut}, after {done} commands");
        }
        outbox.close().await;
    }
    println!(
        "{CUTS} cuts in {} system calls; {more} left the command that was not answered yet",
        calls.len()
    );
    assert!(more > 0, "no cut fell between a write and its answer");
}
