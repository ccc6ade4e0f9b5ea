//! Logins a second, and what a storm of them does to ordering.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;
use system_tests::{
    load::{self, Outcome},
    people::Person,
};
use wire::ops::ServiceName;

use crate::{
    Pace,
    bed::Bed,
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// How many sign in at once: fewer than may wait.
const AT_ONCE: usize = 32;

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let students = pace.of(100, 20);
    let bed = Bed::new(pace.shape(), students).await;
    let mut orders = Orders::of_everything(&bed).await;
    let duration = Duration::from_secs(pace.of(8, 2));

    // Each has signed in once; three times a minute are allowed.
    let start = Instant::now();
    let (next, anybody) = (Cell::new(0), Person::anonymous(bed.house.addresses()));
    join_all((0..AT_ONCE).map(async |_| {
        while next.get() < students * 2 {
            let n = next.replace(next.get() + 1) % students;
            let login =
                json!({ "username": format!("crowd-{n}"), "password": format!("crowd-password-{n}") });
            anybody.post(ServiceName::IdentityProvider, "/login", &login).await.is(200);
        }
    }))
    .await;
    let rate = (students * 2) as f64 / start.elapsed().as_secs_f64();

    let mut table = Section::new(
        "Ordering in a storm of logins",
        format!(
            "1,000 orders/s, without and with a storm: {AT_ONCE} who sign in again and again. One thread hashes \
             passwords (argon2id, 19 MiB, t=2), which is the default."
        ),
        &["", "logins/s", "orders/s", "other than 202", "p50 ms", "p99 ms", "p99.9 ms", "max ms"],
    );
    let load = orders::load(&bed, 1_000, duration);
    let calm = load::run(&load, |_, request| orders.write(request)).await;
    bed.served().await;
    table.row(cells("calm", 0.0, &calm));
    let (logins, over) = (Cell::new(0_u32), Cell::new(false));
    let storm = join_all((0..AT_ONCE).map(async |one| {
        for again in 0.. {
            if over.get() {
                return;
            }
            // Unknown users cost the same hash, and have a limit each.
            let login =
                json!({ "username": format!("stranger-{one}-{again}"), "password": "not the password" });
            anybody.post(ServiceName::IdentityProvider, "/login", &login).await.is(401);
            logins.set(logins.get() + 1);
        }
    }));
    let ordering = async {
        let outcome = load::run(&load, |_, request| orders.write(request)).await;
        over.set(true);
        (outcome, f64::from(logins.get()) / duration.as_secs_f64())
    };
    let ((stormy, in_storm), _) = tokio::join!(ordering, storm);
    bed.served().await;
    table.row(cells("storm", in_storm, &stormy));
    report.add(table);
    report.sums_up(
        "logins/s",
        "15",
        "ordering is not slowed down",
        format!(
            "{}; ordering at 1,000/s then has p99 {} ms instead of {} ms",
            number(rate),
            number(stormy.quantile_ms(0.99)),
            number(calm.quantile_ms(0.99))
        ),
    );
}

fn cells(what: &str, logins: f64, outcome: &Outcome) -> [String; 8] {
    [
        what.to_owned(),
        number(logins),
        number(outcome.achieved()),
        number((outcome.due - outcome.with_status(202)) as f64),
        number(outcome.quantile_ms(0.5)),
        number(outcome.quantile_ms(0.99)),
        number(outcome.quantile_ms(0.999)),
        number(outcome.quantile_ms(1.0)),
    ]
}
