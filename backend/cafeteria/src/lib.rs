//! The `cafeteria` program as a library: settings, both shapes, the commands.
//!
//! The map of the crate:
//! - [`settings`]: everything that can be set, in one typed structure
//! - [`single`]: the whole system in one process, each service supervised
//! - [`distributed`]: one service as a process of its own, on PostgreSQL, Redis and RabbitMQ
//! - [`start`]: what both shapes do before a service serves
//! - [`command`]: what the command line does
//!
//! Invariant: the only crate that knows all services, and the only place where adapters are chosen.

pub mod command;
pub mod distributed;
pub mod settings;
pub mod single;
pub mod start;
