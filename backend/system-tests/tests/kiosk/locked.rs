//! Ways out of the page, all of them closed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use test_support::wait;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::counter::Counter;

/// Commands of the app.
const COMMANDS: [&str; 10] =
    ["start", "heartbeat", "report", "keys", "touch", "sign_in", "order", "finish", "staff", "leave_app"];

/// Calls a command, and passes on whether it was refused.
const CALL: &str = "const [command, done] = arguments;
    window.__TAURI_INTERNALS__.invoke(command, {}).then(() => done('allowed'), (error) => done(String(error)));";

/// Site on loopback that counts the connections on which it receives something. WebKit connects ahead of a navigation that
/// the app then refuses, and sends nothing.
struct ForeignSite {
    address: String,
    requests: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl ForeignSite {
    #[expect(clippy::disallowed_methods, reason = "a test's own, ended when the site is dropped")]
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let counter = Arc::clone(&counter);
                conversations.spawn(async move {
                    if stream.read(&mut [0; 16]).await.is_ok_and(|length| length > 0) {
                        counter.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { address, requests, serving }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Waits until it has counted a request of the test's own, which comes after all earlier ones.
    async fn counts_another(&self) {
        let before = self.requests();
        let address = self.address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        wait::until("the site to count a request", async || match self.requests() {
            now if now > before => Ok(()),
            now => Err(now),
        })
        .await;
    }
}

impl Drop for ForeignSite {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_leads_nowhere_and_may_call_nothing_else() {
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    let page = &visit.0;
    let address = page.run("return location.href", &[]).await.unwrap();
    let size = page.run("return [innerWidth, innerHeight]", &[]).await.unwrap();
    assert_eq!(size, json!([1080, 1920]), "the page fills the screen");
    // Navigation, new windows and frames.
    let foreign = ForeignSite::start().await;
    let site = foreign.address.clone();
    for script in [
        "location.href = arguments[0]",
        "window.open(arguments[0])",
        "const a = document.createElement('a'); a.href = arguments[0]; a.target = '_blank'; document.body.append(a); a.click(); a.remove()",
        "const a = document.createElement('a'); a.href = arguments[0]; a.download = 'x'; document.body.append(a); a.click(); a.remove()",
        "const f = document.createElement('iframe'); f.src = arguments[0]; document.body.append(f)",
        "const f = document.createElement('form'); f.action = arguments[0]; document.body.append(f); f.submit(); f.remove()",
        "const i = new Image(); i.src = arguments[0]",
        "navigator.sendBeacon(arguments[0])",
        "new WebSocket(arguments[0].replace('http', 'ws'))",
    ] {
        // What the page's rules forbid may throw as well.
        let _ = page.run(script, &[json!(site)]).await;
        visit.shows("attract").await;
        assert_eq!(page.run("return location.href", &[]).await.unwrap(), address, "{script}");
    }
    let fetched = "const done = arguments[1];
        fetch(arguments[0], { mode: 'no-cors' }).then(() => done('allowed'), () => done('refused'))";
    assert_eq!(page.run_async(fetched, &[json!(site)]).await.unwrap(), "refused", "the page has no network");
    foreign.counts_another().await;
    assert_eq!(foreign.requests(), 1, "nothing but the test's own request reaches a foreign site");
    // Commands of Tauri itself.
    for command in [
        "plugin:window|close",
        "plugin:window|set_fullscreen",
        "plugin:webview|create_webview_window",
        "plugin:event|listen",
        "plugin:app|version",
        "plugin:path|resolve_directory",
        "plugin:resources|close",
        "unknown",
    ] {
        let outcome = page.run_async(CALL, &[json!(command)]).await.unwrap();
        assert_ne!(outcome, "allowed", "{command}");
    }
    // Context menu, zoom, selection, drag, and the keys that browsers act on.
    let prevented = "const [type, init] = arguments;
        const kinds = { contextmenu: MouseEvent, wheel: WheelEvent, dragstart: DragEvent, selectstart: Event, keydown: KeyboardEvent };
        const event = new kinds[type](type, { bubbles: true, cancelable: true, ...init });
        document.querySelector('[data-test=kiosk]').dispatchEvent(event); return event.defaultPrevented";
    for (kind, init) in [
        ("contextmenu", json!({})),
        ("dragstart", json!({})),
        ("selectstart", json!({})),
        ("wheel", json!({ "ctrlKey": true })),
        ("keydown", json!({ "key": "F5" })),
        ("keydown", json!({ "key": "p", "ctrlKey": true })),
        ("keydown", json!({ "key": "Tab" })),
    ] {
        let outcome = page.run(prevented, &[json!(kind), init.clone()]).await.unwrap();
        assert_eq!(outcome, Value::Bool(true), "{kind} {init}");
    }
    let fields = "return document.querySelectorAll('input, textarea, select, [contenteditable]').length";
    assert_eq!(page.run(fields, &[]).await.unwrap(), 0);
    let stored = "return localStorage.length + sessionStorage.length + document.cookie.length";
    assert_eq!(page.run(stored, &[]).await.unwrap(), 0);
    visit.0.closes().await;
    counter.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_declared_registered_and_permitted_alike() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kiosk-app");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let (build, commands) = (read("build.rs"), read("src/commands.rs"));
    let capability: Value = serde_json::from_str(&read("capabilities/main.json")).unwrap();
    let permitted: Vec<_> = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> =
        COMMANDS.iter().map(|command| format!("allow-{}", command.replace('_', "-"))).collect();
    assert_eq!(permitted, expected);
    for command in COMMANDS {
        assert!(build.contains(&format!("\"{command}\"")), "{command} is not declared");
    }
    let registered = commands.matches("#[tauri::command]").count();
    assert_eq!(registered, COMMANDS.len());
    let page: std::collections::BTreeSet<_> =
        app::kiosk::COMMANDS.into_iter().chain(["start", "heartbeat", "report", "keys"]).collect();
    assert_eq!(page, COMMANDS.into_iter().collect(), "called by the page");
}
