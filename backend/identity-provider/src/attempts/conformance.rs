//! What every adapter of the login attempts must show, as functions that its tests call. `pass` lets that much
//! time pass for the adapter.
#![expect(clippy::panic, clippy::unwrap_used, reason = "these are the bodies of tests")]

use std::time::Duration;

use super::{Attempt, LoginAttempts};

/// The fourth within a minute is refused, with the time to wait, and does not extend the window.
///
/// # Panics
/// The adapter is wrong.
pub async fn the_fourth_within_a_minute_waits(attempts: &dyn LoginAttempts, pass: impl AsyncFn(Duration)) {
    let ask = async || attempts.count("rahim").await.unwrap();
    let peek = async || attempts.peek("rahim").await.unwrap();
    for _ in 0..3 {
        assert_eq!(peek().await, Attempt::Allowed);
        assert_eq!(ask().await, Attempt::Allowed);
        pass(Duration::from_secs(10)).await;
    }
    let Attempt::Refused { wait } = peek().await else { panic!("a fourth would be allowed") };
    assert!(wait <= Duration::from_secs(30) && wait > Duration::from_secs(28), "{wait:?}");
    // The first was 30 s ago.
    for _ in 0..5 {
        let Attempt::Refused { wait } = ask().await else { panic!("the fourth was allowed") };
        assert!(wait <= Duration::from_secs(30) && wait > Duration::from_secs(28), "{wait:?}");
    }
    pass(Duration::from_secs(30)).await;
    for _ in 0..5 {
        assert_eq!(peek().await, Attempt::Allowed, "peeking counts nothing");
    }
    assert_eq!(ask().await, Attempt::Allowed, "the first has left the window");
    let Attempt::Refused { wait } = ask().await else { panic!("the window does not slide") };
    assert!(wait <= Duration::from_secs(10), "{wait:?}");
}

/// Names do not disturb each other, however like they are, and may be any text.
///
/// # Panics
/// The adapter is wrong.
pub async fn each_name_has_its_own_window(attempts: &dyn LoginAttempts) {
    let long = "x".repeat(10_000);
    for name in ["karim", "Karim", "karim ", "", "\0", "*", "করিম", "a:b", long.as_str()] {
        for _ in 0..3 {
            assert_eq!(attempts.count(name).await.unwrap(), Attempt::Allowed, "{name:?}");
        }
        assert!(matches!(attempts.count(name).await.unwrap(), Attempt::Refused { .. }), "{name:?}");
    }
}
