//! Hostile input, all of it answered with a clear problem and without any effect.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod elsewhere;
mod limits;
mod orders;

use serde_json::{Value, json};
use system_tests::{
    on_both_shapes,
    people::{Answer, Person, send},
    shape::Shape,
    system::Addresses,
};
use wire::{
    ErrorCode::{self, Invalid, Malformed},
    identity::UserPage,
    kitchen::TicketPage,
    ops::ServiceName::{self, IdentityProvider, KitchenQueue, OrderGateway, StockService},
    order::OrderView,
    stock::StockItem,
};

/// A request that must not be fulfilled.
#[derive(Clone)]
struct Bad {
    service: ServiceName,
    route: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    code: ErrorCode,
    field: Option<&'static str>,
}

/// A request with a JSON body and the code that it must be answered with.
fn bad(service: ServiceName, route: &str, body: impl Into<Vec<u8>>, code: ErrorCode) -> Bad {
    let headers = vec![("content-type", "application/json".to_owned())];
    Bad { service, route: route.to_owned(), headers, body: body.into(), code, field: None }
}

impl Bad {
    /// The field that the answer must name.
    fn names(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// With a header, in place of one of that name.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Without a header.
    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    async fn is_sent_by(&self, person: &Person) -> Answer {
        let (method, path) = self.route.split_once(' ').unwrap();
        let mut request = person.request(method.parse().unwrap(), self.service, path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        send(request.body(self.body.clone())).await
    }

    /// Sends it, and says what is wrong with the answer.
    async fn complaint(&self, person: &Person) -> Option<String> {
        let answer = self.is_sent_by(person).await;
        let body: String = String::from_utf8_lossy(&self.body).chars().take(80).collect();
        let about = format!("{} {:?} {body}", self.route, self.headers);
        if let Some(leak) = leak(&answer) {
            return Some(format!("{about}: tells {leak:?} in {answer:?}"));
        }
        let problem = match serde_json::from_str::<Value>(&answer.body) {
            Ok(body) if body["code"] == self.code.as_str() => answer.problem(),
            _ => return Some(format!("{about}: is not {}: {answer:?}", self.code.as_str())),
        };
        if answer.status.as_u16() != self.code.status() {
            return Some(format!("{about}: {answer:?}"));
        }
        match self.field {
            Some(field) if !problem.errors.iter().any(|error| error.field == field) => {
                Some(format!("{about}: does not name {field}: {answer:?}"))
            }
            _ => None,
        }
    }
}

/// What an answer tells of our insides.
fn leak(answer: &Answer) -> Option<&'static str> {
    const INSIDES: [&str; 16] = [
        "sqlx",
        "sqlite",
        "select ",
        "insert ",
        "update ",
        "constraint",
        "panicked",
        "backtrace",
        ".rs:",
        ".rs\"",
        "/root",
        "/tmp/",
        "/home",
        ".db",
        "serde",
        "tokio",
    ];
    let body = answer.body.to_lowercase();
    INSIDES.into_iter().find(|word| body.contains(word))
}

/// All requests are refused as they must be.
async fn are_refused(person: &Person, requests: &[Bad]) {
    let mut complaints = Vec::new();
    for request in requests {
        complaints.extend(request.complaint(person).await);
    }
    let count = (complaints.len(), requests.len());
    assert!(complaints.is_empty(), "{} of {}: {complaints:#?}", count.0, count.1);
}

/// Everything that hostile input could have changed.
#[derive(Debug, PartialEq)]
struct Everything {
    menu: Vec<StockItem>,
    orders: Vec<OrderView>,
    tickets: TicketPage,
    users: UserPage,
    adjustments: Value,
    accepted: f64,
}

/// Looks at all of it.
async fn everything(student: &Person, admin: &Person) -> Everything {
    Everything {
        menu: student.menu().await,
        orders: student.all_orders().await,
        tickets: admin.get(KitchenQueue, "/tickets?limit=100").await.is(200).json(),
        users: admin.get(IdentityProvider, "/users").await.is(200).json(),
        adjustments: admin.get(StockService, "/audit").await.is(200).json(),
        accepted: admin.metric(OrderGateway, "orders_accepted_total").await,
    }
}
