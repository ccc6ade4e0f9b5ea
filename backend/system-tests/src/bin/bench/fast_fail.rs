//! Orders for what is sold out, which are refused at the front door.

use std::time::Duration;

use system_tests::load::{self, Outcome};

use crate::{
    Pace,
    bed::Bed,
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// The aim for the 99th percentile.
const AIM_MS: f64 = 3.0;

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let rates: &[u64] = pace.by_shape(
        &[5_000, 10_000, 15_000, 20_000, 30_000, 40_000],
        &[1_000, 2_000, 5_000, 8_000, 10_000, 15_000],
    );
    let rates = pace.rates(rates, &[5_000]);
    let duration = Duration::from_secs(pace.of(5, 1));
    let bed = Bed::new(pace.shape(), 50).await;
    let mut orders = Orders::new(&bed.students, &["special".to_owned()]);
    load::run(&orders::load(&bed, 500, Duration::from_secs(1)), |_, request| orders.write(request)).await;

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
        let cpu = bed.cpu();
        let outcome =
            load::run(&orders::load(&bed, rate, duration), |_, request| orders.write(request)).await;
        let cpu = bed.cpu() - cpu;
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
        pace.by_shape("≥ 20,000 with p99 ≤ 3 ms", "5,000 with p99 ≤ 3 ms"),
        format!("{within}; at most {}", number(most)),
    );
}
