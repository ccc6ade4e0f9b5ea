//! The client against a fake platform.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod carried;
mod ordering;
mod platform;
mod session;
