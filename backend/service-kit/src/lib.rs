//! What every service is made with.
//!
//! The map of the crate:
//! - [`clock`], [`secret`], [`random`]: time, identifiers and randomness, passed in
//! - [`config`]: layered settings with one-line start-up errors
//! - [`logs`]: JSON or human logs
//! - [`telemetry`]: traces across services, and their export
//! - [`tasks`]: a service's tasks, and their end: soft, then hard
//! - [`service`]: the context that a service is handed, with everything below in it
//! - [`metrics`], [`health`], [`chaos`], [`audit`]: what operators see and do
//! - [`token`], [`keys`]: tokens of people and of services, and the keys that verify them
//! - [`hints`]: the port of stock hints, and its adapter within the process
//! - [`http`]: routes with their access, the frame around every request, the server with its limits
//! - [`breaker`]: calls to a dependency that does not answer are refused at once
//! - [`backoff`]: growing delays between attempts
//! - [`files`]: files that are written whole or not at all
//! - [`peer`]: calls to another service
//! - [`batcher`]: many requests, one commit
//! - [`sqlite`], [`postgres`]: opening a database the one safe way
//! - [`redis`]: the connection to what only hints
//!
//! Invariant: nothing here knows an order or a ticket, nor of a dish more than its hint.

pub mod audit;
pub mod backoff;
pub mod batcher;
pub mod breaker;
pub mod chaos;
pub mod clock;
pub mod config;
pub mod files;
pub mod health;
pub mod hints;
pub mod http;
pub mod keys;
pub mod logs;
pub mod metrics;
pub mod peer;
pub mod postgres;
pub mod random;
pub mod redis;
pub mod secret;
pub mod service;
pub mod sqlite;
pub mod tasks;
pub mod telemetry;
pub mod token;

pub use clock::Clock;
pub use service::Service;
pub use tasks::Tasks;
