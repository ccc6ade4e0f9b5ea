//! State and commands of the pages without a user interface.
//!
//! The map of the crate:
//! - [`session`]: the signed-in user and the connection, shared by everything below
//! - [`shop`]: a student's menu, basket and orders
//! - [`console`]: tickets, stock and the stats of the services, for staff and admins
//! - [`pickup`]: the pick-up board
//! - [`format`](mod@format): numbers, money and times in both languages
//! - [`kiosk`]: snapshots and actions of the kiosk; `kiosk_samples` (feature `samples`): one of every state
//! - [`merge`]: snapshots kept current by events; [`remote`]: values that are fetched
//! - [`store`]: observable state; [`device`]: the surroundings of a page or program
//! - [`menu`], [`basket`], [`orders`], [`tickets`], [`stats`], [`charts`], [`latency_alert`]: the parts of the state
//!
//! State is plain data with methods that take what happened, without I/O. [`session::Session`], [`shop::Shop`],
//! [`console::Console`] and [`pickup::PickupBoard`] keep a state each, change it by commands, and keep it current while
//! their [`Running`] guard lives. All of it runs in browsers and in plain programs.

pub mod basket;
pub mod charts;
pub mod console;
pub mod device;
pub mod format;
pub mod kiosk;
#[cfg(feature = "samples")]
pub mod kiosk_samples;
pub mod latency_alert;
pub mod menu;
pub mod merge;
pub mod orders;
pub mod pickup;
pub mod remote;
mod running;
pub mod session;
pub mod shop;
pub mod stats;
pub mod store;
pub mod tickets;

#[cfg(test)]
mod samples;

pub use device::{Device, MemoryDevice};
pub use running::Running;
pub use store::Store;
