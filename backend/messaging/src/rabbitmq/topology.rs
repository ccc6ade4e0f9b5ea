//! What is declared. Whoever connects declares all that it uses: nobody has to come first.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    types::{AMQPValue, FieldTable, ShortString},
};

use super::{line::Line, within};

/// The queue that orders wait in.
pub(super) const ORDERS: &str = "orders_queue";

/// The dead letters.
pub(super) const DEAD: &str = "orders_dead";

/// Held by whoever reads the dead letters: it belongs to one connection, and is gone with it.
pub(super) const DEAD_READER: &str = "orders_dead.reader";

/// At most so many dead letters are kept; then none can be set aside, and poison waits where it is.
const MAX_DEAD: i64 = 10_000;

/// How often a message may be delivered before the broker makes it a dead letter by itself. A crash or an outage of the
/// kitchen is not the message's fault, so this is as good as never: at one delivery a second, 68 years. It has to be
/// said, because RabbitMQ 4 takes 20 when nothing is.
const MAX_DELIVERIES: i64 = i32::MAX as i64;

/// How long a queue of news lives without anybody who listens, in milliseconds.
const NEWS_EXPIRE: i64 = 60_000;

/// The arguments of a quorum queue that refuses when it is full.
fn quorum(length: i64) -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(length));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(MAX_DELIVERIES));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// Declares the queue of orders, for so many, and that of the dead letters.
pub(super) async fn orders(line: &Line, capacity: u64) -> lapin::Result<()> {
    durable(line, DEAD, quorum(MAX_DEAD)).await?;
    let mut arguments = quorum(i64::try_from(capacity).unwrap_or(i64::MAX));
    arguments.insert("x-dead-letter-exchange".into(), text(""));
    arguments.insert("x-dead-letter-routing-key".into(), text(DEAD));
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    durable(line, ORDERS, arguments).await
}

/// Declares a durable queue. One that is there with other arguments stays as it is: an earlier version or another
/// setting made it, and what is in it counts more.
async fn durable(line: &Line, name: &str, arguments: FieldTable) -> lapin::Result<()> {
    let options = QueueDeclareOptions::durable();
    let channel = line.channel().await?;
    match within(channel.queue_declare(name.into(), options, arguments)).await {
        Ok(_) => Ok(()),
        Err(error) if is(&error, &AMQPSoftError::PRECONDITIONFAILED) => {
            tracing::warn!(queue = name, %error, "it stays as it is");
            let passive = QueueDeclareOptions { passive: true, ..options };
            let channel = line.channel().await?;
            within(channel.queue_declare(name.into(), passive, FieldTable::default())).await.map(drop)
        }
        Err(error) => Err(error),
    }
}

/// Whether the broker answered with this error.
pub(super) fn is(error: &lapin::Error, kind: &AMQPSoftError) -> bool {
    matches!(error.kind(), lapin::ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(soft) if soft == kind))
}

/// Declares an exchange that tells everybody.
pub(super) async fn exchange(channel: &Channel, name: &str) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declaring =
        channel.exchange_declare(name.into(), ExchangeKind::Fanout, options, FieldTable::default());
    within(declaring).await
}

/// Declares a queue of this connection's own that hears an exchange, for so many messages; the oldest go first. Its
/// name.
pub(super) async fn news(channel: &Channel, name: &str, length: usize) -> lapin::Result<ShortString> {
    exchange(channel, name).await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-expires".into(), AMQPValue::LongLongInt(NEWS_EXPIRE));
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(length));
    arguments.insert("x-overflow".into(), text("drop-head"));
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let queue = within(channel.queue_declare("".into(), options, arguments)).await?.name().clone();
    let binding = channel.queue_bind(
        queue.clone(),
        name.into(),
        "".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    within(binding).await?;
    Ok(queue)
}

/// How many messages of a queue are ready to be delivered, and how many consumers it has.
pub(super) async fn look(channel: &Channel, name: &str) -> lapin::Result<(u64, u32)> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = within(channel.queue_declare(name.into(), passive, FieldTable::default())).await?;
    Ok((queue.message_count().into(), queue.consumer_count()))
}
