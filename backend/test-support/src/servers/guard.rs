//! A server process that cannot outlive the test process, however that ends.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use super::processes;

/// Starts `$@`, prints its process id, and kills it once standard input ends: when the guard is dropped, which says so
/// first, and when the test process is gone. Then nobody is left to remove the folder. The server leads a process group
/// of its own, so that what it starts ends with it.
const WATCH: &str = r#"
exec 3<&0
setsid "$@" </dev/null 3<&- >>"$LOG" 2>&1 &
pid=$!
echo "$pid"
exec >&-
read -r last <&3
kill -CONT "-$pid" 2>/dev/null
kill -KILL "-$pid" 2>/dev/null
wait "$pid" 2>/dev/null
[ "$last" = dropped ] || rm -rf "$FOLDER"
"#;

/// A running server. Dropping it kills the server.
#[derive(Debug)]
pub struct Guard {
    watcher: Child,
    stdin: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Guard {
    /// Starts a program. Its output goes to `log` in its folder, which is a temporary one.
    pub fn start(command: &[&str], environment: &[(&str, &str)], folder: &Path) -> Self {
        let log = folder.join("log");
        use io::BufRead as _;
        let mut watcher = Command::new("sh")
            .args(["-c", WATCH, "watch"])
            .args(command)
            .envs(environment.iter().copied())
            .env("LOG", &log)
            .env("FOLDER", folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        io::BufReader::new(watcher.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pid = line.trim().parse().unwrap_or_else(|_| panic!("{command:?} did not start: {line:?}"));
        let stdin = watcher.stdin.take();
        Self { watcher, stdin, pid, log }
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Stops it and what it started where they stand (SIGSTOP). No thread of them runs when this returns.
    pub fn pause(&self) {
        processes::stop(self.pid);
    }

    /// Lets it and what it started go on.
    pub fn resume(&self) {
        processes::resume(self.pid);
    }

    /// Sends a signal, as in `QUIT`, to it and to what it started; if it is paused, it goes on to hear it.
    pub fn signal(&self, name: &str) {
        processes::release(self.pid);
        let group = format!("-{}", self.pid);
        let sent = Command::new("kill").args([&format!("-{name}"), "--", &group]).status().unwrap();
        assert!(sent.success(), "{name} could not be sent to {}", self.pid);
    }

    /// Returns whether it still runs.
    pub fn runs(&mut self) -> bool {
        Path::new("/proc").join(self.pid.to_string()).join("exe").read_link().is_ok()
    }

    /// Returns the end of its output, for messages of tests that fail.
    pub fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What it started may be in process groups of its own, which the watcher does not reach.
        processes::release(self.pid);
        if let Some(mut stdin) = self.stdin.take() {
            let _ = stdin.write_all(b"dropped\n");
        }
        let _ = self.watcher.wait();
    }
}

/// The first of these that is a program on this machine.
pub fn program(candidates: &[&str], install: &str) -> String {
    let found = candidates.iter().find(|path| {
        if path.contains('/') {
            Path::new(path).is_file()
        } else {
            let found =
                Command::new("sh").args(["-c", "command -v \"$0\"", path]).stdout(Stdio::null()).status();
            found.is_ok_and(|status| status.success())
        }
    });
    (*found.unwrap_or_else(|| panic!("{} is not installed: {install}", candidates[0]))).to_owned()
}

/// Returns whether the tests run as root; PostgreSQL does not, and gets a user of its own then.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}
