//! The conformance suites on the embedded adapters.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use messaging::{
    Fanout, OrderQueue,
    conformance::{fanout::FanoutBench, queue::QueueBench},
    embedded::{BroadcastFanout, SqliteOrderQueue},
};
use service_kit::{Clock, Tasks, metrics::Metrics};
use tempfile::TempDir;

const GRACE: Duration = Duration::from_secs(30);

struct Bench {
    folder: TempDir,
    open: Option<(Arc<SqliteOrderQueue>, Tasks)>,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), open: None }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("queue.db")
    }
}

#[async_trait]
impl QueueBench for Bench {
    async fn open(&mut self, capacity: u64) -> Arc<dyn OrderQueue> {
        let tasks = Tasks::new();
        let metrics = Metrics::new("test");
        let queue =
            SqliteOrderQueue::open(&self.file(), capacity, &tasks, Clock::system(), &metrics).await.unwrap();
        self.open = Some((Arc::clone(&queue), tasks));
        queue
    }

    async fn crash(&mut self) {
        let (_queue, tasks) = self.open.take().unwrap();
        tasks.kill();
        tasks.stop(GRACE).await;
    }

    async fn close(&mut self) {
        let (queue, tasks) = self.open.take().unwrap();
        queue.close().await;
        assert!(tasks.stop(GRACE).await, "the workers end by themselves");
    }
}

mod queue {
    use super::Bench;

    messaging::queue_conformance!(Bench::new());
}

struct Air(Option<Arc<BroadcastFanout>>);

#[async_trait]
impl FanoutBench for Air {
    async fn open(&mut self, capacity: usize) -> Arc<dyn Fanout> {
        let fanout = Arc::new(BroadcastFanout::new(capacity));
        self.0 = Some(Arc::clone(&fanout));
        fanout
    }

    async fn close(&mut self) {
        self.0 = None;
    }
}

mod fanout {
    use super::Air;

    messaging::fanout_conformance!(Air(None));
}
