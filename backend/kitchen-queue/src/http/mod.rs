//! What the kitchen answers over HTTP, a file for each resource.

pub mod board;
pub mod dead_letters;
pub mod orders;
pub mod tickets;
