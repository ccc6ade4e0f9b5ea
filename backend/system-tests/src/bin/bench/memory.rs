//! Resident memory, idle and under load.

use std::time::Duration;

use system_tests::{load, wait};

use crate::{
    Pace,
    bed::{self, Bed, House},
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let mut table = Section::new(
        "Resident memory",
        pace.by_shape(
            "One process with all five services, embedded storage included. On an empty folder the most is when the \
             passwords of the demo accounts are hashed, which takes 19 MiB each.",
            "Each service by itself; PostgreSQL, Redis and RabbitMQ are not in it. Where passwords are hashed, each \
             takes 19 MiB meanwhile.",
        ),
        &["", "process", "MiB", "most until then, MiB"],
    );
    let calm = Duration::from_secs(pace.of(10, 2));
    let house = House::start(pace.shape()).await;
    wait::pass(calm).await;
    let idle = resident(&house);
    rows(&mut table, "idle, just started on empty stores", &idle);
    drop(house);

    let bed = Bed::new(pace.shape(), 50).await;
    let mut orders = Orders::of_everything(&bed).await;
    let rate = pace.by_shape(2_000, 1_000);
    let load = orders::load(&bed, rate, Duration::from_secs(pace.of(pace.by_shape(15, 30), 2)));
    load::run(&load, |_, request| orders.write(request)).await;
    let loaded = resident(&bed.house);
    let count = number(load_size(&load));
    rows(&mut table, &format!("after {count} orders at {}/s", number(rate as f64)), &loaded);
    bed.served().await;
    wait::pass(calm).await;
    rows(&mut table, "all of them ready, and idle again", &resident(&bed.house));
    report.add(table);
    report.sums_up(
        "resident memory, MiB",
        "388",
        pace.by_shape("≤ 40 idle", "≤ 30 for each service"),
        format!("{} idle, {} after {count} orders", told(&idle), told(&loaded)),
    );
}

/// The name of a process, what is resident of it, and the most that ever was.
type Resident = (&'static str, f64, f64);

fn resident(house: &House) -> Vec<Resident> {
    let of = |(name, pid)| (name, bed::memory(pid, "VmRSS"), bed::memory(pid, "VmHWM"));
    house.processes().into_iter().map(of).collect()
}

fn rows(table: &mut Section, when: &str, all: &[Resident]) {
    for (name, now, most) in all {
        table.row([when.to_owned(), (*name).to_owned(), number(*now), number(*most)]);
    }
}

/// What is resident of each.
fn told(all: &[Resident]) -> String {
    all.iter().map(|(_, now, _)| number(*now)).collect::<Vec<_>>().join(" / ")
}

fn load_size(load: &load::Load) -> f64 {
    load.rate as f64 * load.duration.as_secs_f64()
}
