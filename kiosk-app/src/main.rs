//! Window of the kiosk: full screen, locked down, around `kiosk-core`.
//!
//! Map of the crate:
//! - [`commands`]: commands of the page, one line each
//! - [`window`]: window and webview, with everything off that leads out of the page
//! - [`watchdog`]: end of the app when the page is frozen or dead; the supervisor starts it again
//! - [`environment`]: variables that WebKitGTK reads at its start

mod commands;
mod environment;
mod watchdog;
mod window;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Parser;
use kiosk_core::{
    config::Config,
    kiosk::{AppInfo, Kiosk},
};
use tauri::Manager as _;
use tracing_subscriber::EnvFilter;
use wire::identity::Secret;

/// Overwrites what is freed, so that nothing of a student stays in the memory of this process.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Kiosk of the cafeteria: students order at the counter.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Arguments {
    /// Configuration; files of the folder `config.d` beside it come on top, sorted by name.
    #[arg(long, env = "CAFETERIA_KIOSK_CONFIG", default_value_os_t = default_config())]
    config: PathBuf,
    /// Runs in a window of 540×960 instead of the full screen, for a look at a desk.
    #[arg(long)]
    windowed: bool,
    /// Checks the configuration, says what is wrong with it, and ends.
    #[arg(long)]
    check: bool,
    /// Reads a new staff PIN from standard input, and prints its hash for `staff.pin_hash` of the configuration.
    #[arg(long)]
    hash_pin: bool,
}

const AFTER_HELP: &str = "The app ends with status 70 when its page is frozen, and with status 0 after the staff's \
    exit; a supervisor starts it again after the first and not after the second. Set RUST_LOG=debug for more log lines.";

#[cfg(unix)]
fn default_config() -> PathBuf {
    PathBuf::from("/etc/cafeteria-kiosk/config.toml")
}

#[cfg(windows)]
fn default_config() -> PathBuf {
    let folder = std::env::var_os("ProgramData").unwrap_or_else(|| "C:\\ProgramData".into());
    PathBuf::from(folder).join("Cafeteria Kiosk").join("config.toml")
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.hash_pin {
        return hash_pin();
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = Config::load(&arguments.config);
    if arguments.check {
        return check(config);
    }
    if let Err(error) = environment::prepare() {
        tracing::warn!(%error, "the environment of the webview is not prepared");
    }
    if let Err(fault) = &config {
        tracing::error!(%fault, "the configuration cannot be used");
    }
    match run(config, arguments.windowed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the answer of a command line")]
fn check(config: Result<Config, kiosk_core::config::Fault>) -> ExitCode {
    match config {
        Ok(_) => {
            println!("The configuration is right.");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the answer of a command line")]
fn hash_pin() -> ExitCode {
    let mut line = String::new();
    eprintln!("Type the new PIN, then Enter:");
    let hash = match std::io::stdin().read_line(&mut line) {
        Ok(_) => kiosk_core::pin::hash_pin(&Secret(line)).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match hash {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Result<Config, kiosk_core::config::Fault>, is_windowed: bool) -> tauri::Result<()> {
    let webview = tauri::webview_version().unwrap_or_else(|_| "unknown".to_owned());
    let engine = if cfg!(windows) { "WebView2" } else { "WebKitGTK" };
    let info =
        AppInfo { version: env!("CARGO_PKG_VERSION").to_owned(), webview: format!("{engine} {webview}") };
    let data_folder = config.as_ref().ok().map(|config| config.data_folder.clone());
    tauri::Builder::default()
        .plugin(tauri_plugin_prevent_default::init())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            let handle = app.handle().clone();
            let host = Arc::new(window::TauriHost::new(handle.clone()));
            let kiosk = {
                let _runtime = tauri::async_runtime::handle().inner().enter();
                Kiosk::start(config, info, host)
            };
            app.manage(kiosk);
            app.manage(watchdog::Watchdog::start(handle));
            window::open(app, data_folder, is_windowed)?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
