//! Declares the commands of the page, so that each needs a permission, and makes sure of a page to embed.

use std::{fs, io, path::Path};

/// Commands of the page; a test compares them with those that are registered and called.
const COMMANDS: &[&str] =
    &["start", "heartbeat", "report", "keys", "touch", "sign_in", "order", "finish", "staff", "leave_app"];

/// Page that is embedded until `cargo xtask web` has built the real one.
const PLACEHOLDER: &str = "<!doctype html><meta charset=\"utf-8\"><title>Kiosk</title>\
    <p>The page of the kiosk is not built: run <code>cargo xtask web</code>, then build the app again.</p>\n";

fn main() -> io::Result<()> {
    let page = Path::new("dist/index.html");
    if !page.exists() {
        fs::create_dir_all("dist")?;
        fs::write(page, PLACEHOLDER)?;
    }
    println!("cargo:rerun-if-changed=dist");
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    tauri_build::try_build(attributes).map_err(io::Error::other)
}
