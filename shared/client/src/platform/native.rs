//! Time, chance, tasks and requests of a program: the system's clock, `getrandom`, `tokio`, `reqwest`.

use std::{
    pin::Pin,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use reqwest::{Method, header};
use wire::Time;

use super::{Answer, Ask, REPLAYED};
use crate::error::Failure;

/// What may be handed to another thread, where there are threads.
pub trait Portable: Send + Sync {}
impl<T: Send + Sync> Portable for T {}

/// What has several owners.
pub(crate) type Shared<T> = Arc<T>;
/// What its user does not own.
pub(crate) type Unowned<T> = Weak<T>;
/// A piece of work that somebody waits for.
pub(crate) type Portion<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "a client has the clock of its machine")]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Waits.
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Fills with random bytes.
pub(crate) fn randomize(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        unreachable!("a system without randomness does not get this far");
    }
}

/// Does it whether or not somebody waits.
#[expect(clippy::disallowed_methods, reason = "a client is no service")]
pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(work));
}

/// How services are asked.
#[derive(Debug)]
pub(crate) struct Transport(reqwest::Client);

impl Transport {
    pub(crate) fn new() -> Self {
        Self(reqwest::Client::new())
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn send(&self, ask: &Ask, token: Option<&str>) -> Result<Answer, Failure> {
        let method = Method::from_bytes(ask.method.as_bytes()).unwrap_or_default();
        let mut request = self.0.request(method, &ask.url).timeout(ask.deadline);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(revision) = ask.if_match {
            request = request.header(header::IF_MATCH, format!("\"{revision}\""));
        }
        if let Some((media_type, body)) = &ask.body {
            request = request.header(header::CONTENT_TYPE, *media_type).body(body.clone());
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        let said = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (retry_after, replayed) = (said("retry-after"), said(REPLAYED).is_some());
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|error| failure(&error))?;
        Ok(Answer { status, retry_after, replayed, text })
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}
