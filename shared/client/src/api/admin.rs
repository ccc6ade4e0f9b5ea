//! What admins do: users, health, drills, the audit trail, dead letters.

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
use crate::error::Failure;

/// The media type of an import.
const CSV: &str = "text/csv";
/// How long a file of 8 MiB may take to arrive.
const IMPORT_DEADLINE: Duration = Duration::from_secs(60);

impl Client {
    /// A page of users by user name: `limit` of them, 1 to 200, those whose name begins with `prefix`.
    ///
    /// # Errors
    /// No good answer.
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
        self.get(ServiceName::IdentityProvider, &path).await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// `taken`, `invalid` with the fields, or no good answer.
    pub async fn create_user(&self, user: &CreateUser) -> Result<User, Failure> {
        self.send(&self.ask("POST", ServiceName::IdentityProvider, "/users").json(user)).await?.read()
    }

    /// Changes a user.
    ///
    /// # Errors
    /// `conflict` when the last admin would be gone, `invalid` with the fields, or no good answer.
    pub async fn change_user(&self, user: UserId, change: &ChangeUser) -> Result<User, Failure> {
        let path = format!("/users/{user}");
        self.send(&self.ask("PATCH", ServiceName::IdentityProvider, &path).json(change)).await?.read()
    }

    /// Starts making users from a CSV file with the header `username,name,role,password` (or `…,password_hash`).
    ///
    /// # Errors
    /// `invalid` when it is no such file, `body_too_large` above 8 MiB, or no good answer.
    pub async fn import_users(&self, csv: String) -> Result<ImportJob, Failure> {
        let mut ask = self.ask("POST", ServiceName::IdentityProvider, "/users/import");
        ask.body = Some((CSV, csv));
        ask.deadline = IMPORT_DEADLINE;
        self.send(&ask).await?.read()
    }

    /// How far an import is.
    ///
    /// # Errors
    /// `not_found`, or no good answer.
    pub async fn import(&self, job: Uuid) -> Result<ImportJob, Failure> {
        self.get(ServiceName::IdentityProvider, &format!("/users/import/{job}")).await
    }

    /// The messages that the kitchen could not read.
    ///
    /// # Errors
    /// No good answer.
    pub async fn dead_letters(&self) -> Result<DeadLetters, Failure> {
        self.get(ServiceName::KitchenQueue, "/dead-letters").await
    }

    /// Puts such a message back into the queue.
    ///
    /// # Errors
    /// `not_found`, or no good answer.
    pub async fn redrive(&self, letter: i64) -> Result<(), Failure> {
        let path = format!("/dead-letters/{letter}/redrive");
        self.send(&self.ask("POST", ServiceName::KitchenQueue, &path)).await.map(drop)
    }

    /// A page of a service's audit trail, newest first.
    ///
    /// # Errors
    /// No good answer.
    pub async fn audit(&self, service: ServiceName, before: Option<i64>) -> Result<AuditPage, Failure> {
        let path = before.map_or_else(|| "/audit".to_owned(), |before| format!("/audit?before={before}"));
        self.get(service, &path).await
    }

    /// How a service is, also when that is not well.
    ///
    /// # Errors
    /// It does not say.
    pub async fn health(&self, service: ServiceName) -> Result<HealthReport, Failure> {
        let answer = self.send_raw(&self.ask("GET", service, "/health")).await?;
        // One that is not well says so with a 503 and the same report.
        match answer.read() {
            Ok(report) => Ok(report),
            Err(unreadable) => Err(answer.or_problem().err().unwrap_or(unreadable)),
        }
    }

    /// The drill that is on at a service, if any.
    ///
    /// # Errors
    /// No good answer.
    pub async fn chaos(&self, service: ServiceName) -> Result<ChaosState, Failure> {
        self.get(service, "/chaos").await
    }

    /// Starts or ends a drill.
    ///
    /// # Errors
    /// `forbidden` where drills are switched off, `invalid` with the fields, or no good answer.
    pub async fn set_chaos(&self, service: ServiceName, chaos: &SetChaos) -> Result<ChaosState, Failure> {
        self.send(&self.ask("POST", service, "/chaos").json(chaos)).await?.read()
    }

    /// How long orders took lately, at one of the gateways.
    ///
    /// # Errors
    /// No good answer.
    pub async fn latency_stats(&self) -> Result<LatencyStats, Failure> {
        self.get_public(ServiceName::OrderGateway, "/latency-stats").await
    }
}
