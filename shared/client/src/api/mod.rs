//! The calls, and where the services are.
//!
//! - [`student`]: the menu, ordering, one's own orders, the board
//! - [`staff`]: the kitchen's tickets and the stock
//! - [`admin`]: users, health, drills, the audit trail, dead letters

use std::{fmt, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use wire::{ErrorCode, Problem, ops::ServiceName};

use crate::{
    error::Failure,
    platform::{Answer, Ask, Shared, Transport},
    session::{Keeping, State},
};

pub mod admin;
mod endpoints;
pub mod staff;
pub mod student;

pub use endpoints::Endpoints;
pub use student::Placed;

/// How long an answer may take, unless the call says otherwise.
const DEADLINE: Duration = Duration::from_secs(10);
/// The media type of bodies.
const JSON: &str = "application/json";

/// The client of the platform. Clones share one session.
#[derive(Clone)]
pub struct Client(Shared<Core>);

struct Core {
    endpoints: Endpoints,
    session: State,
    transport: Transport,
}

impl Client {
    /// A client of the services at these addresses. Nobody is signed in.
    pub fn new(endpoints: Endpoints, keeping: Keeping) -> Self {
        Self(Shared::new(Core { endpoints, session: State::new(keeping), transport: Transport::new() }))
    }

    /// Where the services are.
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    pub(crate) fn session(&self) -> &State {
        &self.0.session
    }

    /// A request that says nothing yet.
    pub(crate) fn ask(&self, method: &'static str, service: ServiceName, path: &str) -> Ask {
        let url = format!("{}{path}", self.0.endpoints.url(service));
        Ask { method, url, body: None, if_match: None, deadline: DEADLINE }
    }

    /// Sends a request in the name of whoever is signed in. A token that is not taken is replaced, once.
    pub(crate) async fn send(&self, ask: &Ask) -> Result<Answer, Failure> {
        let token = self.token().await?;
        let failure = match self.send_as(ask, token.as_deref()).await {
            Err(failure) if failure.code() == Some(ErrorCode::Unauthenticated) => failure,
            answer => return answer,
        };
        let Some(refused) = token else { return Err(Failure::SignedOut) };
        match self.token_after(&refused).await? {
            Some(token) if token == refused => Err(failure),
            Some(token) => self.send_as(ask, Some(&token)).await,
            None => Err(Failure::SignedOut),
        }
    }

    /// Sends a request with this token or none.
    pub(crate) async fn send_as(&self, ask: &Ask, token: Option<&str>) -> Result<Answer, Failure> {
        self.0.transport.send(ask, token).await?.or_problem()
    }

    /// Sends a request without a token, and takes any answer for one.
    async fn send_raw(&self, ask: &Ask) -> Result<Answer, Failure> {
        self.0.transport.send(ask, None).await
    }

    /// Asks for something in the name of whoever is signed in.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        service: ServiceName,
        path: &str,
    ) -> Result<T, Failure> {
        self.send(&self.ask("GET", service, path)).await?.read()
    }

    /// Asks for something that is everybody's.
    pub(crate) async fn get_public<T: DeserializeOwned>(
        &self,
        service: ServiceName,
        path: &str,
    ) -> Result<T, Failure> {
        self.send_as(&self.ask("GET", service, path), None).await?.read()
    }
}

/// Two clients are equal when they share one session.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Shared::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoints", &self.0.endpoints).finish_non_exhaustive()
    }
}

impl Ask {
    /// With a body in JSON.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        // What travels on the wire has text keys and finite numbers, so it can be written.
        self.body = Some((JSON, serde_json::to_string(body).unwrap_or_default()));
        self
    }
}

impl Answer {
    /// The answer, or the problem that it is.
    fn or_problem(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        match serde_json::from_str::<Problem>(&self.text) {
            Ok(problem) => {
                let seconds = self.retry_after.and_then(|text| text.trim().parse().ok());
                Err(Failure::Problem {
                    problem: Box::new(problem),
                    retry_after: seconds.map(Duration::from_secs),
                })
            }
            // What stands before the services says so when none of them is there.
            Err(_) if matches!(self.status, 502..=504) => Err(Failure::Unreachable),
            Err(_) => Err(Failure::Unreadable(format!("status {}", self.status))),
        }
    }

    /// What it says.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| Failure::Unreadable(error.to_string()))
    }
}

/// A text as it may stand in a query: all but `A-Z a-z 0-9 - _ . ~` as `%` and two digits.
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
    fn what_has_a_meaning_in_a_query_is_encoded() {
        assert_eq!(encoded("student-1_a.b~"), "student-1_a.b~");
        assert_eq!(encoded("a b&c=d@é"), "a%20b%26c%3Dd%40%C3%A9");
    }

    #[test]
    fn an_answer_is_what_it_says_or_a_failure() {
        let answer = |status, text: &str| {
            let retry_after = Some("3".to_owned());
            Answer { status, retry_after, replayed: false, text: text.to_owned() }.or_problem()
        };
        assert_eq!(answer(200, "7").unwrap().read::<u32>(), Ok(7));
        assert!(matches!(answer(200, "<html>").unwrap().read::<u32>(), Err(Failure::Unreadable(_))));
        let problem = Problem::new(ErrorCode::QueueUnavailable);
        let failure = answer(503, &serde_json::to_string(&problem).unwrap()).unwrap_err();
        assert_eq!(failure.code(), Some(ErrorCode::QueueUnavailable));
        assert_eq!(failure.retry_after(), Some(Duration::from_secs(3)));
        assert!(failure.is_worth_retrying());
        assert_eq!(answer(502, "").unwrap_err(), Failure::Unreachable);
        assert_eq!(answer(404, "Not found").unwrap_err(), Failure::Unreadable("status 404".to_owned()));
    }
}
