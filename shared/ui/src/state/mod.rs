//! What the pages know, as pure state: no browser, no network, tested natively.
//!
//! - [`remote`]: something that is fetched
//! - [`prefs`]: language, appearance and sound
//! - [`menu`]: dishes, and what is left of them
//! - [`basket`]: what is to be ordered, under one key
//! - [`orders`]: a student's orders and where they are
//! - [`pickup`]: the pick-up board
//! - [`shop`]: all that a student's page knows

pub mod basket;
pub mod menu;
pub mod orders;
pub mod pickup;
pub mod prefs;
pub mod remote;
pub mod shop;
