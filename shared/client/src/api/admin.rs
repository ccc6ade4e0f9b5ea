//! Calls of admins: users, health, chaos, the audit log, dead letters.

use std::time::Duration;

use uuid::Uuid;
use wire::{
    UserId,
    id::Username,
    identity::{ChangeUser, CreateUser, ImportJob, User, UserPage},
    kitchen::DeadLetters,
    ops::{AuditPage, ChaosState, HealthReport, ServiceName, SetChaos},
    order::LatencyStats,
};

use super::{Client, encoded};
use crate::{
    error::Failure,
    transport::{Body, Method, Request},
};

/// Deadline for the upload of a file of 8 MiB.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(60);

impl Client {
    /// Fetches a page of users by user name: `limit` of them, 1 to 200, whose name begins with `prefix`.
    ///
    /// # Errors
    /// The request failed.
    pub async fn users(
        &self,
        limit: u32,
        after: Option<&Username>,
        prefix: &str,
    ) -> Result<UserPage, Failure> {
        let mut path = format!("/users?limit={limit}");
        if let Some(after) = after {
            path += &format!("&after={}", encoded(after.as_str()));
        }
        if !prefix.is_empty() {
            path += &format!("&q={}", encoded(prefix));
        }
        self.get(ServiceName::IdentityProvider, path).await
    }

    /// Creates a user.
    ///
    /// # Errors
    /// `taken`, `invalid` with the fields, or the request failed.
    pub async fn create_user(&self, user: &CreateUser) -> Result<User, Failure> {
        self.send(Request::new(Method::Post, ServiceName::IdentityProvider, "/users").json(user))
            .await?
            .read()
    }

    /// Changes a user.
    ///
    /// # Errors
    /// `conflict` if no admin would be left, `invalid` with the fields, or the request failed.
    pub async fn change_user(&self, user: UserId, change: &ChangeUser) -> Result<User, Failure> {
        let path = format!("/users/{user}");
        self.send(Request::new(Method::Patch, ServiceName::IdentityProvider, path).json(change)).await?.read()
    }

    /// Starts the import of users from a CSV file with the header `username,name,role,password` (or
    /// `…,password_hash`).
    ///
    /// # Errors
    /// `invalid` if the file is no such CSV, `body_too_large` above 8 MiB, or the request failed.
    pub async fn import_users(&self, csv: String) -> Result<ImportJob, Failure> {
        let mut request = Request::new(Method::Post, ServiceName::IdentityProvider, "/users/import");
        request.body = Some(Body::Csv(csv));
        self.send(request.timeout(IMPORT_TIMEOUT)).await?.read()
    }

    /// Fetches the progress of an import.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn import(&self, job: Uuid) -> Result<ImportJob, Failure> {
        self.get(ServiceName::IdentityProvider, format!("/users/import/{job}")).await
    }

    /// Fetches the messages that the kitchen could not read.
    ///
    /// # Errors
    /// The request failed.
    pub async fn dead_letters(&self) -> Result<DeadLetters, Failure> {
        self.get(ServiceName::KitchenQueue, "/dead-letters").await
    }

    /// Returns a dead letter to the queue.
    ///
    /// # Errors
    /// `not_found`, or the request failed.
    pub async fn redrive(&self, dead_letter: i64) -> Result<(), Failure> {
        let path = format!("/dead-letters/{dead_letter}/redrive");
        self.send(Request::new(Method::Post, ServiceName::KitchenQueue, path)).await.map(drop)
    }

    /// Fetches a page of a service's audit log, newest first.
    ///
    /// # Errors
    /// The request failed.
    pub async fn audit(&self, service: ServiceName, before: Option<i64>) -> Result<AuditPage, Failure> {
        let path = before.map_or_else(|| "/audit".to_owned(), |before| format!("/audit?before={before}"));
        self.get(service, path).await
    }

    /// Fetches the health of a service, healthy or not.
    ///
    /// # Errors
    /// The service did not report it.
    pub async fn health(&self, service: ServiceName) -> Result<HealthReport, Failure> {
        let response = self.exchange(&Request::new(Method::Get, service, "/health"), None).await?;
        // An unhealthy service sends the same report with a 503.
        match response.read() {
            Ok(report) => Ok(report),
            Err(unreadable) => Err(response.or_problem().err().unwrap_or(unreadable)),
        }
    }

    /// Fetches the chaos experiment of a service, if any runs.
    ///
    /// # Errors
    /// The request failed.
    pub async fn chaos(&self, service: ServiceName) -> Result<ChaosState, Failure> {
        self.get(service, "/chaos").await
    }

    /// Starts or ends a chaos experiment.
    ///
    /// # Errors
    /// `forbidden` where chaos is switched off, `invalid` with the fields, or the request failed.
    pub async fn set_chaos(&self, service: ServiceName, chaos: &SetChaos) -> Result<ChaosState, Failure> {
        self.send(Request::new(Method::Post, service, "/chaos").json(chaos)).await?.read()
    }

    /// Fetches the recent latency of orders at one of the gateways.
    ///
    /// # Errors
    /// The request failed.
    pub async fn latency_stats(&self) -> Result<LatencyStats, Failure> {
        self.get_public(ServiceName::OrderGateway, "/latency-stats").await
    }
}
