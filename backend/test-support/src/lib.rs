//! Helpers that the tests of several crates share.
//!
//! The map of the crate:
//! - [`servers`]: real PostgreSQL, Redis and RabbitMQ, and a proxy that cuts connections
//! - [`service`]: the context of one service under test
//! - [`tokens`]: tokens of people that the service under test trusts
//! - [`request`]: requests to a router in process, and their responses
//! - [`browser`]: real browsers, driven over WebDriver
//! - [`wait`]: waiting for a condition, with the last state in the message

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

pub mod browser;
pub mod request;
pub mod servers;
pub mod service;
pub mod tokens;
pub mod wait;
