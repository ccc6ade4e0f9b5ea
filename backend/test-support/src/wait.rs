//! Waiting for a condition. The only place where tests sleep.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// Time within which a condition has to come about, unless the test says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// Time between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Waits until `look` returns `Ok`, and returns its value. The last `Err` is in the message of a failure.
///
/// # Panics
/// The condition does not come about within [`DEFAULT_TIMEOUT`].
pub async fn until<T, S: Debug>(what: &str, look: impl AsyncFnMut() -> Result<T, S>) -> T {
    until_within(DEFAULT_TIMEOUT, what, look).await
}

/// Waits as [`until`] does, with another timeout.
///
/// # Panics
/// The condition does not come about in time.
pub async fn until_within<T, S: Debug>(
    timeout: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, S>,
) -> T {
    let started = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) => check(started, timeout, what, &last),
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Waits as [`until`] does, for callers whose own future has to be `Send`, such as methods of boxed traits: the compiler
/// cannot show that of an asynchronous closure, and `look` is a plain one that returns a future.
///
/// # Panics
/// The condition does not come about within [`DEFAULT_TIMEOUT`].
pub async fn until_ready<T, S: Debug, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, S>>,
{
    let started = Instant::now();
    loop {
        match look().await {
            Ok(seen) => return seen,
            Err(last) => check(started, DEFAULT_TIMEOUT, what, &last),
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Waits until `holds` returns true.
///
/// # Panics
/// It does not within [`DEFAULT_TIMEOUT`].
pub async fn until_true(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    until(what, async || if holds().await { Ok(()) } else { Err("not yet") }).await;
}

/// Waits as [`until`] does, and blocks the thread: for callers that are not asynchronous.
///
/// # Panics
/// The condition does not come about within [`DEFAULT_TIMEOUT`].
pub fn until_blocking<T, S: Debug>(what: &str, mut look: impl FnMut() -> Result<T, S>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(seen) => return seen,
            Err(last) => check(started, DEFAULT_TIMEOUT, what, &last),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn check(started: Instant, timeout: Duration, what: &str, last: &dyn Debug) {
    assert!(started.elapsed() <= timeout, "waited for {what}, and saw last: {last:?}");
}

/// Reads a stream until it yields what is wanted, and returns that. What came before is in the message of a failure.
///
/// # Panics
/// The stream ends, or nothing wanted comes within [`DEFAULT_TIMEOUT`].
pub async fn first<T: Debug>(mut next: impl AsyncFnMut() -> Option<T>, wanted: impl Fn(&T) -> bool) -> T {
    let mut seen = Vec::new();
    let search = async {
        loop {
            let item = next().await?;
            if wanted(&item) {
                return Some(item);
            }
            seen.push(item);
        }
    };
    match tokio::time::timeout(DEFAULT_TIMEOUT, search).await {
        Ok(Some(item)) => item,
        Ok(None) => panic!("the stream ended after {seen:?}"),
        Err(_) => panic!("only these came: {seen:?}"),
    }
}

/// Lets time pass: for loads that go on for a while, never for something to become true.
pub async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_condition_that_never_comes_is_reported_with_the_last_state() {
        let started = Instant::now();
        check(started, DEFAULT_TIMEOUT, "tea", &"cold");
        let late = started.checked_sub(Duration::from_secs(61)).unwrap();
        let failure = catch_unwind(|| check(late, DEFAULT_TIMEOUT, "tea", &"cold")).unwrap_err();
        let message = failure.downcast_ref::<String>().unwrap();
        assert_eq!(message, "waited for tea, and saw last: \"cold\"");
    }

    #[tokio::test]
    async fn waiting_ends_when_the_condition_holds() {
        let mut looks = 0;
        let mut look = || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err(looks) }
        };
        assert_eq!(until_blocking("three looks", &mut look), 3);
        let mut left = 3;
        until_true("nothing to be left", async || {
            left -= 1;
            left == 0
        })
        .await;
        let mut numbers = 1..;
        assert_eq!(first(async || numbers.next(), |number| *number == 5).await, 5);
    }
}
