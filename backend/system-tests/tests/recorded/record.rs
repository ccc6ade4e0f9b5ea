//! The record: files of steps in their order, each a request and its recorded response.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use system_tests::shape::Shape;

/// Longest line of a written file, in characters.
const WIDTH: usize = 118;

/// Order in which the fields of a step and of a response are written; those of other objects are written by name.
const FIELDS: [&str; 20] = [
    "name",
    "note",
    "request",
    "socket",
    "as",
    "status",
    "headers",
    "body",
    "json",
    "text",
    "hex",
    "padding",
    "where",
    "until",
    "repeat_until",
    "capture",
    "volatile",
    "view",
    "response",
    "responses",
];

/// Guards the files while both shapes are recorded in one process.
static WRITING: Mutex<()> = Mutex::new(());

/// One exchange.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    /// Name, unique within the file.
    pub(crate) name: String,
    /// Remark for readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// `METHOD service /path`, for a request over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    /// `open name`, `send name`, `receive name event` or `closed name`, for a socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) socket: Option<String>,
    /// Token of the caller.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<String>,
    /// Request headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    /// Body as JSON, sent as `application/json` unless a header says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) json: Option<Value>,
    /// Body as text, sent without a media type unless a header names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Body as hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hex: Option<String>,
    /// Spaces appended to the body, in bytes.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) padding: usize,
    /// Values at pointers that a received event must have to be recorded.
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) only: BTreeMap<String, Value>,
    /// Values at pointers of the last event that is recorded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) until: BTreeMap<String, Value>,
    /// Values at pointers of the response's body until which the request is repeated.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) repeat_until: BTreeMap<String, Value>,
    /// Names for values at pointers of the response.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) capture: BTreeMap<String, String>,
    /// Pointers into the response whose values differ from run to run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) volatile: Vec<String>,
    /// Part of the body that is compared: `metrics`, `openapi` or `engine.io`; all of it where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) view: Option<String>,
    /// Recorded response of both shapes.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
    /// Recorded response of each shape, where they differ.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    responses: BTreeMap<String, Value>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn key(shape: Shape) -> &'static str {
    match shape {
        Shape::Single => "single",
        Shape::Distributed => "distributed",
    }
}

impl Step {
    /// Returns the recorded response of a shape.
    pub(crate) fn recorded(&self, shape: Shape) -> Option<&Value> {
        self.responses.get(key(shape)).or(self.response.as_ref())
    }

    /// Replaces the recorded response of one shape; equal responses of both are written once.
    fn record(&mut self, shape: Shape, response: Value) {
        if let Some(both) = self.response.take() {
            self.responses =
                [Shape::Single, Shape::Distributed].map(|shape| (key(shape).to_owned(), both.clone())).into();
        }
        self.responses.insert(key(shape).to_owned(), response);
        let mut all = self.responses.values();
        if let (Some(first), Some(second)) = (all.next(), all.next())
            && first == second
        {
            self.response = Some(first.clone());
            self.responses.clear();
        }
    }
}

/// A file of the record.
#[derive(Debug, Clone)]
pub(crate) struct File {
    path: PathBuf,
    /// Its steps, in their order.
    pub(crate) steps: Vec<Step>,
}

impl File {
    /// Reads all files, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let _guard = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/data");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let steps = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, steps }
    }

    /// Name of the file.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Writes these responses of a shape, by the steps' names.
    pub(crate) fn write(&self, shape: Shape, mut responses: BTreeMap<String, Value>) {
        let _guard = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        // The other shape may have written since this file was read.
        let mut file = Self::read(self.path.clone());
        for step in &mut file.steps {
            if let Some(response) = responses.remove(&step.name) {
                step.record(shape, response);
            }
        }
        let steps = file.steps.iter().map(|step| written(&serde_json::to_value(step).unwrap(), 1));
        let text = format!("[\n  {}\n]\n", steps.collect::<Vec<_>>().join(",\n  "));
        std::fs::write(&self.path, text).unwrap();
    }
}

/// Writes a value on one line where it fits, with the fields of objects in a fixed order.
fn written(value: &Value, depth: usize) -> String {
    let short = match value {
        Value::Array(list) => {
            let parts: Vec<_> = list.iter().map(|value| written(value, depth + 1)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(_) => format!("{{ {} }}", parts(value, depth + 1).join(", ")),
        plain => return plain.to_string(),
    };
    // A step is never one line.
    if depth > 1 && !short.contains('\n') && 2 * depth + short.chars().count() <= WIDTH {
        return short;
    }
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let lines: Vec<_> = parts(value, depth + 1).into_iter().map(|part| format!("{inner}{part}")).collect();
    format!("{open}\n{}\n{outer}{close}", lines.join(",\n"))
}

fn parts(value: &Value, depth: usize) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(|value| written(value, depth)).collect(),
        Value::Object(fields) => {
            let known = fields.keys().all(|name| FIELDS.contains(&name.as_str()));
            let place = |name: &str| FIELDS.iter().position(|field| known && *field == name);
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| (place(name), name.as_str()));
            let field = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::String(name.clone()), written(value, depth))
            };
            fields.into_iter().map(field).collect()
        }
        _ => Vec::new(),
    }
}
