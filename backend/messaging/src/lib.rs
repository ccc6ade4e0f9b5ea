//! How orders and news travel between the services: the ports, their conformance suites, the adapters.
//!
//! The map of the crate:
//! - [`queue`]: the port of the order queue, from the gateway to the kitchen: durable, confirmed, shared
//! - [`fanout`]: the port of the notification fan-out, from every service to every hub: bounded, at least once
//! - [`embedded`]: both on one machine: a queue on SQLite, a broadcast in the process
//! - [`rabbitmq`]: both between machines
//! - [`conformance`]: what every adapter of either must show, as functions that its tests call
//! - [`beats`]: each replica's statistics, once a second
//! - [`drills`]: a drill that is ordered at one replica reaches all of its service
//!
//! Invariant: an adapter decides nothing about orders; it carries bytes.

pub mod beats;
pub mod conformance;
pub mod drills;
pub mod embedded;
pub mod fanout;
mod figures;
pub mod queue;
pub mod rabbitmq;

pub use fanout::{Fanout, News, Subscription};
pub use queue::{Delivery, OrderConsumer, OrderQueue, PublishError, QueueError, QueueStats};
