//! The gateway's router in process, against ports that can be full, away or hanging.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gateway;
mod order;
mod orders;
