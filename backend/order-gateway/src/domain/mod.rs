//! The rules of the front door, without I/O.

pub mod fingerprint;
pub mod latency;
