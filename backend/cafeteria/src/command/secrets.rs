//! `cafeteria secrets`: makes the secrets of a distributed installation.

use std::path::Path;

use crate::distributed::secrets::Secrets;

/// Writes them into the folder. Returns what to say.
///
/// # Errors
/// The folder cannot be written to, or secrets are there already.
pub fn run(folder: &Path, demo: bool, replace: bool) -> anyhow::Result<String> {
    let secrets = if demo { Secrets::demo() } else { Secrets::random() };
    secrets.write(folder, replace)?;
    let whose = if demo { "that everybody knows; production refuses them" } else { "that nobody knows yet" };
    Ok(format!("{} files with secrets {whose}, in {}", secrets.0.len(), folder.display()))
}
