//! Durable orders a second: the rate is stepped up, and the kitchen works all the while.

use std::time::Duration;

use serde_json::json;
use system_tests::load::{self, Outcome};
use wire::ops::ServiceName;

use crate::{
    Pace,
    bed::Bed,
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// The aim: this part of the orders is accepted in time.
const AIM_PART: f64 = 0.99;

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let rates: &[u64] = pace.by_shape(
        &[1_000, 2_000, 3_000, 5_000, 7_000, 10_000],
        &[500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000],
    );
    let rates = pace.rates(rates, &[1_000, 3_000]);
    let in_time_ms = pace.by_shape(20.0, 40.0);
    let duration = Duration::from_secs(pace.of(5, 1));
    let bed = Bed::new(pace.shape(), 50).await;
    let mut orders = Orders::of_everything(&bed).await;
    // The first requests warm up what the later ones use.
    load::run(&orders::load(&bed, 500, Duration::from_secs(1)), |_, request| orders.write(request)).await;
    bed.served().await;

    let mut table = Section::new(
        "Accepting orders",
        format!(
            "Open-loop over 256 connections; a 202 is {}. The kitchen verifies and cooks at the same time; between \
             two steps it catches up, and its CPU time counts for the order until it is ready.{}",
            pace.by_shape("on the disk", "confirmed by RabbitMQ's quorum queue"),
            pace.by_shape("", " The CPU time of PostgreSQL, Redis and RabbitMQ is not in it."),
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
        let (gateway, stock) =
            (bed.metrics(ServiceName::OrderGateway).await, bed.metrics(ServiceName::StockService).await);
        let cpu = bed.cpu();
        let outcome =
            load::run(&orders::load(&bed, rate, duration), |_, request| orders.write(request)).await;
        bed.served().await;
        let cpu = bed.cpu() - cpu;
        let queue =
            bed.metrics(ServiceName::OrderGateway).await.mean_since(&gateway, "queue_orders_per_commit");
        let stock =
            bed.metrics(ServiceName::StockService).await.mean_since(&stock, "stock_orders_per_commit");
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
        if outcome.all_are(202) && outcome.quantile_ms(AIM_PART) <= in_time_ms {
            best = Some((rate, outcome));
        }
    }
    report.add(table);
    report.sums_up(
        "accepted orders/s, durable",
        "701 (p99 299 ms; 88 % of them dropped later)",
        pace.by_shape("≥ 5,000 with p99 ≤ 20 ms", "500 with p99 ≤ 40 ms"),
        best.map_or(format!("p99 above {in_time_ms} ms at every rate"), |(rate, outcome)| {
            format!("{} (p99 {} ms)", number(rate as f64), number(outcome.quantile_ms(0.99)))
        }),
    );
    report.add(alone(pace, &bed, &mut orders).await);
}

/// What accepting costs by itself: the kitchen is in a drill, and consumes nothing.
async fn alone(pace: &Pace, bed: &Bed, orders: &mut Orders) -> Section {
    let drill = |enable: bool| json!({ "enable": enable });
    bed.admin.orders_chaos(ServiceName::KitchenQueue, &drill(true)).await.is(200);
    let mut table = Section::new(
        "Accepting alone",
        "The kitchen is in a drill meanwhile and consumes nothing, so that this is what accepting by itself costs.",
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
    let rates: &[u64] = pace.by_shape(&[2_000, 5_000, 8_000], &[500, 1_000, 2_000, 3_000]);
    let rates = pace.rates(rates, &[2_000]);
    for &rate in rates {
        let duration = Duration::from_secs(pace.of(5, 1));
        let cpu = bed.cpu();
        let outcome = load::run(&orders::load(bed, rate, duration), |_, request| orders.write(request)).await;
        let cpu = bed.cpu() - cpu;
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
    bed.admin.orders_chaos(ServiceName::KitchenQueue, &drill(false)).await.is(200);
    bed.served().await;
    table
}
