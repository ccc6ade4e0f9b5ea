//! Errors as clients see them: RFC 9457 problem bodies with stable codes.

use serde::{Deserialize, Serialize};

use crate::{id::ItemId, named::named_enum};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
        named_enum! {
            /// Stable code of an error, for programs. Each code has one HTTP status and one title. Of a code that a later version
            /// has added, the problem itself has both ([`Problem::status`], [`Problem::title`]).
            ErrorCode { $($(#[$doc])* $name = $code,)* }
        }

        impl ErrorCode {
            /// Returns the HTTP status of the response.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                    Self::Unknown => 500,
                }
            }

            /// Returns a short English title for clients without a catalogue.
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
    /// The request can be read, but breaks a rule.
    Invalid = 400 "invalid" "The request is not valid";
    /// The token is missing, expired, foreign or forged.
    Unauthenticated = 401 "unauthenticated" "Please sign in";
    /// The user name or the password is wrong.
    BadCredentials = 401 "bad_credentials" "Wrong user name or password";
    /// The card belongs to no student.
    UnknownCard = 401 "unknown_card" "Unknown card";
    /// The card has expired.
    CardExpired = 401 "card_expired" "The card has expired";
    /// The caller's role does not allow this.
    Forbidden = 403 "forbidden" "You may not do this";
    /// It does not exist, or belongs to somebody else.
    NotFound = 404 "not_found" "Not found";
    /// The path has no such method.
    MethodNotAllowed = 405 "method_not_allowed" "Method not allowed";
    /// It has changed since the caller read it.
    Stale = 409 "stale" "It has changed in the meantime";
    /// The name is in use.
    Taken = 409 "taken" "Already taken";
    /// Its present state does not allow the change.
    Conflict = 409 "conflict" "Its state does not allow that";
    /// The body is longer than the route allows.
    BodyTooLarge = 413 "body_too_large" "The request is too large";
    /// The body is not JSON (or not CSV, if the route takes CSV).
    UnsupportedMediaType = 415 "unsupported_media_type" "Unsupported media type";
    /// No portion is left.
    SoldOut = 422 "sold_out" "Sold out";
    /// Fewer portions are left than the order needs.
    InsufficientStock = 422 "insufficient_stock" "Not enough left";
    /// The dish is not on the menu.
    UnknownItem = 422 "unknown_item" "Not on the menu";
    /// The dish is on the menu, but hidden at the moment.
    UnavailableItem = 422 "unavailable_item" "Not available at the moment";
    /// The idempotency key was used for another request before.
    KeyReused = 422 "key_reused" "This key was used for another request";
    /// The portions were released before; the refusal is final.
    Released = 422 "released" "Already released";
    /// `If-Match` is missing.
    PreconditionRequired = 428 "precondition_required" "Say which revision you saw";
    /// Too many attempts within the time limit.
    TooManyAttempts = 429 "too_many_attempts" "Too many tries";
    /// A defect on our side.
    Internal = 500 "internal" "Something went wrong on our side";
    /// The queue cannot take the order; nothing was accepted.
    QueueUnavailable = 503 "queue_unavailable" "Orders cannot be taken at the moment";
    /// The order may or may not have been accepted; sending it again with the same key is safe.
    OutcomeUnknown = 503 "outcome_unknown" "The outcome is not known; send it again";
    /// Tokens cannot be verified, because no public keys are available.
    IdentityUnavailable = 503 "identity_unavailable" "Signing in is not possible at the moment";
    /// A dependency of the service is down.
    DependencyDown = 503 "dependency_down" "A part of the system is away";
    /// A chaos experiment makes the service unavailable.
    Chaos = 503 "chaos" "Switched off for a drill";
    /// The service has more requests than it can serve.
    Overloaded = 503 "overloaded" "Too busy at the moment";
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// Path of the field, as in `lines[2].quantity`.
    pub field: String,
    /// Rule that the field breaks.
    pub message: String,
}

/// Portions left of a dish that an order was refused for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemLeft {
    /// The dish.
    pub item_id: ItemId,
    /// Portions left.
    pub left: u32,
}

/// Body of every error, `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:cafeteria:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short title, the same for each code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Cause of this error, and what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Stable code.
    pub code: ErrorCode,
    /// Id of the request, as in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Id of the trace that the request belongs to, as in the logs and in the trace viewer: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Invalid fields of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Portions left, if stock is the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemLeft>,
    /// True if the gateway refused the order from a cached stock level, without asking the database.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fast_rejection: bool,
    /// Equal to `title`, but for `bad_credentials`, which keeps the words of the earlier system.
    pub error: String,
}

impl Problem {
    /// Creates a problem with nothing but its code.
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
