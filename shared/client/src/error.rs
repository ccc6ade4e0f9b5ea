//! Failures of a call, and whether a retry may help.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::{ErrorCode, Problem};

/// Reason why a call has no usable response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The service refused the request or failed.
    #[error("{}: {}", problem.code.as_str(), problem.detail.as_deref().unwrap_or(&problem.title))]
    Problem {
        /// Problem body.
        problem: Box<Problem>,
        /// Time after which the service wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// No response: no network, or no service there.
    #[error("no response")]
    Unreachable,
    /// No response before the deadline. The request may have taken effect.
    #[error("no response before the deadline")]
    TimedOut,
    /// A response that this platform does not give.
    #[error("unreadable response: {0}")]
    Unreadable(String),
    /// Nobody is signed in, or the session is over.
    #[error("not signed in")]
    SignedOut,
}

impl Failure {
    /// Returns the code of the problem, if the service gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.problem().map(|problem| problem.code)
    }

    /// Returns the problem, if the service gave one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            Self::Unreachable | Self::TimedOut | Self::Unreadable(_) | Self::SignedOut => None,
        }
    }

    /// Returns the time after which the service wants to be asked again, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            Self::Unreachable | Self::TimedOut | Self::Unreadable(_) | Self::SignedOut => None,
        }
    }

    /// Returns whether the unchanged request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut => true,
            // A code of a later version has its status in the problem alone.
            Self::Problem { problem, .. } => problem.status >= 500,
            Self::Unreadable(_) | Self::SignedOut => false,
        }
    }
}
