//! Why this service does not do what was asked.

use std::time::Duration;

use service_kit::http::Problematic;
use wire::{ErrorCode, FieldError};

use crate::{attempts::AttemptsError, hashing::HashingError, store::StoreError};

/// An error of the domain. The text is fit for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Too many attempts under one user name.
    #[error("Three tries a minute are allowed; wait a moment and try again.")]
    TooManyAttempts {
        /// After how long the next one is allowed.
        wait: Duration,
    },
    /// The user name, the password or both are wrong, or the user is disabled.
    #[error("Check the user name and the password.")]
    BadCredentials,
    /// The refresh token is unknown, has ended, or was revoked.
    #[error("The session has ended; sign in again.")]
    SessionEnded,
    /// The user name is in use.
    #[error("There is a user of that name already.")]
    Taken,
    /// There is no such user, import or the like.
    #[error("There is no such thing.")]
    NotFound,
    /// An admin wants to disable or demote themselves.
    #[error("You cannot disable yourself or give up being an admin; another admin can.")]
    OwnAccount,
    /// No admin would be left.
    #[error("This is the last admin who can sign in; make another one first.")]
    LastAdmin,
    /// The user was changed by somebody else at the same time.
    #[error("The account has just been changed; sign in again.")]
    ChangedMeanwhile,
    /// As many imports run as may.
    #[error("Two imports are running already; wait until one is done.")]
    TooManyImports,
    /// Some fields are wrong.
    #[error("Some fields are not valid.")]
    Fields(Vec<FieldError>),
    /// There is no key to sign with.
    #[error("there is no key to sign tokens with")]
    NoKey,
    /// The card belongs to no student.
    #[error("This card is not known. Sign in with the user name and the password instead.")]
    UnknownCard,
    /// The card has expired.
    #[error("This card has expired. Sign in with the user name and the password instead.")]
    CardExpired,
    /// Another user has the card.
    #[error("Another student has this card.")]
    CardTaken,
    /// Somebody else than a student signs in at a kiosk.
    #[error("Only students sign in at a kiosk.")]
    NotStudent,
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The attempts cannot be counted.
    #[error(transparent)]
    Attempts(#[from] AttemptsError),
    /// The password cannot be hashed now.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The password cannot be hashed at all.
    #[error("a password cannot be hashed")]
    Algorithm(#[from] argon2::Error),
}

impl Problematic for IdentityError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooManyAttempts { .. } => ErrorCode::TooManyAttempts,
            Self::BadCredentials => ErrorCode::BadCredentials,
            Self::SessionEnded => ErrorCode::Unauthenticated,
            Self::Taken | Self::CardTaken => ErrorCode::Taken,
            Self::UnknownCard => ErrorCode::UnknownCard,
            Self::CardExpired => ErrorCode::CardExpired,
            Self::NotStudent => ErrorCode::Forbidden,
            Self::NotFound => ErrorCode::NotFound,
            Self::OwnAccount | Self::LastAdmin | Self::ChangedMeanwhile | Self::TooManyImports => {
                ErrorCode::Conflict
            }
            Self::Fields(_) => ErrorCode::Invalid,
            Self::NoKey => ErrorCode::IdentityUnavailable,
            Self::Store(_) | Self::Attempts(_) => ErrorCode::DependencyDown,
            Self::Hashing(HashingError::Full) => ErrorCode::Overloaded,
            Self::Hashing(HashingError::BrokeOff) | Self::Algorithm(_) => ErrorCode::Internal,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { wait } => Some(*wait),
            Self::BadCredentials
            | Self::SessionEnded
            | Self::Taken
            | Self::NotFound
            | Self::OwnAccount
            | Self::LastAdmin
            | Self::ChangedMeanwhile
            | Self::TooManyImports
            | Self::Fields(_)
            | Self::NoKey
            | Self::UnknownCard
            | Self::CardExpired
            | Self::CardTaken
            | Self::NotStudent
            | Self::Store(_)
            | Self::Attempts(_)
            | Self::Hashing(_)
            | Self::Algorithm(_) => None,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        if let Self::Fields(fields) = self { fields.clone() } else { Vec::new() }
    }
}
