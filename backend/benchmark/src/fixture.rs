//! Deployment under measurement, with students, stock, and the metrics that are read from it.

use std::{
    cell::Cell,
    net::SocketAddr,
    time::{Duration, Instant},
};

use cafeteria::settings::Settings;
use load::{Load, Orders, Outcome};
use system_tests::{
    deployment::{Deployment, Plan},
    metrics::Metrics,
    people::Person,
    system::{Addresses, Options, Program},
    wait,
};
use wire::{
    ItemId,
    ops::{ServiceName, SetChaos},
    stock::{MAX_QUANTITY, Seed, SeedItem},
};

use crate::Shape;

/// Ticks of CPU time a second: `USER_HZ`, which is 100 on every Linux this runs on. proc(5)
const TICKS: f64 = 100.0;
/// Connections of the load.
const CONNECTIONS: usize = 256;
/// Deadline for a backlog.
const BACKLOG_TIMEOUT: Duration = Duration::from_secs(600);

/// Deployment of either shape.
pub(crate) enum Target {
    /// One process.
    Single(Program),
    /// One process for each service.
    Distributed(Box<Deployment>),
}

impl Target {
    /// Starts a deployment of this shape, and waits until it is up.
    pub(crate) async fn start(shape: Shape) -> Self {
        match shape {
            Shape::Single => Self::Single(Program::start(options()).await),
            Shape::Distributed => {
                let plan = Plan { direct: true, ..Plan::default() };
                Self::Distributed(Box::new(Deployment::start(plan, settings).await))
            }
        }
    }

    /// Returns the addresses of its services.
    pub(crate) fn addresses(&self) -> &Addresses {
        match self {
            Self::Single(program) => program,
            Self::Distributed(deployment) => deployment,
        }
    }

    /// Returns its processes: name and process id.
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

/// Deployment under measurement, and its users.
pub(crate) struct Fixture {
    pub(crate) target: Target,
    pub(crate) admin: Person,
    pub(crate) students: Vec<Person>,
    /// Accepted orders without a response to their senders, as an overload leaves them.
    strays: Cell<f64>,
}

/// Returns the options of the program: its defaults, but food is ready at once, and not collected in a measurement.
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

/// Changes settings in the same way for services that are processes of their own, with the default deadline of Redis.
pub(crate) fn settings(settings: &mut Settings) {
    settings.kitchen.collected_after_s = 86_400;
    settings.identity.hashing_threads = 1;
    settings.identity.hashing_queue = 64;
    settings.identity.token_minutes = 60;
    settings.distributed.redis_deadline_ms = Settings::default().distributed.redis_deadline_ms;
}

impl Fixture {
    /// Starts a deployment, signs students in, and stocks plenty of every dish but the special, of which there is none.
    pub(crate) async fn new(shape: Shape, students: usize) -> Self {
        let target = Target::start(shape).await;
        let admin = target.addresses().admin().await;
        let students = Person::many_students(target.addresses(), &admin, students).await;
        let menu = admin.menu().await.into_iter().map(|item| SeedItem {
            quantity: if item.id.as_str() == "special" { 0 } else { MAX_QUANTITY },
            id: item.id,
            name: item.name,
            category: None,
            price_poisha: None,
            picture: None,
            available: None,
        });
        admin.client().seed(&Seed { items: menu.collect() }).await.unwrap();
        wait::until("the gateway to know that the special is sold out", async || {
            let answer = admin.orders("special", "nobody-gets-this").await;
            if answer.status.as_u16() == 422 { Ok(()) } else { Err(answer) }
        })
        .await;
        Self { target, admin, students, strays: Cell::new(0.0) }
    }

    /// Returns the address of a service.
    pub(crate) fn address(&self, name: ServiceName) -> SocketAddr {
        self.target.addresses().url(name).trim_start_matches("http://").parse().unwrap()
    }

    /// Prepares orders of every student for every dish that is left.
    pub(crate) async fn all_orders(&self) -> Orders {
        let left = self.admin.menu().await.into_iter().filter(|item| item.quantity > 0);
        self.orders_for(&left.map(|item| item.id).collect::<Vec<_>>())
    }

    /// Prepares orders of every student for these dishes.
    pub(crate) fn orders_for(&self, dishes: &[ItemId]) -> Orders {
        let tokens: Vec<_> = self.students.iter().map(Person::token).collect();
        Orders::new(&tokens, dishes)
    }

    /// Sends orders at `rate` a second for `duration`.
    pub(crate) async fn run(&self, orders: &mut Orders, rate: u64, duration: Duration) -> Outcome {
        let address = self.address(ServiceName::OrderGateway);
        let load = Load { address, rate, duration, connections: CONNECTIONS };
        load::run(&load, |_, request| orders.write(request)).await.unwrap()
    }

    /// Pauses the kitchen by a chaos experiment, or ends the experiment.
    pub(crate) async fn pause_kitchen(&self, enable: bool) {
        let chaos = SetChaos { enable, mode: None, latency_ms: None, error_rate: None, for_seconds: None };
        self.admin.client().set_chaos(ServiceName::KitchenQueue, &chaos).await.unwrap();
    }

    /// Fetches the metrics of a service.
    pub(crate) async fn metrics(&self, name: ServiceName) -> Metrics {
        self.admin.metrics(name).await
    }

    /// Returns the number of accepted orders that are neither ready nor rejected.
    pub(crate) async fn unserved(&self) -> f64 {
        let accepted = self.metrics(ServiceName::OrderGateway).await.sum("orders_accepted_total");
        accepted + self.strays.get() - ended(&self.metrics(ServiceName::KitchenQueue).await)
    }

    /// Waits until every order is ready or rejected, also those without a response, so that nothing is left for the next
    /// load. Returns the time of that.
    pub(crate) async fn served(&self) -> Instant {
        wait::until_within(BACKLOG_TIMEOUT, "every accepted order to be ready", async || {
            match self.unserved().await {
                unserved if unserved <= 0.0 => Ok(()),
                unserved => Err(unserved),
            }
        })
        .await;
        let counted = Instant::now();
        let strays = wait::until_within(BACKLOG_TIMEOUT, "nothing to be under way", async || {
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

    /// Returns the CPU time of the services' processes, in seconds, without PostgreSQL, Redis and RabbitMQ.
    pub(crate) fn cpu(&self) -> f64 {
        self.target.processes().into_iter().map(|(_, pid)| cpu_of(pid)).sum()
    }
}

/// Returns the number of orders that the kitchen has made ready or rejected.
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

/// Returns the memory of a process in MiB: `VmRSS` is resident now, `VmHWM` its maximum so far.
pub(crate) fn memory(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
