//! Orders a second from the front door until they are ready.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use serde_json::json;
use system_tests::load;
use wire::{OrderStatus, ops::ServiceName};

use crate::{
    Pace,
    bed::Bed,
    orders::{self, Orders},
    report::{Report, Section, number},
};

/// Runs it.
pub(crate) async fn measure(pace: &Pace, report: &mut Report) {
    let bed = Bed::new(pace.shape(), 50).await;
    let mut orders = Orders::of_everything(&bed).await;
    load::run(&orders::load(&bed, 500, Duration::from_secs(1)), |_, request| orders.write(request)).await;
    bed.served().await;

    let mut table = Section::new(
        "From the front door until ready",
        "Cooking takes no time, so that this is what the system itself can do.",
        &[
            "",
            "orders",
            "all ready after s",
            "orders/s until ready",
            "unserved when the load ended",
            "CPU µs per order",
        ],
    );
    let burst = pace.of(20_000, 2_000);
    let (rate, rates): (_, &[u64]) = pace.by_shape((5_000, &[1_000]), (3_000, &[1_000, 1_500, 2_000]));
    let together = run(&bed, &mut orders, rate, burst).await;
    table.row(together.cells(&format!("a burst at {}/s", number(rate as f64))));

    let drill = |enable: bool| json!({ "enable": enable });
    bed.admin.orders_chaos(ServiceName::KitchenQueue, &drill(true)).await.is(200);
    let duration = Duration::from_millis(burst * 1000 / 2_000);
    load::run(&orders::load(&bed, 2_000, duration), |_, request| orders.write(request)).await;
    let (start, cpu) = (Instant::now(), bed.cpu());
    let waiting = bed.unserved().await;
    bed.admin.orders_chaos(ServiceName::KitchenQueue, &drill(false)).await.is(200);
    let end = bed.served().await;
    let backlog = Run {
        orders: waiting,
        seconds: (end - start).as_secs_f64(),
        unserved: waiting,
        cpu: bed.cpu() - cpu,
    };
    table.row(backlog.cells("a backlog, by the kitchen and the stock alone"));

    let seconds = pace.of(pace.by_shape(20, 60), 3);
    let mut waited = Vec::new();
    for &rate in pace.rates(rates, &[1_000]) {
        let count = rate * seconds;
        let steady = run(&bed, &mut orders, rate, count).await;
        table.row(steady.cells(&format!("{}/s for {seconds} s", number(rate as f64))));
        waited.push((rate, waits(&bed, count).await));
    }
    report.add(table);
    let waited = waited.iter().map(|(rate, (usually, mostly))| {
        let rate = number(*rate as f64);
        format!("at {rate}/s an order is ready after {usually} ms (p50; p99 {mostly} ms)")
    });
    let waited = waited.collect::<Vec<_>>().join(", ");
    report.sums_up(
        "orders/s until ready",
        "47",
        pace.by_shape("≥ 1,000", "≥ 1,000 for 60 s"),
        format!(
            "{} in a burst, {} from a backlog; {waited}",
            number(together.rate()),
            number(backlog.rate())
        ),
    );
}

struct Run {
    orders: f64,
    /// From the first order until all were ready.
    seconds: f64,
    /// When the load ended.
    unserved: f64,
    cpu: f64,
}

impl Run {
    fn rate(&self) -> f64 {
        self.orders / self.seconds
    }

    fn cells(&self, what: &str) -> [String; 6] {
        [
            what.to_owned(),
            number(self.orders),
            number(self.seconds),
            number(self.rate()),
            number(self.unserved),
            number(self.cpu * 1e6 / self.orders),
        ]
    }
}

async fn run(bed: &Bed, orders: &mut Orders, rate: u64, count: u64) -> Run {
    let load = orders::load(bed, rate, Duration::from_millis(count * 1000 / rate));
    let cpu = bed.cpu();
    let outcome = load::run(&load, |_, request| orders.write(request)).await;
    let unserved = bed.unserved().await;
    let seconds = (bed.served().await - outcome.start.into_std()).as_secs_f64();
    Run { orders: outcome.with_status(202) as f64, seconds, unserved, cpu: bed.cpu() - cpu }
}

/// How long orders took from the 202 until they were ready, in milliseconds: the median, and the 99th percentile. Of
/// the last `count` orders, at most 100 of each student are looked at.
async fn waits(bed: &Bed, count: u64) -> (u128, u128) {
    let each = usize::try_from(count).unwrap() / bed.students.len();
    let path = format!("/orders?limit={}", each.min(100));
    let (mut waits, mut others) = (Vec::new(), HashMap::<_, u64>::new());
    for student in &bed.students {
        let page = student.get(ServiceName::OrderGateway, &path).await.is(200);
        for order in page.json::<wire::order::OrderPage>().orders {
            let ready = order.history.iter().find(|step| step.status == OrderStatus::Ready);
            match ready {
                Some(step) => waits.push(step.at.since(order.placed_at).as_millis()),
                None => *others.entry((order.status, order.reason)).or_default() += 1,
            }
        }
    }
    assert!(!waits.is_empty(), "of the last orders none became ready: {others:?}");
    waits.sort_unstable();
    (waits[waits.len() / 2], waits[waits.len() * 99 / 100])
}
