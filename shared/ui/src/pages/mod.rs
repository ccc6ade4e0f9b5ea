//! One file for each page.
//!
//! - [`student`]: menu, basket, tracker, history
//! - [`admin`]: the console
//! - [`board`]: the pick-up board

pub mod admin;
pub mod asset;
pub mod board;
pub mod failure;
pub mod student;
