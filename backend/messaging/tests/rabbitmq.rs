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
use test_support::servers::RabbitMq;
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

/// What is particular to the queue.
mod own_queue {
    use futures_util::{StreamExt as _, future::join_all};
    use lapin::{
        BasicProperties, Channel, Connection, ConnectionProperties,
        options::{
            BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
            QueueDeleteOptions,
        },
        types::{AMQPValue, FieldTable},
    };
    use messaging::{
        Delivery, OrderConsumer, OrderQueue as _, PublishError,
        conformance::{patience, queue::QueueBench as _},
        rabbitmq::{RabbitConfig, RabbitOrderQueue},
    };
    use service_kit::{Clock, Tasks, metrics::Metrics, telemetry};

    use super::{Bench, up, vhost};

    fn connect(url: &str, config: &RabbitConfig) -> std::sync::Arc<RabbitOrderQueue> {
        RabbitOrderQueue::connect(url, config, &Tasks::new(), Clock::system(), &Metrics::new("test")).unwrap()
    }

    /// Someone who speaks to the broker without the adapter.
    pub(super) async fn stranger(url: &str) -> (Connection, Channel) {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        (connection, channel)
    }

    pub(super) async fn slip(channel: &Channel, exchange: &str, key: &str, body: &[u8], headers: FieldTable) {
        let properties = BasicProperties::default().with_headers(headers);
        let options = BasicPublishOptions::default();
        let published = channel.basic_publish(exchange.into(), key.into(), options, body, properties).await;
        assert!(published.unwrap().await.unwrap().is_ack());
    }

    async fn take(consumer: &mut dyn OrderConsumer, count: usize) -> Vec<Delivery> {
        let mut taken = Vec::new();
        while taken.len() < count {
            taken.extend(patience("messages", consumer.receive(count - taken.len())).await.unwrap());
        }
        taken
    }

    fn tags(taken: &[Delivery]) -> Vec<i64> {
        taken.iter().map(|one| one.tag).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_message_that_reaches_no_queue_is_not_accepted_and_the_queue_is_made_again() {
        let mut bench = Bench::default();
        let queue = bench.open(100_000).await;
        let (_connection, channel) = stranger(bench.url.as_deref().unwrap()).await;
        for _ in 0..5 {
            up(&*queue).await;
            channel.queue_delete("orders_queue".into(), QueueDeleteOptions::default()).await.unwrap();
            let answers = join_all((0..64_u8).map(|number| queue.publish(vec![number]))).await;
            let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(accepted, 0, "what is in no queue was accepted: {answers:?}");
            patience("the queue", async {
                while queue.publish(b"after".to_vec()).await.is_err() {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
        let taken = take(&mut *queue.consumer(), 1).await;
        assert_eq!(taken[0].body, b"after");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_receiver_holds_no_more_than_its_bound_and_the_rest_is_there_for_others() {
        let url = vhost().await;
        let queue = connect(&url, &RabbitConfig { prefetch: 10, ..RabbitConfig::new("test") });
        up(&*queue).await;
        let (mut first, mut second) = (queue.consumer(), queue.consumer());
        for number in 0..25_u8 {
            queue.publish(vec![number]).await.unwrap();
        }
        let held = take(&mut *first, 10).await;
        let others = take(&mut *second, 10).await;
        assert_eq!(others.iter().map(|one| one.body[0]).collect::<Vec<_>>(), (10..20).collect::<Vec<_>>());
        {
            let more = first.receive(1);
            tokio::pin!(more);
            assert!(futures_util::poll!(&mut more).is_pending());
        }
        second.acknowledge(&tags(&others)).await;
        let rest = take(&mut *second, 5).await;
        assert_eq!(rest[0].body, [20]);
        first.acknowledge(&tags(&held)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_message_is_given_back_two_thousand_times_and_is_an_order_still() {
        let mut bench = Bench::default();
        let queue = bench.open(100).await;
        let mut consumer = queue.consumer();
        queue.publish(b"innocent".to_vec()).await.unwrap();
        for _ in 0..2000 {
            let taken = take(&mut *consumer, 1).await;
            consumer.give_back(&tags(&taken)).await;
        }
        assert_eq!(take(&mut *consumer, 1).await[0].body, b"innocent");
        assert_eq!(queue.dead_letters(10).await.unwrap().total, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_replicas_that_look_at_the_dead_letters_both_see_all_of_them() {
        let url = vhost().await;
        let (one, other) =
            (connect(&url, &RabbitConfig::new("one")), connect(&url, &RabbitConfig::new("other")));
        up(&*one).await;
        up(&*other).await;
        let mut consumer = one.consumer();
        for number in 0..20_u8 {
            one.publish(vec![number]).await.unwrap();
        }
        for poison in take(&mut *consumer, 20).await {
            consumer.set_aside(poison.tag, "broken").await.unwrap();
        }
        let listed = one.dead_letters(100).await.unwrap();
        assert_eq!(listed.total, 20);
        for _ in 0..5 {
            let (one, other) = tokio::join!(one.dead_letters(100), other.dead_letters(100));
            assert_eq!(one.unwrap(), listed);
            assert_eq!(other.unwrap(), listed);
        }
        // From the middle, by both at once: the order of the others stays.
        let id = |at: usize| listed.dead_letters[at].id;
        let (first, second) = tokio::join!(one.redrive(id(7)), other.redrive(id(13)));
        assert!(first.unwrap() && second.unwrap());
        let left = other.dead_letters(100).await.unwrap();
        let expected: Vec<_> =
            listed.dead_letters.iter().filter(|one| ![id(7), id(13)].contains(&one.id)).cloned().collect();
        assert_eq!(left.dead_letters, expected);
        let mut again: Vec<_> = take(&mut *consumer, 2).await.into_iter().map(|one| one.body).collect();
        again.sort();
        assert_eq!(again, [[7], [13]]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_queue_that_is_there_with_other_arguments_is_used_as_it_is() {
        let mut bench = Bench::default();
        bench.open(20).await.publish(b"kept".to_vec()).await.unwrap();
        bench.close().await;
        let queue = bench.open(50).await;
        assert_eq!(take(&mut *queue.consumer(), 1).await[0].body, b"kept");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_others_put_into_the_queues_is_carried_like_the_rest() {
        let mut bench = Bench::default();
        let queue = bench.open(100).await;
        let (_connection, channel) = stranger(bench.url.as_deref().unwrap()).await;
        let mut strange = FieldTable::default();
        strange.insert("traceparent".into(), AMQPValue::LongString("not a trace".into()));
        strange.insert("published-at".into(), AMQPValue::Boolean(true));
        slip(&channel, "", "orders_queue", b"\xff\xfe", strange).await;
        slip(&channel, "", "orders_dead", b"no letter of ours", FieldTable::default()).await;
        let mut consumer = queue.consumer();
        let taken = take(&mut *consumer, 1).await;
        assert_eq!((&*taken[0].body, &taken[0].trace), (&b"\xff\xfe"[..], &None));
        consumer.set_aside(taken[0].tag, "no order").await.unwrap();
        let listed = queue.dead_letters(10).await.unwrap().dead_letters;
        let bodies: Vec<_> = listed.iter().map(|one| &*one.body).collect();
        assert_eq!(bodies, ["no letter of ours", "\u{fffd}\u{fffd}"]);
        assert!(queue.redrive(listed[0].id).await.unwrap());
        assert_eq!(take(&mut *consumer, 1).await[0].body, b"no letter of ours");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_trace_travels_in_the_header_that_the_world_knows() {
        let mut bench = Bench::default();
        let queue = bench.open(100).await;
        let (_connection, channel) = stranger(bench.url.as_deref().unwrap()).await;
        let trace: wire::TraceContext =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        telemetry::within(Some(trace.clone()), queue.publish(b"traced".to_vec())).await.unwrap();
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let mut seen = channel.basic_consume("orders_queue".into(), "".into(), options, none).await.unwrap();
        let message = patience("the message", seen.next()).await.unwrap().unwrap();
        let headers = message.properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["traceparent"], AMQPValue::LongString(trace.as_str().into()));
        assert_eq!(*message.properties.delivery_mode(), Some(2), "it is written to disk");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_queue_is_a_quorum_queue_that_refuses_and_keeps_dead_letters() {
        let mut bench = Bench::default();
        bench.open(7).await;
        let (_connection, channel) = stranger(bench.url.as_deref().unwrap()).await;
        let text = |value: &str| AMQPValue::LongString(value.into());
        let mut arguments = FieldTable::default();
        for (name, value) in [
            ("x-queue-type", text("quorum")),
            ("x-max-length", AMQPValue::LongLongInt(7)),
            ("x-overflow", text("reject-publish")),
            ("x-delivery-limit", AMQPValue::LongLongInt(i64::from(i32::MAX))),
            ("x-dead-letter-exchange", text("")),
            ("x-dead-letter-routing-key", text("orders_dead")),
            ("x-dead-letter-strategy", text("at-least-once")),
        ] {
            arguments.insert(name.into(), value);
        }
        // The broker refuses to declare a queue again with other arguments.
        channel
            .queue_declare("orders_queue".into(), QueueDeclareOptions::durable(), arguments)
            .await
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn operators_see_the_figures_and_nobody_sees_the_password() {
        let url = vhost().await.replace("guest:guest", "guest:%67uest");
        let (tasks, metrics) = (Tasks::new(), Metrics::new("test"));
        let config = RabbitConfig::new("test");
        let queue = RabbitOrderQueue::connect(&url, &config, &tasks, Clock::system(), &metrics).unwrap();
        up(&*queue).await;
        assert!(!format!("{queue:?}").contains("guest"));
        for body in [b"one", b"two"] {
            queue.publish(body.to_vec()).await.unwrap();
        }
        let mut consumer = queue.consumer();
        let taken = take(&mut *consumer, 2).await;
        consumer.set_aside(taken[0].tag, "broken").await.unwrap();
        let shows = async |name: &str, good: fn(f64) -> bool| {
            patience(name, async {
                while !good(metrics.values()[name]) {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        };
        shows("orders_queue_depth", |depth| depth == 1.0).await;
        shows("queue_dead_letters", |letters| letters == 1.0).await;
        shows("queue_oldest_seconds", |age| age > 0.0).await;
        shows("queue_up", |up| up == 1.0).await;
        shows("queue_confirm_seconds_count", |count| count == 2.0).await;
        shows("queue_orders_per_commit_sum", |sum| sum == 3.0).await;
        assert_eq!(metrics.values()["queue_blocked"], 0.0);
        queue.close().await;
        assert_eq!(queue.publish(b"late".to_vec()).await, Err(PublishError::Unavailable));
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_read_is_not_repeated() {
        for wrong in
            ["amqps://u:secret@host/v", "http://u:secret@host/", "u:secret@host", "amqp://u:secret@:5672/v"]
        {
            let (tasks, clock, metrics) = (Tasks::new(), Clock::system(), Metrics::new("test"));
            let config = RabbitConfig::new("test");
            let error = RabbitOrderQueue::connect(wrong, &config, &tasks, clock, &metrics).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }
}

/// What is particular to the fan-out.
mod own_fanout {
    use futures_util::StreamExt as _;
    use lapin::{
        options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions},
        types::{AMQPValue, FieldTable},
    };
    use messaging::{
        Fanout as _, News, Subscription,
        conformance::patience,
        rabbitmq::{FanoutConfig, Fanouts},
    };
    use service_kit::{Clock, Tasks, metrics::Metrics};
    use wire::{
        event::{Event, Notification},
        kitchen::Board,
        status::OrderStatus,
    };

    use super::{
        own_queue::{slip, stranger},
        vhost,
    };

    fn board(seq: u64) -> Event {
        Event::Board(Board { seq, ..Board::default() })
    }

    async fn connect(url: &str) -> (Fanouts, Box<dyn Subscription>) {
        let (config, metrics) = (FanoutConfig::new("test"), Metrics::new("test"));
        let fanouts = Fanouts::connect(url, &config, &Tasks::new(), &Clock::system(), &metrics).unwrap();
        let mut ear = fanouts.notifications.subscribe();
        // Begun before there was a connection.
        assert_eq!(patience("the gap", ear.next()).await, Some(News::Gap));
        (fanouts, ear)
    }

    async fn hear(ear: &mut dyn Subscription) -> News {
        patience("news", ear.next()).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn replicas_hear_each_other_and_drills_are_apart_from_news() {
        let url = vhost().await;
        let ((one, mut first), (other, mut second)) = (connect(&url).await, connect(&url).await);
        let mut drills = other.drills.subscribe();
        assert_eq!(hear(&mut *drills).await, News::Gap);
        patience("both", async {
            while !(one.notifications.is_up().await && other.drills.is_up().await && one.drills.is_up().await)
            {
                tokio::task::yield_now().await;
            }
        })
        .await;
        one.notifications.publish(vec![board(1), board(2)]).await.unwrap();
        one.drills.publish(vec![Event::Menu]).await.unwrap();
        for ear in [&mut first, &mut second] {
            assert_eq!(hear(&mut **ear).await, News::Event(board(1).into()));
            assert_eq!(hear(&mut **ear).await, News::Event(board(2).into()));
        }
        assert_eq!(hear(&mut *drills).await, News::Event(Event::Menu.into()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_broker_dropped_is_a_gap_and_what_cannot_be_read_is_passed_over() {
        let url = vhost().await;
        let (_fanouts, mut ear) = connect(&url).await;
        let (_connection, channel) = stranger(&url).await;
        let from = |sender: &str, number: i64| {
            let mut headers = FieldTable::default();
            headers.insert("sender".into(), AMQPValue::LongString(sender.into()));
            headers.insert("number".into(), AMQPValue::LongLongInt(number));
            headers
        };
        let body = |seq| serde_json::to_vec(&[board(seq)]).unwrap();
        for (sender, number, seq) in [("a", 5, 1), ("b", 1, 2), ("a", 6, 3), ("b", 4, 4), ("a", 7, 5)] {
            slip(&channel, "notifications", "", &body(seq), from(sender, number)).await;
        }
        for expected in [Some(1), Some(2), Some(3), None, Some(4), Some(5)] {
            let expected = expected.map_or(News::Gap, |seq| News::Event(board(seq).into()));
            assert_eq!(hear(&mut *ear).await, expected);
        }
        slip(&channel, "notifications", "", b"\xff not JSON", from("a", 8)).await;
        let mixed = serde_json::to_vec(&serde_json::json!([{ "kind": "of_tomorrow" }, board(6)])).unwrap();
        slip(&channel, "notifications", "", &mixed, from("a", 9)).await;
        assert_eq!(hear(&mut *ear).await, News::Event(board(6).into()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_orders_trace_travels_in_the_header_too() {
        let url = vhost().await;
        let (fanouts, _ear) = connect(&url).await;
        let (_connection, channel) = stranger(&url).await;
        let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
        let (name, none) = (queue.name().clone(), FieldTable::default());
        let binding = QueueBindOptions::default();
        channel
            .queue_bind(name.clone(), "notifications".into(), "".into(), binding, none.clone())
            .await
            .unwrap();
        let mut seen =
            channel.basic_consume(name, "".into(), BasicConsumeOptions::default(), none).await.unwrap();
        let trace: wire::TraceContext =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let notification =
            Notification::new("o-1".parse().unwrap(), OrderStatus::Ready, 3, Clock::system().now());
        let user_id = serde_json::from_value(serde_json::json!(Clock::system().uuid())).unwrap();
        let event = Event::Order { user_id, notification, trace: Some(trace.clone()) };
        fanouts.notifications.publish(vec![event]).await.unwrap();
        let message = patience("the message", seen.next()).await.unwrap().unwrap();
        let headers = message.properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["traceparent"], AMQPValue::LongString(trace.as_str().into()));
    }
}
