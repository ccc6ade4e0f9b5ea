//! Open-loop load generator: HTTP/1.1 over kept connections, on a schedule that does not wait for responses.
//!
//! Request `n` is due `n / rate` after the start, and its latency counts from then, whether or not earlier requests have
//! been answered. So a stall shows in every request that was due meanwhile, as it does to the users who send them.
//!
//! - [`run`] sends what a function writes, given the number of each request, and measures an [`Outcome`]
//! - [`Orders`] writes `POST /order` requests of many students

mod orders;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    net::SocketAddr,
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep_until},
};

pub use orders::Orders;

/// Period after the end of the load in which late requests are still sent.
const GRACE_PERIOD: Duration = Duration::from_secs(2);
/// Longest latency that is recorded, in microseconds.
const LONGEST_LATENCY: u64 = 60_000_000;

/// Load profile: target, rate, duration, connections.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Address of the service.
    pub address: SocketAddr,
    /// Requests a second. With 0, each connection sends the next request when the last one is answered.
    pub rate: u64,
    /// Duration of the load.
    pub duration: Duration,
    /// Number of connections.
    pub connections: usize,
}

/// Measured outcome of a load.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Number of requests due; without a rate, number of requests sent.
    pub due: u64,
    /// Number of responses by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Number of requests without a response, because their connection broke.
    pub broken: u64,
    /// Number of requests that were too late to be sent.
    pub unsent: u64,
    /// Due time of the first request.
    pub start: Instant,
    /// Time from the start to the last response.
    pub took: Duration,
    /// Latencies of the responses, each from the due time of its request, in microseconds.
    latencies: Histogram<u64>,
}

impl Outcome {
    fn new(due: u64, start: Instant) -> io::Result<Self> {
        let latencies = Histogram::new_with_max(LONGEST_LATENCY, 3).map_err(io::Error::other)?;
        Ok(Self {
            due,
            start,
            statuses: BTreeMap::new(),
            broken: 0,
            unsent: 0,
            took: Duration::ZERO,
            latencies,
        })
    }

    /// Returns the number of responses with this status.
    pub fn with_status(&self, status: u16) -> u64 {
        self.statuses.get(&status).copied().unwrap_or(0)
    }

    /// Returns whether every request was answered with this status.
    pub fn all_are(&self, status: u16) -> bool {
        self.with_status(status) == self.due
    }

    /// Returns the responses a second.
    pub fn achieved(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// Returns the latency of this quantile, in milliseconds; 1.0 is the longest.
    pub fn quantile_ms(&self, part: f64) -> f64 {
        self.latencies.value_at_quantile(part) as f64 / 1000.0
    }
}

/// Sends the requests that `write` writes, given the number of each, and waits for the responses.
///
/// # Errors
/// The service accepts no connection.
pub async fn run(load: &Load, write: impl FnMut(u64, &mut Vec<u8>)) -> io::Result<Outcome> {
    let due = match load.rate {
        0 => u64::MAX,
        rate => {
            let due = u128::from(rate) * load.duration.as_micros() / 1_000_000;
            u64::try_from(due).unwrap_or(u64::MAX)
        }
    };
    let streams = try_join_all((0..load.connections).map(|_| connect(load.address))).await?;
    let start = Instant::now();
    let outcome = RefCell::new(Outcome::new(due, start)?);
    let run = Run { load, due, start, next: Cell::new(0), write: RefCell::new(write), outcome };
    join_all(streams.into_iter().map(|stream| run.send_all(stream))).await;
    let mut outcome = run.outcome.into_inner();
    if load.rate == 0 {
        outcome.due = run.next.get();
    }
    Ok(outcome)
}

struct Run<'a, W> {
    load: &'a Load,
    due: u64,
    start: Instant,
    next: Cell<u64>,
    write: RefCell<W>,
    outcome: RefCell<Outcome>,
}

impl<W: FnMut(u64, &mut Vec<u8>)> Run<'_, W> {
    /// Sends one request after the other over a connection until none is due.
    async fn send_all(&self, stream: TcpStream) {
        let mut stream = Some(stream);
        let (mut request, mut response) = (Vec::with_capacity(2048), Vec::with_capacity(4096));
        loop {
            let number = self.next.get();
            let over = self.load.rate == 0 && self.start.elapsed() >= self.load.duration;
            if number >= self.due || over {
                return;
            }
            self.next.set(number + 1);
            let due = match self.load.rate {
                0 => Instant::now(),
                rate => self.start + Duration::from_nanos(number * 1_000_000_000 / rate),
            };
            sleep_until(due).await;
            if due.elapsed() > self.load.duration + GRACE_PERIOD {
                self.outcome.borrow_mut().unsent += 1;
                continue;
            }
            request.clear();
            (self.write.borrow_mut())(number, &mut request);
            response.clear();
            let result = exchange(&mut stream, self.load.address, &request, &mut response).await;
            let now = Instant::now();
            let mut outcome = self.outcome.borrow_mut();
            outcome.took = outcome.took.max(now - self.start);
            match result {
                Ok(status) => {
                    *outcome.statuses.entry(status).or_default() += 1;
                    let micros = u64::try_from((now - due).as_micros()).unwrap_or(LONGEST_LATENCY);
                    outcome.latencies.saturating_record(micros);
                }
                Err(_) => {
                    outcome.broken += 1;
                    stream = None;
                }
            }
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends a request, reads its response, and returns the status. Connects first if there is no connection.
async fn exchange(
    stream: &mut Option<TcpStream>,
    address: SocketAddr,
    request: &[u8],
    response: &mut Vec<u8>,
) -> io::Result<u16> {
    let stream = match stream {
        Some(stream) => stream,
        None => stream.insert(connect(address).await?),
    };
    stream.write_all(request).await?;
    loop {
        if stream.read_buf(response).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(status) = status_of(response)? {
            return Ok(status);
        }
    }
}

/// Returns the status of a response once all of it is there. Only responses with a `Content-Length` are understood.
fn status_of(response: &[u8]) -> io::Result<Option<u16>> {
    let Some(end) = response.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let head = std::str::from_utf8(&response[..end]).map_err(|_| wrong())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or_else(wrong)?;
    let length: usize = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or_else(wrong)?;
    if response.len() < end + 4 + length {
        return Ok(None);
    }
    status.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use test_support::wait;
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn a_response_is_read_to_its_end() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nhi";
        for cut in 0..answer.len() {
            assert_eq!(status_of(&answer[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(status_of(answer).unwrap(), Some(202));
        assert!(status_of(b"HTTP/1.1 200 OK\r\n\r\n").is_err(), "without a length");
    }

    /// Responds over one connection after the other, to the first request after `stall`. Closes each connection after
    /// `hang_up_after` requests.
    async fn serve(listener: TcpListener, stall: Duration, hang_up_after: usize) {
        let mut first = true;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut byte = [0];
            for _ in 0..hang_up_after {
                if stream.read(&mut byte).await.unwrap() == 0 {
                    break;
                }
                if std::mem::take(&mut first) {
                    wait::pass(stall).await;
                }
                let status = if byte == [0] { "200 OK" } else { "422 No" };
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    }

    async fn loaded(stall: Duration, hang_up_after: usize) -> Outcome {
        loaded_at(500, stall, hang_up_after).await
    }

    async fn loaded_at(rate: u64, stall: Duration, hang_up_after: usize) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let load = Load { address, rate, duration: Duration::from_millis(100), connections: 1 };
        let write = |number: u64, request: &mut Vec<u8>| request.push(u8::from(number % 5 == 4));
        tokio::select! {
            () = serve(listener, stall, hang_up_after) => unreachable!("it serves forever"),
            outcome = run(&load, write) => outcome.unwrap(),
        }
    }

    #[tokio::test]
    async fn every_request_is_counted_by_its_status() {
        let outcome = loaded(Duration::ZERO, usize::MAX).await;
        assert_eq!(outcome.due, 50);
        assert_eq!(outcome.statuses, BTreeMap::from([(200, 40), (422, 10)]));
        assert!(outcome.took >= Duration::from_millis(98), "{:?}", outcome.took);
        assert!(!outcome.all_are(200));
    }

    #[tokio::test]
    async fn a_stall_counts_for_every_request_that_was_due_meanwhile() {
        let outcome = loaded(Duration::from_millis(400), usize::MAX).await;
        assert!(outcome.quantile_ms(0.0) >= 299.0, "the last was due 100 ms after the first: {outcome:?}");
    }

    #[tokio::test]
    async fn without_a_rate_a_request_is_sent_when_the_last_is_answered() {
        let outcome = loaded_at(0, Duration::from_millis(90), usize::MAX).await;
        assert_eq!(outcome.statuses.values().sum::<u64>(), outcome.due, "{outcome:?}");
        assert!(outcome.due >= 1 && outcome.took >= Duration::from_millis(90), "{outcome:?}");
        assert!(
            outcome.quantile_ms(0.0) < 90.0 || outcome.due == 1,
            "its latency counts from its sending: {outcome:?}"
        );
    }

    #[tokio::test]
    async fn a_broken_connection_is_counted_and_replaced() {
        let outcome = loaded(Duration::ZERO, 10).await;
        assert!(outcome.broken >= 4, "{outcome:?}");
        assert_eq!(outcome.with_status(200) + outcome.with_status(422) + outcome.broken, 50);
    }
}
