//! Logins a second, and their effect on ordering.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use load::Outcome;
use system_tests::people::Person;
use wire::ErrorCode;

use crate::{
    Profile,
    fixture::Fixture,
    report::{Report, Section, number},
};

/// Concurrent logins: fewer than the queue admits.
const CONCURRENCY: usize = 32;

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let students = profile.of(100, 20);
    let fixture = Fixture::new(profile.shape(), students).await;
    let mut orders = fixture.all_orders().await;
    let duration = Duration::from_secs(profile.of(8, 2));

    // Each user has signed in once, of the three times a minute that are allowed.
    let start = Instant::now();
    let (next, anybody) = (Cell::new(0), Person::anonymous(fixture.target.addresses()));
    join_all((0..CONCURRENCY).map(async |_| {
        while next.get() < students * 2 {
            let n = next.replace(next.get() + 1) % students;
            let (username, password) = (format!("crowd-{n}"), format!("crowd-password-{n}"));
            anybody.client().sign_in(&username, &password).await.unwrap();
        }
    }))
    .await;
    let rate = (students * 2) as f64 / start.elapsed().as_secs_f64();

    let mut table = Section::new(
        "Ordering in a storm of logins",
        format!(
            "1,000 orders/s, without and with a storm: {CONCURRENCY} who sign in again and again. One thread hashes \
             passwords (argon2id, 19 MiB, t=2), which is the default."
        ),
        &["", "logins/s", "orders/s", "other than 202", "p50 ms", "p99 ms", "p99.9 ms", "max ms"],
    );
    let calm = fixture.run(&mut orders, 1_000, duration).await;
    fixture.served().await;
    table.row(cells("calm", 0.0, &calm));
    let (logins, over) = (Cell::new(0_u32), Cell::new(false));
    let storm = join_all((0..CONCURRENCY).map(async |one| {
        for again in 0.. {
            if over.get() {
                return;
            }
            // An unknown user costs the same hash, and has a limit of their own.
            let stranger = format!("stranger-{one}-{again}");
            let refused = anybody.client().sign_in(&stranger, "not the password").await.unwrap_err();
            assert_eq!(refused.code(), Some(ErrorCode::BadCredentials), "{refused}");
            logins.set(logins.get() + 1);
        }
    }));
    let ordering = async {
        let outcome = fixture.run(&mut orders, 1_000, duration).await;
        over.set(true);
        (outcome, f64::from(logins.get()) / duration.as_secs_f64())
    };
    let ((stormy, in_storm), _) = tokio::join!(ordering, storm);
    fixture.served().await;
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
