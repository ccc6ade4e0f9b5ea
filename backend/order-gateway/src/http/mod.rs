//! What the gateway answers over HTTP, a file for each resource.

pub mod latency;
pub mod order;
pub mod orders;
