//! Waiting for a condition, as every test does it.

pub use test_support::wait::{pass, until, until_within};
