//! Part of WebDriver that scenarios need. A session is a browser of its own, which shares nothing with others.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Key of an element in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Browser under remote control.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    url: String,
}

/// Element of a page, valid until the page renders it again.
#[derive(Debug)]
pub(super) struct Element(String);

impl Element {
    /// Returns the element in the result of a script.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(Self(value.get(ELEMENT)?.as_str()?.to_owned()))
    }

    /// Returns the argument for scripts and gestures.
    pub(super) fn handle(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

impl Session {
    /// Opens a browser.
    pub(super) async fn open(driver: &str, capabilities: &Value) -> Result<Self, String> {
        let client = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let session = Self { client, url: format!("{driver}/session") };
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = session.post("", &wanted).await?;
        let id = opened["sessionId"].as_str().ok_or_else(|| format!("no session: {opened}"))?;
        Ok(Self { url: format!("{}/{id}", session.url), ..session })
    }

    /// Sends a `GET` command.
    pub(super) async fn get(&self, path: &str) -> Result<Value, String> {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a `POST` command.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Closes the browser.
    pub(super) async fn close(&self) -> Result<Value, String> {
        self.ask(Method::DELETE, "", None).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| format!("the driver: {error}"))?;
        let good = answer.status().is_success();
        let mut answer: Value = answer.json().await.map_err(|error| format!("the driver: {error}"))?;
        let value = answer["value"].take();
        if good {
            return Ok(value);
        }
        let message = value["message"].as_str().unwrap_or_default();
        Err(format!("{}: {}", value["error"], message.lines().next().unwrap_or_default()))
    }

    /// Runs a script in the page, and returns what it returns.
    pub(super) async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments })).await
    }

    /// As [`Session::run`]; the script calls its last argument back.
    pub(super) async fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("/execute/async", &json!({ "script": script, "args": arguments })).await
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub(super) async fn command(&self, name: &str, parameters: &Value) -> Result<Value, String> {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters })).await
    }

    /// Sends a command for an element.
    pub(super) async fn tell(&self, element: &Element, what: &str, body: &Value) -> Result<Value, String> {
        self.post(&format!("/element/{}/{what}", element.0), body).await
    }

    /// Reads a property of an element.
    pub(super) async fn of(&self, element: &Element, what: &str) -> Result<Value, String> {
        self.get(&format!("/element/{}/{what}", element.0)).await
    }

    /// Returns the focused element.
    pub(super) async fn focused(&self) -> Result<Element, String> {
        let found = self.get("/element/active").await?;
        Element::of(&found).ok_or_else(|| "nothing has the focus".to_owned())
    }

    /// Returns the entries of a log since the last call.
    pub(super) async fn log(&self, kind: &str) -> Result<Vec<Value>, String> {
        match self.post("/se/log", &json!({ "type": kind })).await? {
            Value::Array(entries) => Ok(entries),
            other => Err(format!("no log: {other}")),
        }
    }
}
