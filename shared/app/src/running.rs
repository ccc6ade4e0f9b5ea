//! Background work that lives as long as its guard.

use std::{fmt, time::Duration};

use client::platform::{self, Guard};
use futures_util::{FutureExt as _, future::AbortHandle};

/// Share by which [`poll_delay`] varies a delay, so that pages that lose their sockets together poll apart.
const POLL_JITTER: f64 = 0.25;

/// Keeps a state current. Dropping it ends the work.
#[must_use = "dropping the guard ends the work"]
#[derive(Default)]
pub struct Running(Vec<Guard>);

impl Running {
    /// Adds a subscription or a listener.
    pub(crate) fn keep(&mut self, guard: impl Sized + client::Portable + 'static) {
        self.0.push(Box::new(guard));
    }

    /// Runs `work` until the guard is dropped.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn run(&mut self, work: impl Future<Output = ()> + 'static) {
        let (work, handle) = futures_util::future::abortable(work);
        platform::spawn(work.map(drop));
        self.keep(AbortOnDrop(handle));
    }

    /// Runs `work` until the guard is dropped.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn run(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let (work, handle) = futures_util::future::abortable(work);
        platform::spawn(work.map(drop));
        self.keep(AbortOnDrop(handle));
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", self.0.len())
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for `interval`, a quarter more or less.
pub(crate) async fn poll_delay(interval: Duration) {
    platform::sleep(client::random::jitter(interval, POLL_JITTER)).await;
}
