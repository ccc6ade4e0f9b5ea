//! The order queue on RabbitMQ.
//!
//! What is particular to it:
//! - An outcome is not known when the broker has not confirmed within 1.5 s. The connection is given up then, and until
//!   the next one stands the queue counts as away.
//! - The bound is the broker's: publishers that are under way when the queue fills up may pass it.
//! - A receiver holds up to [`RabbitConfig::prefetch`] messages that nobody else sees meanwhile.
//! - A message is delivered as often as need be; see `topology` on the limit.
//! - `stats` is a look of at most a second ago. `depth` is what is ready in the broker and what this process holds; what
//!   other replicas hold is not counted. `oldest` is the oldest that this process holds, or while nobody in the world
//!   receives, the oldest in the queue.
//! - A dead letter may be there twice when the connection ends while it is set aside, and an order may come twice when
//!   it ends while it is driven again.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use lapin::{
    Channel,
    options::{BasicGetOptions, BasicNackOptions},
};
use parking_lot::{Mutex, MutexGuard};
use prometheus::IntGauge;
use service_kit::{Clock, Tasks, metrics::Metrics, telemetry};
use tokio::{sync::watch, time::Instant};
use wire::{Time, kitchen::DeadLetters};

use super::{
    End, PATIENCE,
    consumer::{Consumer, Hand, attend},
    header,
    letters::{Letters, order},
    line::{Address, AddressError, Line, keep},
    publisher::Publisher,
    topology::{self, DEAD, ORDERS, look},
    within,
};
use crate::{OrderConsumer, OrderQueue, PublishError, QueueError, QueueStats, figures::Figures};

/// How often the figures are brought up to date.
const PERIOD: Duration = Duration::from_secs(1);

/// How the queue is made.
#[derive(Debug, Clone)]
pub struct RabbitConfig {
    /// What the broker's lists of connections call this process.
    pub name: String,
    /// How many messages wait at most. A queue that is there already keeps the number it was made with.
    pub capacity: u64,
    /// How many messages a receiver holds at most.
    pub prefetch: u16,
}

impl RabbitConfig {
    /// What the platform uses.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), capacity: crate::embedded::queue::DEFAULT_CAPACITY, prefetch: 1000 }
    }
}

/// The queue. Its workers belong to the [`Tasks`] it was connected with; [`RabbitOrderQueue::close`] ends them.
pub struct RabbitOrderQueue {
    publisher: Publisher,
    lines: watch::Receiver<Option<Arc<Line>>>,
    letters: Letters,
    prefetch: u16,
    clock: Clock,
    figures: Figures,
    stats: watch::Sender<Option<QueueStats>>,
    hands: Mutex<Vec<Weak<Hand>>>,
    end: End,
}

impl fmt::Debug for RabbitOrderQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitOrderQueue").field("stats", &*self.stats.borrow()).finish_non_exhaustive()
    }
}

impl RabbitOrderQueue {
    /// The queue at this broker, `amqp://user:password@host:port/vhost`. Returns at once; a worker connects, now and
    /// whenever the connection is lost. Must be called within the runtime.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn connect(
        url: &str,
        config: &RabbitConfig,
        tasks: &Tasks,
        clock: Clock,
        metrics: &Metrics,
    ) -> Result<Arc<Self>, AddressError> {
        let address = Address::new(url, &config.name)?;
        let (end, capacity) = (End::new(tasks), config.capacity);
        let figures = Figures::new(metrics);
        let rounds = figures.clone();
        let declare = move |line: Arc<Line>| async move { topology::orders(&line, capacity).await };
        let publisher =
            Publisher::start(address.clone(), config.name.clone(), &end, declare, move |messages| {
                rounds.committed(messages);
            });
        let slot = watch::Sender::new(None);
        let lines = slot.subscribe();
        let open = move |line: Arc<Line>| async move {
            topology::orders(&line, capacity).await?;
            Ok(line)
        };
        let (ending, working) = (end.clone(), end.working());
        tasks.spawn_worker("rabbitmq-consume-connection", async move {
            let _working = working;
            keep(address, "consume", open, slot, ending.over()).await;
        });
        let queue = Arc::new(Self {
            letters: Letters::new(publisher.clone(), lines.clone(), tasks.clone(), clock.clone()),
            publisher,
            lines,
            prefetch: config.prefetch,
            clock,
            figures,
            stats: watch::Sender::new(None),
            hands: Mutex::new(Vec::new()),
            end,
        });
        let up = metrics.gauge("queue_up", "Whether RabbitMQ is connected");
        let blocked = metrics.gauge("queue_blocked", "1 while RabbitMQ blocks publishing");
        tasks.spawn_worker("rabbitmq-figures", show(Arc::clone(&queue), up, blocked));
        Ok(queue)
    }

    /// Ends every `receive`, and says goodbye to the broker, which has then read every acknowledgement.
    pub async fn close(&self) {
        self.end.close().await;
    }

    fn hands(&self) -> MutexGuard<'_, Vec<Weak<Hand>>> {
        self.hands.lock()
    }

    async fn look(&self, channel: &Channel) -> lapin::Result<QueueStats> {
        let (dead_letters, _) = look(channel, DEAD).await?;
        let (ready, consumers) = look(channel, ORDERS).await?;
        let (mut held, mut oldest) = (0, None);
        self.hands().retain(|hand| {
            let Some(hand) = hand.upgrade() else { return false };
            let (count, first) = hand.count();
            held += count;
            oldest = [oldest, first].into_iter().flatten().min();
            true
        });
        if ready > 0 && consumers == 0 {
            oldest = self.peek(channel).await?;
        }
        Ok(QueueStats { depth: ready + held, oldest, dead_letters })
    }

    /// When the message at the head was published. It is taken and given back, which is why it is only done while
    /// nobody else takes any.
    async fn peek(&self, channel: &Channel) -> lapin::Result<Option<Time>> {
        let head = within(channel.basic_get(ORDERS.into(), BasicGetOptions::default())).await?;
        let Some(head) = head else { return Ok(None) };
        let options = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
        within(channel.basic_nack(head.delivery_tag, options)).await?;
        Ok(header::time(&head.properties, header::PUBLISHED))
    }
}

#[async_trait]
impl OrderQueue for RabbitOrderQueue {
    async fn publish(&self, body: Vec<u8>) -> Result<(), PublishError> {
        let start = Instant::now();
        let message = order(body, telemetry::current().as_ref(), self.clock.now());
        self.publisher.publish(message).await?;
        self.figures.confirm.observe(start.elapsed().as_secs_f64());
        Ok(())
    }

    fn consumer(&self) -> Box<dyn OrderConsumer> {
        let (hand, wanted) = (Arc::new(Hand::default()), watch::Sender::new(false));
        self.hands().push(Arc::downgrade(&hand));
        self.end.tasks.spawn_worker(
            "rabbitmq-receiver",
            attend(
                Arc::clone(&hand),
                self.lines.clone(),
                wanted.subscribe(),
                self.prefetch,
                self.end.clone(),
            ),
        );
        Box::new(Consumer { hand, wanted, letters: self.letters.clone(), end: self.end.clone() })
    }

    async fn dead_letters(&self, limit: u32) -> Result<DeadLetters, QueueError> {
        self.letters.list(limit).await
    }

    async fn redrive(&self, id: i64) -> Result<bool, QueueError> {
        self.letters.redrive(id).await
    }

    async fn stats(&self) -> Result<QueueStats, QueueError> {
        let mut stats = self.stats.subscribe();
        let known = tokio::time::timeout(PATIENCE, stats.wait_for(Option::is_some)).await;
        let known = known.map_err(|error| QueueError(Box::new(error)))?;
        let known = known.map_err(|error| QueueError(Box::new(error)))?;
        known.ok_or_else(|| QueueError("nothing is known of it".into()))
    }

    async fn is_up(&self) -> bool {
        self.publisher.is_up() && self.lines.borrow().is_some()
    }
}

/// Keeps the figures up to date.
async fn show(queue: Arc<RabbitOrderQueue>, up: IntGauge, blocked: IntGauge) {
    let mut eye = None;
    loop {
        up.set(queue.is_up().await.into());
        blocked.set(queue.publisher.is_blocked().into());
        let line = queue.lines.borrow().clone();
        let stats = match line {
            Some(line) => watch_over(&queue, line, &mut eye).await,
            None => None,
        };
        if let Some(stats) = &stats {
            queue.figures.show(stats);
            let age = stats.oldest.map_or(Duration::ZERO, |oldest| queue.clock.now().since(oldest));
            queue.figures.oldest.set(age.as_secs_f64());
        }
        queue.stats.send_replace(stats);
        if !queue.end.rest(PERIOD).await {
            return;
        }
    }
}

/// Looks, on the channel of the last time if the connection is still the same.
async fn watch_over(
    queue: &RabbitOrderQueue,
    line: Arc<Line>,
    eye: &mut Option<(Weak<Line>, Channel)>,
) -> Option<QueueStats> {
    let looked = async {
        let known = eye.take().filter(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(&line)));
        let channel = match known {
            Some((_, channel)) => channel,
            None => line.channel().await?,
        };
        let stats = queue.look(&channel).await?;
        lapin::Result::Ok((stats, channel))
    };
    match looked.await {
        Ok((stats, channel)) => {
            *eye = Some((Arc::downgrade(&line), channel));
            Some(stats)
        }
        Err(error) => {
            // The connection that only takes is noticed here when the broker falls silent.
            tracing::debug!(%error, "nothing is known of the order queue");
            line.cut();
            None
        }
    }
}
