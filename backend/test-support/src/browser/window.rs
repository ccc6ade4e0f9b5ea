//! Window of a browser, with the actions and observations of its user.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::{
    Device, axe,
    driver::{Element, Session},
    record::{Loaded, Record},
};
use crate::wait;

/// Script that finds elements of a page.
const PAGE: &str = include_str!("page.js");
const BUTTONS: &str = "button, a[href], [role=button], [role=link]";
const FIELDS: &str = "input, textarea, select";

/// Script that runs axe with the rules of WCAG 2.2, levels A and AA, and its best practices, and returns the violations.
const JUDGE: &str = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(
    ({ violations, passes }) => done({ passes: passes.length, violations: violations.map(({ id, help, nodes }) =>
        ({ id, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html}: ${failureSummary}`) })) }),
    (error) => done({ error: String(error) }));";

/// Presses the key Control, until [`RELEASED`].
const CONTROL: char = '\u{e009}';
/// Releases all keys.
const RELEASED: char = '\u{e000}';

/// Key of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Next element.
    Tab,
    /// Submit.
    Enter,
    /// Cancel.
    Escape,
    /// Press.
    Space,
}

impl Key {
    fn code(self) -> char {
        match self {
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Escape => '\u{e00c}',
            Self::Space => ' ',
        }
    }
}

/// Window with a profile of its own.
#[derive(Debug)]
pub struct Window {
    session: Session,
    site: String,
    record: Mutex<Record>,
    _profile: TempDir,
}

/// Content of the screen, for the message of a failed scenario.
struct Seen {
    why: String,
    url: String,
    text: String,
    complaints: Vec<String>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { why, url, text, complaints } = self;
        write!(f, "{why}\n  at {url}\n  the page says: {text}\n  the console says: {complaints:#?}")
    }
}

impl Window {
    pub(super) fn new(session: Session, site: &str, profile: TempDir) -> Self {
        Self { session, site: site.to_owned(), record: Mutex::default(), _profile: profile }
    }

    /// Waits for a condition on the page. The message of a failure contains the page.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
        wait::until(what, async || match look().await {
            Ok(found) => Ok(found),
            Err(why) => Err(self.seen(why).await),
        })
        .await
    }

    async fn seen(&self, why: String) -> Seen {
        let look = self.page("look", &[]).await.unwrap_or_else(|error| json!({ "text": error }));
        let mut record = self.record.lock().await;
        let complaints = match record.go_on(&self.session, &self.site).await {
            Ok(()) => record.complaints.clone(),
            Err(error) => vec![error],
        };
        let text = |name: &str| look[name].as_str().unwrap_or_default().to_owned();
        Seen { why, url: text("url"), text: text("text"), complaints }
    }

    async fn page(&self, task: &str, arguments: &[Value]) -> Result<Value, String> {
        let mut all = vec![json!(task)];
        all.extend_from_slice(arguments);
        self.session.run(PAGE, &all).await
    }

    async fn asks(&self, task: &str, arguments: &[Value]) -> Value {
        self.until(&format!("an answer to {task}"), async || self.page(task, arguments).await).await
    }

    /// Opens a page of the site, as by typing its address.
    pub async fn goes_to(&self, path: &str) {
        self.does("/url", json!({ "url": format!("{}{path}", self.site) })).await;
    }

    /// Loads the page again.
    pub async fn reloads(&self) {
        self.does("/refresh", json!({})).await;
    }

    /// Goes back in the history.
    pub async fn goes_back(&self) {
        self.does("/back", json!({})).await;
    }

    async fn does(&self, path: &str, body: Value) -> Value {
        let done = self.session.post(path, &body).await;
        match done {
            Ok(value) => value,
            Err(why) => panic!("{path} {body}: {:?}", self.seen(why).await),
        }
    }

    /// Returns the path of the page.
    pub async fn path(&self) -> String {
        let url = self.asks("look", &[]).await["url"].as_str().unwrap().to_owned();
        url.strip_prefix(&self.site).unwrap_or(&url).to_owned()
    }

    /// Returns the title of the page.
    pub async fn title(&self) -> String {
        self.asks("look", &[]).await["title"].as_str().unwrap().to_owned()
    }

    /// Waits until the page contains a text.
    pub async fn sees(&self, words: &str) {
        self.sees_in("body", words).await;
    }

    /// Waits until the page does not contain a text.
    pub async fn sees_no(&self, words: &str) {
        self.sees_no_in("body", words).await;
    }

    /// Waits until a part of the page does not contain a text.
    pub async fn sees_no_in(&self, part: &str, words: &str) {
        self.until(&format!("“{words}” to go from {part}"), async || {
            let text = self.page("words", &[json!(part)]).await?;
            match text.as_str() {
                Some(text) if !text.contains(words) => Ok(()),
                _ => Err("it is there".to_owned()),
            }
        })
        .await;
    }

    /// Waits until a part of the page contains a text.
    pub async fn sees_in(&self, part: &str, words: &str) {
        self.until(&format!("“{words}” in {part}"), async || {
            let text = self.page("words", &[json!(part)]).await?;
            match text.as_str() {
                Some(text) if text.contains(words) => Ok(()),
                text => Err(format!("{part} says {text:?}")),
            }
        })
        .await;
    }

    /// Waits for a part of the page, and returns its text.
    pub async fn reads(&self, part: &str) -> String {
        self.until(part, async || {
            let text = self.page("words", &[json!(part)]).await?;
            text.as_str().map(str::to_owned).ok_or_else(|| format!("no {part}"))
        })
        .await
    }

    /// Returns the number of such parts that are shown now.
    pub async fn counts(&self, part: &str) -> u64 {
        self.asks("count", &[json!(part)]).await.as_u64().unwrap()
    }

    /// Waits until no such part is shown.
    pub async fn has_no(&self, part: &str) {
        self.until(&format!("{part} to go"), async || {
            let count = self.page("count", &[json!(part)]).await?;
            if count == 0 { Ok(()) } else { Err(format!("there are {count}")) }
        })
        .await;
    }

    /// Returns an attribute of a part.
    pub async fn attribute(&self, part: &str, name: &str) -> Option<String> {
        self.asks("attribute", &[json!(part), json!(name)]).await.as_str().map(str::to_owned)
    }

    /// Returns a length in the style of a part, in CSS pixels.
    pub async fn pixels(&self, part: &str, property: &str) -> f64 {
        let value = self.asks("style", &[json!(part), json!(property)]).await;
        let value = value.as_str().and_then(|value| value.strip_suffix("px")?.parse().ok());
        value.unwrap_or_else(|| panic!("{part} has no {property} in pixels"))
    }

    /// Returns the value stored on the device under a name.
    pub async fn keeps(&self, name: &str) -> Option<String> {
        self.asks("kept", &[json!(name)]).await.as_str().map(str::to_owned)
    }

    /// Returns the pixels by which the page is wider than the window, and the elements that are.
    pub async fn overhang(&self) -> (i64, String) {
        let found = self.asks("overhang", &[]).await;
        (found["beyond"].as_i64().unwrap(), found["what"].to_string())
    }

    /// Presses the button or link of this name.
    pub async fn presses(&self, name: &str) {
        self.presses_in("", name).await;
    }

    /// As [`Window::presses`], in a part of the page.
    pub async fn presses_in(&self, part: &str, name: &str) {
        self.until(&format!("the button “{name}” {part}"), async || {
            let button = self.find(BUTTONS, name, part).await?;
            self.session.tell(&button, "click", &json!({})).await
        })
        .await;
    }

    /// Double-clicks a button.
    pub async fn presses_twice(&self, name: &str) {
        self.until(&format!("the button “{name}”"), async || {
            let button = self.find(BUTTONS, name, "").await?;
            let (down, up) =
                (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
            let there =
                json!({ "type": "pointerMove", "x": 0, "y": 0, "duration": 0, "origin": button.handle() });
            let gesture = json!({ "actions": [
                { "type": "pointer", "id": "hand", "parameters": { "pointerType": "mouse" },
                  "actions": [there, down, up, down, up] },
            ] });
            self.session.post("/actions", &gesture).await
        })
        .await;
    }

    /// Touches the element that a selector names, in its middle.
    pub async fn clicks(&self, selector: &str) {
        self.holds(selector, 0).await;
    }

    /// Touches the element that a selector names for so many milliseconds.
    pub async fn holds(&self, selector: &str, duration_ms: u64) {
        const FIND: &str = "const found = document.querySelector(arguments[0]); \
            found?.scrollIntoView({ block: 'nearest', behavior: 'instant' }); return found";
        self.until(selector, async || {
            let found = self.session.run(FIND, &[json!(selector)]).await?;
            let element = Element::of(&found).ok_or_else(|| format!("no {selector}"))?;
            let there =
                json!({ "type": "pointerMove", "x": 0, "y": 0, "duration": 0, "origin": element.handle() });
            let gesture = json!({ "actions": [
                { "type": "pointer", "id": "hand", "parameters": { "pointerType": "mouse" }, "actions": [
                    there,
                    { "type": "pointerDown", "button": 0 },
                    { "type": "pause", "duration": duration_ms },
                    { "type": "pointerUp", "button": 0 },
                ] },
            ] });
            self.session.post("/actions", &gesture).await
        })
        .await;
    }

    /// Scrolls to the top of the page.
    pub async fn scrolls_up(&self) {
        self.session.run("scrollTo({ top: 0, behavior: 'instant' })", &[]).await.unwrap();
    }

    /// Replaces the content of a field.
    pub async fn fills(&self, label: &str, text: &str) {
        self.until(&format!("the field “{label}”"), async || {
            let field = self.find(FIELDS, label, "").await?;
            // Selects all, and types over it.
            self.session
                .tell(&field, "value", &json!({ "text": format!("{CONTROL}a{RELEASED}{text}") }))
                .await?;
            let filled = self.session.of(&field, "property/value").await?;
            if filled == text { Ok(()) } else { Err(format!("it says {filled}")) }
        })
        .await;
    }

    /// Selects an option of a list.
    pub async fn chooses(&self, label: &str, name: &str) {
        self.until(&format!("“{name}” in the list “{label}”"), async || {
            let list = self.find("select", label, "").await?;
            let option = self.page("option", &[list.handle(), json!(name)]).await?;
            let option = Element::of(&option).ok_or_else(|| format!("no “{name}”"))?;
            self.session.tell(&option, "click", &json!({})).await
        })
        .await;
    }

    /// Finds the element of a kind and name. Its accessible name, as screen readers use it, must be the same.
    async fn find(&self, kind: &str, name: &str, part: &str) -> Result<Element, String> {
        let answer = self.page("find", &[json!(kind), json!(name), json!(part)]).await?;
        let Some(found) = Element::of(&answer["found"]) else {
            return Err(format!("there are {}", answer["there"]));
        };
        let label = self.session.of(&found, "computedlabel").await?;
        let label = label.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if label.contains(name) {
            Ok(found)
        } else {
            Err(format!("it is called “{label}” to screen readers"))
        }
    }

    /// Presses a key.
    pub async fn strikes(&self, key: Key) {
        let value = key.code();
        let keys = [json!({ "type": "keyDown", "value": value }), json!({ "type": "keyUp", "value": value })];
        self.does("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }))
            .await;
    }

    /// Types into the focused element.
    pub async fn types(&self, text: &str) {
        self.until("the focus", async || {
            let focused = self.session.focused().await?;
            self.session.tell(&focused, "value", &json!({ "text": text })).await
        })
        .await;
    }

    /// Returns accessible name and role of the focused element, as in `Sign in, button`.
    pub async fn focus(&self) -> String {
        self.until("the focus", async || {
            let focused = self.session.focused().await?;
            let said = [
                self.session.of(&focused, "computedlabel").await?,
                self.session.of(&focused, "computedrole").await?,
            ];
            let said = said.map(|word| {
                word.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
            });
            Ok(said.join(", "))
        })
        .await
    }

    /// Presses Tab until the element of this name and role has the focus. Returns the elements in between.
    ///
    /// # Panics
    /// It is not reached.
    pub async fn tabs_to(&self, wanted: &str) -> Vec<String> {
        let mut passed = Vec::new();
        while passed.len() < 80 {
            self.strikes(Key::Tab).await;
            let focus = self.focus().await;
            if focus == wanted {
                return passed;
            }
            passed.push(focus);
        }
        panic!("{wanted} is not reached by Tab: {passed:#?}");
    }

    /// Opens another tab, and switches to it. Returns the tab before.
    pub async fn opens_tab(&self, device: Device) -> Tab {
        let here = self.session.get("/window").await.unwrap();
        let opened = self.does("/window/new", json!({ "type": "tab" })).await;
        self.does("/window", json!({ "handle": opened["handle"] })).await;
        self.dresses_as(device).await;
        Tab(here)
    }

    /// Switches to another tab. Returns the tab before.
    pub async fn turns_to(&self, tab: Tab) -> Tab {
        let here = self.session.get("/window").await.unwrap();
        self.does("/window", json!({ "handle": tab.0 })).await;
        Tab(here)
    }

    /// Sends a command of the Chrome DevTools Protocol.
    ///
    /// # Panics
    /// It is refused.
    pub async fn command(&self, name: &str, parameters: Value) -> Value {
        self.session.command(name, &parameters).await.unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// Sets size and colour scheme to those of a device.
    pub async fn dresses_as(&self, device: Device) {
        let size = json!({
            "width": device.width, "height": device.height, "deviceScaleFactor": 1, "mobile": device.is_phone,
        });
        self.command("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if device.is_dark { "dark" } else { "light" };
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.command("Emulation.setEmulatedMedia", media).await;
    }

    /// Takes the network away.
    pub async fn loses_the_network(&self) {
        self.network(true).await;
    }

    /// Restores the network.
    pub async fn finds_the_network(&self) {
        self.network(false).await;
    }

    async fn network(&self, offline: bool) {
        self.command("Network.enable", json!({})).await;
        let conditions =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.command("Network.emulateNetworkConditions", conditions).await;
    }

    /// Runs a script in every page from now on, before the page's own.
    pub async fn prepares(&self, script: &str) {
        self.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Blocks requests to addresses of these patterns. An empty list unblocks all.
    pub async fn is_kept_from(&self, patterns: &[&str]) {
        self.command("Network.enable", json!({})).await;
        self.command("Network.setBlockedURLs", json!({ "urls": patterns })).await;
    }

    /// Takes a screenshot, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let taken = self.command("Page.captureScreenshot", json!({ "format": "png" })).await;
        STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()
    }

    /// Asserts that axe finds no violation on the page.
    ///
    /// # Panics
    /// It finds one.
    pub async fn is_for_everybody(&self, page: &str) {
        if self.session.run("return typeof axe", &[]).await.unwrap() == "undefined" {
            self.session.run(&axe(), &[]).await.unwrap();
        }
        let found = self.session.run_async(JUDGE, &[]).await.unwrap();
        assert!(found["passes"].as_u64() > Some(5), "{page}: axe has looked at nothing: {found:#}");
        assert_eq!(found["violations"], json!([]), "{page}: {found:#}");
    }

    /// Returns the addresses of all requests of the window.
    pub async fn has_asked_for(&self) -> Vec<String> {
        let mut record = self.record.lock().await;
        record.go_on(&self.session, &self.site).await.unwrap();
        record.asked.clone()
    }

    /// Returns all resources that the window has loaded.
    pub async fn has_loaded(&self) -> Vec<Loaded> {
        let mut record = self.record.lock().await;
        record.go_on(&self.session, &self.site).await.unwrap();
        record.loaded.clone()
    }

    /// Runs a script in the page until it calls its last argument, and returns the value of that call.
    ///
    /// # Panics
    /// It does not call back.
    pub async fn works_out(&self, script: &str) -> Value {
        self.session.run_async(script, &[]).await.unwrap_or_else(|why| panic!("{script}: {why}"))
    }

    /// Closes the window, and asserts that all resources came from the site, and that the console has no errors.
    ///
    /// # Panics
    /// A resource came from elsewhere, or the console has an error.
    pub async fn closes(self) {
        let mut record = self.record.into_inner();
        record.go_on(&self.session, &self.site).await.unwrap();
        assert!(!record.asked.is_empty(), "the window was used");
        assert_eq!(record.elsewhere(&self.site), Vec::<&str>::new(), "something came from elsewhere");
        assert_eq!(record.complaints, Vec::<String>::new(), "the console of a page");
        self.session.close().await.unwrap();
    }
}

/// Tab of a window.
#[derive(Debug)]
pub struct Tab(Value);
