//! The program under measurement, with people, stock, and what is read of it.

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use serde_json::json;
use system_tests::{
    people::Person,
    system::{Options, Program},
    wait,
};
use wire::ops::ServiceName;

/// Ticks of CPU time a second: `USER_HZ`, which is 100 on every Linux this runs on. proc(5)
const TICKS: f64 = 100.0;

/// A program that runs, and those who use it.
pub(crate) struct Bed {
    pub(crate) program: Program,
    pub(crate) admin: Person,
    pub(crate) students: Vec<Person>,
}

/// How the program runs: as it does by default, but food is ready at once, and not collected during a measurement.
pub(crate) fn options() -> Options {
    let setting = |name: &str, value: &str| (format!("CAFETERIA_{name}"), value.to_owned());
    Options {
        arguments: vec!["--cooking-ms".to_owned(), "0..0".to_owned()],
        environment: vec![
            setting("KITCHEN__COLLECTED_AFTER_S", "86400"),
            setting("IDENTITY__HASHING_THREADS", "1"),
            setting("IDENTITY__HASHING_QUEUE", "64"),
        ],
        ..Options::default()
    }
}

impl Bed {
    /// Starts the program, signs students in, and puts plenty of everything on the menu; of the special, nothing.
    pub(crate) async fn new(students: usize) -> Self {
        let program = Program::start(options()).await;
        let admin = program.admin().await;
        let students = Person::many_students(&program, &admin, students).await;
        let menu: Vec<_> = admin
            .menu()
            .await
            .into_iter()
            .map(|item| {
                let quantity = if item.id.as_str() == "special" { 0 } else { wire::stock::MAX_QUANTITY };
                json!({ "id": item.id, "name": item.name, "quantity": quantity })
            })
            .collect();
        admin.post(ServiceName::StockService, "/seed", &json!({ "items": menu })).await.is(200);
        wait::until("the gateway to know that the special is sold out", async || {
            let answer = admin.orders("special", "nobody-gets-this").await;
            if answer.status.as_u16() == 422 { Ok(()) } else { Err(answer) }
        })
        .await;
        Self { program, admin, students }
    }

    /// Where a service listens.
    pub(crate) fn address(&self, name: ServiceName) -> SocketAddr {
        self.program.url(name).trim_start_matches("http://").parse().unwrap()
    }

    /// The metrics of a service.
    pub(crate) async fn metrics(&self, name: ServiceName) -> Metrics {
        Metrics::read(&self.admin.get(name, "/metrics").await.is(200).body)
    }

    /// How many orders were accepted and have neither become ready nor been rejected.
    pub(crate) async fn unserved(&self) -> f64 {
        let kitchen = self.metrics(ServiceName::KitchenQueue).await;
        let accepted = self.metrics(ServiceName::OrderGateway).await.sum("orders_accepted_total");
        accepted - kitchen.sum("orders_ready_total") - kitchen.sum("orders_failed_total")
    }

    /// Waits until every accepted order is ready.
    pub(crate) async fn served(&self) {
        wait::until_within(Duration::from_secs(600), "every order to be ready", async || {
            match self.unserved().await {
                unserved if unserved <= 0.0 => Ok(()),
                unserved => Err(unserved),
            }
        })
        .await;
    }

    /// The CPU time that the program has used, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.pid())).unwrap();
        // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it. proc(5)
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / TICKS
    }
}

/// A figure of the program's memory in MiB: `VmRSS` is what is resident, `VmHWM` the most that ever was.
pub(crate) fn memory(program: &Program, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// What a service counts.
pub(crate) struct Metrics(HashMap<String, f64>);

impl Metrics {
    fn read(text: &str) -> Self {
        let mut sums = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let name = series.split('{').next().unwrap_or_default();
            *sums.entry(name.to_owned()).or_default() += value.parse().unwrap_or(0.0);
        }
        Self(sums)
    }

    /// A metric, added up over its labels; 0 when there is none yet.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// The mean of a histogram since `before`.
    pub(crate) fn mean_since(&self, before: &Self, name: &str) -> f64 {
        let grown = |suffix: &str| {
            let series = format!("{name}_{suffix}");
            self.sum(&series) - before.sum(&series)
        };
        grown("sum") / grown("count").max(1.0)
    }
}
