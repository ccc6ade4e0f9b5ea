//! The rules of the kitchen, without I/O.

pub mod verdict;
