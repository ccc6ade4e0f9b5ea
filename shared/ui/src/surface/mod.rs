//! What is mounted on a page as a whole.

pub mod admin;
pub mod board;
pub mod student;
