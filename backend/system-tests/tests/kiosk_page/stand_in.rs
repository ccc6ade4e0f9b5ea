//! Server of the page's files, and the page in a window with the stand-in for its app.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use app::{
    kiosk::{Action, Push, Snapshot},
    kiosk_samples,
};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::Response,
};
use serde_json::{Value, json};
use test_support::browser::{Browser, Device, Window};
use tower_http::services::ServeDir;

const STAND_IN: &str = include_str!("stand_in.js");
/// Policy of the app; see `kiosk-app/tauri.conf.json`.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self' ipc: http://ipc.localhost; base-uri 'none'; \
     form-action 'none'";

/// Upright panel.
pub(crate) const UPRIGHT: Device = Device { width: 1080, height: 1920, ..Device::DESKTOP };
/// Lying panel.
pub(crate) const LYING: Device = Device { width: 1920, height: 1080, ..Device::DESKTOP };

/// Server of the page and a browser.
pub(crate) struct Panel {
    site: String,
    browser: Browser,
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kiosk-app/dist");
    assert!(folder.join("assets").is_dir(), "build the pages first: cargo xtask web");
    folder.canonicalize().unwrap()
}

impl Panel {
    /// Starts both. The server ends with the test.
    #[expect(clippy::disallowed_methods, reason = "the task ends with the runtime of the test")]
    pub(crate) async fn start() -> Self {
        let with_policy = |mut response: Response| async {
            let policy = HeaderValue::from_static(POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        };
        let pages = Router::new()
            .fallback_service(ServeDir::new(folder()))
            .layer(axum::middleware::map_response(with_policy));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, pages).await.unwrap() });
        Self { site, browser: Browser::start().await }
    }

    /// Opens the page, and waits until it has asked for its first snapshot.
    pub(crate) async fn page(&self, device: Device) -> Page {
        let window = self.browser.window(device, &self.site).await;
        window.prepares(STAND_IN).await;
        window.goes_to("/").await;
        let page = Page { window, seq: AtomicU64::new(1) };
        page.has_sent("start", |args| args["channel"].as_str().unwrap().starts_with("__CHANNEL__:")).await;
        page.push(&Push::Menu { dishes: kiosk_samples::dishes() }).await;
        page
    }
}

/// The page in a window.
pub(crate) struct Page {
    pub(crate) window: Window,
    seq: AtomicU64,
}

impl Page {
    /// Pushes a message of the core.
    pub(crate) async fn push(&self, push: &Push) {
        self.run(&format!("push({})", json!(push))).await;
    }

    /// Runs a statement in the page.
    pub(crate) async fn run(&self, statement: &str) -> Value {
        self.window.works_out(&format!("const done = arguments[0]; done({statement});")).await
    }

    /// Returns the push of a snapshot with the next sequence number.
    pub(crate) fn push_of(&self, snapshot: &Snapshot) -> Push {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed);
        Push::Snapshot(Box::new(Snapshot { seq, ..snapshot.clone() }))
    }

    /// Pushes a snapshot and waits until its screen is drawn.
    pub(crate) async fn shows(&self, snapshot: &Snapshot) {
        self.push(&self.push_of(snapshot)).await;
        let name = serde_json::to_value(&snapshot.screen).unwrap()["name"].as_str().unwrap().to_owned();
        // `outOfOrder` is `out-of-order` on the page.
        let name: String = name
            .chars()
            .flat_map(|c| if c.is_uppercase() { vec!['-', c.to_ascii_lowercase()] } else { vec![c] })
            .collect();
        let reach = if snapshot.low_reach { "low" } else { "full" };
        self.window.reads(&format!(".kiosk[data-screen='{name}'][data-reach='{reach}']")).await;
    }

    /// Pushes a sample.
    pub(crate) async fn shows_sample(&self, name: &str) {
        let all = kiosk_samples::all();
        let (_, snapshot) = all.iter().find(|(known, _)| *known == name).unwrap();
        self.shows(snapshot).await;
    }

    /// Touches an element.
    pub(crate) async fn touches(&self, selector: &str) {
        let found = self.run(&format!("document.querySelectorAll(`{selector}`).length")).await;
        assert_eq!(found, 1, "{selector}");
        self.window.clicks(selector).await;
    }

    /// Waits until the page has sent a command with such arguments, and forgets all that it has sent.
    pub(crate) async fn has_sent(&self, command: &str, fits: impl Fn(&Value) -> bool) {
        self.window
            .until(&format!("the command {command}"), async || {
                let sent = self.run("window.sent").await;
                let all = sent.as_array().unwrap();
                if all.iter().any(|sent| sent["command"] == command && fits(&sent["args"])) {
                    Ok(())
                } else {
                    Err(format!("it has sent {sent}"))
                }
            })
            .await;
        self.run("window.sent.length = 0").await;
    }

    /// Waits until the page has sent an action with its command.
    pub(crate) async fn has_done(&self, action: &Action) {
        let wanted = json!({ "action": action });
        self.has_sent(action.command(), |args| *args == wanted).await;
    }
}
