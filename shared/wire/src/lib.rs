//! Types that travel between the services and their clients: ids, requests, responses, events, statuses, errors.
//!
//! The map of the crate:
//! - [`id`]: identifiers and quantities, each with its alphabet, length or range
//! - [`time`]: instants on the wire, to the millisecond
//! - [`role`]: the roles that access depends on
//! - [`status`]: the statuses of an order and the table of their changes
//! - [`order`]: placing an order, and reading it back
//! - [`message`]: the message from the gateway to the kitchen through the queue
//! - [`stock`]: the menu, stock levels, and reservations
//! - [`kitchen`]: tickets, the pick-up board, dead letters
//! - [`kiosk`]: accounts of kiosks, their sessions and heartbeats
//! - [`identity`]: signing in, users, the claims of a token
//! - [`named`]: enums with a name for each value, and values of later versions
//! - [`object`]: JSON objects, which are not read from lists
//! - [`event`]: events for sockets
//! - [`ops`]: health, chaos, the audit log, and the heartbeat of each replica
//! - [`trace`]: the position of a piece of work in a trace
//! - [`problem`]: errors, as RFC 9457 problem bodies with stable codes
//!
//! Parsing is the validation: every value of these types is valid. Nothing here does I/O, and all of it builds
//! for `wasm32-unknown-unknown`.

pub mod event;
pub mod id;
pub mod identity;
pub mod kiosk;
pub mod kitchen;
pub mod message;
pub mod named;
pub mod object;
pub mod ops;
pub mod order;
pub mod problem;
pub mod role;
pub mod status;
pub mod stock;
pub mod time;
pub mod trace;

pub use id::{ItemId, OrderId, OrderKey, Quantity, UserId};
pub use problem::{ErrorCode, FieldError, Problem};
pub use role::Role;
pub use status::OrderStatus;
pub use time::Time;
pub use trace::TraceContext;
