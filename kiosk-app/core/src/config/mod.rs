//! Configuration files, each fault with its file and line.
//!
//! The main file comes first, then the files `config.d/*.toml` beside it in the order of their names. A later value
//! replaces an earlier one. `kiosk-app/config.example.toml` documents every key.

mod check;
mod file;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use app::kiosk::{Language, Theme, Trouble};
use wire::{id::Username, identity::Secret};

use crate::{card::CardConfig, printer::PrinterConfig, receipt::Paper};

/// Most files in `config.d`.
const MAX_FILES: usize = 64;

/// Configuration of the kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Server.
    pub server: Server,
    /// Account of the kiosk.
    pub kiosk: Account,
    /// Staff.
    pub staff: StaffConfig,
    /// Screen.
    pub screen: ScreenConfig,
    /// Outbox.
    pub outbox: OutboxConfig,
    /// Printer.
    pub printer: PrinterConfig,
    /// Width of the printer's paper.
    pub paper: Paper,
    /// Card reader.
    pub card: CardConfig,
    /// Folder of the outbox, of its key and of the lock file.
    pub data_folder: PathBuf,
}

/// Server of the cafeteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Scheme, host and port, without a slash at the end.
    pub origin: String,
}

/// Account that the kiosk signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// User name.
    pub username: Username,
    /// Secret, shown once by the console.
    pub secret: Secret,
    /// Display name until the server has sent one.
    pub name: Option<String>,
}

/// Settings of the staff's screen.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffConfig {
    /// Argon2id hash of the PIN, as a PHC string.
    pub pin_hash: String,
}

impl fmt::Debug for StaffConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffConfig(***)")
    }
}

/// Settings of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreenConfig {
    /// Colours.
    pub theme: Theme,
    /// Language of the attract screen.
    pub language: Language,
    /// Seconds without a touch until the countdown, 15 to 600.
    pub idle_seconds: u32,
    /// Seconds of the countdown until everything of the student is wiped, 5 to 60.
    pub countdown_seconds: u32,
}

impl Default for ScreenConfig {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: Language::default(),
            idle_seconds: 45,
            countdown_seconds: 20,
        }
    }
}

/// Settings of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxConfig {
    /// Hours for which an order is kept and sent again, 1 to 48.
    pub keep_hours: u32,
}

/// Fault of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// File.
    pub file: PathBuf,
    /// Line, from 1, if the fault has one.
    pub line: Option<u32>,
    /// Fault, without the value of a secret.
    pub fault: String,
    /// Value that would be right.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; expected {}", self.fault, self.expected)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let Fault { file, line, fault, expected } = fault;
        Self::Configuration { file: file.display().to_string(), line, fault, expected }
    }
}

impl Config {
    /// Reads the main file and the files in `config.d` beside it.
    ///
    /// # Errors
    /// The first fault in the order of the files, then in the order of the checks.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let mut merged = file::Sections::read(path)?;
        let folder = path.with_file_name("config.d");
        for extra in file::list(&folder, MAX_FILES)? {
            merged.replace_by(file::Sections::read(&extra)?);
        }
        check::config(merged, path)
    }
}

/// Returns the folder of the data if none is configured.
fn default_data_folder(config: &Path) -> PathBuf {
    if cfg!(windows) {
        // The configuration is in %ProgramData%\Cafeteria Kiosk, and the data beside it.
        config.with_file_name("data")
    } else {
        PathBuf::from("/var/lib/cafeteria-kiosk")
    }
}
