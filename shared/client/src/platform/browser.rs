//! Time, chance, tasks and requests of a page: all of them the browser's own.

use std::{
    pin::Pin,
    rc::{Rc, Weak},
    time::Duration,
};

use gloo_timers::{callback::Timeout, future::TimeoutFuture};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestCredentials, RequestInit, Response};
use wire::Time;

use super::{Answer, Ask, REPLAYED};
use crate::error::Failure;

/// What may be handed to another thread, where there are threads. A page has one.
pub trait Portable {}
impl<T> Portable for T {}

/// What has several owners.
pub(crate) type Shared<T> = Rc<T>;
/// What its user does not own.
pub(crate) type Unowned<T> = Weak<T>;
/// A piece of work that somebody waits for.
pub(crate) type Portion<T> = Pin<Box<dyn Future<Output = T>>>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// What time it is.
pub fn now() -> Time {
    // Milliseconds since 1970 are whole, and far below 2^53.
    Time::from_millis(js_sys::Date::now() as i64)
}

/// Waits.
pub async fn pause(time: Duration) {
    TimeoutFuture::new(millis(time)).await;
}

/// As timers count, which is up to 24 days.
pub(crate) fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs())
}

/// Fills with random bytes.
pub(crate) fn randomize(bytes: &mut [u8]) {
    get_random_values(bytes);
}

/// Does it whether or not somebody waits.
pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// How services are asked.
#[derive(Debug)]
pub(crate) struct Transport;

impl Transport {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn send(&self, ask: &Ask, token: Option<&str>) -> Result<Answer, Failure> {
        let given_up = AbortOnDrop(AbortController::new().map_err(|_| Failure::Unreachable)?);
        let signal = given_up.0.signal();
        let bell = given_up.0.clone();
        let _deadline = Timeout::new(millis(ask.deadline), move || bell.abort());
        answer(ask, token, &given_up.0)
            .await
            .map_err(|_| if signal.aborted() { Failure::TimedOut } else { Failure::Unreachable })
    }
}

/// A request that nobody waits for any more is ended.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn answer(ask: &Ask, token: Option<&str>, until: &AbortController) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    if let Some(revision) = ask.if_match {
        headers.set("if-match", &format!("\"{revision}\""))?;
    }
    let init = RequestInit::new();
    if let Some((media_type, body)) = &ask.body {
        headers.set("content-type", media_type)?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_method(ask.method);
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_signal(Some(&until.signal()));
    let response: Response = JsFuture::from(fetch(&ask.url, &init)).await?.unchecked_into();
    let headers = response.headers();
    let (retry_after, replayed) = (headers.get("retry-after")?, headers.has(REPLAYED)?);
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok(Answer { status: response.status(), retry_after, replayed, text })
}
