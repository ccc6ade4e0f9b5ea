//! `kill -9` of a process that publishes: what it was told is durable is there afterwards, once.
//!
//! Started with [`CHILD`] this program is that process: it publishes without end and prints every confirmed message.
//! Otherwise it starts the process, kills it at several moments, and counts.

#![expect(clippy::expect_used, reason = "a test without the standard harness")]

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use messaging::{OrderQueue as _, conformance::patience, embedded::SqliteOrderQueue};
use service_kit::{Clock, Tasks, metrics::Metrics};

const NAME: &str = "kill_nine_loses_nothing";
const CHILD: &str = "publish-until-killed";

/// How many confirmations the parent waits for before it kills.
const MOMENTS: [usize; 7] = [1, 2, 63, 500, 777, 2_000, 5_000];

const PUBLISHERS: usize = 64;
const ROOM: u64 = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let [mode, file, round] = &*arguments
        && mode == CHILD
    {
        return runtime.block_on(publish_until_killed(Path::new(file), round));
    }
    let mut filters = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    if filters.peek().is_none() || filters.any(|filter| NAME.contains(&**filter)) {
        runtime.block_on(kill_nine_loses_nothing());
    }
}

async fn open(file: &Path, tasks: &Tasks) -> Arc<SqliteOrderQueue> {
    SqliteOrderQueue::open(file, ROOM, tasks, Clock::system(), &Metrics::new("test"))
        .await
        .expect("the queue opens")
}

async fn publish_until_killed(file: &Path, round: &str) {
    let queue = open(file, &Tasks::new()).await;
    join_all((0..PUBLISHERS).map(async |publisher| {
        for number in 0_u64.. {
            let message = format!("{round}/{publisher}/{number}\n");
            queue.publish(message.clone().into_bytes()).await.expect("confirmed");
            // Ends the process when the parent is gone.
            std::io::stdout().lock().write_all(message.as_bytes()).expect("the parent listens");
        }
    }))
    .await;
}

async fn kill_nine_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("queue.db");
    let mut confirmed: Vec<String> = Vec::new();
    for (round, moment) in MOMENTS.into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([CHILD, file.to_str().expect("UTF-8"), &round.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the publisher starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its confirmations"));
        let mut heard = 0;
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).expect("read");
            // A line without its end was cut off by the kill.
            if !line.ends_with('\n') {
                break;
            }
            confirmed.push(line);
            heard += 1;
            if heard == moment {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("ended");
        assert!(heard >= moment, "the publisher ended by itself after {heard} confirmations");
        let found = everything(&file).await;
        for message in &confirmed {
            assert_eq!(
                found.get(message),
                Some(&1),
                "{message} was confirmed, {} messages were found, round {round}",
                found.len()
            );
        }
        assert!(found.values().all(|&times| times == 1), "a message was stored twice");
    }
}

/// Every message in the file, and how often it is handed out.
async fn everything(file: &Path) -> BTreeMap<String, u32> {
    let tasks = Tasks::new();
    let queue = open(file, &tasks).await;
    let depth = queue.stats().await.expect("figures").depth;
    let mut consumer = queue.consumer();
    let (mut found, mut taken) = (BTreeMap::new(), 0);
    while taken < depth {
        for delivery in patience("messages", consumer.receive(500)).await.expect("the queue is open") {
            *found.entry(String::from_utf8(delivery.body).expect("text")).or_insert(0) += 1;
            taken += 1;
        }
    }
    drop(consumer);
    queue.close().await;
    assert!(tasks.stop(Duration::from_secs(30)).await);
    found
}
