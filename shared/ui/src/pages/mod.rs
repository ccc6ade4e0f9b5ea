//! Pages, one file each.
//!
//! - [`student`]: menu, basket, order tracking, order history
//! - [`admin`]: the console
//! - [`board`]: the pick-up board

pub mod admin;
pub mod asset;
pub mod board;
pub mod failure;
pub mod student;
