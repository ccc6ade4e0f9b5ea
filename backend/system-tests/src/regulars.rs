//! Regulars: students who go on ordering whatever happens to the system, and what has to be true of it in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use wire::{ErrorCode, OrderStatus, ops::ServiceName, order::OrderView};

use crate::{
    people::{Answer, Person, try_send},
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

/// A student's `n`th order: of one dish or two, now and then of one that is scarce.
fn basket(student: usize, n: usize) -> Value {
    let order_id = format!("order-{student}-{n}");
    let dish = PLENTY[(student + n) % PLENTY.len()];
    match n % 5 {
        0 => json!({ "orderId": order_id, "itemId": SCARCE[(student + n / 5) % 2] }),
        1 => json!({ "orderId": order_id, "lines": [
            { "itemId": dish, "quantity": 2 },
            { "itemId": PLENTY[(student + n + 1) % PLENTY.len()] },
        ] }),
        _ => json!({ "orderId": order_id, "itemId": dish }),
    }
}

/// A student who goes on ordering whatever happens to the system.
#[derive(Debug)]
pub struct Regular {
    student: Person,
    number: usize,
    /// The orders that were answered with a 202.
    pub accepted: Vec<String>,
    /// How many were refused, because the dish is sold out.
    pub refused: usize,
}

impl Regular {
    /// Orders until it is enough, each order until its answer is known.
    pub async fn orders_while(mut self, going: &AtomicBool) -> Self {
        for n in 0.. {
            if !going.load(Ordering::Relaxed) {
                return self;
            }
            if self.insists_on(&basket(self.number, n)).await {
                self.accepted.push(format!("order-{}-{n}", self.number));
            } else {
                self.refused += 1;
            }
            // An order of some time ago once more, as a client does that has forgotten its answer.
            if n % 5 == 4 {
                let again = basket(self.number, n / 2 / 5 * 5 + 2);
                assert!(
                    self.insists_on(&again).await,
                    "there is plenty, and it was accepted before: {again}"
                );
            }
            wait::pass(Duration::from_millis(3)).await;
        }
        self
    }

    /// Whether it is accepted in the end.
    async fn insists_on(&self, order: &Value) -> bool {
        wait::until(&format!("an answer to {order}"), async || {
            let Some(answer) = self.student.tries_to_place(order).await else { return Err(None) };
            match answer.status.as_u16() {
                202 => Ok(true),
                503 => Err(Some(answer)),
                _ => {
                    answer.is_problem(ErrorCode::SoldOut);
                    Ok(false)
                }
            }
        })
        .await
    }

    /// Returns all their orders once every accepted one is listed and has ended, and asserts that each is there once.
    async fn sees_all(&self) -> Vec<OrderView> {
        let mut seen = LastSeen::default();
        let orders = wait::until("every accepted order to be listed and to end", async || {
            let Some(orders) = self.student.tries_to_see_all_orders().await else {
                return Err("the list is not to be had".to_owned());
            };
            let open = seen.open_orders(&self.accepted, &orders);
            let Some(first) = open.first() else { return Ok(orders) };
            let alone = self.student.try_order(&first.order_id).await;
            Err(format!("{} are open. {first} Asked for alone: {alone:?}", open.len()))
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

/// The stage: the regulars, the admin, and what there is of each dish.
#[derive(Debug)]
pub struct Crowd {
    regulars: Vec<Regular>,
    trackers: Vec<Tracker>,
    bystanders: Vec<Person>,
    /// The admin.
    pub admin: Person,
    before: Portions,
    added: i64,
}

impl Crowd {
    /// Students with accounts of their own who watch their orders, and enough of what is not scarce.
    pub async fn gathers(system: &Addresses) -> Self {
        let admin = system.admin().await;
        for dish in PLENTY {
            admin.restocks(dish, 50_000, &format!("opening-{dish}")).await.is(200);
        }
        let students = Person::many_students(system, &admin, STUDENTS).await;
        let trackers = students.iter().cloned().map(Tracker::watch).collect();
        let regular = |(number, student)| Regular { student, number, accepted: Vec::new(), refused: 0 };
        let before = stock::left(&admin).await;
        let regulars = students.into_iter().enumerate().map(regular).collect();
        Self { regulars, trackers, bystanders: Vec::new(), admin, before, added: 0 }
    }

    /// Orders while something happens to the system.
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

    /// Somebody else orders as well, and what they take counts.
    pub fn is_joined_by(&mut self, person: &Person) {
        self.bystanders.push(person.clone());
    }

    /// How many orders were accepted so far.
    pub fn accepted(&self) -> usize {
        self.regulars.iter().map(|regular| regular.accepted.len()).sum()
    }

    /// Adds some of a scarce dish, which happens once however often it is asked for.
    pub async fn restocks(&mut self, delta: i64, key: &str) {
        insists_on_restocking(&self.admin, delta, key).await;
        self.added += delta;
    }

    /// A restock that was insisted on with [`insists_on_restocking`] counts.
    pub fn added(&mut self, delta: i64) {
        self.added += delta;
    }

    /// Asserts that nothing is lost, doubled, stuck or oversold, and that everybody was shown the truth.
    pub async fn is_served(&self) {
        let mut all = Vec::new();
        for (regular, tracker) in self.regulars.iter().zip(&self.trackers) {
            let orders = regular.sees_all().await;
            tracker.showed_all_of(&orders).await;
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

/// Some more of a scarce dish, which happens once however often it is asked for.
pub async fn insists_on_restocking(admin: &Person, delta: i64, key: &str) {
    let body = json!({ "delta": delta, "reason": "scenario", "key": key });
    let path = format!("/stock/{}/adjust", SCARCE[0]);
    wait::until("the restock to be confirmed", async || {
        let request = admin.request(reqwest::Method::POST, ServiceName::StockService, &path).json(&body);
        match try_send(request).await {
            Some(Answer { status, .. }) if status == 200 => Ok(()),
            answer => Err(answer),
        }
    })
    .await;
}

/// A moment of up to `most`, from the randomness of the operating system.
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
