//! Students, staff and admins: what each can do and see.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use reqwest::{Client, Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wire::{
    ErrorCode, OrderStatus, Problem,
    identity::Session,
    kitchen::{Ticket, TicketPage},
    ops::ServiceName,
    order::{OrderAccepted, OrderPage, OrderView},
    stock::StockItem,
};

use crate::{socket::Ear, system::Addresses, wait};

/// Somebody who uses the system.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    addresses: Addresses,
    session: Option<Session>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// The body as JSON of a type.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The problem it is.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let kind = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16(), "{self:?}");
        assert_eq!(problem.error, problem.title, "{self:?}");
        assert!(problem.request_id.is_some(), "{self:?}");
        problem
    }

    /// Asserts that it is a 202 for an order.
    #[track_caller]
    pub fn is_accepted(&self) -> OrderAccepted {
        assert_eq!(self.status, StatusCode::ACCEPTED, "{self:?}");
        self.json()
    }

    /// Asserts the status, and returns the answer.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// Asserts that it is this problem.
    #[track_caller]
    pub fn is_problem(&self, code: ErrorCode) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code, code, "{self:?}");
        assert_eq!(problem.status, code.status(), "{self:?}");
        problem
    }
}

impl Person {
    /// Somebody without an account.
    pub fn anonymous(addresses: &Addresses) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
        Self { client, addresses: addresses.clone(), session: None }
    }

    /// Signs somebody in.
    pub async fn sign_in(addresses: &Addresses, username: &str, password: &str) -> Self {
        let anonymous = Self::anonymous(addresses);
        let login = json!({ "username": username, "password": password });
        let answer = anonymous.post(ServiceName::IdentityProvider, "/login", &login).await.is(200);
        Self::of(addresses, answer.json())
    }

    /// Whose session this is.
    pub fn of(addresses: &Addresses, session: Session) -> Self {
        Self { session: Some(session), ..Self::anonymous(addresses) }
    }

    /// The same person with a token of the scenario's choice.
    pub fn with_token(&self, token: &str) -> Self {
        let mut session = self.session.clone().unwrap();
        session.token.0 = token.to_owned();
        Self { session: Some(session), ..self.clone() }
    }

    /// So many students with accounts of their own, imported and signed in.
    pub async fn many_students(addresses: &Addresses, admin: &Self, count: usize) -> Vec<Self> {
        let mut csv = "username,name,role,password\n".to_owned();
        for n in 0..count {
            csv.push_str(&format!("crowd-{n},Crowd {n},student,crowd-password-{n}\n"));
        }
        let request = admin
            .request(Method::POST, ServiceName::IdentityProvider, "/users/import")
            .header("content-type", "text/csv")
            .body(csv);
        let job: Value = send(request).await.is(202).json();
        let path = format!("/users/import/{}", job["jobId"].as_str().unwrap());
        wait::until("the import of the students", async || {
            let job: Value = admin.get(ServiceName::IdentityProvider, &path).await.is(200).json();
            if job["state"] == "done" { Ok(()) } else { Err(job) }
        })
        .await;
        stream::iter(0..count)
            .map(|n| async move {
                Self::sign_in(addresses, &format!("crowd-{n}"), &format!("crowd-password-{n}")).await
            })
            .buffered(8)
            .collect()
            .await
    }

    /// The session they signed in with.
    pub fn session(&self) -> &Session {
        self.session.as_ref().unwrap()
    }

    /// Their token.
    pub fn token(&self) -> &str {
        &self.session().token.0
    }

    /// Where the services are.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A request to a service, with the token where there is one.
    pub fn request(&self, method: Method, service: ServiceName, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.addresses.url(service)));
        match &self.session {
            Some(session) => request.bearer_auth(&session.token.0),
            None => request,
        }
    }

    /// Asks a service.
    pub async fn get(&self, service: ServiceName, path: &str) -> Answer {
        send(self.request(Method::GET, service, path)).await
    }

    /// Tells a service.
    pub async fn post<B: Serialize + ?Sized>(&self, service: ServiceName, path: &str, body: &B) -> Answer {
        send(self.request(Method::POST, service, path).json(body)).await
    }

    /// Orders one portion of a dish.
    pub async fn orders(&self, item: &str, order_id: &str) -> Answer {
        self.places(&json!({ "itemId": item, "orderId": order_id })).await
    }

    /// Sends any body to `POST /order`.
    pub async fn places(&self, body: &Value) -> Answer {
        self.post(ServiceName::OrderGateway, "/order", body).await
    }

    /// As [`Person::places`], but `None` when there is no answer at all.
    pub async fn tries_to_place(&self, body: &Value) -> Option<Answer> {
        try_send(self.request(Method::POST, ServiceName::OrderGateway, "/order").json(body)).await
    }

    /// One of their orders, as the gateway shows it.
    pub async fn order(&self, order_id: &str) -> Answer {
        self.get(ServiceName::OrderGateway, &format!("/orders/{order_id}")).await
    }

    /// As [`Person::order`], but `None` when there is no answer.
    pub async fn try_order(&self, order_id: &str) -> Option<Answer> {
        try_send(self.request(Method::GET, ServiceName::OrderGateway, &format!("/orders/{order_id}"))).await
    }

    /// All their orders, page by page, newest first.
    pub async fn all_orders(&self) -> Vec<OrderView> {
        self.tries_to_see_all_orders().await.unwrap()
    }

    /// As [`Person::all_orders`], but `None` when that cannot be had at the moment.
    pub async fn tries_to_see_all_orders(&self) -> Option<Vec<OrderView>> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let before = next.map(|next| format!("&before={next}")).unwrap_or_default();
            let path = format!("/orders?limit=100{before}");
            let answer = try_send(self.request(Method::GET, ServiceName::OrderGateway, &path)).await?;
            let page: OrderPage = answer.status.is_success().then(|| answer.json())?;
            all.extend(page.orders);
            match page.next {
                Some(more) => next = Some(more),
                None => return Some(all),
            }
        }
    }

    /// Waits until an order has a status, and returns it.
    pub async fn sees(&self, order_id: &str, status: OrderStatus) -> OrderView {
        wait::until(&format!("{order_id} to be {}", status.as_str()), async || {
            let answer = self.order(order_id).await;
            match serde_json::from_str::<OrderView>(&answer.body) {
                Ok(order) if order.status == status => Ok(order),
                _ => Err(answer),
            }
        })
        .await
    }

    /// Waits until an order is ready, collected, rejected or cancelled, and returns it.
    pub async fn sees_the_end_of(&self, order_id: &str) -> OrderView {
        wait::until(&format!("{order_id} to end"), async || {
            let answer = self.order(order_id).await;
            match serde_json::from_str::<OrderView>(&answer.body) {
                Ok(order) if order.status.is_settled() => Ok(order),
                _ => Err(answer),
            }
        })
        .await
    }

    /// The menu.
    pub async fn menu(&self) -> Vec<StockItem> {
        self.get(ServiceName::StockService, "/stock").await.is(200).json()
    }

    /// A dish.
    pub async fn dish(&self, item: &str) -> StockItem {
        self.get(ServiceName::StockService, &format!("/stock/{item}")).await.is(200).json()
    }

    /// Sets how many portions of a dish there are, as staff do.
    pub async fn restocks(&self, item: &str, delta: i64, key: &str) -> Answer {
        let body = json!({ "delta": delta, "reason": "scenario", "key": key });
        self.post(ServiceName::StockService, &format!("/stock/{item}/adjust"), &body).await
    }

    /// The sum of a metric of a service over its labels; 0 where it was never counted.
    pub async fn metric(&self, service: ServiceName, name: &str) -> f64 {
        let text = self.get(service, "/metrics").await.is(200).body;
        let of_it = |line: &str| {
            let value = line.strip_prefix(name)?.strip_prefix(|next| next == ' ' || next == '{')?;
            value.rsplit(' ').next()?.parse::<f64>().ok()
        };
        text.lines().filter_map(of_it).sum()
    }

    /// Starts or ends a drill.
    pub async fn orders_chaos(&self, service: ServiceName, body: &Value) -> Answer {
        self.post(service, "/chaos", body).await
    }

    /// Sets a ticket's status, as staff do.
    pub async fn sets(&self, ticket: &Ticket, status: OrderStatus) -> Answer {
        let body = json!({ "status": status, "expectedSeq": ticket.seq });
        self.post(ServiceName::KitchenQueue, &format!("/tickets/{}/status", ticket.id), &body).await
    }

    /// Moves the ticket of this number on, as staff do on the kitchen board.
    pub async fn moves(&self, number: u32, to: OrderStatus) {
        let page: TicketPage = self.get(ServiceName::KitchenQueue, "/tickets").await.is(200).json();
        let ticket = page.tickets.iter().find(|ticket| ticket.ticket == number).unwrap();
        self.sets(ticket, to).await.is(200);
    }

    /// Listens to the hub.
    pub async fn listens(&self) -> Ear {
        self.tries_to_listen().await.unwrap()
    }

    /// As [`Person::listens`], but an error when the hub is away.
    ///
    /// # Errors
    /// The connection was refused, with the hub's words.
    pub async fn tries_to_listen(&self) -> Result<Ear, String> {
        let token = self.session.as_ref().map(|session| session.token.0.as_str());
        Ear::open(&self.addresses.url(ServiceName::NotificationHub), token).await
    }
}

/// Sends a request, and reads the answer to its end.
///
/// # Panics
/// There is no answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

/// As [`send`], but `None` when there is no answer.
pub async fn try_send(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    Some(Answer { status, headers, body: response.text().await.ok()? })
}
