//! Resident memory, idle and under load.

use std::time::Duration;

use system_tests::wait;

use crate::{
    Profile,
    fixture::{self, Fixture, Target},
    report::{Report, Section, number},
};

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let mut table = Section::new(
        "Resident memory",
        profile.by_shape(
            "One process with all five services, embedded storage included. On an empty folder the most is when the \
             passwords of the demo accounts are hashed, which takes 19 MiB each.",
            "Each service by itself; PostgreSQL, Redis and RabbitMQ are not in it. Where passwords are hashed, each \
             takes 19 MiB meanwhile.",
        ),
        &["", "process", "MiB", "most until then, MiB"],
    );
    let calm = Duration::from_secs(profile.of(10, 2));
    let target = Target::start(profile.shape()).await;
    wait::pass(calm).await;
    let idle = resident(&target);
    rows(&mut table, "idle, just started on empty stores", &idle);
    drop(target);

    let fixture = Fixture::new(profile.shape(), 50).await;
    let mut orders = fixture.all_orders().await;
    let rate = profile.by_shape(2_000, 1_000);
    let seconds = profile.of(profile.by_shape(15, 30), 2);
    let outcome = fixture.run(&mut orders, rate, Duration::from_secs(seconds)).await;
    let loaded = resident(&fixture.target);
    let count = number(outcome.due as f64);
    rows(&mut table, &format!("after {count} orders at {}/s", number(rate as f64)), &loaded);
    fixture.served().await;
    wait::pass(calm).await;
    rows(&mut table, "all of them ready, and idle again", &resident(&fixture.target));
    report.add(table);
    report.sums_up(
        "resident memory, MiB",
        "388",
        profile.by_shape("≤ 40 idle", "≤ 30 for each service"),
        format!("{} idle, {} after {count} orders", listed(&idle), listed(&loaded)),
    );
}

/// Name of a process, its resident memory, and the maximum of that so far, in MiB.
type Resident = (&'static str, f64, f64);

fn resident(target: &Target) -> Vec<Resident> {
    let of = |(name, pid)| (name, fixture::memory(pid, "VmRSS"), fixture::memory(pid, "VmHWM"));
    target.processes().into_iter().map(of).collect()
}

fn rows(table: &mut Section, when: &str, all: &[Resident]) {
    for (name, now, most) in all {
        table.row([when.to_owned(), (*name).to_owned(), number(*now), number(*most)]);
    }
}

/// Returns the resident memory of each process.
fn listed(all: &[Resident]) -> String {
    all.iter().map(|(_, now, _)| number(*now)).collect::<Vec<_>>().join(" / ")
}
