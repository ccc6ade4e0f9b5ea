//! Real browsers, driven over WebDriver.
//!
//! - `window`: a window, with the actions and observations of its user
//! - `record`: requests of a window, and errors on its console
//! - [`desktop`]: windows of desktop apps
//! - `driver`: the protocol
//!
//! The driver and its browsers end with the test, in any case.

pub mod desktop;
mod driver;
mod record;
mod window;

use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use self::driver::Session;
pub use self::{
    record::Loaded,
    window::{Key, Window},
};
use crate::{
    servers::{
        free_port,
        guard::{Guard, is_root, program},
    },
    wait,
};

const INSTALL: &str = "cargo xtask setup";

/// Returns the folder of the built pages.
///
/// # Panics
/// They are not built.
pub fn pages() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/web");
    assert!(folder.join("index.html").is_file(), "build the pages first: cargo xtask web");
    folder.canonicalize().unwrap()
}

/// Returns the script of axe-core, which checks the accessibility of a page.
///
/// # Panics
/// It is not installed.
pub fn axe() -> String {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ui/web/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).unwrap_or_else(|_| panic!("axe-core is not installed: {INSTALL}"))
}

/// Device of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// Height of the page in CSS pixels.
    pub height: u32,
    /// True for a phone.
    pub is_phone: bool,
    /// True if it prefers dark colours.
    pub is_dark: bool,
    /// Preferred language.
    pub language: &'static str,
}

impl Device {
    /// Phone.
    pub const PHONE: Self =
        Self { width: 390, height: 844, is_phone: true, is_dark: false, language: "en-US" };
    /// Laptop.
    pub const DESKTOP: Self = Self { width: 1366, height: 768, is_phone: false, ..Self::PHONE };
    /// Screen on a wall.
    pub const WALL: Self = Self { width: 1920, height: 1080, ..Self::DESKTOP };

    /// Returns the same device in its dark scheme.
    #[must_use]
    pub fn in_the_dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

/// Chromium and its driver. All windows close when it is dropped.
#[derive(Debug)]
pub struct Browser {
    guard: Guard,
    driver: String,
    folder: TempDir,
}

impl Browser {
    /// Starts the driver.
    ///
    /// # Panics
    /// It is not installed.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("browser-").unwrap();
        let (driver, port) = (program(&["chromedriver"], INSTALL), free_port());
        let home = folder.path().to_str().unwrap();
        let port_argument = format!("--port={port}");
        let command = [driver.as_str(), &port_argument];
        let guard = Guard::start(&command, &[("HOME", home), ("TMPDIR", home)], folder.path());
        let browser = Self { guard, driver: format!("http://127.0.0.1:{port}"), folder };
        let client = reqwest::Client::new();
        wait::until("the driver of the browser", async || {
            let answer = client.get(format!("{}/status", browser.driver)).send().await;
            answer.map(drop).map_err(|error| format!("{error}; {}", browser.guard.last_words()))
        })
        .await;
        browser
    }

    /// Opens a window on a device, for a site such as `http://127.0.0.1:3000`. It shares nothing with other windows.
    ///
    /// # Panics
    /// It does not open.
    pub async fn window(&self, device: Device, site: &str) -> Window {
        let profile = TempDir::with_prefix_in("profile-", self.folder.path()).unwrap();
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-default-apps".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-extensions".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-renderer-backgrounding".to_owned(),
            "--disable-background-timer-throttling".to_owned(),
            "--disable-backgrounding-occluded-windows".to_owned(),
            "--force-prefers-reduced-motion".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--mute-audio".to_owned(),
            "--no-first-run".to_owned(),
            format!("--lang={}", device.language),
            format!("--window-size={},{}", device.width, device.height),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "intl.accept_languages": device.language },
                "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let opened = Session::open(&self.driver, &capabilities).await;
        let session = opened.unwrap_or_else(|why| panic!("no browser: {why}; {}", self.guard.last_words()));
        let window = Window::new(session, site, profile);
        window.dresses_as(device).await;
        window
    }
}
