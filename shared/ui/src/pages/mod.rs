//! Pages, one file each.
//!
//! - [`student`]: menu, basket, order tracking, order history
//! - [`admin`]: the console
//! - [`board`]: the pick-up board
//! - [`kiosk`]: the kiosk at the counter

pub mod admin;
pub mod asset;
pub mod board;
pub mod failure;
pub mod kiosk;
pub mod student;
