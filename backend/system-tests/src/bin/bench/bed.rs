//! The program under measurement, with people, stock, and what is read of it.

use std::{
    cell::Cell,
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use cafeteria::settings::Settings;
use serde_json::json;
use system_tests::{
    deployment::{Deployment, Plan},
    people::Person,
    system::{Addresses, Options, Program},
    wait,
};
use wire::ops::ServiceName;

use crate::Built;

/// Ticks of CPU time a second: `USER_HZ`, which is 100 on every Linux this runs on. proc(5)
const TICKS: f64 = 100.0;
/// How long a backlog may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What runs.
pub(crate) enum House {
    /// One process.
    Single(Program),
    /// A process for each service.
    Distributed(Box<Deployment>),
}

impl House {
    /// Starts it, and waits until it is up.
    pub(crate) async fn start(shape: Built) -> Self {
        match shape {
            Built::Single => Self::Single(Program::start(options()).await),
            Built::Distributed => {
                let plan = Plan { direct: true, ..Plan::default() };
                Self::Distributed(Box::new(Deployment::start(plan, settings).await))
            }
        }
    }

    /// Where its services are.
    pub(crate) fn addresses(&self) -> &Addresses {
        match self {
            Self::Single(program) => program,
            Self::Distributed(deployment) => deployment,
        }
    }

    /// Its processes, each with the name of what it is.
    pub(crate) fn processes(&self) -> Vec<(&'static str, u32)> {
        match self {
            Self::Single(program) => vec![("cafeteria", program.pid())],
            Self::Distributed(deployment) => ServiceName::ALL
                .into_iter()
                .flat_map(|name| deployment.pids(name).into_iter().map(move |pid| (name.as_str(), pid)))
                .collect(),
        }
    }
}

/// What runs, and those who use it.
pub(crate) struct Bed {
    pub(crate) house: House,
    pub(crate) admin: Person,
    pub(crate) students: Vec<Person>,
    /// Orders that were made though their senders never heard so: what an overload leaves behind.
    strays: Cell<f64>,
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

/// The same for services that are processes of their own, and Redis' deadline as it is by default.
pub(crate) fn settings(settings: &mut Settings) {
    settings.kitchen.collected_after_s = 86_400;
    settings.identity.hashing_threads = 1;
    settings.identity.hashing_queue = 64;
    settings.identity.token_minutes = 60;
    settings.distributed.redis_deadline_ms = Settings::default().distributed.redis_deadline_ms;
}

impl Bed {
    /// Starts the program, signs students in, and puts plenty of everything on the menu; of the special, nothing.
    pub(crate) async fn new(shape: Built, students: usize) -> Self {
        let house = House::start(shape).await;
        let admin = house.addresses().admin().await;
        let students = Person::many_students(house.addresses(), &admin, students).await;
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
        Self { house, admin, students, strays: Cell::new(0.0) }
    }

    /// Where a service listens.
    pub(crate) fn address(&self, name: ServiceName) -> SocketAddr {
        self.house.addresses().url(name).trim_start_matches("http://").parse().unwrap()
    }

    /// The metrics of a service.
    pub(crate) async fn metrics(&self, name: ServiceName) -> Metrics {
        Metrics::read(&self.admin.get(name, "/metrics").await.is(200).body)
    }

    /// How many orders were accepted and have neither become ready nor been rejected.
    pub(crate) async fn unserved(&self) -> f64 {
        let accepted = self.metrics(ServiceName::OrderGateway).await.sum("orders_accepted_total");
        accepted + self.strays.get() - ended(&self.metrics(ServiceName::KitchenQueue).await)
    }

    /// Waits until every order is ready, also those whose senders do not know, so that nothing is left for the next
    /// load. Returns when that was.
    pub(crate) async fn served(&self) -> Instant {
        wait::until_within(PATIENCE, "every accepted order to be ready", async || {
            match self.unserved().await {
                unserved if unserved <= 0.0 => Ok(()),
                unserved => Err(unserved),
            }
        })
        .await;
        let counted = Instant::now();
        let strays = wait::until_within(PATIENCE, "nothing to be under way", async || {
            let gateway = self.metrics(ServiceName::OrderGateway).await;
            let kitchen = self.metrics(ServiceName::KitchenQueue).await;
            let (queued, ended) = (gateway.sum("orders_queue_depth"), ended(&kitchen));
            let unserved = kitchen.sum("kitchen_orders_received_total") - ended;
            if queued + unserved == 0.0 {
                Ok(ended - gateway.sum("orders_accepted_total"))
            } else {
                Err((queued, unserved))
            }
        })
        .await;
        // Without strays, the count is exact; the depth of the queue is measured now and then.
        if self.strays.replace(strays) == strays { counted } else { Instant::now() }
    }

    /// The CPU time that its processes have used, in seconds. That of PostgreSQL, Redis and RabbitMQ is not in it.
    pub(crate) fn cpu(&self) -> f64 {
        self.house.processes().into_iter().map(|(_, pid)| cpu_of(pid)).sum()
    }
}

/// How many orders the kitchen has made ready or rejected.
fn ended(kitchen: &Metrics) -> f64 {
    kitchen.sum("orders_ready_total") + kitchen.sum("orders_failed_total")
}

fn cpu_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it. proc(5)
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// A figure of a process' memory in MiB: `VmRSS` is what is resident, `VmHWM` the most that ever was.
pub(crate) fn memory(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
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
