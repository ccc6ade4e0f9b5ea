//! Machine of the measurement.

use std::{
    fs::File,
    io::Write as _,
    process::Command,
    time::{Duration, Instant},
};

use service_kit::Clock;

use crate::report::number;

/// Returns the facts that a reader has to know of the machine.
pub(crate) fn facts() -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = after_colon("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory = after_colon("/proc/meminfo", "MemTotal").unwrap_or_default();
    let memory = memory
        .trim_end_matches(" kB")
        .parse::<f64>()
        .map_or(memory.clone(), |kib| format!("{} GiB", number(kib / 1024.0 / 1024.0)));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let day = Clock::system().now().to_string();
    let (median, worst) = synced_write();
    let disk = format!("{} to the disk (p50; p99 {})", millis(median), millis(worst));
    vec![
        ("Measured on", day.split('T').next().unwrap_or_default().to_owned()),
        ("with", format!("{cores} cores ({cpu})")),
        ("memory", memory),
        ("Linux", kernel.trim().to_owned()),
        ("a synced write takes", disk),
        ("built by", rustc.unwrap_or_else(|_| "an unknown compiler".to_owned())),
        ("load generator", "on the same cores".to_owned()),
    ]
}

fn after_colon(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Returns the time until 4 KiB are on the disk of the data: median and 99th percentile. Every commit of an order waits
/// for such a write.
fn synced_write() -> (Duration, Duration) {
    const WRITES: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create(folder.path().join("probe")).unwrap();
    let mut times: Vec<_> = (0..WRITES)
        .map(|_| {
            file.write_all(&[7; 4096]).unwrap();
            let start = Instant::now();
            file.sync_data().unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[WRITES / 2], times[WRITES * 99 / 100])
}

fn millis(time: Duration) -> String {
    format!("{} ms", number(time.as_secs_f64() * 1000.0))
}
