//! What the pages know, as pure state: no browser, no network, tested natively.
//!
//! - [`remote`]: something that is fetched
//! - [`prefs`]: language, appearance and sound
//! - [`menu`]: dishes, and what is left of them
//! - [`basket`]: what is to be ordered, under one key
//! - [`orders`]: a student's orders and where they are
//! - [`pickup`]: the pick-up board
//! - [`shop`]: all that a student's page knows
//! - [`tickets`], [`stock_table`]: what the kitchen cooks, and what it has
//! - [`beats`], [`figures`], [`alert`]: how the services are, how much they do, whether the gateway is slow
//! - [`console`]: all else that the console knows

pub mod alert;
pub mod basket;
pub mod beats;
pub mod console;
pub mod figures;
pub mod menu;
pub mod orders;
pub mod pickup;
pub mod prefs;
pub mod remote;
pub mod shop;
pub mod stock_table;
pub mod tickets;
