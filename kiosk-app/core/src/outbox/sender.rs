//! Sends the orders of the outbox, one at a time, in the order of keeping, each with its unchanged key.
//!
//! [`Sender::run`] is the only place that sends. [`Sender::try_now`] wakes it and waits for the outcome of one order, so a
//! caller that goes away interrupts nothing. Each order gets one attempt a pass; a pass ends at the first order whose
//! outcome is not known, so that no order overtakes another.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

use client::{Client, Failure, Placed, random};
use parking_lot::Mutex;
use tokio::{
    sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot},
    time::{Instant, timeout},
};
use wire::{ErrorCode, OrderId, Problem, Time, identity::Secret, order::PlaceOrder, problem::ItemLeft};

use super::{Entry, Outbox, State, StorageError};

/// Longest delay between two passes, unless the server asks for a longer one.
const LONGEST_BACKOFF_DELAY: Duration = Duration::from_secs(30);
/// Longest delay that a server may ask for.
const LONGEST_RETRY_AFTER_DELAY: Duration = Duration::from_secs(5 * 60);
/// Time between two looks for expired orders while nothing else happens.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(30);
/// Time within which an attempt ends, whatever the transport does. Longer than the client's own deadline.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
/// Time for which [`Sender::try_now`] waits.
const TRY_NOW_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for which an event waits for room in the channel. It is dropped afterwards.
const EVENT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most callers of [`Sender::try_now`] at a time.
const MAX_CALLERS: usize = 16;
/// Outcomes that are remembered for callers that ask late.
const MAX_OUTCOMES: usize = 64;

/// Clock, passed in.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// Places an order once.
pub trait Place: Send + Sync {
    /// Sends `order` with `token`, and returns the response or the reason why there is none.
    fn place(
        &self,
        token: &Secret,
        order: &PlaceOrder,
    ) -> impl Future<Output = Result<Placed, Failure>> + Send;
}

impl Place for Client {
    async fn place(&self, token: &Secret, order: &PlaceOrder) -> Result<Placed, Failure> {
        self.place_as(token, order).await
    }
}

/// Change in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server has accepted an order, which is gone from the outbox.
    Sent {
        /// Order.
        order_id: OrderId,
        /// True if an earlier attempt had reached the server.
        replayed: bool,
        /// Time of acceptance.
        accepted_at: Time,
    },
    /// The server has refused an order for good.
    Refused {
        /// Order.
        order_id: OrderId,
        /// Code of the server.
        code: ErrorCode,
        /// Portions left, if stock is the reason.
        items: Vec<ItemLeft>,
    },
    /// An order has waited too long.
    Expired {
        /// Order.
        order_id: OrderId,
    },
    /// The outbox cannot be read or written. Nothing is lost; the sender tries again.
    StorageFailed,
}

/// Outcome of [`Sender::try_now`].
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The server has accepted the order.
    Sent(Placed),
    /// The server has refused it for good.
    Refused {
        /// Code of the server.
        code: ErrorCode,
        /// Portions left, if stock is the reason.
        items: Vec<ItemLeft>,
    },
    /// It has waited too long.
    Expired,
    /// It stays in the outbox, and will be sent later.
    Waiting,
    /// It is not in the outbox: it was never kept, was cleared by staff, or was sent a while ago.
    Gone,
}

/// Sender of the outbox. Clones are the same one.
pub struct Sender<P>(Arc<Inner<P>>);

struct Inner<P> {
    outbox: Outbox,
    place: P,
    clock: Clock,
    events: mpsc::Sender<Event>,
    wake: Notify,
    callers: Mutex<Callers>,
    /// Held by [`Sender::run`] while it sends an order, and by staff while they clear one.
    pace: AsyncMutex<Pace>,
}

impl<P> Clone for Sender<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> fmt::Debug for Sender<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("outbox", &self.0.outbox).finish_non_exhaustive()
    }
}

/// Callers that wait for outcomes, and recent outcomes.
#[derive(Default)]
struct Callers {
    waiting: HashMap<OrderId, Vec<oneshot::Sender<Outcome>>>,
    recent: VecDeque<(OrderId, Outcome)>,
}

impl Callers {
    fn settle(&mut self, order_id: &OrderId, outcome: &Outcome) {
        for caller in self.waiting.remove(order_id).into_iter().flatten() {
            // A caller that has gone needs no outcome.
            let _ = caller.send(outcome.clone());
        }
    }

    fn remember(&mut self, order_id: &OrderId, outcome: Outcome) {
        self.settle(order_id, &outcome);
        if self.recent.len() == MAX_OUTCOMES {
            self.recent.pop_front();
        }
        self.recent.push_back((order_id.clone(), outcome));
    }

    fn recent(&self, order_id: &OrderId) -> Option<Outcome> {
        self.recent.iter().rev().find(|(recent, _)| recent == order_id).map(|(_, outcome)| outcome.clone())
    }

    /// Registers a caller. Returns `None` if too many wait already.
    fn register(&mut self, order_id: &OrderId) -> Option<oneshot::Receiver<Outcome>> {
        self.waiting.retain(|_, callers| {
            callers.retain(|caller| !caller.is_closed());
            !callers.is_empty()
        });
        if self.waiting.values().map(Vec::len).sum::<usize>() >= MAX_CALLERS {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.entry(order_id.clone()).or_default().push(sender);
        Some(receiver)
    }
}

/// Delays between passes.
#[derive(Debug, Default)]
struct Pace {
    /// Passes in a row that ended with a failure.
    failures: u32,
    /// Instant before which the server does not want to be asked.
    not_before: Option<Instant>,
}

/// End of a pass.
enum Pass {
    /// Nothing waits.
    Empty,
    /// The outcome of an order is not known; the next pass comes after this delay, or earlier if something wakes it.
    Stopped(Duration),
    /// The server does not want to be asked before this instant.
    Held(Instant),
}

/// Result of one attempt.
enum Attempt {
    /// Its outcome is known; the next order may follow.
    Settled,
    /// Its outcome is not known.
    Failed(Option<Duration>),
}

impl<P: Place> Sender<P> {
    /// Makes a sender. `events` should have room for some dozens; if nobody reads them, events are dropped.
    pub fn new(outbox: Outbox, place: P, clock: Clock, events: mpsc::Sender<Event>) -> Self {
        Self(Arc::new(Inner {
            outbox,
            place,
            clock,
            events,
            wake: Notify::new(),
            callers: Mutex::default(),
            pace: AsyncMutex::default(),
        }))
    }

    /// Sends now instead of after the current delay: the network is back, an order was kept, or staff ask for it. A delay
    /// that the server asked for is kept all the same.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Sends orders until the future is dropped. Dropping it at any moment is safe: an order whose answer was not written
    /// down is sent again with the same key. Of two calls at a time, one waits for the other.
    pub async fn run(&self) {
        loop {
            let pass = self.pass().await;
            let delay = match pass {
                Pass::Empty => EXPIRY_INTERVAL,
                Pass::Stopped(delay) => {
                    self.release_callers();
                    delay.min(EXPIRY_INTERVAL.max(LONGEST_BACKOFF_DELAY))
                }
                Pass::Held(until) => {
                    self.release_callers();
                    until.saturating_duration_since(Instant::now()).min(EXPIRY_INTERVAL)
                }
            };
            // Both ends mean the same: look again.
            let _ = timeout(delay, self.0.wake.notified()).await;
        }
    }

    /// Waits for the outcome of an order that was kept just now. Older orders go first. Needs a running [`Sender::run`];
    /// returns [`Outcome::Waiting`] if the outcome is not known in time.
    pub async fn try_now(&self, order_id: &OrderId) -> Outcome {
        let outcome = {
            let mut callers = self.0.callers.lock();
            if let Some(outcome) = callers.recent(order_id) {
                return outcome;
            }
            callers.register(order_id)
        };
        self.wake();
        let Some(outcome) = outcome else { return Outcome::Waiting };
        match timeout(TRY_NOW_TIMEOUT, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Outcome::Waiting,
        }
    }

    /// Returns whether an order is being sent at this moment.
    pub fn is_sending(&self) -> bool {
        self.0.pace.try_lock().is_err()
    }

    /// Clears an order as [`Outbox::clear`] does, but never while it is being sent.
    ///
    /// # Errors
    /// The disk cannot be written.
    pub async fn clear(&self, order_id: &OrderId, reason: &str) -> Result<bool, StorageError> {
        let _pace = self.0.pace.lock().await;
        let cleared = self.0.outbox.clear(order_id, reason, (self.0.clock)()).await?;
        self.0.callers.lock().settle(order_id, &Outcome::Gone);
        Ok(cleared)
    }

    /// Sends what waits, until nothing does or an outcome is not known.
    async fn pass(&self) -> Pass {
        loop {
            // Taken anew for each order, so that staff can clear one between two.
            let mut pace = self.0.pace.lock().await;
            let attempt = self.send_next(&mut pace).await;
            match attempt {
                Ok(Some(Attempt::Settled)) => pace.failures = 0,
                Ok(Some(Attempt::Failed(retry_after))) => {
                    let backoff = random::backoff(pace.failures, LONGEST_BACKOFF_DELAY);
                    pace.failures = pace.failures.saturating_add(1);
                    let Some(retry_after) = retry_after else { return Pass::Stopped(backoff) };
                    let until = Instant::now() + retry_after.clamp(backoff, LONGEST_RETRY_AFTER_DELAY);
                    pace.not_before = Some(until);
                    return Pass::Held(until);
                }
                Ok(None) => match pace.not_before {
                    Some(until) if until > Instant::now() => return Pass::Held(until),
                    _ => break,
                },
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be sent");
                    let delay = random::backoff(pace.failures, LONGEST_BACKOFF_DELAY);
                    pace.failures = pace.failures.saturating_add(1);
                    drop(pace);
                    self.publish(Event::StorageFailed).await;
                    return Pass::Stopped(delay);
                }
            }
        }
        self.settle_absent_callers().await;
        Pass::Empty
    }

    /// Marks expired orders, and sends the first waiting one. Returns `None` if there is none, or sending has to wait.
    async fn send_next(&self, pace: &mut Pace) -> Result<Option<Attempt>, StorageError> {
        let inner = &*self.0;
        // The first waiting order may be younger than one that has expired, and each has to be reported once.
        for order_id in inner.outbox.expire((inner.clock)()).await? {
            inner.callers.lock().remember(&order_id, Outcome::Expired);
            self.publish(Event::Expired { order_id }).await;
        }
        if pace.not_before.is_some_and(|until| until > Instant::now()) {
            return Ok(None);
        }
        pace.not_before = None;
        let Some(Entry { order_id, content: Some(kept), .. }) = inner.outbox.next_waiting().await? else {
            return Ok(None);
        };
        let attempt = timeout(ATTEMPT_TIMEOUT, inner.place.place(&kept.token, &kept.order)).await;
        match attempt.unwrap_or(Err(Failure::TimedOut)) {
            Ok(placed) if placed.accepted.order_id == order_id => {
                inner.outbox.sent(&order_id).await?;
                let (replayed, accepted_at) = (placed.replayed, placed.accepted.accepted_at);
                inner.callers.lock().remember(&order_id, Outcome::Sent(placed));
                self.publish(Event::Sent { order_id, replayed, accepted_at }).await;
                Ok(Some(Attempt::Settled))
            }
            Ok(_) => {
                tracing::warn!(%order_id, "the server answered for another order");
                inner.outbox.attempted(&order_id).await?;
                Ok(Some(Attempt::Failed(None)))
            }
            Err(failure) => match refusal(&failure) {
                Some(problem) => {
                    let (code, items) = (problem.code, problem.items.clone());
                    inner.outbox.refused(&order_id, code).await?;
                    inner.callers.lock().remember(&order_id, Outcome::Refused { code, items: items.clone() });
                    self.publish(Event::Refused { order_id, code, items }).await;
                    Ok(Some(Attempt::Settled))
                }
                None => {
                    tracing::info!(%order_id, %failure, "an order stays in the outbox");
                    inner.outbox.attempted(&order_id).await?;
                    Ok(Some(Attempt::Failed(delay_asked(&failure))))
                }
            },
        }
    }

    async fn publish(&self, event: Event) {
        if self.0.events.send_timeout(event, EVENT_TIMEOUT).await.is_err() {
            tracing::warn!("an event of the outbox is dropped, because nobody reads it");
        }
    }

    /// Tells all callers that their orders wait.
    fn release_callers(&self) {
        let mut callers = self.0.callers.lock();
        let waiting: Vec<_> = callers.waiting.keys().cloned().collect();
        for order_id in waiting {
            callers.settle(&order_id, &Outcome::Waiting);
        }
    }

    /// Answers callers whose orders are not waiting in the outbox.
    async fn settle_absent_callers(&self) {
        let waiting: Vec<_> = self.0.callers.lock().waiting.keys().cloned().collect();
        for order_id in waiting {
            let outcome = match self.0.outbox.get(&order_id).await {
                Ok(Some(entry)) => match entry.state {
                    // Kept since the pass has ended; its caller has woken the next pass.
                    State::Waiting => continue,
                    State::Refused(code) => Outcome::Refused { code, items: Vec::new() },
                    State::Expired => Outcome::Expired,
                },
                Ok(None) => Outcome::Gone,
                Err(_) => Outcome::Waiting,
            };
            self.0.callers.lock().settle(&order_id, &outcome);
        }
    }
}

/// Returns the problem with which an order is refused for good; `None` if it is to be sent again.
fn refusal(failure: &Failure) -> Option<&Problem> {
    // Whatever is no answer of the service keeps the order: no network, a proxy, the sign-in page of a network.
    let problem = failure.problem()?;
    let is_final = (400..500).contains(&problem.status) && problem.status != 429;
    is_final.then_some(problem)
}

/// Returns the delay that the service asked for. After a 429 there is always one.
fn delay_asked(failure: &Failure) -> Option<Duration> {
    let is_limit = failure.problem().is_some_and(|problem| problem.status == 429);
    failure.retry_after().or(is_limit.then_some(Duration::ZERO))
}
