//! Platform of programs: the system clock, `getrandom`, `tokio`, `reqwest`.

use std::{
    any::Any,
    pin::Pin,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use reqwest::header;
use wire::Time;

use crate::{
    api::Endpoints,
    error::Failure,
    transport::{REPLAYED, Request, Response},
};

/// Value that may move to another thread, where there are threads.
pub trait Portable: Send + Sync {}
impl<T: Send + Sync + ?Sized> Portable for T {}

/// Shared ownership.
pub type Shared<T> = Arc<T>;
/// Reference without ownership.
pub type WeakShared<T> = Weak<T>;
/// Boxed future.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Value that keeps something alive until it is dropped.
pub type Guard = Box<dyn Any + Send + Sync>;

/// Returns the present time of this machine.
#[expect(clippy::disallowed_methods, reason = "a client has the clock of its machine")]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Waits for `delay`.
pub async fn sleep(delay: Duration) {
    tokio::time::sleep(delay).await;
}

/// Runs `work` in the background. Needs a `tokio` runtime.
#[expect(clippy::disallowed_methods, reason = "a client is not a service")]
pub fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(work));
}

pub(crate) fn randomize(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        unreachable!("a system without randomness does not get this far");
    }
}

/// HTTP by `reqwest`.
#[derive(Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new() -> Self {
        Self(reqwest::Client::new())
    }

    /// Sends `request` and reads the response to its end.
    pub(crate) async fn send(
        &self,
        endpoints: &Endpoints,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Response, Failure> {
        let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes()).unwrap_or_default();
        let url = endpoints.address(request.service, &request.path);
        let mut sent = self.0.request(method, url).timeout(request.timeout);
        if let Some(token) = token {
            sent = sent.bearer_auth(token);
        }
        if let Some(revision) = request.if_match {
            sent = sent.header(header::IF_MATCH, format!("\"{revision}\""));
        }
        if let Some(body) = &request.body {
            sent = sent.header(header::CONTENT_TYPE, body.media_type()).body(body.text().to_owned());
        }
        let response = sent.send().await.map_err(|error| failure(&error))?;
        let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (retry_after, replayed) = (header("retry-after"), header(REPLAYED).is_some());
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|error| failure(&error))?;
        Ok(Response { status, retry_after, replayed, text })
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable }
}
