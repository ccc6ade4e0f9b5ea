//! The position of a piece of work in a trace, as in the W3C's `traceparent` header (Trace Context, level 1).

use std::{
    fmt,
    num::{NonZeroU64, NonZeroU128},
};

use serde::{Deserialize, Serialize};

use crate::id::Invalid;

/// A `traceparent` of version 00: `00-<trace id>-<parent id>-<flags>`, in lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct TraceContext(String);

impl TraceContext {
    /// Creates the context of a recorded span.
    pub fn new(trace: NonZeroU128, span: NonZeroU64) -> Self {
        Self(format!("00-{trace:032x}-{span:016x}-01"))
    }

    /// Returns the context of another span of the same trace.
    #[must_use]
    pub fn with_span(&self, span: NonZeroU64) -> Self {
        Self(format!("00-{}-{span:016x}-01", self.trace_id()))
    }

    /// Returns the value of the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the 32 digits of the trace id.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// Returns the 16 digits of the span id, the parent of the spans that follow.
    pub fn span_id(&self) -> &str {
        &self.0[36..52]
    }
}

impl std::str::FromStr for TraceContext {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split('-');
        let mut hex = |length: usize| {
            parts.next().filter(|part| {
                part.len() == length
                    && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
            })
        };
        let (version, trace, parent, flags) = (hex(2), hex(32), hex(16), hex(2));
        let not_zero = |part: Option<&str>| part.is_some_and(|part| part.bytes().any(|byte| byte != b'0'));
        let good = version == Some("00") && not_zero(trace) && not_zero(parent) && flags.is_some();
        if good && parts.next().is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid("must be a traceparent of version 00".into()))
        }
    }
}

impl TryFrom<String> for TraceContext {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<TraceContext> for String {
    fn from(context: TraceContext) -> Self {
        context.0
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_recommendation_allows_is_read() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(good.parse::<TraceContext>().unwrap().trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let one = TraceContext::new(NonZeroU128::MIN, NonZeroU64::MAX);
        assert_eq!(one.to_string().parse(), Ok(one.clone()));
        assert_eq!((one.trace_id().parse(), one.span_id()), (Ok(1), "ffffffffffffffff"));
        let other = one.with_span(NonZeroU64::MIN);
        assert_eq!((other.trace_id(), other.span_id()), (one.trace_id(), "0000000000000001"));
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(bad.parse::<TraceContext>().is_err(), "{bad}");
        }
    }
}
