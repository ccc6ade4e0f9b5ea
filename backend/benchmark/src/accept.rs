//! Durable orders a second, at rising rates, while the kitchen works.

use std::time::Duration;

use load::{Orders, Outcome};
use wire::ops::ServiceName;

use crate::{
    Profile,
    fixture::Fixture,
    report::{Report, Section, number},
};

/// Quantile of the orders that the aim wants accepted in time.
const AIM_QUANTILE: f64 = 0.99;

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let rates: &[u64] = profile.by_shape(
        &[1_000, 2_000, 3_000, 5_000, 7_000, 10_000],
        &[500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000],
    );
    let rates = profile.rates(rates, &[1_000, 3_000]);
    let in_time_ms = profile.by_shape(20.0, 40.0);
    let duration = Duration::from_secs(profile.of(5, 1));
    let fixture = Fixture::new(profile.shape(), 50).await;
    let mut orders = fixture.all_orders().await;
    // Warms up connections and caches.
    fixture.run(&mut orders, 500, Duration::from_secs(1)).await;
    fixture.served().await;

    let mut table = Section::new(
        "Accepting orders",
        format!(
            "Open-loop over 256 connections; a 202 is {}. The kitchen verifies and cooks at the same time; between \
             two steps it catches up, and its CPU time counts for the order until it is ready.{}",
            profile.by_shape("on the disk", "confirmed by RabbitMQ's quorum queue"),
            profile.by_shape("", " The CPU time of PostgreSQL, Redis and RabbitMQ is not in it."),
        ),
        &[
            "orders/s",
            "achieved",
            "202",
            "other",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "orders per commit (queue / stock)",
            "CPU µs per order until ready",
        ],
    );
    let mut best: Option<(u64, Outcome)> = None;
    for &rate in rates {
        let (gateway, stock) = (
            fixture.metrics(ServiceName::OrderGateway).await,
            fixture.metrics(ServiceName::StockService).await,
        );
        let cpu = fixture.cpu();
        let outcome = fixture.run(&mut orders, rate, duration).await;
        fixture.served().await;
        let cpu = fixture.cpu() - cpu;
        let queue =
            fixture.metrics(ServiceName::OrderGateway).await.mean_since(&gateway, "queue_orders_per_commit");
        let stock =
            fixture.metrics(ServiceName::StockService).await.mean_since(&stock, "stock_orders_per_commit");
        let accepted = outcome.with_status(202);
        table.row([
            number(rate as f64),
            number(outcome.achieved()),
            number(accepted as f64),
            number((outcome.due - accepted) as f64),
            number(outcome.quantile_ms(0.5)),
            number(outcome.quantile_ms(0.99)),
            number(outcome.quantile_ms(0.999)),
            number(outcome.quantile_ms(1.0)),
            format!("{} / {}", number(queue), number(stock)),
            number(cpu * 1e6 / accepted.max(1) as f64),
        ]);
        if outcome.all_are(202) && outcome.quantile_ms(AIM_QUANTILE) <= in_time_ms {
            best = Some((rate, outcome));
        }
    }
    report.add(table);
    report.sums_up(
        "accepted orders/s, durable",
        "701 (p99 299 ms; 88 % of them dropped later)",
        profile.by_shape("≥ 5,000 with p99 ≤ 20 ms", "500 with p99 ≤ 40 ms"),
        best.map_or(format!("p99 above {in_time_ms} ms at every rate"), |(rate, outcome)| {
            format!("{} (p99 {} ms)", number(rate as f64), number(outcome.quantile_ms(0.99)))
        }),
    );
    report.add(alone(profile, &fixture, &mut orders).await);
}

/// Measures the cost of accepting alone, while a chaos experiment pauses the kitchen.
async fn alone(profile: &Profile, fixture: &Fixture, orders: &mut Orders) -> Section {
    fixture.pause_kitchen(true).await;
    let mut table = Section::new(
        "Accepting alone",
        "A chaos experiment pauses the kitchen meanwhile, so that this is the cost of accepting alone.",
        &[
            "orders/s",
            "achieved",
            "other than 202",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU µs per order",
        ],
    );
    let rates: &[u64] = profile.by_shape(&[2_000, 5_000, 8_000], &[500, 1_000, 2_000, 3_000]);
    let rates = profile.rates(rates, &[2_000]);
    for &rate in rates {
        let duration = Duration::from_secs(profile.of(5, 1));
        let cpu = fixture.cpu();
        let outcome = fixture.run(orders, rate, duration).await;
        let cpu = fixture.cpu() - cpu;
        table.row([
            number(rate as f64),
            number(outcome.achieved()),
            number((outcome.due - outcome.with_status(202)) as f64),
            number(outcome.quantile_ms(0.5)),
            number(outcome.quantile_ms(0.99)),
            number(outcome.quantile_ms(0.999)),
            number(outcome.quantile_ms(1.0)),
            number(cpu * 1e6 / outcome.with_status(202).max(1) as f64),
        ]);
    }
    fixture.pause_kitchen(false).await;
    fixture.served().await;
    table
}
