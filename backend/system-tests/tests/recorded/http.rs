//! Requests over plain HTTP, and the parts of their responses that are compared.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Client, header::HeaderMap, redirect::Policy};
use serde_json::{Map, Value, json};
use system_tests::shape::System;
use wire::ops::ServiceName;

use crate::record::Step;

/// Deadline of one request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Response headers that clients rely on.
const HEADERS: [&str; 11] = [
    "allow",
    "cache-control",
    "content-type",
    "etag",
    "idempotent-replayed",
    "location",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
    "x-content-type-options",
];

/// A request, ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    method: reqwest::Method,
    /// Service it goes to.
    pub(crate) service: ServiceName,
    /// Path and query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// Makes the request of a step; `expand` fills in placeholders.
    pub(crate) fn of(step: &Step, line: &str, expand: &dyn Fn(&str) -> String) -> Self {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().unwrap_or_else(|| panic!("{line}: must be METHOD service /path"));
        let (method, service, path) = (part(), part(), part());
        let service = service_named(service).unwrap_or_else(|| panic!("{line}: no such service"));
        let mut headers: Vec<_> =
            step.headers.iter().map(|(name, value)| (name.clone(), expand(value))).collect();
        if let Some(token) = &step.caller {
            headers.push(("authorization".to_owned(), format!("Bearer {}", expand(&format!("<{token}>")))));
        }
        let mut body = step.text.as_ref().map(|text| expand(text).into_bytes());
        if let Some(value) = &step.json {
            if !step.headers.contains_key("content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            body = Some(expand(&value.to_string()).into_bytes());
        }
        if let Some(digits) = &step.hex {
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            body = Some((0..digits.len()).step_by(2).map(byte).collect());
        }
        if step.padding > 0 {
            let bytes = body.get_or_insert_default();
            bytes.resize(bytes.len() + step.padding, b' ');
        }
        Self { method: method.parse().unwrap(), service, path: expand(path), headers, body }
    }

    /// Sends it and returns status, headers and body as they are compared.
    pub(crate) async fn send(&self, system: &System, view: Option<&str>) -> Value {
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build().unwrap();
        let mut request =
            client.request(self.method.clone(), format!("{}{}", system.url(self.service), self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = self.compared(response.headers());
        let text = response.text().await.unwrap();
        let mut response = json!({ "status": status, "headers": headers });
        if let Some(body) = body(view, &headers, &text) {
            response["body"] = body;
        }
        response
    }

    fn compared(&self, headers: &HeaderMap) -> Map<String, Value> {
        // An identifier is compared where the request brought its own.
        let echoed = self.headers.iter().any(|(name, _)| name == "x-request-id").then_some("x-request-id");
        let mut compared = Map::new();
        for name in HEADERS.into_iter().chain(echoed) {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            if !values.is_empty() {
                compared.insert(name.to_owned(), json!(values.join(" | ")));
            }
        }
        compared
    }
}

/// Returns the service of that name.
pub(crate) fn service_named(name: &str) -> Option<ServiceName> {
    ServiceName::ALL.into_iter().find(|service| service.as_str() == name)
}

fn body(view: Option<&str>, headers: &Map<String, Value>, text: &str) -> Option<Value> {
    let media_type = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    match view {
        _ if text.is_empty() => None,
        Some("metrics") => Some(metrics(text)),
        // Pings come at any time.
        Some("engine.io") => Some(text.split('\u{1e}').filter(|text| *text != "2").map(packet).collect()),
        Some("openapi") => {
            let mut page = serde_json::from_str(text).unwrap();
            without_prose(&mut page);
            Some(page)
        }
        None if media_type.contains("json") => Some(
            serde_json::from_str(text)
                .unwrap_or_else(|error| json!({ "not JSON": text, "error": error.to_string() })),
        ),
        None => Some(json!(text)),
        Some(other) => panic!("{other}: no such view"),
    }
}

/// Splits a packet of Engine.IO into its digits and its JSON.
pub(crate) fn packet(text: &str) -> Value {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (digits, data) = text.split_at(digits);
    match serde_json::from_str::<Value>(data) {
        Ok(data) => json!({ "packet": digits, "data": data }),
        Err(_) => json!({ "packet": digits, "text": data }),
    }
}

/// Returns the type of each metric and the names of its labels, without any value.
fn metrics(text: &str) -> Value {
    let mut found = BTreeMap::<String, (String, Vec<String>)>::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap_or((declared, ""));
            current = name.to_owned();
            found.insert(current.clone(), (kind.to_owned(), Vec::new()));
        } else if let Some((_, labels)) = line.split_once('{').filter(|_| !line.starts_with('#'))
            && let Some((_, known)) = found.get_mut(&current)
        {
            for name in labels_of(labels) {
                if name != "le" && !known.contains(&name) {
                    known.push(name);
                }
            }
        }
    }
    let described = found.into_iter().map(|(name, (kind, mut labels))| {
        labels.sort();
        (name, json!(if labels.is_empty() { kind } else { format!("{kind} by {}", labels.join(", ")) }))
    });
    Value::Object(described.collect())
}

/// Reads the names out of `method="GET",route="/stock/{id}"} 7`.
fn labels_of(mut text: &str) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        names.push(name.trim_start_matches(',').to_owned());
        let mut escaped = false;
        let end = rest.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        text = end.map_or("", |end| &rest[end + 1..]);
        if text.starts_with('}') {
            break;
        }
    }
    names
}

/// Removes texts for people from an OpenAPI page.
fn without_prose(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // A property of that name has an object as its schema.
            fields.retain(|name, value| {
                !(["description", "summary"].contains(&name.as_str()) && value.is_string())
            });
            fields.values_mut().for_each(without_prose);
        }
        Value::Array(list) => list.iter_mut().for_each(without_prose),
        _ => {}
    }
}

#[test]
fn metrics_are_compared_by_type_and_labels() {
    let text = "# HELP a_total Things {of=\"all\"} kinds\n# TYPE a_total counter\na_total{route=\"/x/{id}\",b=\"\\\"}\"} 3\n\
        # TYPE d histogram\nd_bucket{le=\"0.1\",m=\"GET\"} 1\nd_sum{m=\"GET\"} 2\n# TYPE up gauge\nup 1\n";
    let expected = json!({ "a_total": "counter by b, route", "d": "histogram by m", "up": "gauge" });
    assert_eq!(metrics(text), expected);
}
