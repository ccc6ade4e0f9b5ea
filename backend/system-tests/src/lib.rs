//! Scenarios on the whole system, and the fixtures that they share.
//!
//! The map of the crate:
//! - [`system`]: a system in this process, and the real program as a process of its own
//! - [`deployment`]: the distributed shape: processes, servers, proxies, replicas
//! - [`shape`]: scenarios that run on both shapes
//! - [`people`]: students, staff and admins
//! - [`smoke`]: the smoke test of an installation, through its web
//! - [`metrics`]: metrics of a service
//! - [`recorder`]: events that a client receives, in their order
//! - [`regulars`]: students who go on ordering whatever happens, and the promises that hold in the end
//! - [`tracker`]: the orders that a student's client shows
//! - [`stock`]: conservation of stock
//! - [`stored`]: unfinished work in the stores of a system that has stopped
//! - [`wait`]: waiting for a condition, with the last state in the message
//!
//! The scenarios are in `tests/`. The difference between the shapes is in [`shape`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario that cannot go on has failed"
)]

pub mod deployment;
pub mod metrics;
pub mod people;
pub mod recorder;
pub mod regulars;
pub mod shape;
pub mod smoke;
pub mod stock;
pub mod stored;
pub mod system;
pub mod tracker;
pub mod wait;

/// Setting of the scenarios: 1 asks for the long numbers.
pub const FULL: &str = "CAFETERIA_TEST_FULL";

/// Setting of the scenarios: folder for the pictures of the README. Without it, the pictures are taken and not kept.
pub const PICTURES: &str = "CAFETERIA_TEST_PICTURES";

/// Setting of the scenarios: 1 writes the record of `tests/recorded` again. Without it, responses are compared with the
/// record.
pub const RECORD: &str = "CAFETERIA_TEST_RECORD";

/// Returns the folder that [`PICTURES`] names, relative to the top of the project.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn pictures_folder() -> Option<std::path::PathBuf> {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var(PICTURES).ok().map(|folder| top.join(folder))
}

/// Returns whether the long numbers are wanted: `cargo xtask test --full`.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn is_full() -> bool {
    std::env::var(FULL).is_ok_and(|value| value == "1")
}

/// Returns whether [`RECORD`] asks for a new record.
#[expect(clippy::disallowed_methods, reason = "a setting of the scenarios")]
pub fn is_recording() -> bool {
    std::env::var(RECORD).is_ok_and(|value| value == "1")
}

/// Returns `long` in a full run, `short` otherwise.
pub fn short_or_long<T>(short: T, long: T) -> T {
    if is_full() { long } else { short }
}
