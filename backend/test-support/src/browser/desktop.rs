//! Windows of desktop apps on a screen in memory, driven over WebDriver.
//!
//! WebKitWebDriver starts the app and drives its webview. Each app has a screen and a driver of its own, since a driver
//! has one session.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    INSTALL,
    driver::{Element, Session},
};
use crate::{
    servers::{
        free_port,
        guard::{Guard, program},
    },
    wait,
};

/// Finds the elements that match a selector, can be seen, and contain a text.
const FIND: &str = "const [selector, text] = arguments;
    return [...document.querySelectorAll(selector)].filter((it) =>
        it.getClientRects().length > 0 && it.innerText.includes(text));";

/// Brings an element into the middle of what scrolls it. The driver's own way fails where scrolling is smooth.
const BRING: &str = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";

/// Lets a pixel change until the next screenshot: WebKit's driver waits for a repaint of a page that stands still.
const STIR: &str = "const id = '__stir'; let it = document.getElementById(id);
    if (!it) { it = document.createElement('i'); it.id = id; it.style.cssText =
        'position:fixed;right:0;bottom:0;width:1px;height:1px;z-index:9;pointer-events:none';
        document.documentElement.append(it);
        let on = false; const stir = () => { on = !on; it.style.opacity = on ? '0.99' : '0.98';
            if (it.isConnected) setTimeout(stir, 50); }; stir(); }";

/// Screen in memory. Its size cannot change.
#[derive(Debug)]
pub struct Screen {
    _server: Guard,
    display: String,
    size: (u32, u32),
    folder: TempDir,
}

impl Screen {
    /// Starts a screen of `width` × `height` pixels.
    ///
    /// # Panics
    /// Xvfb is not installed, or does not start.
    pub async fn start(width: u32, height: u32) -> Self {
        let folder = TempDir::with_prefix("screen-").unwrap();
        let size = format!("{width}x{height}x24");
        let server = program(&["Xvfb"], INSTALL);
        // It chooses a free display, and writes its number to standard output.
        let command = [&server, "-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-noreset"];
        let server = Guard::start(&command, &[], folder.path());
        let display = wait::until("the number of the display", async || {
            let words = server.last_words();
            let number = words.lines().find_map(|line| line.trim().parse::<u32>().ok());
            number.ok_or(words)
        })
        .await;
        Self { _server: server, display: format!(":{display}"), size: (width, height), folder }
    }

    /// Returns its width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Opens an app on it.
    ///
    /// # Panics
    /// It does not open.
    pub async fn open(&self, binary: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> App {
        let home = TempDir::with_prefix_in("home-", self.folder.path()).unwrap();
        let home_path = home.path().to_str().unwrap().to_owned();
        let (driver, port) = (program(&["WebKitWebDriver"], INSTALL), free_port());
        let port_argument = format!("--port={port}");
        let mut variables = vec![
            ("HOME", home_path.as_str()),
            ("TMPDIR", &home_path),
            ("XDG_RUNTIME_DIR", &home_path),
            ("DISPLAY", &self.display),
            ("GDK_BACKEND", "x11"),
            ("TAURI_WEBVIEW_AUTOMATION", "true"),
            ("LC_ALL", "C.UTF-8"),
        ];
        variables.extend_from_slice(environment);
        let guard = Guard::start(&[&driver, &port_argument], &variables, home.path());
        let address = format!("http://127.0.0.1:{port}");
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": binary, "args": arguments }
        });
        let session = wait::until("a session of the app", async || {
            Session::open(&address, &capabilities)
                .await
                .map_err(|error| format!("{error}; {}", guard.last_words()))
        })
        .await;
        App { session, driver: guard, binary: binary.to_owned(), _home: home }
    }
}

/// Running app with its window. It ends when this is dropped.
#[derive(Debug)]
pub struct App {
    session: Session,
    driver: Guard,
    binary: PathBuf,
    _home: TempDir,
}

impl App {
    /// Runs a script in the page, and returns what it returns.
    ///
    /// # Errors
    /// The page or its driver does not answer.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.session.run(script, arguments).await
    }

    /// As [`App::run`]; the script calls its last argument back.
    ///
    /// # Errors
    /// The page or its driver does not answer.
    pub async fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.session.run_async(script, arguments).await
    }

    async fn find(&self, selector: &str, text: &str) -> Result<Vec<Value>, String> {
        match self.run(FIND, &[json!(selector), json!(text)]).await? {
            Value::Array(found) => Ok(found),
            other => Err(format!("no elements: {other}")),
        }
    }

    /// Waits until an element matches `selector` and contains `text`, and touches the first one.
    ///
    /// # Panics
    /// There is none in time, or something covers it.
    pub async fn touches(&self, selector: &str, text: &str) {
        self.until(&format!("a touch of {selector} with “{text}”"), async || {
            let found = self.find(selector, text).await?;
            let first = found.first().ok_or("it is not there")?;
            let element = Element::of(first).ok_or("it is no element")?;
            self.run(BRING, std::slice::from_ref(first)).await?;
            self.session.tell(&element, "click", &json!({})).await.map(drop)
        })
        .await;
    }

    /// Waits until an element matches `selector` and contains `text`.
    ///
    /// # Panics
    /// There is none in time.
    pub async fn sees(&self, selector: &str, text: &str) {
        self.until(&format!("{selector} with “{text}”"), async || {
            match self.find(selector, text).await? {
                found if found.is_empty() => Err("it is not there".to_owned()),
                _ => Ok(()),
            }
        })
        .await;
    }

    /// Waits until no element matches `selector`.
    ///
    /// # Panics
    /// There still is one after the time limit.
    pub async fn sees_no(&self, selector: &str) {
        self.until(&format!("no {selector}"), async || match self.find(selector, "").await? {
            found if found.is_empty() => Ok(()),
            found => Err(format!("{} are there", found.len())),
        })
        .await;
    }

    /// Waits for a condition on the page. The message of a failure contains the page.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
        wait::until(what, async || match look().await {
            Ok(found) => Ok(found),
            Err(why) => {
                let text = self.run("return document.body.innerText", &[]).await;
                Err(format!("{why}\n  the page says: {text:?}\n  the log says: {}", self.log()))
            }
        })
        .await
    }

    /// Returns the end of the log of the app and its driver.
    pub fn log(&self) -> String {
        self.driver.last_words()
    }

    /// Returns a picture of the page, as PNG.
    ///
    /// # Panics
    /// The driver makes none.
    pub async fn picture(&self) -> Vec<u8> {
        self.run(STIR, &[]).await.unwrap();
        let picture = self.session.get("/screenshot").await.unwrap();
        self.run("document.getElementById('__stir').remove()", &[]).await.unwrap();
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Returns the ids of the processes of the app: its own first, then those of its webview.
    pub fn processes(&self) -> Vec<u32> {
        let own = children(self.driver.pid())
            .into_iter()
            .find(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == self.binary));
        let mut all: Vec<_> = own.into_iter().collect();
        let mut next = 0;
        while next < all.len() {
            all.extend(children(all[next]));
            next += 1;
        }
        all
    }

    /// Returns the memory of all its processes, in bytes: the private part, and the share of what others use too (PSS).
    pub fn memory(&self) -> u64 {
        self.processes().into_iter().filter_map(proportional_set_size).sum()
    }

    /// Kills the app (SIGKILL), and waits until it is gone.
    ///
    /// # Panics
    /// It does not run.
    pub async fn is_killed(&self) {
        let processes = self.processes();
        let Some(own) = processes.first() else { panic!("the app does not run") };
        let killed = std::process::Command::new("kill").args(["-KILL", &own.to_string()]).status().unwrap();
        assert!(killed.success());
        self.is_gone().await;
    }

    /// Waits until the app has ended.
    pub async fn is_gone(&self) {
        wait::until("the end of the app", async || match self.processes().first() {
            Some(pid) => Err(format!("{pid} still runs; {}", self.log())),
            None => Ok(()),
        })
        .await;
    }

    /// Closes the window.
    pub async fn closes(self) {
        // Where the app has ended already, the driver says so.
        let _ = self.session.close().await;
    }
}

fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn proportional_set_size(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
