//! What every adapter must show, as functions that its tests call. An adapter's tests give a bench and get all of it:
//! [`queue_conformance!`](crate::queue_conformance), [`fanout_conformance!`](crate::fanout_conformance).

pub mod fanout;
pub mod queue;

use std::{future::Future, time::Duration};

/// Long enough for a slow machine; whoever waits longer waits for something that will not come.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits for what must come; says what it was when it does not come within a minute.
pub async fn patience<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let Ok(got) = tokio::time::timeout(LIMIT, wait).await else { panic!("waited in vain for {what}") };
    got
}
