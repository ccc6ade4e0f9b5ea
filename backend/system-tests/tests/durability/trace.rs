//! Orders that were accepted before they were on the disk, found in a trace of system calls, below the page cache.
//!
//! The trace is `strace -f -yy -xx`. The order of its lines is the order of the events: a thread continues only after
//! the tracer has written its line, so every consequence of a call is written below the end of that call.

use std::collections::HashMap;

/// Traced system calls.
pub(crate) const CALLS: &str = "fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg";

/// System call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// Name.
    pub(crate) name: String,
    /// File of its descriptor: a path, or `TCP:[…]`.
    pub(crate) file: String,
    /// Bytes that it writes, as characters.
    pub(crate) text: String,
    /// Line on which it begins.
    pub(crate) begun: usize,
    /// Line on which it has ended.
    pub(crate) ended: usize,
    /// Returned value; `None` if the process ended first.
    pub(crate) result: Option<i64>,
}

impl Call {
    fn is_write_to(&self, file: &str) -> bool {
        self.file.ends_with(file) && !self.is_sync_of(file)
    }

    fn is_sync_of(&self, file: &str) -> bool {
        self.file.ends_with(file) && matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    /// Returns whether it writes the header of the last frame of a transaction in a write-ahead log: one with a database
    /// size other than zero. <https://www.sqlite.org/fileformat2.html#wal_file_format>
    fn is_commit(&self) -> bool {
        let bytes: Vec<char> = self.text.chars().collect();
        bytes.len() == 24 && bytes[4..8].iter().any(|byte| *byte != '\0')
    }

    fn accepts(&self, order_id: &str) -> bool {
        self.file.starts_with("TCP:")
            && self.text.contains("HTTP/1.1 202")
            && self.text.contains(&format!("\"orderId\":\"{order_id}\""))
    }
}

/// Reads a trace, and skips the lines of signals and of ended threads.
pub(crate) fn read(trace: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut unfinished = HashMap::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(began) = unfinished.remove(thread) {
                let call: &mut Call = &mut calls[began];
                call.ended = at;
                call.result = result(rest);
            }
        } else if let Some(mut call) = begin(rest) {
            call.begun = at;
            call.ended = at;
            if rest.ends_with("<unfinished ...>") {
                call.ended = usize::MAX;
                unfinished.insert(thread, calls.len());
            } else {
                call.result = result(rest);
            }
            calls.push(call);
        }
    }
    calls
}

fn begin(line: &str) -> Option<Call> {
    let (name, arguments) = line.split_once('(')?;
    let (number, described) = arguments.split_once('<')?;
    number.parse::<u32>().ok()?;
    let (end, _) = described.match_indices('>').find(|(at, _)| !described[..*at].ends_with('-'))?;
    // The written bytes stand in quotes, lengths and flags beside them.
    let text = described[end..].split('"').skip(1).step_by(2).map(decoded).collect();
    let file = decoded(&described[..end]);
    Some(Call { name: name.to_owned(), file, text, begun: 0, ended: 0, result: None })
}

fn result(line: &str) -> Option<i64> {
    line.rsplit_once("= ")?.1.split(' ').next()?.parse().ok()
}

/// Returns a text with every `\xNN` as the character of that byte.
fn decoded(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (byte, rest) = part.split_at(part.len().min(2));
        decoded.push(char::from(u8::from_str_radix(byte, 16).unwrap()));
        decoded.push_str(rest);
    }
    decoded
}

/// Returns the orders that were accepted before they were on the disk, each with its fault. An order is on the disk once
/// `log`, the write-ahead log of the queue, has been synced after the last frame of the order's transaction.
pub(crate) fn accepted_too_early(calls: &[Call], log: &str, orders: &[String]) -> Vec<String> {
    orders
        .iter()
        .filter_map(|order| fault(calls, log, order).map(|fault| format!("{order}: {fault}")))
        .collect()
}

fn fault(calls: &[Call], log: &str, order: &str) -> Option<&'static str> {
    let Some(answer) = calls.iter().find(|call| call.accepts(order)) else {
        return Some("no 202 is in the trace");
    };
    let writes: Vec<&Call> = calls.iter().filter(|call| call.is_write_to(log)).collect();
    let Some(written) = writes.iter().position(|call| call.text.contains(order)) else {
        return Some("it was never written");
    };
    // A frame is its header, then its page.
    let last_frame = (written.saturating_sub(1)..writes.len()).find(|at| writes[*at].is_commit());
    let Some(committed) = last_frame.and_then(|header| writes.get(header + 1)) else {
        return Some("its transaction was never ended");
    };
    let synced =
        |call: &&Call| call.is_sync_of(log) && call.result == Some(0) && call.begun > committed.ended;
    match calls.iter().find(synced) {
        None => Some("it was never synced"),
        Some(sync) if sync.ended > answer.begun => Some("it was accepted before it was synced"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "queue.db-wal";
    const HEADER: &str = r#"7 pwrite64(17<\x2fd/queue.db-wal>, "\x00\x00\x00\x05\x00\x00\x00\x00\x56\xa5\x7e\x22\x87\x3f\xf5\x10\xd7\xf7\x1a\xe4\x5b\xfc\xcd\x12", 24, 32) = 24"#;
    const PAGE: &str = r#"7 pwrite64(17<\x2fd/queue.db-wal>, "\x00order-1\x00", 4096, 56) = 4096"#;
    const LAST_HEADER: &str = r#"7 pwrite64(17<\x2fd/queue.db-wal>, "\x00\x00\x00\x05\x00\x00\x00\x08\x56\xa5\x7e\x22\x87\x3f\xf5\x10\xd7\xf7\x1a\xe4\x5b\xfc\xcd\x12", 24, 4152) = 24"#;
    const LAST_PAGE: &str = r#"7 pwrite64(17<\x2fd/queue.db-wal>, "\x00", 4096, 4176) = 4096"#;
    const SYNC: &str = r"7 fsync(17<\x2fd/queue.db-wal>) = 0";
    const ANSWER: &str = r#"8 writev(64<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base="HTTP/1.1 202 Accepted\x0d\x0a", iov_len=23}, {iov_base="{\x22orderId\x22:\x22order-1\x22}", iov_len=21}], 2) = 44"#;

    fn judged(lines: &[&str]) -> Vec<String> {
        accepted_too_early(&read(&lines.join("\n")), LOG, &["order-1".to_owned()])
    }

    #[test]
    fn a_trace_is_read() {
        let lines = [
            "7 fsync(17<\\x2fd> <unfinished ...>",
            "9 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---",
            ANSWER,
            "7 <... fsync resumed>)              = -1 EIO (Input/output error)",
            "9 fdatasync(3</a> <unfinished ...>",
            "9 +++ exited with 0 +++",
        ];
        let calls = read(&lines.join("\n"));
        let seen: Vec<_> = calls
            .iter()
            .map(|call| (call.name.as_str(), call.file.as_str(), call.begun, call.ended, call.result))
            .collect();
        assert_eq!(
            seen,
            [
                ("fsync", "/d", 0, 3, Some(-1)),
                ("writev", "TCP:[127.0.0.1:1->127.0.0.1:2]", 2, 2, Some(44)),
                ("fdatasync", "/a", 4, usize::MAX, None),
            ]
        );
        assert_eq!(calls[1].text, "HTTP/1.1 202 Accepted\r\n{\"orderId\":\"order-1\"}");
    }

    #[test]
    fn an_order_that_is_synced_and_then_accepted_is_good() {
        assert_eq!(judged(&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, SYNC, ANSWER]), [""; 0]);
        assert_eq!(judged(&[LAST_HEADER, PAGE, SYNC, ANSWER]), [""; 0], "a transaction of one frame");
        // A later transaction writes the same page once more; that is not the order's own.
        let later = [LAST_HEADER, PAGE, SYNC, LAST_HEADER, PAGE, ANSWER];
        assert_eq!(judged(&later), [""; 0]);
    }

    #[test]
    fn an_order_that_is_accepted_too_early_is_found() {
        let never = "order-1: it was never synced";
        let late = "order-1: it was accepted before it was synced";
        let failed = SYNC.replace("= 0", "= -1 EIO (Input/output error)");
        // What a checkpoint does: the database itself is synced, not its log.
        let elsewhere = SYNC.replace("-wal", "");
        let begun = SYNC.replace(") = 0", " <unfinished ...>");
        let ended = "7 <... fsync resumed>) = 0";
        let cases: [(&[&str], &str); 9] = [
            (&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, ANSWER], never),
            (&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, &failed, ANSWER], never),
            (&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, &elsewhere, ANSWER], never),
            (&[SYNC, HEADER, PAGE, LAST_HEADER, LAST_PAGE, ANSWER], never),
            (&[HEADER, PAGE, SYNC, LAST_HEADER, LAST_PAGE, ANSWER], never),
            (&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, ANSWER, SYNC], late),
            (&[HEADER, PAGE, LAST_HEADER, LAST_PAGE, &begun, ANSWER, ended], late),
            (&[HEADER, PAGE, SYNC, ANSWER], "order-1: its transaction was never ended"),
            (&[SYNC, ANSWER], "order-1: it was never written"),
        ];
        for (lines, expected) in cases {
            assert_eq!(judged(lines), [expected], "{lines:#?}");
        }
        assert_eq!(judged(&[HEADER, PAGE, SYNC]), ["order-1: no 202 is in the trace"]);
    }
}
