//! What travels between the services and their clients: ids, requests, responses, events, statuses, errors.
//!
//! The map of the crate:
//! - [`id`]: who and what is spoken of, each with its alphabet and length
//! - [`time`]: instants on the wire, to the millisecond
//! - [`role`]: who may do what
//! - [`status`]: the states of an order and the table of its changes
//! - [`order`]: placing an order, and reading it back
//! - [`message`]: what the gateway hands to the kitchen through the queue
//! - [`stock`]: the menu, what is left of it, and reservations
//! - [`kitchen`]: tickets, the pick-up board, dead letters
//! - [`identity`]: signing in, users, the claims of a token
//! - [`named`]: enums with a name for each value, and values of later versions
//! - [`object`]: objects, which are not read from lists
//! - [`event`]: what is pushed to sockets
//! - [`ops`]: health, chaos, the audit trail, each replica's beat
//! - [`trace`]: where a piece of work belongs in a trace
//! - [`problem`]: errors, as RFC 9457 problem bodies with stable codes
//!
//! Parsing is the validation: a value of these types is a valid one. Nothing here does I/O, and all of it builds
//! for `wasm32-unknown-unknown`.

pub mod event;
pub mod id;
pub mod identity;
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
