//! Printing, and the state of the printer.
//!
//! A printer is a device file, a TCP port or, on Windows, a shared printer queue. Nothing here blocks ordering: every
//! connection, write and answer has a deadline, and one slip is printed at a time.
//!
//! On Windows a printer on USB is no file. Share its queue with the driver "Generic / Text Only", and configure the
//! device `\\localhost\ShareName`: what is written to it reaches the printer unchanged. A queue answers no status query,
//! so the spooler alone knows about the paper.

mod port;

#[cfg(test)]
mod tests;

use std::{io, path::PathBuf, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::{Mutex as JobLock, Semaphore, watch},
    time::{Instant, timeout, timeout_at},
};
use wire::kiosk::PrinterState;

use crate::{escpos, receipt::Bitmap};
use port::Port;

/// Most bytes of one write: small printers lose what exceeds their buffer.
const PIECE: usize = 4_096;
/// Most slips that wait for the one that is printed.
const MAX_WAITING: usize = 4;
/// Time between two status queries while nothing is printed.
pub const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Connection to the printer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Target {
    /// No printer.
    #[default]
    None,
    /// Device file such as `/dev/usb/lp0`; on Windows, share of a printer queue.
    Device(PathBuf),
    /// Host and port, usually 9100.
    Tcp(String),
}

/// Settings of the printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterConfig {
    /// Connection.
    pub target: Target,
    /// False for a printer that answers no status queries. Only its connection tells then that it works.
    pub answers_status: bool,
    /// Deadlines.
    pub timeouts: Timeouts,
}

impl Default for PrinterConfig {
    fn default() -> Self {
        Self { target: Target::None, answers_status: true, timeouts: Timeouts::default() }
    }
}

/// Deadlines of the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening the connection.
    pub connect: Duration,
    /// One write of at most 4,096 bytes.
    pub write: Duration,
    /// Answer to the status queries.
    pub answer: Duration,
    /// Whole slip with its status queries.
    pub job: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            write: Duration::from_secs(8),
            answer: Duration::from_secs(2),
            job: Duration::from_secs(25),
        }
    }
}

/// Result of printing a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintResult {
    /// The printer took the whole slip and reports no fault after it.
    Printed,
    /// The slip is not printed, or not whole.
    Failed(PrinterState),
}

/// State that is kept from one job to the next.
#[derive(Default)]
struct Job {
    /// True if the printer may still wait for the rest of a picture.
    interrupted: bool,
}

/// Printer of slips.
pub struct Printer {
    config: PrinterConfig,
    job: JobLock<Job>,
    waiting: Semaphore,
    state: watch::Sender<PrinterState>,
    /// Last fault in words, for diagnostics.
    fault: Mutex<Option<String>>,
}

impl Printer {
    /// Creates a printer. Until it has been asked, it counts as offline.
    pub fn new(config: PrinterConfig) -> Self {
        let first = match config.target {
            Target::None => PrinterState::None,
            Target::Device(_) | Target::Tcp(_) => PrinterState::Offline,
        };
        Self {
            config,
            job: JobLock::default(),
            waiting: Semaphore::new(1 + MAX_WAITING),
            state: watch::Sender::new(first),
            fault: Mutex::default(),
        }
    }

    /// Returns the last known state.
    pub fn state(&self) -> PrinterState {
        *self.state.borrow()
    }

    /// Returns a receiver of all changes of the state.
    pub fn watch(&self) -> watch::Receiver<PrinterState> {
        self.state.subscribe()
    }

    /// Returns the last fault of the connection in words, for diagnostics.
    pub fn fault(&self) -> Option<String> {
        self.fault.lock().clone()
    }

    /// Asks for the state every few seconds. Never returns; the caller runs it beside everything else.
    pub async fn run(&self) {
        loop {
            self.poll().await;
            if self.config.target == Target::None {
                // There is nothing to ask, ever.
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Asks the printer for its state. While a slip is printed, the last known state is returned.
    pub async fn poll(&self) -> PrinterState {
        if self.config.target == Target::None {
            return PrinterState::None;
        }
        let Ok(mut job) = self.job.try_lock() else { return self.state() };
        let state = self.ask_anew(&mut job).await;
        self.publish(state)
    }

    /// Prints a slip. Waits for the slips before it, and returns within twice the deadline of a job.
    pub async fn print(&self, picture: &Bitmap) -> PrintResult {
        if self.config.target == Target::None {
            return PrintResult::Failed(PrinterState::None);
        }
        let Ok(_place) = self.waiting.try_acquire() else { return PrintResult::Failed(self.state()) };
        let Ok(mut job) = timeout(self.config.timeouts.job, self.job.lock()).await else {
            return PrintResult::Failed(self.state());
        };
        let bytes = self.bytes(picture, job.interrupted);
        let deadline = Instant::now() + self.config.timeouts.job;
        let printed = timeout_at(deadline, self.print_once(&mut job, &bytes))
            .await
            .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "the slip took too long")));
        match printed {
            Ok(state) if can_print(state) => {
                self.publish(state);
                PrintResult::Printed
            }
            Ok(state) => PrintResult::Failed(self.publish(state)),
            Err(error) => {
                *self.fault.lock() = Some(error.to_string());
                tracing::warn!(%error, "a slip was not printed");
                // A printer without paper stops to read. A new connection may tell the cause.
                let state = match self.ask_anew(&mut job).await {
                    state if can_print(state) => PrinterState::Offline,
                    state => state,
                };
                PrintResult::Failed(self.publish(state))
            }
        }
    }

    fn bytes(&self, picture: &Bitmap, interrupted: bool) -> Vec<u8> {
        let mut bytes = if interrupted { escpos::resynchronize() } else { Vec::new() };
        bytes.extend(escpos::encode(picture));
        bytes
    }

    /// Prints a slip without a deadline for the whole, and returns the state after it.
    async fn print_once(&self, job: &mut Job, bytes: &[u8]) -> io::Result<PrinterState> {
        let mut port = self.open().await?;
        let before = self.ask(&mut port).await?;
        if !can_print(before) {
            return Ok(before);
        }
        // Taken back after the last byte alone, so a job that ends anywhere leaves it set.
        job.interrupted = true;
        for piece in bytes.chunks(PIECE) {
            timeout(self.config.timeouts.write, port.write_all(piece)).await??;
        }
        timeout(self.config.timeouts.write, port.flush()).await??;
        let after = self.ask(&mut port).await?;
        job.interrupted = false;
        Ok(after)
    }

    /// Asks for the state on a connection of its own.
    async fn ask_anew(&self, _job: &mut Job) -> PrinterState {
        let asked = async {
            let mut port = self.open().await?;
            self.ask(&mut port).await
        };
        match asked.await {
            Ok(state) => state,
            Err(error) => {
                *self.fault.lock() = Some(error.to_string());
                PrinterState::Offline
            }
        }
    }

    async fn open(&self) -> io::Result<Port> {
        timeout(self.config.timeouts.connect, Port::open(&self.config.target)).await?
    }

    /// Sends the status queries one by one and waits for each answer.
    async fn ask(&self, port: &mut Port) -> io::Result<PrinterState> {
        if !self.config.answers_status || !port.answers() {
            return Ok(PrinterState::Ready);
        }
        let mut answers = [0; escpos::STATUS_QUERIES.len()];
        for (query, answer) in escpos::STATUS_QUERIES.iter().zip(&mut answers) {
            timeout(self.config.timeouts.answer, port.write_all(query)).await??;
            *answer = timeout(self.config.timeouts.answer, port.read_byte()).await??;
        }
        Ok(escpos::parse_status(answers))
    }

    fn publish(&self, state: PrinterState) -> PrinterState {
        if can_print(state) {
            *self.fault.lock() = None;
        }
        self.state.send_if_modified(|last| std::mem::replace(last, state) != state);
        state
    }
}

/// Returns whether a printer in that state prints.
pub fn can_print(state: PrinterState) -> bool {
    matches!(state, PrinterState::Ready | PrinterState::PaperLow)
}
