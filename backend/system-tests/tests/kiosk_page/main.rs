//! The kiosk's page in a real browser, without its app: a script stands in for Tauri's IPC.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod actions;
mod looks;
mod stand_in;
