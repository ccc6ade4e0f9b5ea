//! Window and webview, with everything off that leads out of the page.

use std::{env, error::Error, path::PathBuf};

use kiosk_core::kiosk::Host;
use tauri::{
    App, AppHandle, Manager as _, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent,
    webview::NewWindowResponse, window::Color,
};

/// Label of the one window.
pub(crate) const LABEL: &str = "main";
/// Background until the page has drawn.
const PAPER: Color = Color(0xFB, 0xF8, 0xF3, 0xFF);
/// File in the runtime folder that says that staff have ended the app, so that the supervisor lets it rest.
const EXIT_MARK: &str = "exit";

/// Opens the window.
pub(crate) fn open(app: &App, data_folder: Option<PathBuf>, is_windowed: bool) -> Result<(), Box<dyn Error>> {
    let mut builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Cafeteria kiosk")
        .background_color(PAPER)
        .general_autofill_enabled(false)
        .zoom_hotkeys_enabled(false)
        .devtools(false)
        .disable_drag_drop_handler()
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false);
    if let Some(folder) = data_folder {
        builder = builder.data_directory(folder.join("webview"));
    }
    builder = if is_windowed {
        builder.inner_size(540.0, 960.0)
    } else {
        // A session without a window manager knows no full screen, only sizes.
        if let Some(monitor) = app.primary_monitor()? {
            let size = monitor.size().to_logical(monitor.scale_factor());
            builder = builder.inner_size(size.width, size.height).position(0.0, 0.0);
        }
        builder.fullscreen(true).decorations(false).resizable(false).always_on_top(true).skip_taskbar(true)
    };
    let window = builder.build()?;
    // Whatever an earlier run left.
    window.clear_all_browsing_data()?;
    if !is_windowed {
        window.set_cursor_visible(false)?;
        window.on_window_event(|event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
            }
        });
    }
    Ok(())
}

/// Returns whether an address is one of the embedded page.
fn is_own_page(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        _ => false,
    }
}

/// Window as the core sees it.
pub(crate) struct TauriHost(AppHandle);

impl TauriHost {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self(app)
    }
}

impl Host for TauriHost {
    fn wipe(&self) {
        if let Some(window) = self.0.get_webview_window(LABEL)
            && let Err(error) = window.clear_all_browsing_data()
        {
            tracing::error!(%error, "the webview's data is not cleared");
        }
    }

    fn exit(&self) {
        tracing::info!("staff end the app");
        if let Some(folder) = env::var_os("RUNTIME_DIRECTORY") {
            let mark = PathBuf::from(folder).join(EXIT_MARK);
            if let Err(error) = std::fs::write(&mark, "") {
                tracing::error!(%error, "the supervisor will start the app again");
            }
        }
        self.0.exit(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_embedded_page_is_opened() {
        let is_own = |url: &str| is_own_page(&url.parse().unwrap());
        assert!(is_own("tauri://localhost/index.html"));
        for foreign in [
            "https://example.org/",
            "http://localhost/",
            "tauri://example.org/",
            "file:///etc/passwd",
            "about:blank",
            "data:text/html,x",
            "javascript:void(0)",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
    }
}
