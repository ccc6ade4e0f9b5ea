//! Variables that WebKitGTK and GTK read at their start.
//!
//! Changing the environment of a running process is unsafe, so the app replaces itself once by itself with the variables
//! set. Each of them can be overridden by setting it.

use std::io;

/// Marks that the variables are set.
#[cfg(target_os = "linux")]
const PREPARED: &str = "CAFETERIA_KIOSK_PREPARED";

/// Variables and values.
#[cfg(target_os = "linux")]
const VARIABLES: [(&str, &str); 5] = [
    // Half the memory, and no blank windows without a GPU.
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    // A desktop portal that is installed and cannot start holds GTK up for 25 s.
    ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"),
    ("GTK_USE_PORTAL", "0"),
    // Snapshots pass through the memory of WebKit, which is to be overwritten when it is freed like our own: WebKit takes
    // the allocator of the system, and that one fills freed memory.
    ("Malloc", "1"),
    ("MALLOC_PERTURB_", "85"),
];

/// Sets the variables, and starts the app anew where one was missing.
///
/// # Errors
/// The app cannot be started anew.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() -> io::Result<()> {
    use std::{env, os::unix::process::CommandExt as _, process::Command};

    if env::var_os(PREPARED).is_some() {
        return Ok(());
    }
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1)).env(PREPARED, "1");
    for (name, value) in VARIABLES {
        // The bus is left out always: a session of a desktop sets it, and the kiosk needs none.
        if name == "DBUS_SESSION_BUS_ADDRESS" || env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    // Returns only if it fails.
    Err(command.exec())
}

/// Does nothing: `WebView2` needs no variables.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() -> io::Result<()> {
    Ok(())
}
