//! Orders for a sold-out dish, which the gateway refuses.

use std::time::Duration;

use load::Outcome;

use crate::{
    Profile,
    fixture::Fixture,
    report::{Report, Section, number},
};

/// Aim for the 99th percentile, in milliseconds.
const AIM_MS: f64 = 3.0;

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let rates: &[u64] = profile.by_shape(
        &[5_000, 10_000, 15_000, 20_000, 30_000, 40_000],
        &[1_000, 2_000, 5_000, 8_000, 10_000, 15_000],
    );
    let rates = profile.rates(rates, &[5_000]);
    let duration = Duration::from_secs(profile.of(5, 1));
    let fixture = Fixture::new(profile.shape(), 50).await;
    let mut orders = fixture.orders_for(&["special".parse().unwrap()]);
    fixture.run(&mut orders, 500, Duration::from_secs(1)).await;

    let mut table = Section::new(
        "Refusing what is sold out",
        "Open-loop over 256 connections. The load generator's clock ticks in milliseconds, so that up to one of each \
         latency is its own.",
        &[
            "requests/s",
            "achieved",
            "422",
            "other",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU µs per request",
        ],
    );
    let mut best: Option<(u64, Outcome)> = None;
    let mut most = 0.0_f64;
    for &rate in rates {
        let cpu = fixture.cpu();
        let outcome = fixture.run(&mut orders, rate, duration).await;
        let cpu = fixture.cpu() - cpu;
        let refused = outcome.with_status(422);
        table.row([
            number(rate as f64),
            number(outcome.achieved()),
            number(refused as f64),
            number((outcome.due - refused) as f64),
            number(outcome.quantile_ms(0.5)),
            number(outcome.quantile_ms(0.99)),
            number(outcome.quantile_ms(0.999)),
            number(outcome.quantile_ms(1.0)),
            number(cpu * 1e6 / refused.max(1) as f64),
        ]);
        most = most.max(outcome.achieved());
        if outcome.all_are(422) && outcome.quantile_ms(0.99) <= AIM_MS {
            best = Some((rate, outcome));
        }
    }
    report.add(table);
    let within = best.map_or("p99 above 3 ms at every rate".to_owned(), |(rate, outcome)| {
        format!("{} (p99 {} ms)", number(rate as f64), number(outcome.quantile_ms(0.99)))
    });
    report.sums_up(
        "refused orders/s, sold out",
        "1,900 (p99 24 to 102 ms)",
        profile.by_shape("≥ 20,000 with p99 ≤ 3 ms", "5,000 with p99 ≤ 3 ms"),
        format!("{within}; at most {}", number(most)),
    );
}
