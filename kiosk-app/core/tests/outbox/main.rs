//! The outbox against what a counter does to it: kills, power cuts, full disks, and servers that die.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod fixture;
mod replay;
mod sender;

#[cfg(target_os = "linux")]
mod cuts;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod kills;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod trace;
