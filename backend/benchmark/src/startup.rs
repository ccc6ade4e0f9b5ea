//! Time from the start of the process until every service answers.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use system_tests::system::{binary, free_base_port};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wire::ops::ServiceName;

use crate::{
    Profile,
    report::{Report, Section, number},
};

/// Interval at which a service is asked until it answers.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let (mut empty, mut existing) = (Vec::new(), Vec::new());
    for _ in 0..profile.of(15, 3) {
        let folder = tempfile::tempdir().unwrap();
        empty.push(start(folder.path()).await);
        existing.push(start(folder.path()).await);
    }
    let mut table = Section::new(
        "Start",
        "Until all five services answer `GET /health` with 200, asked every millisecond; and how long the program \
         itself says that it took.",
        &["folder", "median ms", "fastest ms", "slowest ms", "the program says, median ms"],
    );
    for (name, starts) in [("empty", &mut empty), ("existing", &mut existing)] {
        starts.sort_by(|one, other| one.healthy.total_cmp(&other.healthy));
        let mut reported: Vec<_> = starts.iter().map(|start| start.reported).collect();
        reported.sort_by(f64::total_cmp);
        table.row([
            name.to_owned(),
            number(starts[starts.len() / 2].healthy),
            number(starts[0].healthy),
            number(starts[starts.len() - 1].healthy),
            number(reported[reported.len() / 2]),
        ]);
    }
    report.add(table);
    let median = |starts: &[Start]| number(starts[starts.len() / 2].healthy);
    report.sums_up(
        "ready after, ms",
        "not measured",
        "≤ 150",
        format!("{} on an empty folder, {} on an existing one", median(&empty), median(&existing)),
    );
}

struct Start {
    /// Milliseconds until every service was up.
    healthy: f64,
    /// Milliseconds until then, as the program reports them.
    reported: f64,
}

async fn start(folder: &Path) -> Start {
    let port = free_base_port();
    let start = Instant::now();
    let mut program = Killed(
        Command::new(binary())
            .args(["up", "--base-port", &port.to_string(), "--data-dir"])
            .arg(folder.join("data"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    for name in ServiceName::ALL {
        while !is_healthy(port + name.port_offset()).await {
            assert!(program.0.try_wait().unwrap().is_none(), "the program ended");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
    let healthy = start.elapsed().as_secs_f64() * 1000.0;
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let reported = line.split_once("It took ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    Start { healthy, reported: reported.expect("the program says how long it took") }
}

async fn is_healthy(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    ask.await.unwrap_or(false)
}

/// Ends with the measurement, also when that fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
