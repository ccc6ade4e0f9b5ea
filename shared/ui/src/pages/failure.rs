//! Error messages of failures. No other module maps errors to messages.

use client::Failure;
use wire::{ErrorCode, Problem};

use crate::text::{Text, failures as say};

/// Returns the message of a failure: the problem and the next step.
pub fn message_of(failure: &Failure) -> Text {
    match failure {
        Failure::Unreachable => say::UNREACHABLE,
        Failure::TimedOut => say::TIMED_OUT,
        Failure::Unreadable(_) => say::UNREADABLE,
        Failure::SignedOut => say::SIGNED_OUT,
        Failure::Problem { problem, .. } => message_of_problem(problem),
    }
}

fn message_of_problem(problem: &Problem) -> Text {
    match problem.code {
        ErrorCode::Malformed
        | ErrorCode::Invalid
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::PreconditionRequired => say::INVALID,
        ErrorCode::Unauthenticated => say::SIGNED_OUT,
        ErrorCode::BadCredentials => say::BAD_CREDENTIALS,
        ErrorCode::UnknownCard => say::UNKNOWN_CARD,
        ErrorCode::CardExpired => say::CARD_EXPIRED,
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
        ErrorCode::Internal => say::INTERNAL,
        ErrorCode::IdentityUnavailable => say::SIGN_IN_UNAVAILABLE,
        ErrorCode::QueueUnavailable
        | ErrorCode::DependencyDown
        | ErrorCode::Chaos
        | ErrorCode::OutcomeUnknown => say::SERVICE_UNAVAILABLE,
        ErrorCode::Overloaded => say::OVERLOADED,
        // A code of a later version: its status says on which side the fault is.
        ErrorCode::Unknown if problem.status < 500 => say::INVALID,
        ErrorCode::Unknown => say::INTERNAL,
    }
}

/// Returns the request id, by which operators find the failure in the logs.
pub fn request_id_of(failure: &Failure) -> Option<String> {
    failure.problem()?.request_id.clone()
}

/// Returns the message of a failed sign-in: every outage asks the user to try again shortly.
pub fn sign_in_message_of(failure: &Failure) -> Text {
    match failure {
        Failure::Problem { problem, .. } if problem.status == 503 => say::SIGN_IN_UNAVAILABLE,
        other => message_of(other),
    }
}

#[cfg(test)]
mod tests {
    use wire::Problem;

    use super::*;

    fn failure(code: ErrorCode) -> Failure {
        Failure::Problem { problem: Box::new(Problem::new(code)), retry_after: None }
    }

    #[test]
    fn an_outage_is_never_blamed_on_the_request() {
        let outage = [say::SIGN_IN_UNAVAILABLE, say::SERVICE_UNAVAILABLE, say::OVERLOADED];
        for code in ErrorCode::ALL {
            let message = message_of(&failure(code));
            assert_eq!(outage.contains(&message), code.status() == 503, "{}", code.as_str());
            let sign_in = sign_in_message_of(&failure(code));
            assert_eq!(sign_in == say::SIGN_IN_UNAVAILABLE, code.status() == 503, "{}", code.as_str());
        }
    }

    #[test]
    fn every_refusal_of_an_order_has_a_message_of_its_own() {
        let codes = [
            (ErrorCode::SoldOut, say::SOLD_OUT),
            (ErrorCode::InsufficientStock, say::INSUFFICIENT_STOCK),
            (ErrorCode::UnknownItem, say::UNKNOWN_ITEM),
            (ErrorCode::UnavailableItem, say::UNAVAILABLE_ITEM),
            (ErrorCode::KeyReused, say::KEY_REUSED),
            (ErrorCode::Released, say::CONFLICT),
        ];
        for code in ErrorCode::ALL.iter().filter(|code| code.status() == 422) {
            let expected = codes.iter().find(|(known, _)| known == code).map(|(_, message)| *message);
            assert_eq!(Some(message_of(&failure(*code))), expected, "{}", code.as_str());
        }
    }
}
