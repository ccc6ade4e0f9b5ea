//! The port of login attempts: at most 3 a minute for each user name.
//!
//! - *Window*: exact and sliding. An attempt is allowed when fewer than 3 allowed ones lie within the last 60 s.
//! - *What counts*: every allowed attempt, right or wrong. One that is refused does not extend the window.
//! - *Replicas*: those that count in one place count together.
//! - *Failure*: when the attempts cannot be counted, that is an error, and nobody is let through.

pub mod conformance;
pub mod database;
pub mod memory;
pub mod redis;

use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

/// How many attempts are allowed within the window.
pub const LIMIT: usize = 3;
/// The window.
pub const WINDOW: Duration = Duration::from_secs(60);

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may, and has been counted.
    Allowed,
    /// There were 3 within the last minute.
    Refused {
        /// After how long the next one is allowed; above zero, at most a minute.
        wait: Duration,
    },
}

/// The attempts could not be counted.
#[derive(Debug, thiserror::Error)]
#[error("login attempts cannot be counted")]
pub struct AttemptsError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Counts attempts. See the module for its semantics.
#[async_trait]
pub trait LoginAttempts: Send + Sync + 'static {
    /// Counts an attempt to sign in under this name, which may be any text, or refuses it.
    async fn count(&self, username: &str) -> Result<Attempt, AttemptsError>;

    /// Returns whether an attempt under this name would be allowed, and counts none.
    async fn peek(&self, name: &str) -> Result<Attempt, AttemptsError>;

    /// Forgets what has left the window; called once a minute.
    async fn sweep(&self) -> Result<(), AttemptsError>;

    /// Whether all of it works as it should.
    async fn is_up(&self) -> bool;
}

/// A user name of any length, in 16 bytes.
type Name = [u8; 16];

fn name_of(username: &str) -> Name {
    let mut name = Name::default();
    name.copy_from_slice(&Sha256::digest(username)[..16]);
    name
}
