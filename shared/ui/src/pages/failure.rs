//! What a failure is called, and what to do next: the one place where errors get words.

use client::Failure;
use wire::ErrorCode;

use crate::text::{Text, failures as say};

/// What happened, in words for everybody.
pub fn words(failure: &Failure) -> Text {
    match failure {
        Failure::Unreachable => say::UNREACHABLE,
        Failure::TimedOut => say::TIMED_OUT,
        Failure::Unreadable(_) => say::UNREADABLE,
        Failure::SignedOut => say::SIGNED_OUT,
        Failure::Problem { problem, .. } => of_code(problem.code),
    }
}

fn of_code(code: ErrorCode) -> Text {
    match code {
        ErrorCode::Malformed
        | ErrorCode::Invalid
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::PreconditionRequired => say::INVALID,
        ErrorCode::Unauthenticated => say::SIGNED_OUT,
        ErrorCode::BadCredentials => say::BAD_CREDENTIALS,
        ErrorCode::Forbidden => say::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::MethodNotAllowed => say::NOT_FOUND,
        ErrorCode::Stale => say::STALE,
        ErrorCode::Taken => say::TAKEN,
        ErrorCode::Conflict | ErrorCode::Released => say::CONFLICT,
        ErrorCode::BodyTooLarge => say::TOO_LARGE,
        ErrorCode::SoldOut => say::SOLD_OUT,
        ErrorCode::InsufficientStock => say::INSUFFICIENT_STOCK,
        ErrorCode::UnknownItem => say::UNKNOWN_ITEM,
        ErrorCode::UnavailableItem => say::UNAVAILABLE_ITEM,
        ErrorCode::KeyReused => say::KEY_REUSED,
        ErrorCode::TooManyAttempts => say::TOO_MANY_ATTEMPTS,
        ErrorCode::Internal | ErrorCode::Unknown => say::INTERNAL,
        ErrorCode::IdentityUnavailable => say::SIGN_IN_AWAY,
        ErrorCode::QueueUnavailable
        | ErrorCode::DependencyDown
        | ErrorCode::Chaos
        | ErrorCode::OutcomeUnknown => say::AWAY,
        ErrorCode::Overloaded => say::BUSY,
    }
}

/// What operators find it by in the logs, where the service said so.
pub fn reference(failure: &Failure) -> Option<String> {
    failure.problem()?.request_id.clone()
}

/// The same for signing in, where "try again shortly" is the truth of every outage.
pub fn words_at_the_door(failure: &Failure) -> Text {
    match failure {
        Failure::Problem { problem, .. } if problem.status == 503 => say::SIGN_IN_AWAY,
        other => words(other),
    }
}
