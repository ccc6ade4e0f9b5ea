//! A connection that is kept: a worker of ours makes it, watches it, gives it up when anything is wrong with it, and
//! makes it anew. No attempt leaves anything behind, so an outage may last as long as it likes.

use std::{
    fmt,
    future::Future,
    io,
    net::{Shutdown, TcpStream},
    os::fd::AsFd as _,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt as _;
use lapin::{
    AsyncTcpStream, Channel, Connection, ConnectionProperties, Event,
    tcp::AMQPUriTcpExt as _,
    uri::{AMQPScheme, AMQPUri},
};
use parking_lot::{Mutex, MutexGuard};
use service_kit::backoff::Backoff;
use tokio::sync::watch;

use super::{PATIENCE, within};

/// Seconds between heartbeats. Nothing heard for two of them: the connection is given up.
const HEARTBEAT: u16 = 5;

/// The largest frame, in bytes. lapin sets aside 64 of them for each connection.
const FRAME: u32 = 32 * 1024;

/// The first pause after a connection has failed.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often it is asked whether the connection still is one, in case nobody said so.
const LOOK: Duration = Duration::from_millis(500);

/// The address cannot be read. What it was is not repeated, since there is a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of RabbitMQ must be as in amqp://user:password@host:5672/vhost")]
pub struct AddressError;

/// Where the broker is, and who we are to it.
#[derive(Clone)]
pub(super) struct Address {
    uri: AMQPUri,
    /// The client's name among the broker's connections.
    name: Arc<str>,
}

impl Address {
    pub(super) fn new(url: &str, name: &str) -> Result<Self, AddressError> {
        let mut uri: AMQPUri = url.parse().map_err(|_| AddressError)?;
        // Within its networks the platform speaks plainly to its servers; lapin is built without TLS.
        if uri.scheme != AMQPScheme::AMQP || uri.authority.host.is_empty() {
            return Err(AddressError);
        }
        uri.query.heartbeat = Some(HEARTBEAT);
        uri.query.frame_max = Some(FRAME);
        Ok(Self { uri, name: name.into() })
    }
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = &self.uri.authority;
        write!(f, "amqp://{}:{}/{}", authority.host, authority.port, self.uri.vhost)
    }
}

/// A connection. Dropping it ends it at once.
pub(super) struct Line {
    connection: Connection,
    socket: Socket,
    blocked: watch::Sender<bool>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("blocked", &*self.blocked.borrow()).finish_non_exhaustive()
    }
}

impl Line {
    async fn connect(address: &Address, purpose: &str) -> lapin::Result<Self> {
        let name = format!("{} {purpose}", address.name);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let socket = Socket::default();
        let state = Arc::clone(&socket.0);
        let connecting = Connection::connector(
            address.uri.clone(),
            lapin::runtime::default_runtime()?,
            async move |uri, runtime| {
                // In time even when nobody hears of the result any more.
                let stream = tokio::time::timeout(PATIENCE, uri.connect_async(&runtime)).await;
                let stream = stream.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                if let AsyncTcpStream::Plain(plain) = &stream {
                    plain.get_ref().set_nodelay(true)?;
                    opened(&state, plain.get_ref().as_fd().try_clone_to_owned()?.into());
                }
                Ok(stream)
            },
            properties,
        );
        let connection = within(connecting).await?;
        Ok(Self { connection, socket, blocked: watch::Sender::new(false) })
    }

    /// Opens a channel.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        within(self.connection.create_channel()).await
    }

    /// Ends it at once: whoever uses it gets errors, and its keeper makes a new one.
    pub(super) fn cut(&self) {
        self.socket.cut();
    }

    /// Whether it has been ended by [`Line::cut`]; its keeper hears of it in a moment.
    pub(super) fn is_cut(&self) -> bool {
        matches!(*lock(&self.socket.0), State::Cut)
    }

    /// Whether the broker takes no messages at the moment, for want of memory or disk.
    pub(super) fn is_blocked(&self) -> bool {
        *self.blocked.borrow()
    }

    /// Completes when the broker takes no messages.
    pub(super) async fn blocked(&self) {
        // It cannot fail while `self` holds the sender.
        let _ = self.blocked.subscribe().wait_for(|blocked| *blocked).await;
    }

    /// Says goodbye, so that the broker has read all that was sent before.
    async fn close(&self) {
        if !self.is_blocked() {
            let _ = within(self.connection.close(200, "OK".into())).await;
        }
    }

    /// Completes with the reason when the connection has ended.
    async fn watch(&self) -> lapin::Error {
        let mut events = pin!(self.connection.events_listener());
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = tokio::time::sleep(LOOK) => None,
            };
            match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(reason, "RabbitMQ takes no messages");
                    self.blocked.send_replace(true);
                }
                Some(Event::ConnectionUnblocked) => {
                    tracing::info!("RabbitMQ takes messages again");
                    self.blocked.send_replace(false);
                }
                // An error may be a channel's alone.
                event if !self.connection.status().connected() => {
                    return match event {
                        Some(Event::Error(error)) => error,
                        _ => io::Error::from(io::ErrorKind::ConnectionAborted).into(),
                    };
                }
                _ => {}
            }
        }
    }
}

/// Another handle of a connection's socket. Dropping it shuts the socket down, whoever else still holds one: also that
/// of an attempt which nobody waits for any more.
#[derive(Debug, Default)]
struct Socket(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Awaited,
    Open(TcpStream),
    Cut,
}

impl Socket {
    fn cut(&self) {
        if let State::Open(stream) = std::mem::replace(&mut *lock(&self.0), State::Cut) {
            shut(&stream);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.cut();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock()
}

fn opened(state: &Mutex<State>, stream: TcpStream) {
    let mut state = lock(state);
    match *state {
        State::Awaited => *state = State::Open(stream),
        State::Open(_) | State::Cut => shut(&stream),
    }
}

fn shut(stream: &TcpStream) {
    // It may have ended by itself.
    let _ = stream.shutdown(Shutdown::Both);
}

/// Keeps what `open` makes of a connection in `slot`, until `end`.
pub(super) async fn keep<L, Opening>(
    address: Address,
    purpose: &'static str,
    open: impl Fn(Arc<Line>) -> Opening,
    slot: watch::Sender<Option<L>>,
    end: impl Future<Output = ()>,
) where
    Opening: Future<Output = lapin::Result<L>>,
{
    tokio::pin!(end);
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut told = false;
    loop {
        let attempt = async {
            let line = tokio::select! {
                connected = Line::connect(&address, purpose) => connected?,
                () = &mut end => return Ok(()),
            };
            let line = Arc::new(line);
            // Watched while it is opened: a channel that waits for an answer hears of the end.
            let watching = line.watch();
            tokio::pin!(watching);
            let opened = tokio::select! {
                opened = open(Arc::clone(&line)) => opened?,
                error = &mut watching => return Err(error),
                () = &mut end => return Ok(()),
            };
            tracing::info!(?address, purpose, "connected to RabbitMQ");
            let _reset = Reset(&slot);
            slot.send_replace(Some(opened));
            backoff.reset();
            told = false;
            let error = tokio::select! {
                error = watching => Some(error),
                () = &mut end => None,
            };
            match error {
                Some(error) => Err(error),
                None => {
                    line.close().await;
                    Ok(())
                }
            }
        };
        match attempt.await {
            Ok(()) => return,
            Err(error) if told => tracing::debug!(?address, purpose, %error, "RabbitMQ is still away"),
            Err(error) => tracing::warn!(?address, purpose, %error, "RabbitMQ is away; it is tried again"),
        }
        told = true;
        tokio::select! {
            () = &mut end => return,
            () = tokio::time::sleep(backoff.delay()) => {}
        }
    }
}

/// Takes away what cannot be used any more.
struct Reset<'a, L>(&'a watch::Sender<Option<L>>);

impl<L> Drop for Reset<'_, L> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}
