//! Transport through somebody else, such as a native core behind a page.
//!
//! The page's [`Client`] turns each call into a [`Call`] and hands it to a [`Carrier`]. At the other end a [`Host`] with
//! a client of its own answers it, holds the session and its tokens, and pushes session changes and socket messages
//! back as [`Push`]. All of these serialize, so that they cross IPC. [`channel`] is a carrier within one program.
//!
//! [`Client`]: crate::Client
//! [`channel`]: over_channel

#[cfg(not(target_arch = "wasm32"))]
mod channel;
mod host;

use serde::{Deserialize, Serialize};
use wire::identity::{ChangePassword, Login};

use crate::{
    error::Failure,
    platform::{BoxFuture, Guard, Portable},
    session::SignedIn,
    socket::Message,
    transport::{Request, Response},
};

#[cfg(not(target_arch = "wasm32"))]
pub use channel::over_channel;
pub use host::Host;

/// Call that crosses the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Sends a request in the name of the signed-in user.
    Send(Request),
    /// Sends a request without a token.
    SendPublic(Request),
    /// Signs a user in.
    SignIn(Login),
    /// Resumes or refreshes the session.
    Resume,
    /// Signs out.
    SignOut,
    /// Changes the own password.
    ChangePassword(ChangePassword),
}

/// Answer to a [`Call`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Response of the service, of any status.
    Response(Response),
    /// Session after the call.
    Session(Option<SignedIn>),
}

impl Reply {
    pub(crate) fn into_response(self) -> Result<Response, Failure> {
        match self {
            Self::Response(response) => Ok(response),
            Self::Session(_) => Err(mismatch()),
        }
    }

    pub(crate) fn into_session(self) -> Result<Option<SignedIn>, Failure> {
        match self {
            Self::Session(signed_in) => Ok(signed_in),
            Self::Response(_) => Err(mismatch()),
        }
    }
}

fn mismatch() -> Failure {
    Failure::Unreadable("the carrier's reply does not match the call".to_owned())
}

/// Message that the host pushes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// Session after a change.
    Session(Option<SignedIn>),
    /// Message of the socket, or its state.
    Socket(Message),
}

/// Receiver of pushed messages.
#[cfg(target_arch = "wasm32")]
pub type OnPush = Box<dyn Fn(Push)>;
/// Receiver of pushed messages.
#[cfg(not(target_arch = "wasm32"))]
pub type OnPush = Box<dyn Fn(Push) + Send + Sync>;

/// Side of a carried transport that a [`Client`](crate::Client) uses.
pub trait Carrier: Portable {
    /// Has the host answer `call`.
    fn call(&self, call: Call) -> BoxFuture<Result<Reply, Failure>>;

    /// Opens a socket at the host and passes everything that it and the session push to `on_push`, until the returned
    /// guard is dropped.
    fn listen(&self, on_push: OnPush) -> Guard;
}
