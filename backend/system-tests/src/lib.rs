//! What scenarios on the whole system are told with.
//!
//! The map of the crate:
//! - [`system`]: a system to tell them on: in this process, or the real program
//! - [`deployment`]: the distributed shape: processes, servers, proxies, replicas
//! - [`shape`]: scenarios that are told once and hold on both shapes
//! - [`people`]: students, staff, admins, and what each can do and see
//! - [`smoke`]: the smoke test of an installation, through its web
//! - [`regulars`]: students who go on ordering whatever happens, and what has to be true in the end
//! - [`tracker`]: what a student's client shows of their orders
//! - [`socket`]: a small Socket.IO client, so that people can hear
//! - [`stock`]: whether stock is conserved
//! - [`stored`]: whether anything is left to be done in the stores of a system that has stopped
//! - [`collector`]: where traces are sent, and what they say of an order
//! - [`trace`]: whether what was answered was on the disk before, told from a trace of system calls
//! - [`wait`]: waiting for a condition, with the last state in the message
//! - [`browser`]: real browsers, driven over WebDriver
//! - [`web`]: the web as it is deployed, a real Caddy
//! - [`load`]: the load generator of the benchmark
//!
//! The scenarios are in `tests/`, each told once; what differs between shapes is in [`system`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario that cannot go on has failed"
)]

pub mod browser;
pub mod collector;
pub mod deployment;
pub mod load;
pub mod people;
pub mod regulars;
pub mod shape;
pub mod smoke;
pub mod socket;
pub mod stock;
pub mod stored;
pub mod system;
pub mod trace;
pub mod tracker;
pub mod wait;
pub mod web;

/// A setting of the scenarios: 1 asks for the long numbers.
pub const FULL: &str = "CAFETERIA_TEST_FULL";

/// The other setting of the scenarios: where the pictures of the README are put; without it they are only looked at.
pub const PICTURES: &str = "CAFETERIA_TEST_PICTURES";

/// The setting that writes the record of `tests/recorded` anew; without it answers are compared with the record.
pub const RECORD: &str = "CAFETERIA_TEST_RECORD";

/// The folder that [`PICTURES`] names, seen from the top of the project.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn pictures_folder() -> Option<std::path::PathBuf> {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var(PICTURES).ok().map(|folder| top.join(folder))
}

/// Whether the long numbers are wanted: `cargo xtask test --full`.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn is_full() -> bool {
    std::env::var(FULL).is_ok_and(|value| value == "1")
}

/// Returns whether [`RECORD`] asks for a new record.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn is_recording() -> bool {
    std::env::var(RECORD).is_ok_and(|value| value == "1")
}

/// `long` in a full run, `short` otherwise.
pub fn short_or_long<T>(short: T, long: T) -> T {
    if is_full() { long } else { short }
}
