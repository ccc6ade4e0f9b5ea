//! Figures of the kiosk, printed with the long runs (`cargo xtask test --full`): start, and memory over many visits.

use std::time::Instant;

use system_tests::is_full;

use crate::counter::Counter;

/// Visits of students.
const VISITS: usize = 100;
/// Visits between two lines.
const STEP: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn start_and_memory_over_many_visits() {
    if !is_full() {
        return;
    }
    let counter = Counter::opens().await;
    let begin = Instant::now();
    let visit = counter.starts().await;
    println!("start to attract, with the driver: {} ms", begin.elapsed().as_millis());
    let mib = || visit.0.memory() / (1 << 20);
    println!("PSS of {} processes, idle: {} MiB", visit.0.processes().len(), mib());
    for n in 1..=VISITS {
        visit.signs_in().await;
        visit.puts("water").await;
        visit.places().await;
        visit.gets_a_number().await;
        visit.touches("finish").await;
        visit.shows("attract").await;
        if n.is_multiple_of(STEP) {
            println!("PSS after {n} orders: {} MiB", mib());
        }
    }
    visit.0.closes().await;
    counter.closes().await;
}
