//! Errors as clients see them: RFC 9457 problem bodies with a code that programs can rely on.

use serde::{Deserialize, Serialize};

use crate::{id::ItemId, named::named_enum};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
        named_enum! {
            /// What went wrong, for programs. Each code has one HTTP status and one title. Of a code that a later version
            /// has added, the problem itself has both ([`Problem::status`], [`Problem::title`]).
            ErrorCode { $($(#[$doc])* $name = $code,)* }
        }

        impl ErrorCode {
            /// The HTTP status it is answered with.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                    Self::Unknown => 500,
                }
            }

            /// A few words for people who have no catalogue.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                    Self::Unknown => "Something went wrong",
                }
            }
        }
    };
}

codes! {
    /// The body or the query cannot be read.
    Malformed = 400 "malformed" "The request cannot be read";
    /// It can be read, and says something that may not be.
    Invalid = 400 "invalid" "The request is not valid";
    /// No token, or one that is expired, foreign or forged.
    Unauthenticated = 401 "unauthenticated" "Please sign in";
    /// The user name or the password is wrong.
    BadCredentials = 401 "bad_credentials" "Wrong user name or password";
    /// Signed in, but not allowed to do this.
    Forbidden = 403 "forbidden" "You may not do this";
    /// No such thing, or somebody else's.
    NotFound = 404 "not_found" "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = 405 "method_not_allowed" "Method not allowed";
    /// It has changed since the caller looked.
    Stale = 409 "stale" "It has changed in the meantime";
    /// The name is in use.
    Taken = 409 "taken" "Already taken";
    /// Its present state does not allow the change.
    Conflict = 409 "conflict" "Its state does not allow that";
    /// The body is longer than the route allows.
    BodyTooLarge = 413 "body_too_large" "The request is too large";
    /// The body is not JSON (or not CSV, where that is asked for).
    UnsupportedMediaType = 415 "unsupported_media_type" "Unsupported media type";
    /// Nothing is left.
    SoldOut = 422 "sold_out" "Sold out";
    /// Fewer are left than were asked for.
    InsufficientStock = 422 "insufficient_stock" "Not enough left";
    /// Not on the menu.
    UnknownItem = 422 "unknown_item" "Not on the menu";
    /// On the menu, but hidden at the moment.
    UnavailableItem = 422 "unavailable_item" "Not available at the moment";
    /// The same key was used for something else before.
    KeyReused = 422 "key_reused" "This key was used for another request";
    /// The portions were given back before; the refusal is final.
    Released = 422 "released" "Already released";
    /// `If-Match` is missing.
    PreconditionRequired = 428 "precondition_required" "Say which revision you saw";
    /// Too many attempts.
    TooManyAttempts = 429 "too_many_attempts" "Too many tries";
    /// Our mistake.
    Internal = 500 "internal" "Something went wrong on our side";
    /// The queue cannot take the order; nothing was accepted.
    QueueUnavailable = 503 "queue_unavailable" "Orders cannot be taken at the moment";
    /// It may or may not have been accepted; sending it again with the same key is safe.
    OutcomeUnknown = 503 "outcome_unknown" "The outcome is not known; send it again";
    /// Tokens cannot be verified, since no keys can be had.
    IdentityUnavailable = 503 "identity_unavailable" "Signing in is not possible at the moment";
    /// Something this service needs is away.
    DependencyDown = 503 "dependency_down" "A part of the system is away";
    /// An operator has switched this service off, to see what happens.
    Chaos = 503 "chaos" "Switched off for a drill";
    /// More requests than it can serve.
    Overloaded = 503 "overloaded" "Too busy at the moment";
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// Its path, as in `lines[2].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// What is left of a dish, where stock is the reason of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemLeft {
    /// Which dish.
    pub item_id: ItemId,
    /// Portions left.
    pub left: u32,
}

/// The body of every error, `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:cafeteria:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A few words, the same for each code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code.
    pub code: ErrorCode,
    /// The request, as in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The trace that the request belongs to, as in the logs and in the trace viewer: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What is left, where stock is the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemLeft>,
    /// Whether the gateway refused it from a hint, without asking the database.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fast_rejection: bool,
    /// Equal to `title`, for clients of the earlier system.
    pub error: String,
}

impl Problem {
    /// A problem with nothing but its code.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            kind: format!("urn:cafeteria:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            detail: None,
            code,
            request_id: None,
            trace_id: None,
            errors: Vec::new(),
            items: Vec::new(),
            fast_rejection: false,
            error: code.title().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_written_and_read_by_its_one_name() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            let problem = Problem::new(code);
            let text = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
            assert!((400..600).contains(&problem.status));
        }
    }
}
