//! Waiting for a condition. The only place where a scenario sleeps.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// How long a condition may take before the scenario has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until `look` sees what is wanted (`Ok`), and returns it. What it saw last (`Err`) is in the message when it
/// never comes.
///
/// # Panics
/// The condition does not come about within a minute.
pub async fn until<T, S: Debug>(what: &str, look: impl AsyncFnMut() -> Result<T, S>) -> T {
    until_within(PATIENCE, what, look).await
}

/// As [`until`], with another patience.
///
/// # Panics
/// The condition does not come about in time.
pub async fn until_within<T, S: Debug>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, S>,
) -> T {
    let started = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) if started.elapsed() > patience => panic!("waited for {what}, and saw last: {last:?}"),
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Lets time pass: for loads that go on for a while, never for something to become true.
pub async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}
