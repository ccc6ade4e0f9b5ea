//! The calls, and the addresses of the services.
//!
//! - [`student`]: the menu, ordering, own orders, the pick-up board
//! - [`staff`]: the kitchen's tickets and the stock
//! - [`kiosk`]: kiosks: sessions of students, heartbeats; their administration
//! - [`admin`]: users, health, chaos, the audit log, dead letters

use std::fmt;

use serde::de::DeserializeOwned;
use wire::ops::ServiceName;

use crate::{
    carried::{Call, Reply},
    error::Failure,
    platform::Shared,
    session::{State, TokenStorage},
    transport::{Method, Request, Response, Route, Transport},
};

pub mod admin;
mod endpoints;
pub mod kiosk;
pub mod staff;
pub mod student;

pub use endpoints::Endpoints;
pub use student::Placed;

/// Client of the platform. Clones share one session.
#[derive(Clone)]
pub struct Client(Shared<Core>);

struct Core {
    session: State,
    transport: Transport,
}

impl Client {
    /// Makes a client over `transport` in which nobody is signed in. A carried transport holds the session itself, so
    /// its storage is [`TokenStorage::External`] whatever `storage` says.
    pub fn new(transport: Transport, storage: TokenStorage) -> Self {
        let storage = match &transport.0 {
            Route::Http(..) => storage,
            Route::Carried(_) => TokenStorage::External,
        };
        Self(Shared::new(Core { session: State::new(storage), transport }))
    }

    pub(crate) fn session(&self) -> &State {
        &self.0.session
    }

    pub(crate) fn route(&self) -> &Route {
        &self.0.transport.0
    }

    /// Sends a request in the name of the signed-in user. Replaces a refused token once.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, Failure> {
        self.send_raw(request).await?.or_problem()
    }

    /// As [`Client::send`], but returns the response whatever its status.
    pub(crate) async fn send_raw(&self, request: Request) -> Result<Response, Failure> {
        if let Route::Carried(_) = self.route() {
            let outcome = self.carry(Call::Send(request)).await;
            if outcome == Err(Failure::SignedOut) {
                self.session().adopt(None);
            }
            return outcome?.into_response();
        }
        let token = self.token().await?;
        let response = self.exchange(&request, token.as_deref()).await?;
        if response.status != 401 || !response.is_unauthenticated() {
            return Ok(response);
        }
        let Some(refused) = token else { return Err(Failure::SignedOut) };
        match self.token_after(&refused).await? {
            Some(token) if token == refused => Ok(response),
            Some(token) => self.exchange(&request, Some(&token)).await,
            None => Err(Failure::SignedOut),
        }
    }

    /// Sends a request with `token` or none.
    pub(crate) async fn send_as(&self, request: &Request, token: Option<&str>) -> Result<Response, Failure> {
        self.exchange(request, token).await?.or_problem()
    }

    /// Sends a request with `token` or none, and returns the response whatever its status.
    pub(crate) async fn exchange(&self, request: &Request, token: Option<&str>) -> Result<Response, Failure> {
        match self.route() {
            Route::Http(endpoints, http) => http.send(endpoints, request, token).await,
            Route::Carried(_) => self.carry(Call::SendPublic(request.clone())).await?.into_response(),
        }
    }

    /// Has the carrier answer `call`.
    pub(crate) async fn carry(&self, call: Call) -> Result<Reply, Failure> {
        match self.route() {
            Route::Carried(carrier) => carrier.call(call).await,
            Route::Http(..) => unreachable!("only a carried transport carries"),
        }
    }

    /// Fetches something in the name of the signed-in user.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        service: ServiceName,
        path: impl Into<String>,
    ) -> Result<T, Failure> {
        self.send(Request::new(Method::Get, service, path)).await?.read()
    }

    /// Fetches something public.
    pub(crate) async fn get_public<T: DeserializeOwned>(
        &self,
        service: ServiceName,
        path: impl Into<String>,
    ) -> Result<T, Failure> {
        self.send_as(&Request::new(Method::Get, service, path), None).await?.read()
    }
}

/// Two clients are equal if they share one session.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Shared::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("transport", &self.0.transport).finish_non_exhaustive()
    }
}

/// Returns a text as it may stand in a query: all but `A-Z a-z 0-9 - _ . ~` percent-encoded.
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            written.push(char::from(byte));
        } else {
            written.push('%');
            written.push(char::from(DIGITS[usize::from(byte >> 4)]));
            written.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_of_a_query_are_encoded() {
        assert_eq!(encoded("student-1_a.b~"), "student-1_a.b~");
        assert_eq!(encoded("a b&c=d@é"), "a%20b%26c%3Dd%40%C3%A9");
    }
}
