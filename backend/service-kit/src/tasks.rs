//! A service's tasks and their end. Every task of a service is spawned here, so that the service can be asked to
//! finish (soft), be cut off (hard), and be known to have ended.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of one service. Clones are the same group.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// Conversations with clients, which are to be finished first.
    conversations: TaskTracker,
    /// Everything else.
    workers: TaskTracker,
    soft: CancellationToken,
    last: CancellationToken,
    hard: CancellationToken,
}

impl Tasks {
    /// An empty group.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task until it ends or the group is cut off.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_on(&self.workers, task);
    }

    /// Runs a conversation with a client: it is finished before the workers that serve it are.
    pub fn spawn_conversation(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_on(&self.conversations, task);
    }

    #[expect(clippy::disallowed_methods, reason = "this is the home of spawning")]
    fn spawn_on(&self, tracker: &TaskTracker, task: impl Future<Output = ()> + Send + 'static) {
        let hard = self.hard.clone();
        drop(tokio::spawn(tracker.track_future(async move {
            tokio::select! {
                biased;
                () = hard.cancelled() => {}
                () = task => {}
            }
        })));
    }

    /// Runs a task that the service cannot be without: when it panics, the whole group is cut off, and whoever
    /// started the service starts it anew from what is stored.
    pub fn spawn_worker(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let hard = self.hard.clone();
        self.spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!(worker = name, "a worker panicked; the service is started anew");
                hard.cancel();
            }
        });
    }

    /// Completes when the group is asked to finish.
    pub async fn stopping(&self) {
        self.soft.cancelled().await;
    }

    /// Whether the group has been asked to finish.
    pub fn is_stopping(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Completes when all conversations are over, and what still waits is the last there will be.
    pub async fn last_call(&self) {
        self.last.cancelled().await;
    }

    /// Waits for as long, or until the group is asked to finish. Returns whether it may go on.
    pub async fn pause(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.soft.cancelled() => false,
            () = tokio::time::sleep(time) => true,
        }
    }

    /// Completes when the group has been cut off.
    pub async fn killed(&self) {
        self.hard.cancelled().await;
    }

    /// Cuts the group off at once, as a crash would.
    pub fn kill(&self) {
        self.hard.cancel();
    }

    /// Asks the group to finish, without waiting for it.
    pub fn ask_to_stop(&self) {
        self.soft.cancel();
    }

    /// Asks the group to finish; cuts it off after `grace`. Returns whether all finished by themselves.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.soft.cancel();
        let in_order = async {
            self.conversations.close();
            self.conversations.wait().await;
            self.last.cancel();
            self.workers.close();
            self.workers.wait().await;
        };
        if tokio::time::timeout(grace, in_order).await.is_ok() {
            return !self.hard.is_cancelled();
        }
        self.hard.cancel();
        self.conversations.wait().await;
        self.workers.close();
        self.workers.wait().await;
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn soft_lets_finish_and_hard_cuts_off() {
        let tasks = Tasks::new();
        let finished = Arc::new(AtomicBool::new(false));
        let (own, flag) = (tasks.clone(), Arc::clone(&finished));
        tasks.spawn(async move {
            own.stopping().await;
            flag.store(true, Ordering::Release);
        });
        assert!(tasks.stop(Duration::from_secs(5)).await);
        assert!(finished.load(Ordering::Acquire));

        let tasks = Tasks::new();
        tasks.spawn(std::future::pending());
        assert!(!tasks.stop(Duration::from_millis(1)).await, "it had to be cut off");
    }

    #[tokio::test]
    async fn a_panic_in_a_worker_ends_the_service() {
        let tasks = Tasks::new();
        tasks.spawn_worker("test", async { panic!("broken on purpose") });
        tasks.killed().await;
    }
}
