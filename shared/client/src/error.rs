//! Why a call has no good answer, and whether it is worth another try.

use std::time::Duration;

use wire::{ErrorCode, Problem};

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The service said what is wrong.
    #[error("{}: {}", problem.code.as_str(), problem.detail.as_deref().unwrap_or(&problem.title))]
    Problem {
        /// Its words.
        problem: Box<Problem>,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no answer: no network, or nobody there.
    #[error("no answer")]
    Unreachable,
    /// There was no answer in time. What was asked for may have been done.
    #[error("no answer in time")]
    TimedOut,
    /// There was an answer which is none of this platform's.
    #[error("an answer that cannot be read: {0}")]
    Unreadable(String),
    /// Nobody is signed in, or the session is over.
    #[error("not signed in")]
    SignedOut,
}

impl Failure {
    /// The code, where the service said one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.problem().map(|problem| problem.code)
    }

    /// What the service said, where it did.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            Self::Unreachable | Self::TimedOut | Self::Unreadable(_) | Self::SignedOut => None,
        }
    }

    /// How long the service wants to be left alone, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            Self::Unreachable | Self::TimedOut | Self::Unreadable(_) | Self::SignedOut => None,
        }
    }

    /// Whether the same request may be answered otherwise in a while, although nobody has changed it.
    pub fn is_worth_retrying(&self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut => true,
            Self::Problem { problem, .. } => problem.status >= 500,
            Self::Unreadable(_) | Self::SignedOut => false,
        }
    }
}
