//! Traces of a student who has left: none in memory, none on the disk.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom},
};

use test_support::wait;

use crate::counter::{Counter, STUDENT, contains, files_with};

/// Configuration with the shortest times.
const QUICK: &str = "[screen]\nidle_seconds = 15\ncountdown_seconds = 5\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_kiosk_counts_down_and_wipes_the_student() {
    let counter = Counter::opens_with(QUICK, 1080, 1920, &["--cooking-ms", "0..0"]).await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    visit.puts("burger").await;
    visit.touches("countdown").await;
    visit.0.sees_no("[data-test=countdown]").await;
    visit.shows("menu").await;
    visit.0.sees("[data-test=basket-bar]", "").await;
    // Nobody touches it this time.
    visit.0.sees("[data-test=countdown]", "").await;
    visit.shows("attract").await;
    visit.signs_in().await;
    visit.0.sees_no("[data-test=basket-bar] [data-test=show-basket]:enabled").await;
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_student_is_left_on_the_disk_or_in_memory() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    visit.signs_in().await;
    let student = counter.student().await;
    let user_id = student.user_id().to_string();
    let own = visit.0.processes()[0];
    let sought = [STUDENT, "student1", "password123", &user_id];
    assert!(!memory_with(own, &sought).is_empty(), "the search finds what is there");
    visit.puts("burger").await;
    visit.places().await;
    visit.gets_a_number().await;
    let order_id = counter.ready_orders(1).await[0].order_id.to_string();
    visit.touches("finish").await;
    visit.shows("attract").await;
    wait::until("an empty memory", async || match memory_with(own, &sought) {
        found if found.is_empty() => Ok(()),
        found => Err(found),
    })
    .await;
    let sought = [&sought[..], &[order_id.as_str()]].concat();
    wait::until("an empty disk", async || match files_with(&counter.data(), &sought) {
        found if found.is_empty() => Ok(()),
        found => Err(found),
    })
    .await;
    visit.0.closes().await;
    counter.closes().await;
}

/// Returns those of `texts` that stand in the memory of a process.
fn memory_with(pid: u32, texts: &[&str]) -> Vec<String> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut found: Vec<String> = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // Some regions, such as those of the graphics driver, cannot be read.
        if memory.seek(SeekFrom::Start(from)).and_then(|_| memory.read_exact(&mut bytes)).is_err() {
            continue;
        }
        for text in texts {
            if !found.iter().any(|known| known == text) && contains(&bytes, text.as_bytes()) {
                found.push((*text).to_owned());
            }
        }
    }
    found
}
