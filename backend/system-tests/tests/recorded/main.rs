//! The record of requests and responses that clients rely on, and the scenario that compares the present answers with it.
//!
//! The record is in `data/`, one file for each part of the system, sent in the order of their names to one system.
//! `CAFETERIA_TEST_RECORD=1` writes the responses anew.
//!
//! `<name>` in a request is a value that an earlier step captured, or the token of one of our services:
//! `<service order-gateway for stock-service>`, `<expired order-gateway for stock-service>`. In responses, `<name>`
//! stands for a captured value, and `<uuid 1>`, `<time>` and their like for others that differ from run to run.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod diff;
mod http;
mod mask;
mod record;
mod socket;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use cafeteria::settings::{Cooking, Settings};
use serde_json::{Value, json};
use service_kit::{Clock, token::ServiceTokens};
use system_tests::{
    RECORD, is_recording, on_both_shapes,
    shape::{Shape, System},
    wait,
};

use http::Request;
use mask::Mask;
use record::{File, Step};
use socket::Socket;

on_both_shapes!(answers_are_those_of_the_record);

/// Time since which an expired token has been expired.
const EXPIRED_SINCE: Duration = Duration::from_secs(3600);

/// Deadline of a response or an event that is waited for. What came until then is compared with the record.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

async fn answers_are_those_of_the_record(shape: Shape) {
    let system = shape.start_with(settings).await;
    let mut session = Session { system, mask: Mask::default(), sockets: BTreeMap::new() };
    let mut differences = Vec::new();
    let (mut requested, mut served) = (BTreeSet::new(), BTreeSet::new());
    'session: for file in File::all() {
        session.mask.restart();
        let mut responses = BTreeMap::new();
        for step in &file.steps {
            let place = format!("{} \"{}\"", file.name(), step.name);
            let mut response = session.run(step, &place).await;
            if let Some(request) = &step.request {
                requested.insert(route(request));
            }
            if step.view.as_deref() == Some("openapi") {
                served.extend(routes(step, &response));
            }
            if is_recording() && !is_complete(step, &response) {
                differences.push(format!("{place}: did not come about in time; recorded was {response}\n"));
            }
            let captured = session.capture(step, &response);
            session.mask.apply(&mut response, &step.volatile);
            if !is_recording() && step.recorded(shape) != Some(&response) {
                let recorded = step.recorded(shape).unwrap_or(&Value::Null);
                let line = step.request.as_ref().or(step.socket.as_ref()).unwrap();
                differences.push(format!("{place}: {line}\n{}", diff::lines(recorded, &response)));
            }
            assert!(responses.insert(step.name.clone(), response).is_none(), "{place} stands twice");
            if let Err(missing) = captured {
                differences
                    .push(format!("{place}: {missing}, which later requests need; the rest was not sent\n"));
                break 'session;
            }
        }
        if is_recording() {
            file.write(shape, responses);
        }
    }
    assert!(
        differences.is_empty(),
        "{shape:?}: {} of the exchanges differ from the record (- recorded, + now; {RECORD}=1 records anew):\n\n{}",
        differences.len(),
        differences.join("\n")
    );
    let missing: Vec<_> =
        served.iter().filter(|route| !requested.iter().any(|line| is_at(line, route))).collect();
    assert!(missing.is_empty() && !served.is_empty(), "routes without an exchange: {missing:#?}");
    session.sockets.clear();
    session.system.stop().await;
}

/// Settings under which every response depends on the requests alone: tickets move when staff say so, and the queue is
/// full after a few orders.
fn settings(settings: &mut Settings) {
    settings.kitchen.cooking = Cooking::Staff;
    settings.queue.capacity = 20;
}

/// A run of the record on one system.
struct Session {
    system: System,
    mask: Mask,
    sockets: BTreeMap<String, Socket>,
}

impl Session {
    /// Runs a step and returns its response, unmasked.
    async fn run(&mut self, step: &Step, place: &str) -> Value {
        match (&step.request, &step.socket) {
            (Some(line), None) => self.request(step, line, place).await,
            (None, Some(line)) => self.socket(step, line, place).await,
            _ => panic!("{place}: must have a request or a socket"),
        }
    }

    async fn request(&self, step: &Step, line: &str, place: &str) -> Value {
        let request = Request::of(step, line, &|text| self.expand(text, place));
        let (view, started) = (step.view.as_deref(), Instant::now());
        wait::until(place, async || {
            let response = request.send(&self.system, view).await;
            let body = response.get("body").unwrap_or(&Value::Null);
            let done = socket::matches(body, &step.repeat_until) || started.elapsed() > TIMEOUT;
            if done { Ok(response) } else { Err(response) }
        })
        .await
    }

    async fn socket(&mut self, step: &Step, line: &str, place: &str) -> Value {
        let words: Vec<_> = line.split(' ').collect();
        if let ["open", name] = words[..] {
            let token = step.caller.as_ref().map(|token| self.expand(&format!("<{token}>"), place));
            let token = token.or_else(|| step.text.as_ref().map(|text| self.expand(text, place)));
            let handshake = token.map(|token| json!({ "token": token }).to_string()).unwrap_or_default();
            let (socket, packets) = Socket::open(&self.system, &handshake).await;
            self.sockets.insert(name.to_owned(), socket);
            return packets;
        }
        let text = step.text.as_ref().map(|text| self.expand(text, place)).unwrap_or_default();
        let name = *words.get(1).unwrap_or(&"");
        let socket = self.sockets.get_mut(name).unwrap_or_else(|| panic!("{place}: {name} is not open"));
        match words[..] {
            ["send", _] => {
                socket.send(&text).await;
                json!("sent")
            }
            ["receive", _, event] => Value::Array(socket.receive(event, &step.only, &step.until).await),
            ["closed", _] => socket.close().await,
            _ => panic!("{place}: {line}: must be open, send, receive or closed"),
        }
    }

    /// Captures the values that a step names, or says which one is missing.
    fn capture(&mut self, step: &Step, response: &Value) -> Result<(), String> {
        for (name, pointer) in &step.capture {
            let value = response.pointer(pointer).cloned();
            self.mask.capture(name, value.ok_or_else(|| format!("there is no {name} at {pointer}"))?);
        }
        Ok(())
    }

    /// Fills in the placeholders of a request.
    fn expand(&self, text: &str, place: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, after) = after.split_once('>').unwrap_or_else(|| panic!("{place}: {text}: no >"));
            expanded.push_str(before);
            let value = self.mask.value(name).or_else(|| self.service_token(name));
            expanded.push_str(&value.unwrap_or_else(|| panic!("{place}: nothing is known as <{name}>")));
            rest = after;
        }
        expanded.push_str(rest);
        expanded
    }

    /// Signs a token: `service order-gateway for stock-service`, or `expired …`.
    fn service_token(&self, name: &str) -> Option<String> {
        let words: Vec<_> = name.split(' ').collect();
        let [kind, caller, "for", target] = words[..] else { return None };
        let (caller, target) = (http::service_named(caller)?, http::service_named(target)?);
        let clock = match kind {
            "service" => Clock::system(),
            "expired" => Clock::by_hand(Clock::system().now().minus(EXPIRED_SINCE)).0,
            _ => return None,
        };
        let seed = self.system.service_seed(caller);
        Some(ServiceTokens::new(caller, &seed, clock).for_target(target).0)
    }
}

/// Returns whether the response is the one that the step waits for.
fn is_complete(step: &Step, response: &Value) -> bool {
    let body = response.get("body").unwrap_or(&Value::Null);
    let silent = response.as_array().is_some_and(|events| events.contains(&json!(socket::NOTHING_MORE)));
    socket::matches(body, &step.repeat_until) && !silent
}

/// Returns a request line without its query.
fn route(line: &str) -> String {
    line.split('?').next().unwrap_or_default().to_owned()
}

/// Returns the routes of an OpenAPI page, as `METHOD service /path/{id}`.
fn routes(step: &Step, response: &Value) -> Vec<String> {
    let service = step.request.as_deref().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let paths = response["body"]["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path))
    });
    methods.map(|(method, path)| format!("{method} {service} {path}")).collect()
}

/// Returns whether a request line goes to a route.
fn is_at(line: &str, route: &str) -> bool {
    let (line, route): (Vec<_>, Vec<_>) = (line.split('/').collect(), route.split('/').collect());
    let same = |(part, known): (&&str, &&str)| part == known || known.starts_with('{');
    line.len() == route.len() && line.iter().zip(&route).all(same)
}
