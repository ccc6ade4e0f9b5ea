//! Host of a carried transport.

use std::fmt;

use super::{Call, OnPush, Push, Reply};
use crate::{
    api::Client,
    error::Failure,
    platform::{Guard, Shared},
    socket::Socket,
    transport::Request,
};

/// Answers the calls of a carried transport with a client of its own, which holds the session.
#[derive(Clone)]
pub struct Host {
    client: Client,
    is_allowed: fn(&Request) -> bool,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Host {
    /// Makes a host that sends the requests for which `is_allowed` returns true, and refuses all others.
    pub fn new(client: Client, is_allowed: fn(&Request) -> bool) -> Self {
        Self { client, is_allowed }
    }

    /// Answers `call`.
    ///
    /// # Errors
    /// As the client's call; [`Failure::Unreadable`] for a request that is not allowed.
    pub async fn call(&self, call: Call) -> Result<Reply, Failure> {
        match call {
            Call::Send(request) => {
                self.check(&request)?;
                self.client.send_raw(request).await.map(Reply::Response)
            }
            Call::SendPublic(request) => {
                self.check(&request)?;
                self.client.exchange(&request, None).await.map(Reply::Response)
            }
            Call::SignIn(login) => {
                let signed_in = self.client.sign_in(&login.username, &login.password.0).await?;
                Ok(Reply::Session(Some(signed_in)))
            }
            Call::Resume => self.client.resume().await.map(Reply::Session),
            Call::SignOut => {
                self.client.sign_out().await?;
                Ok(Reply::Session(self.client.signed_in()))
            }
            Call::ChangePassword(change) => {
                self.client.change_password(&change).await?;
                Ok(Reply::Session(self.client.signed_in()))
            }
        }
    }

    /// Opens a socket and passes everything that it and the session push to `on_push`, until the guard is dropped.
    pub fn listen(&self, on_push: OnPush) -> Guard {
        let on_push = Shared::new(on_push);
        let session = {
            let on_push = Shared::clone(&on_push);
            self.client.on_session(move |signed_in| on_push(Push::Session(signed_in)))
        };
        let socket = Socket::open(&self.client, Box::new(move |message| on_push(Push::Socket(message))));
        Box::new((session, socket))
    }

    fn check(&self, request: &Request) -> Result<(), Failure> {
        if (self.is_allowed)(request) {
            return Ok(());
        }
        let Request { method, service, path, .. } = request;
        Err(Failure::Unreadable(format!("{} {service}{path} is not allowed here", method.as_str())))
    }
}
