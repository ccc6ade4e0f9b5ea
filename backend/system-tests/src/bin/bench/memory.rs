//! Resident memory, idle and under load.

use std::time::Duration;

use system_tests::{load, system::Program, wait};

use crate::{
    Pace,
    bed::{self, Bed},
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let mut table = Section::new(
        "Resident memory",
        "One process with all five services, embedded storage included. On an empty folder the most is when the \
         passwords of the demo accounts are hashed, which takes 19 MiB each.",
        &["", "MiB", "most until then, MiB"],
    );
    let calm = Duration::from_secs(pace.of(10, 2));
    let program = Program::start(bed::options()).await;
    wait::pass(calm).await;
    let (idle, most) = resident(&program);
    table.row(["idle, just started on an empty folder".to_owned(), number(idle), number(most)]);
    drop(program);

    let bed = Bed::new(50).await;
    let mut orders = Orders::of_everything(&bed).await;
    let load = orders::load(&bed, 2_000, Duration::from_secs(pace.of(15, 2)));
    load::run(&load, |_, request| orders.write(request)).await;
    let (loaded, most) = resident(&bed.program);
    table.row([
        format!("after {} orders at 2,000/s", number(load_size(&load))),
        number(loaded),
        number(most),
    ]);
    bed.served().await;
    wait::pass(calm).await;
    let (later, _) = resident(&bed.program);
    table.row(["all of them ready, and idle again".to_owned(), number(later), number(most)]);
    report.add(table);
    report.sums_up(
        "resident memory, MiB",
        "388",
        "≤ 40 idle",
        format!("{} idle, {} after {} orders", number(idle), number(loaded), number(load_size(&load))),
    );
}

fn load_size(load: &load::Load) -> f64 {
    load.rate as f64 * load.duration.as_secs_f64()
}

/// What is resident, and the most that ever was.
fn resident(program: &Program) -> (f64, f64) {
    (bed::memory(program, "VmRSS"), bed::memory(program, "VmHWM"))
}
