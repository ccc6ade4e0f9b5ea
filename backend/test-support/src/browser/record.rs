//! Requests of a window, and errors on its console.

use std::collections::HashMap;

use serde_json::Value;

use super::driver::Session;

/// Loaded resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Address.
    pub url: String,
    /// Bytes on the wire, with headers and as they were compressed.
    pub bytes: u64,
}

/// Requests and errors since the window was opened.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Addresses of all requests and sockets.
    pub(super) asked: Vec<String>,
    /// Resources that were loaded completely.
    pub(super) loaded: Vec<Loaded>,
    /// Addresses of pending requests, by the browser's ids.
    underway: HashMap<String, String>,
    /// Errors on the console, except for responses of an API: pages show those to their users.
    pub(super) complaints: Vec<String>,
}

impl Record {
    /// Adds the new entries of the browser's logs.
    pub(super) async fn go_on(&mut self, session: &Session, site: &str) -> Result<(), String> {
        for entry in session.log("performance").await? {
            let text = entry["message"].as_str().unwrap_or_default();
            let event: Value = serde_json::from_str(text).unwrap_or_default();
            self.notes(&event["message"]);
        }
        let console = session.log("browser").await?;
        let errors = console.iter().filter(|entry| entry["level"] == "SEVERE");
        self.complaints.extend(errors.filter_map(|entry| complaint(entry, site)));
        Ok(())
    }

    fn notes(&mut self, event: &Value) {
        let about = &event["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = text(&about["request"]["url"]);
                self.asked.push(url.clone());
                self.underway.insert(text(&about["requestId"]), url);
            }
            Some("Network.webSocketCreated") => self.asked.push(text(&about["url"])),
            Some("Network.loadingFinished") => {
                if let Some(url) = self.underway.remove(&text(&about["requestId"])) {
                    let bytes = about["encodedDataLength"].as_f64().unwrap_or_default() as u64;
                    self.loaded.push(Loaded { url, bytes });
                }
            }
            _ => {}
        }
    }

    /// Returns the addresses of other sites.
    pub(super) fn elsewhere(&self, site: &str) -> Vec<&str> {
        let sockets = site.replacen("http", "ws", 1);
        let own = |url: &str| {
            let rest = url.strip_prefix(site).or_else(|| url.strip_prefix(&sockets));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Inline resources, and the empty tab of the browser.
        let within = |url: &str| {
            ["data:", "blob:", "about:", "chrome://"].iter().any(|scheme| url.starts_with(scheme))
        };
        self.asked.iter().map(String::as_str).filter(|url| !own(url) && !within(url)).collect()
    }
}

fn complaint(entry: &Value, site: &str) -> Option<String> {
    let text = entry["message"].as_str().unwrap_or_default();
    let of_an_answer = entry["source"] == "network" || text.contains("WebSocket connection to");
    let sockets = site.replacen("http", "ws", 1);
    let apis = [format!("{site}/api/"), format!("{site}/socket.io/"), format!("{sockets}/socket.io/")];
    let expected = of_an_answer && apis.iter().any(|api| text.contains(api.as_str()));
    (!expected).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SITE: &str = "http://127.0.0.1:3000";

    #[test]
    fn only_the_own_site_is_the_own_site() {
        let record = Record {
            asked: [
                "http://127.0.0.1:3000/",
                "ws://127.0.0.1:3000/socket.io/?EIO=4",
                "data:image/png;base64,",
                "http://127.0.0.1:30001/x",
                "https://fonts.example/a.woff2",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Record::default()
        };
        assert_eq!(record.elsewhere(SITE), ["http://127.0.0.1:30001/x", "https://fonts.example/a.woff2"]);
    }

    #[test]
    fn an_answer_of_an_api_is_no_complaint_and_anything_else_is() {
        let entry = |source: &str, message: &str| json!({ "source": source, "message": message });
        let refused = "http://127.0.0.1:3000/api/identity-provider/login - Failed to load resource: 401";
        assert_eq!(complaint(&entry("network", refused), SITE), None);
        assert!(complaint(&entry("network", "http://127.0.0.1:3000/assets/a.css - 404"), SITE).is_some());
        assert!(complaint(&entry("javascript", "panicked at shared/ui"), SITE).is_some());
    }
}
