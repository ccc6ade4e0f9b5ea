//! The client against a platform that does as a test says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ordering;
mod platform;
mod session;
