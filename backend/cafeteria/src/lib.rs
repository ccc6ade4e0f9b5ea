//! The `cafeteria` program as a library: settings, the single-process shape, the commands.
//!
//! The map of the crate:
//! - [`settings`]: everything that can be set, in one typed structure
//! - [`single`]: the whole system in one process, each service supervised
//! - [`command`]: what the command line does
//!
//! Invariant: the only crate that knows all services, and the only place where adapters are chosen.

pub mod command;
pub mod settings;
pub mod single;
