//! What the command line does, a file for each command.

pub mod backup;
pub mod healthcheck;
pub mod migrate;
pub mod secrets;
pub mod seed;
pub mod serve;
pub mod up;

use std::path::Path;

use service_kit::config::{self, Check as _};

use crate::settings::{ALIASES, FILE, Settings};

/// Reads the settings: the file that is named, or `cafeteria.toml` where there is one, and the environment.
///
/// # Errors
/// The first setting that is wrong, in one line.
pub fn settings(file: Option<&Path>) -> anyhow::Result<Settings> {
    let default = Path::new(FILE);
    let file = file.or_else(|| default.exists().then_some(default));
    Ok(config::load(file, ALIASES)?)
}

/// Looks at settings after the command line had its say.
///
/// # Errors
/// The first that is wrong, in one line.
pub fn checked(settings: Settings) -> anyhow::Result<Settings> {
    settings.check()?;
    Ok(settings)
}
