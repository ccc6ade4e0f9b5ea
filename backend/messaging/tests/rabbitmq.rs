//! The conformance suites on the RabbitMQ adapters, and what is particular to these while the broker is well.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use messaging::{
    Fanout, OrderQueue, Subscription,
    conformance::{fanout::FanoutBench, patience, queue::QueueBench},
    rabbitmq::{FanoutConfig, Fanouts, RabbitConfig, RabbitOrderQueue},
};
use service_kit::{Clock, Tasks, metrics::Metrics};
use test_servers::RabbitMq;
use tokio::sync::OnceCell;

const GRACE: Duration = Duration::from_secs(30);

static SERVER: OnceCell<RabbitMq> = OnceCell::const_new();

/// A virtual host of this test's own.
async fn vhost() -> String {
    SERVER.get_or_init(RabbitMq::start).await.vhost()
}

fn config(capacity: u64) -> RabbitConfig {
    RabbitConfig { capacity, ..RabbitConfig::new("test") }
}

async fn up(queue: &dyn OrderQueue) {
    patience("the queue", async {
        while !queue.is_up().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[derive(Default)]
struct Bench {
    url: Option<String>,
    open: Option<(Arc<RabbitOrderQueue>, Tasks)>,
}

#[async_trait]
impl QueueBench for Bench {
    async fn open(&mut self, capacity: u64) -> Arc<dyn OrderQueue> {
        if self.url.is_none() {
            self.url = Some(vhost().await);
        }
        let tasks = Tasks::new();
        let metrics = Metrics::new("test");
        let url = self.url.as_deref().unwrap();
        let queue =
            RabbitOrderQueue::connect(url, &config(capacity), &tasks, Clock::system(), &metrics).unwrap();
        up(&*queue).await;
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

    messaging::queue_conformance!(Bench::default());
}

#[derive(Default)]
struct Air(Option<(Fanouts, Tasks)>);

#[async_trait]
impl FanoutBench for Air {
    async fn open(&mut self, capacity: usize) -> Arc<dyn Fanout> {
        let config = FanoutConfig { capacity, ..FanoutConfig::new("test") };
        let (tasks, metrics) = (Tasks::new(), Metrics::new("test"));
        let fanouts = Fanouts::connect(&vhost().await, &config, &tasks, &Clock::system(), &metrics).unwrap();
        let fanout = Arc::clone(&fanouts.notifications);
        // From its first subscription on the process listens.
        let _first: Box<dyn Subscription> = fanout.subscribe();
        patience("the fan-out", async {
            while !fanout.is_up().await {
                tokio::task::yield_now().await;
            }
        })
        .await;
        self.0 = Some((fanouts, tasks));
        fanout
    }

    async fn close(&mut self) {
        let (fanouts, tasks) = self.0.take().unwrap();
        fanouts.close().await;
        assert!(tasks.stop(GRACE).await, "the workers end by themselves");
    }
}

mod fanout {
    use super::Air;

    messaging::fanout_conformance!(Air::default());
}
