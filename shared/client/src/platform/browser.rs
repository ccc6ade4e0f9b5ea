//! Platform of pages: clock, timers, randomness and `fetch` of the browser.

use std::{
    any::Any,
    pin::Pin,
    rc::{Rc, Weak},
    time::Duration,
};

use gloo_timers::{callback::Timeout, future::TimeoutFuture};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestCredentials, RequestInit};
use wire::Time;

use crate::{
    api::Endpoints,
    error::Failure,
    transport::{REPLAYED, Request, Response},
};

/// Value that may move to another thread, where there are threads. A page has one.
pub trait Portable {}
impl<T: ?Sized> Portable for T {}

/// Shared ownership.
pub type Shared<T> = Rc<T>;
/// Reference without ownership.
pub type WeakShared<T> = Weak<T>;
/// Boxed future.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;
/// Value that keeps something alive until it is dropped.
pub type Guard = Box<dyn Any>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &RequestInit) -> Promise;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]);
}

/// Returns the present time of this device.
pub fn now() -> Time {
    // Milliseconds since 1970 are whole and far below 2^53.
    Time::from_millis(js_sys::Date::now() as i64)
}

/// Waits for `delay`.
pub async fn sleep(delay: Duration) {
    TimeoutFuture::new(millis(delay)).await;
}

/// Runs `work` in the background.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Returns `delay` in milliseconds, at most the 24 days that timers know.
pub(crate) fn millis(delay: Duration) -> u32 {
    u32::try_from(delay.as_millis()).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs())
}

pub(crate) fn randomize(bytes: &mut [u8]) {
    get_random_values(bytes);
}

/// HTTP by `fetch`.
#[derive(Debug)]
pub(crate) struct Http;

impl Http {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Sends `request` and reads the response to its end.
    pub(crate) async fn send(
        &self,
        endpoints: &Endpoints,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Response, Failure> {
        let abort = AbortOnDrop(AbortController::new().map_err(|_| Failure::Unreachable)?);
        let signal = abort.0.signal();
        let controller = abort.0.clone();
        let _deadline = Timeout::new(millis(request.timeout), move || controller.abort());
        let url = endpoints.address(request.service, &request.path);
        respond(&url, request, token, &abort.0)
            .await
            .map_err(|_| if signal.aborted() { Failure::TimedOut } else { Failure::Unreachable })
    }
}

/// Aborts a request whose caller has gone.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn respond(
    url: &str,
    request: &Request,
    token: Option<&str>,
    abort: &AbortController,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    if let Some(revision) = request.if_match {
        headers.set("if-match", &format!("\"{revision}\""))?;
    }
    let init = RequestInit::new();
    if let Some(body) = &request.body {
        headers.set("content-type", body.media_type())?;
        init.set_body(&JsValue::from_str(body.text()));
    }
    init.set_method(request.method.as_str());
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_signal(Some(&abort.signal()));
    let response: web_sys::Response = JsFuture::from(fetch(url, &init)).await?.unchecked_into();
    let headers = response.headers();
    let (retry_after, replayed) = (headers.get("retry-after")?, headers.has(REPLAYED)?);
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok(Response { status: response.status(), retry_after, replayed, text })
}
