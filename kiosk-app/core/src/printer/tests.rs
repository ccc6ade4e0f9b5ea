//! Tests with printers on TCP, a FIFO and a pseudo-terminal.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::escpos::tests::decode;

const GOOD: u8 = 0x12;
/// Answers of a printer in good order, without paper, and with an open cover.
const READY: [u8; 3] = [GOOD; 3];
const NO_PAPER: [u8; 3] = [GOOD | 0x08, GOOD | 0x20, GOOD | 0x60];
const OPEN: [u8; 3] = [GOOD | 0x08, GOOD | 0x04, GOOD];

fn picture() -> Bitmap {
    Bitmap::of_bytes(576, (0..72 * 900_usize).map(|at| (at % 251) as u8).collect())
}

/// Deadlines that a busy machine keeps, for printers that work.
fn ample() -> Timeouts {
    let ample = Duration::from_secs(60);
    Timeouts { connect: ample, write: ample, answer: ample, job: ample }
}

fn printer(target: Target, timeouts: Timeouts) -> Printer {
    Printer::new(PrinterConfig { target, timeouts, ..PrinterConfig::default() })
}

/// Printer on TCP.
struct Fake {
    listener: TcpListener,
    answers: [u8; 3],
    /// Bytes of the slip after which its paper is at its end.
    paper: usize,
    /// True if it stops to read when its paper is at its end.
    stops: bool,
    /// Bytes of the slip.
    slip: Vec<u8>,
}

impl Fake {
    async fn new(answers: [u8; 3]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self { listener, answers, paper: usize::MAX, stops: false, slip: Vec::new() }
    }

    fn target(&self) -> Target {
        Target::Tcp(self.listener.local_addr().unwrap().to_string())
    }

    /// Serves one connection after the other until it is dropped.
    async fn serve(&mut self) {
        loop {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            self.serve_one(&mut stream).await;
        }
    }

    /// Serves a connection byte by byte, as slowly as that is.
    async fn serve_one(&mut self, stream: &mut TcpStream) {
        let mut piece = [0; 512];
        let mut query: Vec<u8> = Vec::new();
        loop {
            let Ok(read @ 1..) = stream.read(&mut piece).await else { return };
            for byte in &piece[..read] {
                query.push(*byte);
                match query.as_slice() {
                    [0x10] | [0x10, 0x04] => {}
                    [0x10, 0x04, n @ (1 | 2 | 4)] => {
                        let at = usize::from(*n) / 2;
                        if stream.write_all(&[self.answers[at]]).await.is_err() {
                            return;
                        }
                        query.clear();
                    }
                    _ => self.slip.append(&mut query),
                }
            }
            if self.slip.len() > self.paper {
                self.answers = NO_PAPER;
                if std::mem::take(&mut self.stops) {
                    // The next connection is answered while this one stays open and unread.
                    let (mut next, _) = self.listener.accept().await.unwrap();
                    return Box::pin(self.serve_one(&mut next)).await;
                }
            }
        }
    }
}

/// Runs the client while the fake printer serves it.
async fn beside<T>(fake: &mut Fake, client: impl Future<Output = T>) -> T {
    tokio::select! {
        result = client => result,
        () = fake.serve() => unreachable!("it serves for ever"),
    }
}

#[tokio::test]
async fn a_slip_arrives_whole_and_the_state_is_published() {
    let mut fake = Fake::new(READY).await;
    let printer = printer(fake.target(), ample());
    let watch = printer.watch();
    assert_eq!(printer.state(), PrinterState::Offline);
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, PrintResult::Printed);
    assert_eq!(decode(&fake.slip).as_ref(), Ok(&picture()));
    assert_eq!(*watch.borrow(), PrinterState::Ready);
}

#[tokio::test]
async fn an_open_cover_and_low_paper_are_seen_before_a_slip() {
    let mut fake = Fake::new(OPEN).await;
    let printer = printer(fake.target(), ample());
    let failed = PrintResult::Failed(PrinterState::CoverOpen);
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, failed);
    assert!(fake.slip.is_empty());
    fake.answers = [GOOD, GOOD, GOOD | 0x0c];
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, PrintResult::Printed);
    assert_eq!(printer.state(), PrinterState::PaperLow);
}

#[tokio::test]
async fn paper_that_ends_in_the_middle_is_seen_after_the_slip() {
    let mut fake = Fake::new(READY).await;
    fake.paper = 20_000;
    let printer = printer(fake.target(), ample());
    let failed = PrintResult::Failed(PrinterState::PaperOut);
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, failed);
    assert_eq!(printer.state(), PrinterState::PaperOut);
}

#[tokio::test]
async fn a_printer_that_stops_to_read_without_paper_tells_so_on_a_new_connection() {
    let mut fake = Fake::new(READY).await;
    (fake.paper, fake.stops) = (20_000, true);
    let printer = printer(fake.target(), Timeouts { answer: Duration::from_millis(300), ..ample() });
    // More than fits into the buffers of the system is not needed: no answer follows the slip.
    let failed = PrintResult::Failed(PrinterState::PaperOut);
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, failed);

    // The next slip completes the picture that was cut off.
    (fake.paper, fake.answers) = (usize::MAX, READY);
    fake.slip.clear();
    assert_eq!(beside(&mut fake, printer.print(&picture())).await, PrintResult::Printed);
    let padding = escpos::resynchronize().len();
    assert!(fake.slip[..padding].iter().all(|byte| *byte == 0));
    assert_eq!(decode(&fake.slip[padding..]).as_ref(), Ok(&picture()));
}

#[tokio::test]
async fn a_printer_that_never_reads_and_one_that_is_off_are_offline() {
    let short = Duration::from_millis(200);
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = Target::Tcp(silent.local_addr().unwrap().to_string());
    let timeouts = Timeouts { answer: short, write: short, ..ample() };
    let offline = PrintResult::Failed(PrinterState::Offline);
    assert_eq!(printer(target.clone(), timeouts).print(&picture()).await, offline);
    // Without status queries, a slip that exceeds all buffers runs into the deadline of a write.
    let config = PrinterConfig { target: target.clone(), answers_status: false, timeouts };
    let endless = Bitmap::of_bytes(576, vec![0; 72 * 200_000]);
    assert_eq!(Printer::new(config).print(&endless).await, offline);
    drop(silent);
    let refused = printer(target, timeouts);
    assert_eq!(refused.print(&picture()).await, offline);
    assert_eq!(refused.poll().await, PrinterState::Offline);
    assert!(refused.fault().is_some());
}

#[tokio::test]
async fn a_slow_reader_is_given_up_at_the_deadline_of_the_job() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap().to_string());
    let timeouts = Timeouts { job: Duration::from_millis(400), ..ample() };
    let printer = Printer::new(PrinterConfig { target, answers_status: false, timeouts });
    let slow = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Every write succeeds in time, and the slip is endless.
        let mut piece = [0; 64];
        while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    let endless = Bitmap::of_bytes(576, vec![0; 72 * 300_000]);
    let result = tokio::select! {
        result = printer.print(&endless) => result,
        () = slow => unreachable!(),
    };
    assert_eq!(result, PrintResult::Failed(PrinterState::Offline));
}

#[tokio::test]
async fn without_a_printer_nothing_waits() {
    let printer = Printer::new(PrinterConfig::default());
    assert_eq!(printer.poll().await, PrinterState::None);
    assert_eq!(printer.print(&picture()).await, PrintResult::Failed(PrinterState::None));
}

#[tokio::test]
async fn slips_are_printed_one_at_a_time_and_only_few_wait() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap().to_string());
    let printer = printer(target, ample());
    let slip = picture();
    let mut jobs: Vec<_> = (0..=1 + MAX_WAITING).map(|_| Box::pin(printer.print(&slip))).collect();
    let last = jobs.pop().unwrap();
    // One is being printed, the others hold all places; none of them is answered.
    for job in &mut jobs {
        let pending = poll_fn(|context| Poll::Ready(job.as_mut().poll(context).is_pending())).await;
        assert!(pending);
    }
    assert_eq!(last.await, PrintResult::Failed(PrinterState::Offline));
    assert_eq!(printer.poll().await, PrinterState::Offline);
}

#[cfg(unix)]
mod files {
    use std::{
        fs::{File, OpenOptions},
        io::{Read as _, Write as _},
        thread,
    };

    use rustix::{
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
        termios::{OptionalActions, tcgetattr, tcsetattr},
    };

    use super::*;

    #[tokio::test]
    async fn a_device_file_gets_the_whole_slip() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lp0");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        let config =
            PrinterConfig { target: Target::Device(path.clone()), answers_status: false, timeouts: ample() };
        let length = escpos::encode(&picture()).len();
        let mut reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reading = thread::spawn(move || {
            let mut slip = vec![0; length];
            reader.read_exact(&mut slip).unwrap();
            slip
        });
        assert_eq!(Printer::new(config).print(&picture()).await, PrintResult::Printed);
        assert_eq!(decode(&reading.join().unwrap()), Ok(picture()));
    }

    #[tokio::test]
    async fn a_device_file_that_is_full_or_missing_is_offline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lp0");
        let timeouts = Timeouts { write: Duration::from_millis(200), ..ample() };
        let config = PrinterConfig { target: Target::Device(path.clone()), answers_status: false, timeouts };
        let offline = PrintResult::Failed(PrinterState::Offline);
        assert_eq!(Printer::new(config.clone()).print(&picture()).await, offline);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        // Nobody reads: the slip exceeds the buffer of a FIFO.
        let endless = Bitmap::of_bytes(576, vec![0; 72 * 20_000]);
        assert_eq!(Printer::new(config).print(&endless).await, offline);
    }

    #[tokio::test]
    async fn a_device_that_answers_tells_its_state() {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let mut attributes = tcgetattr(&controller).unwrap();
        attributes.make_raw();
        tcsetattr(&controller, OptionalActions::Now, &attributes).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        // Held open, so that the terminal keeps its settings between connections.
        let _held = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut controller = File::from(controller);
        let answering = thread::spawn(move || {
            for answer in OPEN {
                let mut query = [0; 3];
                controller.read_exact(&mut query).unwrap();
                assert_eq!(query[..2], [0x10, 0x04]);
                controller.write_all(&[answer]).unwrap();
            }
            controller
        });
        let printer = printer(Target::Device(path.into()), ample());
        assert_eq!(printer.poll().await, PrinterState::CoverOpen);
        drop(answering.join().unwrap());
    }
}
