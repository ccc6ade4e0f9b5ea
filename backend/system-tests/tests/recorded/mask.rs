//! Placeholders for values that differ from run to run. The same value gets the same placeholder.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Fields whose values are random and stand for nothing else: their names, and their placeholders.
const RANDOM_FIELDS: [(&str, &str); 4] =
    [("requestId", "<request id>"), ("traceId", "<trace id>"), ("sid", "<sid>"), ("kid", "<kid>")];

/// Shortest captured text that is replaced wherever it occurs.
const SHORTEST: usize = 8;

/// The placeholders of one session.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    /// Captured values by name, as requests use them.
    captured: BTreeMap<String, Value>,
    /// Placeholders of the other values.
    numbered: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Mask {
    /// Clears the numbered placeholders, so that each file counts from 1. Captured values stay.
    pub(crate) fn restart(&mut self) {
        self.numbered.clear();
        self.counts.clear();
    }

    /// Names a value: it is masked as `<name>`, and requests may use `<name>` from now on.
    pub(crate) fn capture(&mut self, name: &str, value: Value) {
        self.captured.insert(name.to_owned(), value);
    }

    /// Returns the captured value of that name.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.captured.get(name).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Replaces what differs from run to run, also what stands at these pointers, in which `*` is every element.
    pub(crate) fn apply(&mut self, value: &mut Value, volatile: &[String]) {
        for pointer in volatile {
            let path: Vec<_> = pointer.split('/').skip(1).collect();
            replace(value, &path);
        }
        self.walk(value);
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(list) => list.iter_mut().for_each(|value| self.walk(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let random = RANDOM_FIELDS.iter().find(|(field, _)| field == name);
                    match random {
                        Some((_, placeholder)) if value.is_string() => *value = json!(placeholder),
                        _ => self.walk(value),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut known: Vec<_> = self
            .captured
            .iter()
            .filter_map(|(name, value)| Some((value.as_str()?, name)))
            .filter(|(value, _)| value.len() >= SHORTEST && !is_jwt(value))
            .collect();
        // The longest first, as one may be part of another.
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, name) in known {
            text = text.replace(value, &format!("<{name}>"));
        }
        let mut masked = String::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            if rest.starts_with('<') {
                // A placeholder.
                let end = rest.find('>').map_or(rest.len(), |at| at + 1);
                masked.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            let end = rest.find(|letter| !is_of_a_word(letter)).unwrap_or(rest.len());
            if end == 0 {
                let letter = rest.chars().next().unwrap();
                masked.push(letter);
                rest = &rest[letter.len_utf8()..];
                continue;
            }
            masked.push_str(&self.word(&rest[..end]));
            rest = &rest[end..];
        }
        masked
    }

    fn word(&mut self, word: &str) -> String {
        let core = word.trim_end_matches(['.', ':']);
        let tail = &word[core.len()..];
        if is_time(core) {
            return format!("<time>{tail}");
        }
        // Tokens of one user that are issued within one second are equal, and else differ.
        if is_jwt(core) {
            return format!("<token>{tail}");
        }
        let kind = match core {
            core if is_uuid(core) => "uuid",
            core if is_secret(core) => "secret",
            core => {
                return match core.split_once(':') {
                    Some(("127.0.0.1", _)) => format!("127.0.0.1:<port>{tail}"),
                    Some((head, rest)) => format!("{}:{}{tail}", self.word(head), self.word(rest)),
                    None => word.to_owned(),
                };
            }
        };
        format!("{}{tail}", self.number(kind, core))
    }

    fn number(&mut self, kind: &'static str, value: &str) -> String {
        if let Some(known) = self.numbered.get(value) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("<{kind} {count}>");
        self.numbered.insert(value.to_owned(), name.clone());
        name
    }
}

/// Puts a placeholder for the kind of value at the end of the path.
fn replace(value: &mut Value, path: &[&str]) {
    match (path, value) {
        ([], value) => {
            *value = json!(match value {
                Value::Number(_) => "<number>",
                Value::Bool(_) => "<boolean>",
                Value::Null => "<null>",
                Value::String(_) => "<text>",
                Value::Array(_) => "<list>",
                Value::Object(_) => "<object>",
            });
        }
        (["*", rest @ ..], Value::Array(list)) => list.iter_mut().for_each(|value| replace(value, rest)),
        (["*", rest @ ..], Value::Object(fields)) => {
            fields.values_mut().for_each(|value| replace(value, rest));
        }
        ([name, rest @ ..], value) => {
            if let Some(inner) = value.pointer_mut(&format!("/{name}")) {
                replace(inner, rest);
            }
        }
    }
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_.:-".contains(letter)
}

/// `2026-03-01T11:30:00.250Z`.
fn is_time(word: &str) -> bool {
    const SHAPE: &str = "dddd-dd-ddTdd:dd:dd.dddZ";
    let fits = |(letter, shape): (char, char)| {
        if shape == 'd' { letter.is_ascii_digit() } else { letter == shape }
    };
    word.len() == SHAPE.len() && word.chars().zip(SHAPE.chars()).all(fits)
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<_> = word.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    let hexadecimal = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    // The nil UUID is a value of requests.
    lengths == [8, 4, 4, 4, 12]
        && parts.iter().all(hexadecimal)
        && word.bytes().any(|byte| !matches!(byte, b'0' | b'-'))
}

/// Three parts of base64url, of which the first is JSON.
fn is_jwt(word: &str) -> bool {
    word.starts_with("eyJ") && word.split('.').count() == 3
}

/// 32 random bytes as base64url.
fn is_secret(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    word.len() == 43 && word.bytes().all(allowed) && word.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[test]
fn the_same_value_gets_the_same_placeholder() {
    let mut mask = Mask::default();
    let (one, two) = ("0197b7a3-0000-7000-8000-0000000000aa", "0197b7a3-0000-7000-8000-0000000000ab");
    mask.capture("student.id", json!("0197b7a3-0000-7000-8000-0000000000ac"));
    mask.capture("seq", json!(3));
    let mut value = json!({
        "requestId": "aBcDeFgH-1f",
        "list": [{ "id": one, "at": "2026-03-01T11:30:00.250Z" }, { "id": two }, { "key": format!("user:{one}") }],
        "detail": format!("Order {two}/a-1 by 0197b7a3-0000-7000-8000-0000000000ac at 2026-03-01T11:30:00.250Z."),
        "cookie": format!("refresh=A{}; Path=/", "b".repeat(42)),
        "tokens": ["eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIyIn0.c2ln"],
        "count": 3,
        "stats": { "avg": 0.25 },
    });
    mask.capture("student.token", value["tokens"][0].clone());
    mask.apply(&mut value, &["/stats/avg".to_owned(), "/nowhere/0".to_owned()]);
    let expected = json!({
        "requestId": "<request id>",
        "list": [{ "id": "<uuid 2>", "at": "<time>" }, { "id": "<uuid 1>" }, { "key": "user:<uuid 2>" }],
        "detail": "Order <uuid 1>/a-1 by <student.id> at <time>.",
        "cookie": "refresh=<secret 1>; Path=/",
        "tokens": ["<token>", "<token>"],
        "count": 3,
        "stats": { "avg": "<number>" },
    });
    assert_eq!(value, expected);
    assert_eq!(mask.value("seq").as_deref(), Some("3"));
}
