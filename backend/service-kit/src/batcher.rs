//! Many requests, one commit: what waits while a commit is under way joins the next one.

use std::{collections::VecDeque, future::Future};

use tokio::sync::{mpsc, oneshot};

use crate::tasks::Tasks;

/// Hands requests to one worker, which takes all that wait at once. Clones are the same batcher.
#[derive(Debug)]
pub struct Batcher<Req, Res> {
    queue: mpsc::Sender<(Req, oneshot::Sender<Res>)>,
}

impl<Req, Res> Clone for Batcher<Req, Res> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

/// Why a request got no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// As many wait as may; nothing was done.
    #[error("too many requests wait")]
    Full,
    /// The worker has ended; the request may have been done.
    #[error("the worker has ended")]
    Closed,
}

impl<Req: Send + 'static, Res: Send + 'static> Batcher<Req, Res> {
    /// Starts the worker. At most `capacity` requests wait, at most `max_batch` go into one call of `work`, which
    /// returns a result for each of them, in order. When the group is asked to stop, what waits is still served.
    pub fn start<F, Fut>(
        tasks: &Tasks,
        name: &'static str,
        capacity: usize,
        max_batch: usize,
        mut work: F,
    ) -> Self
    where
        F: FnMut(Vec<Req>) -> Fut + Send + 'static,
        Fut: Future<Output = Vec<Res>> + Send + 'static,
    {
        let (queue, mut waiting) = mpsc::channel::<(Req, oneshot::Sender<Res>)>(capacity);
        let group = tasks.clone();
        tasks.spawn_worker(name, async move {
            let mut arrived = Vec::with_capacity(max_batch.min(capacity));
            loop {
                tokio::select! {
                    biased;
                    count = waiting.recv_many(&mut arrived, max_batch) => if count == 0 { break },
                    () = group.last_call() => break,
                }
                let (requests, answers): (Vec<_>, VecDeque<_>) = arrived.drain(..).unzip();
                for (result, answer) in work(requests).await.into_iter().zip(answers) {
                    // Whoever asked may have gone away; the work is done all the same.
                    let _ = answer.send(result);
                }
            }
        });
        Self { queue }
    }

    /// Asks for one thing and waits for its result.
    ///
    /// # Errors
    /// See [`BatchError`].
    pub async fn submit(&self, request: Req) -> Result<Res, BatchError> {
        let (answer, result) = oneshot::channel();
        self.queue.try_send((request, answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => BatchError::Full,
            mpsc::error::TrySendError::Closed(_) => BatchError::Closed,
        })?;
        result.await.map_err(|_| BatchError::Closed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_waits_during_a_commit_joins_the_next() {
        let (tasks, gate, sizes) = (Tasks::new(), Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(vec![])));
        let (worker_gate, worker_sizes) = (Arc::clone(&gate), Arc::clone(&sizes));
        let batcher = Batcher::start(&tasks, "test", 10, 4, move |requests: Vec<u32>| {
            let (gate, sizes) = (Arc::clone(&worker_gate), Arc::clone(&worker_sizes));
            async move {
                gate.acquire().await.unwrap().forget();
                sizes.lock().unwrap().push(requests.len());
                requests.into_iter().map(|n| n * 10).collect()
            }
        });
        let ask = |n| {
            let batcher = batcher.clone();
            async move { batcher.submit(n).await }
        };
        let first = ask(1);
        tokio::pin!(first);
        assert!(futures_util::poll!(&mut first).is_pending());
        tokio::task::yield_now().await;
        let rest = futures_util::future::join_all((2..8).map(ask));
        tokio::pin!(rest);
        assert!(futures_util::poll!(&mut rest).is_pending());
        gate.add_permits(10);
        assert_eq!(first.await, Ok(10));
        assert_eq!(rest.await, (2..8).map(|n| Ok(n * 10)).collect::<Vec<_>>());
        assert_eq!(*sizes.lock().unwrap(), [1, 4, 2]);
    }

    #[tokio::test]
    async fn full_is_refused_and_an_ended_worker_is_told() {
        let tasks = Tasks::new();
        let batcher = Batcher::start(&tasks, "test", 1, 1, |_: Vec<()>| std::future::pending::<Vec<()>>());
        let (one, two) = (batcher.submit(()), batcher.submit(()));
        tokio::pin!(one, two);
        assert!(futures_util::poll!(&mut one).is_pending());
        assert_eq!(two.await, Err(BatchError::Full));
        tasks.kill();
        assert_eq!(one.await, Err(BatchError::Closed));
    }
}
