//! Messages that share a round of confirms: what waits while a round is under way joins the next one.
//!
//! Rounds are also what makes returns certain. The broker returns a message that reaches no queue, and then confirms
//! it like any other; lapin hands the return to whichever confirm it reads next. All confirms of a round are awaited
//! before any of its messages is judged, so the return has been seen by then.

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, ErrorKind,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use service_kit::batcher::{BatchError, Batcher};
use tokio::sync::watch;

use super::{
    End,
    header::{Headers, NUMBER, SENDER},
    line::{Address, Line, keep},
    within,
};
use crate::PublishError;

/// How long the broker may take to confirm. A connection that is slower is given up: the next one shows whether the
/// broker answers again, and until then it counts as away.
const CONFIRM: Duration = Duration::from_millis(1500);

/// At most so many messages wait for a round.
const MAX_WAITING: usize = 20_000;

/// At most so many share one.
const MAX_ROUND: usize = 512;

/// The delivery mode of messages that are written to disk.
const PERSISTENT: u8 = 2;

/// Whom a message is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum To {
    /// This queue, durably: a message that does not reach it is not accepted.
    Queue(&'static str),
    /// Whoever listens to this exchange. The message is numbered, so that a listener knows what it has missed.
    Everybody(&'static str),
}

/// What is published.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) to: To,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

/// A connection that publishes with confirms.
#[derive(Clone)]
struct Lane {
    line: Arc<Line>,
    channel: Channel,
}

impl Lane {
    /// Whether the broker takes messages on it, as far as is known.
    fn is_open(&self) -> bool {
        !self.line.is_blocked() && !self.line.is_cut()
    }
}

/// Publishes. Clones are the same.
#[derive(Clone)]
pub(super) struct Publisher {
    rounds: Batcher<Message, Result<(), PublishError>>,
    lane: watch::Receiver<Option<Lane>>,
    end: End,
}

impl Publisher {
    /// Starts the worker that keeps the connection, on which `declare` declares what is published to, and the one that
    /// publishes. `confirmed` is told how many messages each round has made durable.
    pub(super) fn start<Declaring>(
        address: Address,
        sender: String,
        end: &End,
        declare: impl Fn(Arc<Line>) -> Declaring + Clone + Send + Sync + 'static,
        confirmed: impl Fn(usize) + Send + Sync + 'static,
    ) -> Self
    where
        Declaring: Future<Output = lapin::Result<()>> + Send + 'static,
    {
        let slot = watch::Sender::new(None);
        let lane = slot.subscribe();
        let open = move |line: Arc<Line>| {
            let declare = declare.clone();
            async move {
                declare(Arc::clone(&line)).await?;
                let channel = line.channel().await?;
                within(channel.confirm_select(ConfirmSelectOptions::default())).await?;
                Ok(Lane { line, channel })
            }
        };
        let ending = end.clone();
        let working = end.working();
        end.tasks.spawn_worker("rabbitmq-publish-connection", async move {
            let _working = working;
            keep(address, "publish", open, slot, ending.over()).await;
        });
        let round = Arc::new(Rounds {
            lane: lane.clone(),
            sender,
            published: AtomicI64::new(0),
            numbered: AtomicI64::new(0),
            confirmed: Box::new(confirmed),
        });
        let rounds =
            Batcher::start(&end.tasks, "rabbitmq-publish", MAX_WAITING, MAX_ROUND, move |messages| {
                let round = Arc::clone(&round);
                async move { round.publish(messages).await }
            });
        Self { rounds, lane, end: end.clone() }
    }

    /// Publishes, and returns once the broker has confirmed.
    pub(super) async fn publish(&self, message: Message) -> Result<(), PublishError> {
        // An outage that is known is told at once.
        if !self.is_up() {
            return Err(PublishError::Unavailable);
        }
        match self.rounds.submit(message).await {
            Ok(answer) => answer,
            Err(BatchError::Full) => Err(PublishError::Full),
            Err(BatchError::Closed) => Err(PublishError::Unknown),
        }
    }

    /// Whether the broker takes messages, as far as is known.
    pub(super) fn is_up(&self) -> bool {
        !self.end.is_closed() && self.lane.borrow().as_ref().is_some_and(Lane::is_open)
    }

    /// Whether the broker is there but takes no messages.
    pub(super) fn is_blocked(&self) -> bool {
        self.lane.borrow().as_ref().is_some_and(|lane| lane.line.is_blocked())
    }
}

struct Rounds {
    lane: watch::Receiver<Option<Lane>>,
    /// This publisher's name in the headers of numbered messages.
    sender: String,
    /// Messages published so far, which gives each a name among those that are returned.
    published: AtomicI64,
    /// Numbered messages published so far.
    numbered: AtomicI64,
    confirmed: Box<dyn Fn(usize) + Send + Sync>,
}

impl Rounds {
    async fn publish(&self, messages: Vec<Message>) -> Vec<Result<(), PublishError>> {
        let count = messages.len();
        let lane = self.lane.borrow().clone().filter(Lane::is_open);
        let Some(Lane { line, channel }) = lane else { return vec![Err(PublishError::Unavailable); count] };
        // What is not heard of until the end of the round is not known.
        let mut answers = vec![Err(PublishError::Unknown); count];
        let mut names = HashMap::with_capacity(count);
        let mut sending = FuturesUnordered::new();
        for (index, message) in messages.into_iter().enumerate() {
            let name = self.published.fetch_add(1, Ordering::Relaxed);
            names.insert(name.to_string(), index);
            let (body, exchange, key, options, properties) = self.prepare(name, message);
            let channel = &channel;
            sending.push(async move {
                let publishing =
                    channel.basic_publish(exchange.into(), key.into(), options, &body, properties);
                let answer = match publishing.await {
                    Ok(confirm) => confirm.await,
                    Err(error) => Err(error),
                };
                (index, answer)
            });
        }
        let (mut returned, mut broken) = (Vec::new(), None);
        let mut until = pin!(async {
            tokio::select! {
                () = tokio::time::sleep(CONFIRM) => true,
                () = line.blocked() => false,
            }
        });
        loop {
            let (index, answer) = tokio::select! {
                biased;
                next = sending.next() => match next {
                    Some(next) => next,
                    None => break,
                },
                late = &mut until => {
                    if late {
                        broken = Some("no confirm in time".to_owned());
                    }
                    break;
                }
            };
            answers[index] = match answer {
                Ok(Confirmation::Ack(message)) => {
                    returned.extend(message);
                    Ok(())
                }
                Ok(Confirmation::Nack(message)) => {
                    returned.extend(message);
                    Err(PublishError::Full)
                }
                Ok(Confirmation::NotRequested) => {
                    broken = Some("the channel does not confirm".to_owned());
                    Err(PublishError::Unknown)
                }
                Err(error) => {
                    let answer = match error.kind() {
                        // Found before anything was sent.
                        ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
                            PublishError::Unavailable
                        }
                        _ => PublishError::Unknown,
                    };
                    broken = Some(error.to_string());
                    Err(answer)
                }
            };
        }
        for message in returned {
            // A return of an earlier round that was given up names nobody here.
            let name = message.properties.message_id().as_ref().map_or("", |name| name.as_str());
            if let Some(&index) = names.get(name) {
                answers[index] = Err(PublishError::Unavailable);
                broken = Some("the queue is gone".to_owned());
            }
        }
        if let Some(reason) = broken {
            tracing::warn!(reason, "the connection to RabbitMQ is given up");
            line.cut();
        }
        (self.confirmed)(answers.iter().filter(|answer| answer.is_ok()).count());
        answers
    }

    /// The body, the exchange, the routing key, and how it is sent.
    fn prepare(
        &self,
        name: i64,
        message: Message,
    ) -> (Vec<u8>, &'static str, &'static str, BasicPublishOptions, BasicProperties) {
        let Message { to, headers, body } = message;
        let properties = BasicProperties::default().with_message_id(name.to_string().into());
        match to {
            To::Queue(queue) => {
                let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
                let properties = properties.with_delivery_mode(PERSISTENT).with_headers(headers.0);
                (body, "", queue, options, properties)
            }
            To::Everybody(exchange) => {
                let number = self.numbered.fetch_add(1, Ordering::Relaxed);
                let headers = headers.text(SENDER, &self.sender).number(NUMBER, number);
                (body, exchange, "", BasicPublishOptions::default(), properties.with_headers(headers.0))
            }
        }
    }
}
