//! Who somebody is to the platform, and so what they may do.

use serde::{Deserialize, Serialize};

/// The role in a token. Each route says which roles may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Orders food.
    Student,
    /// Runs the kitchen and the stock.
    Staff,
    /// Everything, users and chaos included.
    Admin,
    /// One of our own services, calling another.
    Service,
    /// A counter kiosk, which will place orders for the student it signed in.
    Kiosk,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 5] = [Self::Student, Self::Staff, Self::Admin, Self::Service, Self::Kiosk];

    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Staff => "staff",
            Self::Admin => "admin",
            Self::Service => "service",
            Self::Kiosk => "kiosk",
        }
    }

    /// The role of that name, where there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
