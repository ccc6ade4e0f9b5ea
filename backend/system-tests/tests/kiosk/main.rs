//! The kiosk in a real window on a real server: what students and staff do at the counter, and what is left of them.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod counter;
mod figures;
mod leaving;
mod locked;
mod network;
mod orders;
mod pictures;
mod staff;
