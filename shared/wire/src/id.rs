//! Identifiers and quantities, each with its alphabet, length or range.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Error for a text or a number that is not a value of its type. It prints as the rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub Cow<'static, str>);

/// Declares a text type that checks its rule when it is created. It parses, prints, serializes and has a schema as a string.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $rule:literal, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let allowed: fn(u8) -> bool = $allowed;
                if text.is_empty() || text.len() > $max || !text.bytes().all(allowed) {
                    return Err(Invalid(Cow::Borrowed($rule)));
                }
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a text")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

checked_text!(
    /// Client's name for one order, and its idempotency key: 1 to 64 of `A-Za-z0-9._-`. Unique per student.
    OrderId,
    "^[A-Za-z0-9._-]{1,64}$",
    "must be 1 to 64 of A-Z a-z 0-9 . _ -",
    64,
    |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')
);

checked_text!(
    /// Name of a dish on the menu: 1 to 40 of `a-z0-9-`.
    ItemId,
    "^[a-z0-9-]{1,40}$",
    "must be 1 to 40 of a-z 0-9 -",
    40,
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
);

checked_text!(
    /// Name that a person signs in with: 1 to 64 of `A-Za-z0-9._@-`. Compared exactly.
    Username,
    "^[A-Za-z0-9._@-]{1,64}$",
    "must be 1 to 64 of A-Z a-z 0-9 . _ @ -",
    64,
    |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@')
);

/// Identifier of a person. It never changes and reveals nothing about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct UserId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text).map(Self).map_err(|_| Invalid("must be a UUID".into()))
    }
}

/// Identifier of one order of one student, unique for ever. Printed and serialized as `<user>/<order>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey {
    /// Owner of the order.
    pub user_id: UserId,
    /// Owner's name for the order.
    pub order_id: OrderId,
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.user_id, self.order_id)
    }
}

impl FromStr for OrderKey {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (user, order) = text.split_once('/').ok_or(Invalid("must be <user>/<order>".into()))?;
        Ok(Self { user_id: user.parse()?, order_id: order.parse()? })
    }
}

impl Serialize for OrderKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OrderKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for OrderKey {
    fn schema_name() -> Cow<'static, str> {
        "OrderKey".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "<user>/<order>" })
    }
}

/// Portions of one dish in one line of an order: a whole number from 1 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Quantity(u8);

impl Quantity {
    /// One portion, the quantity of an order that names none.
    pub const ONE: Self = Self(1);
    /// Maximum of one line.
    pub const MAX: u8 = 20;

    /// Returns the number, 1 to 20.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = Invalid;

    fn try_from(number: i64) -> Result<Self, Invalid> {
        match u8::try_from(number) {
            Ok(number @ 1..=Self::MAX) => Ok(Self(number)),
            Ok(_) | Err(_) => Err(Invalid("must be a whole number from 1 to 20".into())),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 1 to 20")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                number.try_into().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                i64::try_from(number).unwrap_or(i64::MAX).try_into().map_err(E::custom)
            }
        }
        from.deserialize_u8(Number)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 1, "maximum": 20 })
    }
}

/// Maximum number of lines in one order.
pub const MAX_LINES: usize = 20;
