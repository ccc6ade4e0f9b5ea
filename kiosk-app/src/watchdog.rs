//! End of the app when its page is frozen or dead. A webview without a page shows a white window for ever, so the app ends
//! and its supervisor starts it again. The outbox is synced at every commit, so that nothing is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tauri::{AppHandle, Runtime};

/// Longest time without a heartbeat of the page.
const PAGE_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time until the first heartbeat.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// Interval of the checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Status with which the app ends (`EX_SOFTWARE` of sysexits.h).
const FROZEN: i32 = 70;

/// Watchdog of the page.
#[derive(Debug)]
pub(crate) struct Watchdog {
    begin: Instant,
    /// Milliseconds from the start to the last heartbeat; 0 before the first.
    last: Arc<AtomicU64>,
}

impl Watchdog {
    /// Starts watching.
    pub(crate) fn start<R: Runtime>(app: AppHandle<R>) -> Self {
        let watchdog = Self { begin: Instant::now(), last: Arc::default() };
        let (begin, last) = (watchdog.begin, Arc::clone(&watchdog.last));
        tauri::async_runtime::spawn(async move {
            loop {
                tokio::time::sleep(CHECK_INTERVAL).await;
                let heard = last.load(Ordering::Relaxed);
                let timeout = if heard == 0 { START_TIMEOUT } else { PAGE_TIMEOUT };
                if begin.elapsed().saturating_sub(Duration::from_millis(heard)) > timeout {
                    tracing::error!("the page is frozen; the app ends, to be started again");
                    // The event loop may hang with the page, so the process ends whether or not the loop does.
                    app.exit(FROZEN);
                    tokio::time::sleep(CHECK_INTERVAL).await;
                    std::process::exit(FROZEN);
                }
            }
        });
        watchdog
    }

    /// Takes a heartbeat of the page, and passes it on to the service manager.
    pub(crate) fn page_is_alive(&self) {
        let elapsed = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let is_first = self.last.swap(elapsed, Ordering::Relaxed) == 0;
        if is_first {
            tracing::info!(after_ms = elapsed, "the page is drawn");
        }
        notify_service_manager(if is_first { "READY=1\nWATCHDOG=1" } else { "WATCHDOG=1" });
    }
}

/// Sends a state to systemd, where it listens.
#[cfg(target_os = "linux")]
fn notify_service_manager(state: &str) {
    use std::{env, os::unix::net::UnixDatagram, path::PathBuf};

    let Some(address) = env::var_os("NOTIFY_SOCKET").map(PathBuf::from) else { return };
    let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), address));
    if let Err(error) = sent {
        tracing::debug!(%error, "the service manager does not hear the heartbeat");
    }
}

/// Does nothing: Windows has no service manager for programs with a window.
#[cfg(not(target_os = "linux"))]
fn notify_service_manager(_: &str) {}
