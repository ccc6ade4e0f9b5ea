//! What travels beside a body, as AMQP headers.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use wire::{Time, TraceContext};

/// The trace a message was published in, under the W3C's name.
pub(super) const TRACE: &str = "traceparent";
/// When an order was published, in milliseconds since 1970.
pub(super) const PUBLISHED: &str = "published-at";
/// A dead letter's id.
pub(super) const ID: &str = "dead-letter-id";
/// Why it was set aside.
pub(super) const REASON: &str = "reason";
/// When it was set aside, in milliseconds since 1970.
pub(super) const SET_ASIDE: &str = "set-aside-at";
/// Who published: an id of the publisher's, new at each start.
pub(super) const SENDER: &str = "sender";
/// The how manieth message of its sender it is.
pub(super) const NUMBER: &str = "number";

/// Headers, to be filled in one expression.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers(pub(super) FieldTable);

impl Headers {
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.into(), AMQPValue::LongString(value.into()));
        self
    }

    pub(super) fn number(mut self, name: &str, value: i64) -> Self {
        self.0.insert(name.into(), AMQPValue::LongLongInt(value));
        self
    }

    pub(super) fn time(self, name: &str, value: Time) -> Self {
        self.number(name, value.as_millis())
    }

    pub(super) fn trace(self, trace: Option<&TraceContext>) -> Self {
        match trace {
            Some(trace) => self.text(TRACE, trace.as_str()),
            None => self,
        }
    }
}

fn value<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
    properties.headers().as_ref()?.inner().get(name)
}

/// A header of text.
pub(super) fn text(properties: &BasicProperties, name: &str) -> Option<String> {
    match value(properties, name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        _ => None,
    }
}

/// A header of a whole number.
pub(super) fn number(properties: &BasicProperties, name: &str) -> Option<i64> {
    match value(properties, name)? {
        AMQPValue::LongLongInt(number) => Some(*number),
        _ => None,
    }
}

/// A header of a time.
pub(super) fn time(properties: &BasicProperties, name: &str) -> Option<Time> {
    number(properties, name).map(Time::from_millis)
}

/// The trace, if there is one that can be read.
pub(super) fn trace(properties: &BasicProperties) -> Option<TraceContext> {
    text(properties, TRACE)?.parse().ok()
}
