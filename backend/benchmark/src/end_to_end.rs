//! Orders a second from acceptance until they are ready.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use load::Orders;
use wire::OrderStatus;

use crate::{
    Profile,
    fixture::Fixture,
    report::{Report, Section, number},
};

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let fixture = Fixture::new(profile.shape(), 50).await;
    let mut orders = fixture.all_orders().await;
    fixture.run(&mut orders, 500, Duration::from_secs(1)).await;
    fixture.served().await;

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
    let burst = profile.of(20_000, 2_000);
    let (rate, rates): (_, &[u64]) = profile.by_shape((5_000, &[1_000]), (3_000, &[1_000, 1_500, 2_000]));
    let together = run(&fixture, &mut orders, rate, burst).await;
    table.row(together.cells(&format!("a burst at {}/s", number(rate as f64))));

    fixture.pause_kitchen(true).await;
    let duration = Duration::from_millis(burst * 1000 / 2_000);
    fixture.run(&mut orders, 2_000, duration).await;
    let (start, cpu) = (Instant::now(), fixture.cpu());
    let waiting = fixture.unserved().await;
    fixture.pause_kitchen(false).await;
    let end = fixture.served().await;
    let backlog = Run {
        orders: waiting,
        seconds: (end - start).as_secs_f64(),
        unserved: waiting,
        cpu: fixture.cpu() - cpu,
    };
    table.row(backlog.cells("a backlog, by the kitchen and the stock alone"));

    let seconds = profile.of(profile.by_shape(20, 60), 3);
    let mut waited = Vec::new();
    for &rate in profile.rates(rates, &[1_000]) {
        let count = rate * seconds;
        let steady = run(&fixture, &mut orders, rate, count).await;
        table.row(steady.cells(&format!("{}/s for {seconds} s", number(rate as f64))));
        waited.push((rate, waits(&fixture, count).await));
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
        profile.by_shape("≥ 1,000", "≥ 1,000 for 60 s"),
        format!(
            "{} in a burst, {} from a backlog; {waited}",
            number(together.rate()),
            number(backlog.rate())
        ),
    );
}

struct Run {
    orders: f64,
    /// Seconds from the first order until all were ready.
    seconds: f64,
    /// Orders that were not served when the load ended.
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

async fn run(fixture: &Fixture, orders: &mut Orders, rate: u64, count: u64) -> Run {
    let cpu = fixture.cpu();
    let outcome = fixture.run(orders, rate, Duration::from_millis(count * 1000 / rate)).await;
    let unserved = fixture.unserved().await;
    let seconds = (fixture.served().await - outcome.start.into_std()).as_secs_f64();
    Run { orders: outcome.with_status(202) as f64, seconds, unserved, cpu: fixture.cpu() - cpu }
}

/// Returns the time of orders from the 202 until they were ready, in milliseconds: median and 99th percentile. At most
/// 100 of each student count, of the last `count` orders.
async fn waits(fixture: &Fixture, count: u64) -> (u128, u128) {
    let each = usize::try_from(count).unwrap() / fixture.students.len();
    let limit = u32::try_from(each.min(100)).unwrap();
    let (mut waits, mut others) = (Vec::new(), HashMap::<_, u64>::new());
    for student in &fixture.students {
        for order in student.client().orders(limit, None).await.unwrap().orders {
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
