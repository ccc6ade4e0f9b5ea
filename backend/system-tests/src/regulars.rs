//! Regulars: students who go on ordering whatever happens to the system, and the promises that hold in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use wire::{
    ErrorCode, ItemId, OrderStatus,
    ops::ServiceName,
    order::{Line, OrderView, PlaceOrder},
    stock::Adjust,
};

use crate::{
    people::{Person, all_orders},
    stock::{self, Portions},
    system::Addresses,
    tracker::Tracker,
    wait,
};

/// Dishes that do not run out, and two that do.
const PLENTY: [&str; 4] = ["burger", "fries", "cola", "water"];
const SCARCE: [&str; 2] = ["cheesecake", "special"];
/// How many there are.
pub const STUDENTS: usize = 6;

fn dish(name: &str) -> ItemId {
    name.parse().unwrap()
}

/// Returns a student's `n`th order: of one dish or two, now and then of one that is scarce.
fn basket(student: usize, n: usize) -> PlaceOrder {
    let order_id = Some(format!("order-{student}-{n}").parse().unwrap());
    let plenty = |n: usize| dish(PLENTY[(student + n) % PLENTY.len()]);
    let order = |item_id, lines| PlaceOrder { item_id, lines, order_id, quantity: None };
    match n % 5 {
        0 => order(Some(dish(SCARCE[(student + n / 5) % 2])), None),
        1 => {
            let line = |item_id, quantity: i64| Line { item_id, quantity: quantity.try_into().unwrap() };
            order(None, Some(vec![line(plenty(n), 2), line(plenty(n + 1), 1)]))
        }
        _ => order(Some(plenty(n)), None),
    }
}

/// A student who goes on ordering whatever happens to the system.
#[derive(Debug)]
struct Regular {
    student: Person,
    tracker: Tracker,
    number: usize,
    /// Ids of the orders that were answered with a 202.
    accepted: Vec<String>,
    /// Number of orders that were refused, because the dish is sold out.
    refused: usize,
}

impl Regular {
    /// Orders while `going` is set, and sends each order until its outcome is known.
    async fn orders_while(mut self, going: &AtomicBool) -> Self {
        for n in 0.. {
            if !going.load(Ordering::Relaxed) {
                return self;
            }
            if self.insists_on(&basket(self.number, n)).await {
                self.accepted.push(format!("order-{}-{n}", self.number));
            } else {
                self.refused += 1;
            }
            // An earlier order once more, as a client sends it that has lost the response.
            if n % 5 == 4 {
                let again = basket(self.number, n / 2 / 5 * 5 + 2);
                assert!(
                    self.insists_on(&again).await,
                    "there is plenty, and it was accepted before: {again:?}"
                );
            }
            wait::pass(Duration::from_millis(3)).await;
        }
        self
    }

    /// Sends an order until its outcome is known, and returns whether it was accepted.
    async fn insists_on(&self, order: &PlaceOrder) -> bool {
        self.tracker.is_placing(order.order_id.as_ref().unwrap());
        let outcome = wait::until(&format!("the outcome of {order:?}"), async || {
            match self.student.client().place(order).await {
                Err(failure) if failure.problem().is_none_or(|problem| problem.status == 503) => Err(failure),
                outcome => Ok(outcome),
            }
        })
        .await;
        match outcome {
            Ok(placed) => {
                self.tracker.is_accepted(placed.accepted);
                true
            }
            Err(failure) => {
                assert_eq!(failure.code(), Some(ErrorCode::SoldOut), "{order:?}: {failure:?}");
                false
            }
        }
    }

    /// Returns all their orders once every accepted one is listed and has ended, and asserts that each is there once.
    async fn sees_all(&self) -> Vec<OrderView> {
        let mut seen = LastSeen::default();
        let orders = wait::until("every accepted order to be listed and to end", async || {
            let list = all_orders(self.student.client()).await;
            let orders = list.map_err(|failure| format!("no list: {failure}"))?;
            let open = seen.open_orders(&self.accepted, &orders);
            let Some(first) = open.first() else { return Ok(orders) };
            let alone = self.student.client().order(&first.order_id.parse().unwrap()).await;
            Err(format!("{} are open. {first} Requested alone: {alone:?}", open.len()))
        })
        .await;
        let mut names = BTreeSet::new();
        for order in &orders {
            assert!(names.insert(order.order_id.to_string()), "{} is there twice", order.order_id);
            let seqs: Vec<_> = order.history.iter().map(|step| step.seq).collect();
            assert_eq!(seqs, (0..=order.seq).collect::<Vec<_>>(), "{order:?}");
        }
        orders
    }
}

/// The status that each order had when it was last listed.
///
/// One list without an accepted order proves no loss: after Redis has forgotten the gateway's record, and before the
/// kitchen has read the message, the order is in the queue alone and in no list. An order that stays out of the list
/// is lost.
#[derive(Debug, Default)]
pub struct LastSeen(BTreeMap<String, OrderStatus>);

/// An accepted order that is not listed, or a listed one that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its id.
    pub order_id: String,
    /// Its status in the list just read; `None` when it is not in it.
    pub listed: Option<OrderStatus>,
    /// Its status when it was last listed; `None` when it never was.
    pub last_seen: Option<OrderStatus>,
}

impl LastSeen {
    /// Compares the accepted orders with a complete list.
    pub fn open_orders(&mut self, accepted: &[String], listed: &[OrderView]) -> Vec<OpenOrder> {
        let statuses: BTreeMap<_, _> =
            listed.iter().map(|order| (order.order_id.to_string(), order.status)).collect();
        self.0.extend(statuses.clone());
        let ids: BTreeSet<_> = accepted.iter().chain(statuses.keys()).collect();
        let open = ids.into_iter().filter(|id| statuses.get(*id).is_none_or(|status| !status.is_settled()));
        open.map(|id| OpenOrder {
            order_id: id.clone(),
            listed: statuses.get(id).copied(),
            last_seen: self.0.get(id).copied(),
        })
        .collect()
    }
}

impl fmt::Display for OpenOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.order_id;
        match (self.listed, self.last_seen) {
            (Some(status), _) => write!(f, "{id} is still {}.", status.as_str()),
            (None, Some(status)) => {
                write!(f, "{id} was accepted, is listed no more, and was last seen {}.", status.as_str())
            }
            (None, None) => write!(f, "{id} was accepted, and was never listed."),
        }
    }
}

/// The regulars, the admin, and the portions of each dish at the start.
#[derive(Debug)]
pub struct Crowd {
    regulars: Vec<Regular>,
    bystanders: Vec<Person>,
    /// Demo admin.
    pub admin: Person,
    before: Portions,
    added: i64,
}

impl Crowd {
    /// Imports students who watch their orders, and stocks up all dishes that are not scarce.
    pub async fn gathers(system: &Addresses) -> Self {
        let admin = system.admin().await;
        for dish in PLENTY {
            admin.restocks(dish, 50_000, &format!("opening-{dish}")).await.is(200);
        }
        let students = Person::many_students(system, &admin, STUDENTS).await;
        let regular = |(number, student): (usize, Person)| Regular {
            tracker: Tracker::start(student.client().clone()),
            student,
            number,
            accepted: Vec::new(),
            refused: 0,
        };
        let before = stock::left(&admin).await;
        let regulars = students.into_iter().enumerate().map(regular).collect();
        Self { regulars, bystanders: Vec::new(), admin, before, added: 0 }
    }

    /// Lets the regulars order until `events` are over.
    pub async fn orders_during<T>(&mut self, events: impl Future<Output = T>) -> T {
        let going = AtomicBool::new(true);
        let regulars = std::mem::take(&mut self.regulars);
        let rush = join_all(regulars.into_iter().map(|regular| regular.orders_while(&going)));
        let events = async {
            let seen = events.await;
            going.store(false, Ordering::Relaxed);
            seen
        };
        let (regulars, seen) = tokio::join!(rush, events);
        self.regulars = regulars;
        seen
    }

    /// Counts the orders of somebody else as well.
    pub fn is_joined_by(&mut self, person: &Person) {
        self.bystanders.push(person.clone());
    }

    /// Returns the number of orders accepted so far.
    pub fn accepted(&self) -> usize {
        self.regulars.iter().map(|regular| regular.accepted.len()).sum()
    }

    /// Counts portions that were added with [`insists_on_restocking`].
    pub fn added(&mut self, delta: i64) {
        self.added += delta;
    }

    /// Asserts that nothing is lost, doubled, stuck or oversold, and that every tracker showed each order as it is.
    pub async fn is_served(&self) {
        let mut all = Vec::new();
        for regular in &self.regulars {
            let orders = regular.sees_all().await;
            regular.tracker.showed_all_of(&orders).await;
            all.extend(orders);
        }
        for person in &self.bystanders {
            all.extend(person.all_orders().await);
        }
        let mut tickets = BTreeSet::new();
        for order in &all {
            let received = order.history.iter().find(|step| step.status == OrderStatus::InKitchen).unwrap();
            let ticket = (received.at.end_of_dhaka_day(), order.ticket.unwrap());
            assert!(tickets.insert(ticket), "ticket {ticket:?} was dealt twice");
        }
        let added = Portions::from([(SCARCE[0].to_owned(), self.added)]);
        stock::is_conserved(&self.before, &added, &stock::left(&self.admin).await, &stock::taken(&all));
        wait::until("everything to be given back", async || {
            match self.admin.metric(ServiceName::KitchenQueue, "kitchen_releases_pending").await {
                0.0 => Ok(()),
                pending => Err(pending),
            }
        })
        .await;
        assert_eq!(self.admin.metric(ServiceName::StockService, "stock_oversold").await, 0.0);
        let refused: usize = self.regulars.iter().map(|regular| regular.refused).sum();
        let rejected = all.iter().filter(|order| order.status == OrderStatus::Rejected).count();
        assert!(refused + rejected > 0, "what is scarce runs out");
    }
}

/// Adds portions of a scarce dish, once for each key, and sends the request until it is confirmed.
pub async fn insists_on_restocking(admin: &Person, delta: i64, key: &str) {
    let adjust = Adjust { delta, reason: "scenario".to_owned(), key: key.parse().unwrap() };
    let scarce = dish(SCARCE[0]);
    wait::until("the restock to be confirmed", async || {
        admin.client().adjust(&scarce, &adjust).await.map(drop)
    })
    .await;
}

/// Returns a random delay of up to `most`, from the randomness of the operating system.
pub fn moment(most: Duration) -> Duration {
    most.mul_f64(f64::from(u32::from_ne_bytes(service_kit::secret::random())) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use wire::Time;

    use super::*;

    fn order(order_id: &str, status: OrderStatus) -> OrderView {
        OrderView {
            order_id: order_id.parse().unwrap(),
            status,
            reason: None,
            items: vec![],
            ticket: Some(1),
            lines: vec![],
            total_poisha: 0,
            placed_at: Time::from_millis(0),
            seq: 0,
            history: vec![],
        }
    }

    #[test]
    fn an_accepted_order_is_open_until_it_is_listed_and_has_ended() {
        let accepted = ["a".to_owned(), "b".to_owned()];
        let mut seen = LastSeen::default();
        let mut open = |listed: &[OrderView]| {
            let open = seen.open_orders(&accepted, listed);
            open.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let done = order("a", OrderStatus::Collected);
        assert_eq!(open(from_ref(&done)), ["b was accepted, and was never listed."]);
        let cooking = order("b", OrderStatus::InKitchen);
        assert_eq!(open(&[done.clone(), cooking]), ["b is still in_kitchen."]);
        assert_eq!(
            open(from_ref(&done)),
            ["b was accepted, is listed no more, and was last seen in_kitchen."]
        );
        assert_eq!(open(&[done.clone(), order("b", OrderStatus::Ready)]), [""; 0]);
        let another = order("c", OrderStatus::Pending);
        assert_eq!(
            open(&[done, order("b", OrderStatus::Ready), another]),
            ["c is still pending."],
            "one whose answer was lost counts as well"
        );
    }
}
