//! The fan-out on RabbitMQ.
//!
//! Each process has one queue of news of its own, from its first subscription on; within the process the news are read
//! from a ring, by every subscription at its own pace. The queue belongs to the connection: when that is lost the
//! queue is made anew, and every subscription hears of the gap. Messages are numbered by their sender, so what the
//! broker dropped from a queue that was too long is noticed as well. A subscription that begins while its process has
//! no connection yet hears of a gap first.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use lapin::{
    BasicProperties,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use service_kit::{Clock, Tasks, metrics::Metrics};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};
use wire::event::Event;

use super::{
    End, PATIENCE,
    header::{self, Headers},
    line::{Address, AddressError, Line, keep},
    publisher::{Message, Publisher, To},
    topology, within,
};
use crate::{Fanout, News, PublishError, Subscription, embedded, fanout::Ear};

/// What carries the news for the hubs.
const NOTIFICATIONS: &str = "notifications";

/// What carries drills among the replicas of a service.
const DRILLS: &str = "drills";

/// How many messages may be on their way to this process.
const PREFETCH: u16 = 256;

/// At most so many are acknowledged at once.
const TOGETHER: usize = 64;

/// How long to wait after listening has failed while the connection lives.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the figure is brought up to date.
const PERIOD: Duration = Duration::from_secs(1);

/// How the fan-outs are made.
#[derive(Debug, Clone)]
pub struct FanoutConfig {
    /// What the broker's lists of connections call this process.
    pub name: String,
    /// How many events a subscription may be behind, and how many messages this process, before the oldest are lost.
    pub capacity: usize,
}

impl FanoutConfig {
    /// What the platform uses.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), capacity: embedded::fanout::DEFAULT_CAPACITY }
    }
}

/// The fan-outs of a process, which share two connections.
#[derive(Debug)]
pub struct Fanouts {
    /// From every service to every hub.
    pub notifications: Arc<RabbitFanout>,
    /// From a replica to the others of its service.
    pub drills: Arc<RabbitFanout>,
    end: End,
}

impl Fanouts {
    /// The fan-outs at this broker, `amqp://user:password@host:port/vhost`. Returns at once; workers connect, now and
    /// whenever a connection is lost. Must be called within the runtime.
    ///
    /// # Errors
    /// The address cannot be read.
    pub fn connect(
        url: &str,
        config: &FanoutConfig,
        tasks: &Tasks,
        clock: &Clock,
        metrics: &Metrics,
    ) -> Result<Self, AddressError> {
        let address = Address::new(url, &config.name)?;
        let end = End::new(tasks);
        let declare = |line: Arc<Line>| async move {
            let channel = line.channel().await?;
            topology::exchange(&channel, NOTIFICATIONS).await?;
            topology::exchange(&channel, DRILLS).await
        };
        let sender = clock.uuid().to_string();
        let publisher = Publisher::start(address.clone(), sender, &end, declare, |_| {});
        let (wanted, slot, listening) =
            (watch::Sender::new(false), watch::Sender::new(None), watch::Sender::new(()));
        let fanout = |exchange| {
            let ring = broadcast::Sender::new(config.capacity.clamp(1, embedded::fanout::MAX_CAPACITY));
            let hears = watch::Sender::new(false);
            let fanout = RabbitFanout {
                exchange,
                publisher: publisher.clone(),
                wanted: wanted.clone(),
                begun: watch::Sender::new(false),
                hears: hears.subscribe(),
                ring: ring.subscribe(),
            };
            let listener = Listener { exchange, capacity: config.capacity, ring, hears, end: end.clone() };
            let (begun, lines, working) = (fanout.begun.subscribe(), slot.subscribe(), listening.subscribe());
            tasks.spawn_worker("rabbitmq-listener", async move {
                let _working = working;
                listener.run(begun, lines).await;
            });
            Arc::new(fanout)
        };
        let (notifications, drills) = (fanout(NOTIFICATIONS), fanout(DRILLS));
        let (ending, working) = (end.clone(), end.working());
        tasks.spawn_worker("rabbitmq-listen-connection", async move {
            let _working = working;
            let mut wanted = wanted.subscribe();
            tokio::select! {
                _ = wanted.wait_for(|wanted| *wanted) => {}
                () = ending.over() => return,
            }
            let over = async {
                ending.over().await;
                // They hear what has been published.
                listening.closed().await;
            };
            keep(address, "listen", |line| async move { Ok(line) }, slot, over).await;
        });
        let up = metrics.gauge("fanout_up", "Whether news can be told and heard through RabbitMQ");
        let (shown, resting) = ([Arc::clone(&notifications), Arc::clone(&drills)], end.clone());
        tasks.spawn_worker("rabbitmq-fanout-figure", async move {
            loop {
                let [news, drills] = &shown;
                up.set((news.is_up().await && drills.is_up().await).into());
                if !resting.rest(PERIOD).await {
                    return;
                }
            }
        });
        Ok(Self { notifications, drills, end })
    }

    /// Tells subscriptions the last of what was published, then the end, and says goodbye to the broker.
    pub async fn close(&self) {
        self.end.close().await;
    }
}

/// A fan-out of a process.
pub struct RabbitFanout {
    exchange: &'static str,
    publisher: Publisher,
    /// Whether the process listens at all.
    wanted: watch::Sender<bool>,
    /// Whether there has been a subscription.
    begun: watch::Sender<bool>,
    /// Whether the queue of news is there.
    hears: watch::Receiver<bool>,
    /// A place to subscribe from.
    ring: broadcast::Receiver<News>,
}

impl fmt::Debug for RabbitFanout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitFanout").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

#[async_trait]
impl Fanout for RabbitFanout {
    async fn publish(&self, events: Vec<Event>) -> Result<(), PublishError> {
        if events.is_empty() {
            return Ok(());
        }
        let trace = match &*events {
            [Event::Order { trace, .. }] => trace.as_ref(),
            _ => None,
        };
        let headers = Headers::default().trace(trace);
        let body = serde_json::to_vec(&events).map_err(|error| {
            tracing::error!(%error, "news cannot be written down");
            PublishError::Unavailable
        })?;
        self.publisher.publish(Message { to: To::Everybody(self.exchange), headers, body }).await
    }

    fn subscribe(&self) -> Box<dyn Subscription> {
        let ear = Ear(self.ring.resubscribe());
        self.begun.send_replace(true);
        self.wanted.send_replace(true);
        Box::new(ear)
    }

    async fn is_up(&self) -> bool {
        self.publisher.is_up() && (!*self.begun.borrow() || *self.hears.borrow())
    }
}

/// The worker that fills a ring.
struct Listener {
    exchange: &'static str,
    capacity: usize,
    ring: broadcast::Sender<News>,
    hears: watch::Sender<bool>,
    end: End,
}

impl Listener {
    async fn run(self, mut begun: watch::Receiver<bool>, mut lines: watch::Receiver<Option<Arc<Line>>>) {
        tokio::select! {
            _ = begun.wait_for(|begun| *begun) => {}
            () = self.end.over() => return,
        }
        loop {
            let line = tokio::select! {
                line = lines.wait_for(Option::is_some) => match line {
                    Ok(line) => line.clone(),
                    Err(_) => return,
                },
                () = self.end.over() => return,
            };
            let Some(line) = line else { continue };
            let heard = self.listen(&line).await;
            self.hears.send_replace(false);
            match heard {
                Ok(()) => return,
                Err(error) => tracing::debug!(exchange = self.exchange, %error, "listening begins anew"),
            }
            line.cut();
            if !self.end.rest(PAUSE).await {
                return;
            }
        }
    }

    /// Ends well at the end.
    async fn listen(&self, line: &Line) -> lapin::Result<()> {
        let channel = line.channel().await?;
        within(channel.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
        let queue = topology::news(&channel, self.exchange, self.capacity).await?;
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let pushed = within(channel.basic_consume(queue, "".into(), options, none)).await?;
        let tag = pushed.tag();
        let mut pushed = pushed.ready_chunks(TOGETHER);
        // The queue is new: what was published before is not in it.
        self.tell(News::Gap);
        self.hears.send_replace(true);
        let (mut senders, mut until) = (HashMap::new(), None);
        loop {
            let messages = tokio::select! {
                messages = pushed.next() => messages,
                () = self.end.over(), if until.is_none() => {
                    within(channel.basic_cancel(tag.clone(), BasicCancelOptions::default())).await?;
                    until = Some(Instant::now() + PATIENCE);
                    continue;
                }
                () = expired(until) => return Ok(()),
            };
            let Some(messages) = messages else {
                // After our own cancellation, the last has been heard.
                return match until {
                    Some(_) => Ok(()),
                    None => Err(std::io::Error::from(std::io::ErrorKind::NotConnected).into()),
                };
            };
            let mut last = None;
            for message in messages {
                let message = message?;
                last = Some(message.delivery_tag);
                if missed(&mut senders, &message.properties) {
                    self.tell(News::Gap);
                }
                self.open(&message.data);
            }
            if let Some(last) = last {
                within(channel.basic_ack(last, BasicAckOptions { multiple: true })).await?;
            }
        }
    }

    fn tell(&self, news: News) {
        // It fails when nobody listens any more, which is no failure.
        let _ = self.ring.send(news);
    }

    /// Tells what is in a message, as far as it can be read.
    fn open(&self, body: &[u8]) {
        if let Ok(events) = serde_json::from_slice::<Vec<Arc<Event>>>(body) {
            events.into_iter().for_each(|event| self.tell(News::Event(event)));
            return;
        }
        // Another version may tell news that this one does not know, among others that it does.
        let events: Vec<serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
        let known = events.into_iter().filter_map(|event| serde_json::from_value(event).ok());
        known.for_each(|event| self.tell(News::Event(event)));
        tracing::warn!(exchange = self.exchange, "news that cannot be read is passed over");
    }
}

async fn expired(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Whether something is missing between the last message of its sender and this one.
fn missed(senders: &mut HashMap<String, i64>, properties: &BasicProperties) -> bool {
    let sender = header::text(properties, header::SENDER);
    let (Some(sender), Some(number)) = (sender, header::number(properties, header::NUMBER)) else {
        return false;
    };
    senders.insert(sender, number).is_some_and(|last| number > last + 1)
}
