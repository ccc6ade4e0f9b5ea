//! The conformance suites on the embedded adapters, and what the queue does when its disk refuses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

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

/// What is particular to these adapters.
mod own {
    use std::{path::Path, sync::Arc};

    use messaging::{
        Fanout as _, News, OrderQueue as _, conformance::patience, embedded::BroadcastFanout,
        embedded::SqliteOrderQueue,
    };
    use service_kit::{Clock, Tasks, metrics::Metrics};
    use wire::event::Event;

    async fn open(folder: &Path, tasks: &Tasks, metrics: &Metrics) -> Arc<SqliteOrderQueue> {
        SqliteOrderQueue::open(&folder.join("queue.db"), 20, tasks, Clock::system(), metrics).await.unwrap()
    }

    #[tokio::test]
    async fn the_bound_is_exact() {
        let folder = tempfile::tempdir().unwrap();
        let queue = open(folder.path(), &Tasks::new(), &Metrics::new("test")).await;
        let answers =
            futures_util::future::join_all((0..100_u8).map(|number| queue.publish(vec![number]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 20);
        assert_eq!(queue.stats().await.unwrap().depth, 20);
    }

    #[tokio::test]
    async fn either_closing_or_the_end_of_the_service_ends_the_loop() {
        for by_closing in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let tasks = Tasks::new();
            let queue = open(folder.path(), &tasks, &Metrics::new("test")).await;
            let mut consumer = queue.consumer();
            let end = async {
                // After as many looks by somebody else the consumer has looked too, and waits.
                for _ in 0..50 {
                    queue.dead_letters(1).await.unwrap();
                }
                if by_closing {
                    queue.close().await;
                } else {
                    tasks.ask_to_stop();
                }
            };
            let (got, ()) = patience("the end", async { tokio::join!(consumer.receive(1), end) }).await;
            assert_eq!(got, None);
        }
    }

    #[tokio::test]
    async fn operators_see_the_figures() {
        let folder = tempfile::tempdir().unwrap();
        let (tasks, metrics) = (Tasks::new(), Metrics::new("test"));
        let queue = open(folder.path(), &tasks, &metrics).await;
        for body in [b"one", b"two"] {
            queue.publish(body.to_vec()).await.unwrap();
        }
        let mut consumer = queue.consumer();
        let taken = patience("messages", consumer.receive(2)).await.unwrap();
        consumer.set_aside(taken[0].tag, "broken").await.unwrap();
        let values = metrics.values();
        assert_eq!(values["orders_queue_depth"], 1.0);
        assert_eq!(values["queue_dead_letters"], 1.0);
        assert_eq!(values["queue_confirm_seconds_count"], 2.0);
        assert_eq!(values["queue_orders_per_commit_sum"], 2.0);
        patience("the age of the oldest order", async {
            while metrics.values()["queue_oldest_seconds"] <= 0.0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        consumer.acknowledge(&[taken[1].tag]).await;
        assert_eq!(metrics.values()["orders_queue_depth"], 0.0);
    }

    #[tokio::test]
    async fn an_event_is_shared_by_its_listeners_not_copied() {
        let fanout = BroadcastFanout::default();
        let (mut one, mut other) = (fanout.subscribe(), fanout.subscribe());
        fanout.publish(vec![Event::Menu]).await.unwrap();
        let (Some(News::Event(one)), Some(News::Event(other))) = (one.next().await, other.next().await)
        else {
            panic!("an event was published")
        };
        assert!(Arc::ptr_eq(&one, &other));
    }
}

/// What a broken disk does, done by triggers from another connection.
mod storage {
    use messaging::{
        PublishError,
        conformance::{patience, queue::QueueBench},
    };
    use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

    use super::Bench;

    /// Writing fails, and the transaction is rolled back as when the disk is full.
    const BREAK: &str = "
        CREATE TRIGGER broken_insert BEFORE INSERT ON messages BEGIN SELECT RAISE(ROLLBACK, 'broken'); END;
        CREATE TRIGGER broken_delete BEFORE DELETE ON messages BEGIN SELECT RAISE(ROLLBACK, 'broken'); END;
        CREATE TRIGGER broken_probe BEFORE UPDATE ON probe BEGIN SELECT RAISE(ROLLBACK, 'broken'); END;
    ";
    const MEND: &str = "DROP TRIGGER broken_insert; DROP TRIGGER broken_delete; DROP TRIGGER broken_probe;";

    /// Only the commit fails.
    const BREAK_COMMIT: &str = "
        CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE orphan (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER broken AFTER INSERT ON messages BEGIN INSERT INTO orphan VALUES (1); END;
    ";
    const MEND_COMMIT: &str = "DROP TRIGGER broken;";

    async fn run(bench: &Bench, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(bench.file());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_accepted_while_the_disk_refuses_and_it_heals_by_itself() {
        let mut bench = Bench::new();
        let queue = bench.open(3).await;
        queue.publish(b"before".to_vec()).await.unwrap();
        run(&bench, BREAK).await;
        for _ in 0..5 {
            assert_eq!(queue.publish(b"refused".to_vec()).await, Err(PublishError::Unavailable));
        }
        assert!(!queue.is_up().await);
        run(&bench, MEND).await;
        assert!(queue.is_up().await, "a health check is enough to see that writing works again");
        run(&bench, BREAK).await;
        assert_eq!(queue.publish(b"refused".to_vec()).await, Err(PublishError::Unavailable));
        run(&bench, MEND).await;
        queue.publish(b"after".to_vec()).await.unwrap();
        assert!(queue.is_up().await);
        assert_eq!(queue.stats().await.unwrap().depth, 2, "what was refused takes no room");
        let mut consumer = queue.consumer();
        let taken = patience("messages", consumer.receive(10)).await.unwrap();
        let bodies: Vec<_> = taken.into_iter().map(|one| one.body).collect();
        assert_eq!(bodies, [b"before".to_vec(), b"after".to_vec()]);
    }

    #[tokio::test]
    async fn a_failed_commit_is_not_known_and_the_next_one_works() {
        let mut bench = Bench::new();
        let queue = bench.open(10).await;
        run(&bench, BREAK_COMMIT).await;
        assert_eq!(queue.publish(b"unknown".to_vec()).await, Err(PublishError::Unknown));
        assert_eq!(queue.publish(b"unknown".to_vec()).await, Err(PublishError::Unknown));
        run(&bench, MEND_COMMIT).await;
        queue.publish(b"after".to_vec()).await.unwrap();
        assert_eq!(queue.stats().await.unwrap().depth, 1);
    }

    #[tokio::test]
    async fn acknowledgements_outlive_a_disk_that_refuses_for_a_while() {
        let mut bench = Bench::new();
        let queue = bench.open(1).await;
        queue.publish(b"done".to_vec()).await.unwrap();
        let mut consumer = queue.consumer();
        let taken = patience("a message", consumer.receive(1)).await.unwrap();
        run(&bench, BREAK).await;
        consumer.acknowledge(&[taken[0].tag]).await;
        patience("the failure to show", async {
            while queue.is_up().await {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(queue.stats().await.unwrap().depth, 0, "it is done, whatever the disk says");
        run(&bench, MEND).await;
        bench.close().await;
        let queue = bench.open(1).await;
        assert_eq!(queue.stats().await.unwrap().depth, 0, "its row went when the disk worked again");
    }
}
