//! Students, staff and admins: what each does and sees.
//!
//! A person signs in, fetches and lists through the real client. Requests whose status, headers or malformed body a
//! scenario asserts are raw: [`Person::request`] and what is built on it, which return the response whatever it is.

use std::time::Duration;

use client::{Client, Endpoints, Failure, TokenStorage, transport::Transport};
use futures_util::{StreamExt as _, stream};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wire::{
    ErrorCode, OrderStatus, Problem, UserId,
    identity::ImportState,
    kitchen::{SetStatus, Ticket},
    ops::ServiceName,
    order::{OrderAccepted, OrderView},
    stock::StockItem,
};

use crate::{metrics::Metrics, recorder::Recorder, system::Addresses, wait};

/// Deadline of a raw request.
const RAW_TIMEOUT: Duration = Duration::from_secs(30);
/// Orders of one page.
const PAGE_SIZE: u32 = 100;

/// User of the system, signed in or not.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    http: reqwest::Client,
    addresses: Addresses,
    /// Token of raw requests, in place of the session's.
    token: Option<String>,
}

/// Response to a raw request, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
}

impl Answer {
    /// Reads the body as JSON.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Reads the body as a problem, and asserts that it is a complete one.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let kind = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16(), "{self:?}");
        // Clients of the earlier system read these words.
        let error = match problem.code {
            ErrorCode::BadCredentials => "Invalid credentials",
            _ => &problem.title,
        };
        assert_eq!(problem.error, error, "{self:?}");
        assert!(problem.request_id.is_some(), "{self:?}");
        problem
    }

    /// Asserts that it is a 202 for an order.
    #[track_caller]
    pub fn is_accepted(&self) -> OrderAccepted {
        assert_eq!(self.status, StatusCode::ACCEPTED, "{self:?}");
        self.json()
    }

    /// Asserts the status, and returns the response.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// Asserts that it is a problem of this code.
    #[track_caller]
    pub fn is_problem(&self, code: ErrorCode) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code, code, "{self:?}");
        assert_eq!(problem.status, code.status(), "{self:?}");
        problem
    }
}

impl Person {
    /// Makes a person without an account.
    pub fn anonymous(addresses: &Addresses) -> Self {
        let endpoints = Endpoints::each(|service| addresses.url(service));
        Self {
            client: Client::new(Transport::http(endpoints), TokenStorage::Memory),
            http: reqwest::Client::builder().timeout(RAW_TIMEOUT).build().unwrap(),
            addresses: addresses.clone(),
            token: None,
        }
    }

    /// Signs a person in.
    pub async fn sign_in(addresses: &Addresses, username: &str, password: &str) -> Self {
        let person = Self::anonymous(addresses);
        person.client.sign_in(username, password).await.unwrap();
        person
    }

    /// Returns the same person, whose raw requests carry `token`.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Returns a person at other addresses of the same system, whose raw requests carry the same token.
    pub fn at(&self, addresses: &Addresses) -> Self {
        Self { token: self.presented_token(), ..Self::anonymous(addresses) }
    }

    /// Imports `count` students, and signs each of them in.
    pub async fn many_students(addresses: &Addresses, admin: &Self, count: usize) -> Vec<Self> {
        let line = |n: usize| format!("crowd-{n},Crowd {n},student,crowd-password-{n}\n");
        let csv = "username,name,role,password\n".to_owned() + &(0..count).map(line).collect::<String>();
        let id = admin.client.import_users(csv).await.unwrap().job_id;
        wait::until("the import of the students", async || match admin.client.import(id).await {
            Ok(job) if job.state == ImportState::Done => Ok(()),
            other => Err(other),
        })
        .await;
        let sign_in = |n: usize| async move {
            Self::sign_in(addresses, &format!("crowd-{n}"), &format!("crowd-password-{n}")).await
        };
        stream::iter(0..count).map(sign_in).buffered(8).collect().await
    }

    /// Returns the client, with the person's session.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the id of the user who is signed in.
    pub fn user_id(&self) -> UserId {
        self.client.signed_in().unwrap().user.user_id
    }

    /// Returns the token of raw requests.
    pub fn token(&self) -> String {
        self.presented_token().unwrap()
    }

    fn presented_token(&self) -> Option<String> {
        self.token.clone().or_else(|| self.client.access_token())
    }

    /// Returns the addresses of the services.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Makes a raw request to a service, with the token if there is one.
    pub fn request(&self, method: Method, service: ServiceName, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.addresses.url(service)));
        match self.presented_token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a raw `GET`.
    pub async fn get(&self, service: ServiceName, path: &str) -> Answer {
        send(self.request(Method::GET, service, path)).await
    }

    /// Sends a raw `POST`.
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

    /// As [`Person::places`], but returns `None` without a response.
    pub async fn tries_to_place(&self, body: &Value) -> Option<Answer> {
        try_send(self.request(Method::POST, ServiceName::OrderGateway, "/order").json(body)).await
    }

    /// Requests one of their orders.
    pub async fn order(&self, order_id: &str) -> Answer {
        self.get(ServiceName::OrderGateway, &format!("/orders/{order_id}")).await
    }

    /// Fetches all their orders, newest first.
    pub async fn all_orders(&self) -> Vec<OrderView> {
        all_orders(&self.client).await.unwrap()
    }

    /// Waits until an order has this status, and returns it.
    pub async fn sees(&self, order_id: &str, status: OrderStatus) -> OrderView {
        self.sees_that(order_id, status.as_str(), |order| order.status == status).await
    }

    /// Waits until an order is ready, collected, rejected or cancelled, and returns it.
    pub async fn sees_the_end_of(&self, order_id: &str) -> OrderView {
        self.sees_that(order_id, "settled", |order| order.status.is_settled()).await
    }

    async fn sees_that(&self, order_id: &str, state: &str, holds: impl Fn(&OrderView) -> bool) -> OrderView {
        let id = order_id.parse().unwrap();
        wait::until(&format!("{order_id} to be {state}"), async || match self.client.order(&id).await {
            Ok(order) if holds(&order) => Ok(order),
            other => Err(other),
        })
        .await
    }

    /// Fetches the menu.
    pub async fn menu(&self) -> Vec<StockItem> {
        self.client.menu().await.unwrap()
    }

    /// Fetches a dish.
    pub async fn dish(&self, item: &str) -> StockItem {
        self.client.item(&item.parse().unwrap()).await.unwrap()
    }

    /// Adds portions of a dish, or takes them away, once for each key.
    pub async fn restocks(&self, item: &str, delta: i64, key: &str) -> Answer {
        let body = json!({ "delta": delta, "reason": "scenario", "key": key });
        self.post(ServiceName::StockService, &format!("/stock/{item}/adjust"), &body).await
    }

    /// Returns the sum of a metric of a service over its labels; 0 if it was never counted.
    pub async fn metric(&self, service: ServiceName, name: &str) -> f64 {
        self.metrics(service).await.sum(name)
    }

    /// Fetches the metrics of a service.
    pub async fn metrics(&self, service: ServiceName) -> Metrics {
        Metrics::read(&self.get(service, "/metrics").await.is(200).body)
    }

    /// Starts or ends a chaos experiment.
    pub async fn orders_chaos(&self, service: ServiceName, body: &Value) -> Answer {
        self.post(service, "/chaos", body).await
    }

    /// Sets the status of a ticket.
    pub async fn sets(&self, ticket: &Ticket, status: OrderStatus) -> Answer {
        let body = SetStatus { status, expected_seq: ticket.seq };
        self.post(ServiceName::KitchenQueue, &format!("/tickets/{}/status", ticket.id), &body).await
    }

    /// Sets the status of the ticket with this number.
    pub async fn moves(&self, number: u32, to: OrderStatus) {
        let page = self.client.tickets(None, PAGE_SIZE, None).await.unwrap();
        let ticket = page.tickets.iter().find(|ticket| ticket.ticket == number).unwrap();
        self.sets(ticket, to).await.is(200);
    }

    /// Subscribes to the hub, and waits until the rooms are joined.
    pub async fn listens(&self) -> Recorder {
        let recorder = Recorder::start(&self.client);
        recorder.is_ready(0).await;
        recorder
    }
}

/// Fetches all orders of the user who is signed in, newest first.
///
/// # Errors
/// A page could not be fetched.
pub async fn all_orders(client: &Client) -> Result<Vec<OrderView>, Failure> {
    let mut page = client.orders(PAGE_SIZE, None).await?;
    let mut all = page.orders;
    while let Some(next) = page.next {
        page = client.orders(PAGE_SIZE, Some(&next)).await?;
        all.append(&mut page.orders);
    }
    Ok(all)
}

/// Sends a raw request, and reads the response to its end.
///
/// # Panics
/// There is no response.
pub async fn send(request: RequestBuilder) -> Answer {
    read(request.send().await.unwrap()).await.unwrap()
}

/// As [`send`], but returns `None` without a response.
pub async fn try_send(request: RequestBuilder) -> Option<Answer> {
    read(request.send().await.ok()?).await.ok()
}

async fn read(response: reqwest::Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, body: response.text().await? })
}
