//! The message from the gateway to the kitchen through the queue.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    id::{Invalid, OrderKey},
    order::PricedLine,
    time::Time,
    trace::TraceContext,
};

/// First half of the SHA-256 of an order's merged and sorted lines. Two orders with the same key and different
/// fingerprints are a conflicting reuse of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid("must be 32 hexadecimal digits".into());
        if text.len() != 32 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut bytes = [0; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// An accepted order on its way to the kitchen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderMessage {
    /// Owner and name of the order.
    pub key: OrderKey,
    /// Fingerprint of the lines.
    pub fingerprint: Fingerprint,
    /// Time at which the gateway first accepted the order.
    pub accepted_at: Time,
    /// Lines with the names and prices at acceptance.
    pub lines: Vec<PricedLine>,
    /// Trace that the order was accepted in. It travels in the headers of the transport, not in the body.
    #[serde(skip)]
    pub trace: Option<TraceContext>,
}
