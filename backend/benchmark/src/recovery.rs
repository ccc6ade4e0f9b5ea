//! Recovery of the distributed system from an outage of each of its parts: the time from the return of the part until a
//! new order is ready.

use std::time::{Duration, Instant};

use system_tests::{
    deployment::{Deployment, Part, Plan},
    people::Person,
    wait,
};
use test_support::servers::proxy::Network;
use wire::{ops::ServiceName, order::PlaceOrder};

use crate::{
    Profile, fixture,
    report::{Report, Section, number},
};

/// Duration of each outage: longer than any breaker or deadline.
const OUTAGE_PERIOD: Duration = Duration::from_secs(5);

/// Outage of one part.
#[derive(Debug, Clone, Copy)]
enum Outage {
    /// RabbitMQ's process is killed.
    RabbitMq,
    /// The process of Redis is killed.
    Redis,
    /// PostgreSQL is ended as by a loss of power.
    Postgres,
    /// One database cannot be reached.
    Database(Part),
    /// Every process of a service is killed.
    Service(ServiceName),
}

impl Outage {
    fn all() -> Vec<Self> {
        let mut all = vec![Self::RabbitMq, Self::Redis, Self::Postgres];
        all.extend([Part::IdentityDatabase, Part::StockDatabase, Part::KitchenDatabase].map(Self::Database));
        all.extend(ServiceName::ALL.map(Self::Service));
        all
    }

    fn name(self) -> String {
        match self {
            Self::RabbitMq => "RabbitMQ, killed".to_owned(),
            Self::Redis => "Redis, killed".to_owned(),
            Self::Postgres => "PostgreSQL of all three, killed".to_owned(),
            Self::Database(part) => format!("{part:?}, cut off").replace("Database", " database"),
            Self::Service(name) => format!("{name}, killed"),
        }
    }

    fn begins(self, system: &mut Deployment) {
        match self {
            Self::RabbitMq => system.servers().rabbitmq.kill(),
            Self::Redis => system.servers().redis.kill(),
            Self::Postgres => system.servers().postgres.kill(),
            Self::Database(part) => system.network(part, Network::Cut),
            Self::Service(name) => system.kill_all(name),
        }
    }

    /// Ends the outage, and returns once the process of a service is started, or a server accepts connections.
    async fn ends(self, system: &mut Deployment) {
        match self {
            Self::RabbitMq => system.servers().rabbitmq.restart().await,
            Self::Redis => system.servers().redis.restart().await,
            Self::Postgres => system.servers().postgres.restart().await,
            Self::Database(part) => system.network(part, Network::Good),
            Self::Service(name) => system.revive_all(name),
        }
    }
}

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let rounds = profile.of(3, 1);
    let plan = Plan { own_servers: true, ..Plan::default() };
    let mut system = Deployment::start(plan, fixture::settings).await;
    let admin = system.admin().await;
    // Each may sign in three times a minute.
    let strangers = Person::many_students(&system, &admin, 60).await.len();
    let mut stranger = 0;
    let mut table = Section::new(
        "After an outage",
        format!(
            "Each part is away for {} s, {rounds} times, with one replica of each service. Counted from when it is \
             back (a server takes connections, a process was started) until an order that is sent again and again is \
             accepted and ready; until somebody has signed in; until a socket is welcome at the hub. The order is \
             asked for every 20 ms.",
            OUTAGE_PERIOD.as_secs()
        ),
        &["away", "an order is ready, worst s", "median s", "signed in, worst s", "socket welcome, worst s"],
    );
    let mut worst = (0.0, String::new());
    for outage in Outage::all() {
        let mut healed = Vec::new();
        for round in 0..rounds {
            outage.begins(&mut system);
            wait::pass(OUTAGE_PERIOD).await;
            outage.ends(&mut system).await;
            let began = Instant::now();
            let name = format!("{outage:?}-{round}").replace(['(', ')'], "-");
            let (order, sign_in, socket) = tokio::join!(
                ready(&admin, &name, began),
                signed_in(&system, &mut stranger, strangers, began),
                welcome(&admin, began)
            );
            healed.push([order, sign_in, socket]);
            system.up().await;
        }
        let worst_of = |at: usize| healed.iter().map(|times| times[at]).fold(0.0, f64::max);
        let mut orders: Vec<_> = healed.iter().map(|times| times[0]).collect();
        orders.sort_by(f64::total_cmp);
        let [order, sign_in, socket] = [worst_of(0), worst_of(1), worst_of(2)];
        table.row([
            outage.name(),
            number(order),
            number(orders[orders.len() / 2]),
            number(sign_in),
            number(socket),
        ]);
        let last = order.max(sign_in).max(socket);
        if last > worst.0 {
            worst = (last, outage.name());
        }
    }
    report.add(table);
    report.sums_up(
        "itself again after an outage, s",
        "not measured",
        "≤ 5 after the part is back",
        format!("at most {} ({})", number(worst.0), worst.1),
    );
    system.stop().await;
}

/// Returns the seconds until an order was ready.
async fn ready(person: &Person, name: &str, began: Instant) -> f64 {
    let (item_id, order_id) = (Some("water".parse().unwrap()), Some(name.parse().unwrap()));
    let order = PlaceOrder { item_id, order_id, ..PlaceOrder::default() };
    wait::until("an order to be accepted", async || person.client().place(&order).await).await;
    person.sees(name, wire::OrderStatus::Ready).await;
    began.elapsed().as_secs_f64()
}

/// Returns the seconds until a user had signed in. Each attempt is another user's, so that none meets the limit.
async fn signed_in(system: &Deployment, next: &mut usize, all: usize, began: Instant) -> f64 {
    wait::until("somebody to sign in", async || {
        let n = *next % all;
        *next += 1;
        system.anybody().client().sign_in(&format!("crowd-{n}"), &format!("crowd-password-{n}")).await
    })
    .await;
    began.elapsed().as_secs_f64()
}

/// Returns the seconds until a client had subscribed and joined its rooms.
async fn welcome(person: &Person, began: Instant) -> f64 {
    person.listens().await;
    began.elapsed().as_secs_f64()
}
