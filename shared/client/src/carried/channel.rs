//! Carrier within one program: calls and pushes cross a channel as JSON, as they would cross IPC.

use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot};

use super::{Call, Carrier, Host, OnPush, Push, Reply};
use crate::{
    error::Failure,
    platform::{BoxFuture, Guard, Shared, spawn},
};

/// Calls that may wait for the host.
const CAPACITY: usize = 256;

type Envelope = (String, oneshot::Sender<String>);

struct Channel {
    calls: mpsc::Sender<Envelope>,
    host: Host,
}

/// Returns a carrier whose calls `host` answers in a task of its own. Needs a `tokio` runtime.
pub fn over_channel(host: Host) -> Shared<dyn Carrier> {
    let (calls, mut waiting) = mpsc::channel::<Envelope>(CAPACITY);
    let answering = host.clone();
    spawn(async move {
        while let Some((call, reply)) = waiting.recv().await {
            let host = answering.clone();
            spawn(async move {
                let outcome = match read::<Call>(&call) {
                    Ok(call) => host.call(call).await,
                    Err(failure) => Err(failure),
                };
                // A caller that has gone needs no reply.
                let _ = reply.send(write(&outcome));
            });
        }
    });
    Shared::new(Channel { calls, host })
}

impl Carrier for Channel {
    fn call(&self, call: Call) -> BoxFuture<Result<Reply, Failure>> {
        let calls = self.calls.clone();
        Box::pin(async move {
            let (reply, outcome) = oneshot::channel();
            calls.send((write(&call), reply)).await.map_err(|_| Failure::Unreachable)?;
            read::<Result<Reply, Failure>>(&outcome.await.map_err(|_| Failure::Unreachable)?)?
        })
    }

    fn listen(&self, on_push: OnPush) -> Guard {
        self.host.listen(Box::new(move |push| {
            if let Ok(push) = read::<Push>(&write(&push)) {
                on_push(push);
            }
        }))
    }
}

fn write(value: &impl Serialize) -> String {
    // Types of the carrier have text keys, so they serialize.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Unreadable(error.to_string()))
}
