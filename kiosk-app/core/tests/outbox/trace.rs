//! Traces of system calls, as `strace -f -y -xx` writes them.
//!
//! The order of the lines is the order of the events: a thread continues only after the tracer has written its line.

use std::collections::HashMap;

/// Traced system calls.
pub(crate) const CALLS: &str = "openat,open,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,link,linkat";

/// System call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Path of its first descriptor, if it has one.
    pub(crate) file: String,
    /// Texts among its arguments: paths, or the bytes that it writes.
    pub(crate) texts: Vec<Vec<u8>>,
    /// Arguments after the last text, or after the descriptor.
    pub(crate) rest: String,
    /// Line on which it begins.
    pub(crate) begun: usize,
    /// Line on which it has ended.
    pub(crate) ended: usize,
    /// Returned number; `None` if the process ended first.
    pub(crate) result: Option<i64>,
}

impl Call {
    pub(crate) fn path(&self, at: usize) -> String {
        String::from_utf8(self.texts[at].clone()).unwrap()
    }

    /// The last number among the arguments: an offset or a length.
    pub(crate) fn last_number(&self) -> usize {
        let arguments = self.rest.split([')', '<']).next().unwrap();
        arguments.trim_end().rsplit(',').next().unwrap().trim().parse().unwrap()
    }

    pub(crate) fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync") && self.result == Some(0)
    }

    /// Returns the line that it prints to standard output.
    pub(crate) fn printed(&self) -> Option<String> {
        let to_output = self.name == "write" && self.file.starts_with("pipe:");
        to_output.then(|| String::from_utf8(self.texts[0].clone()).unwrap().trim_end().to_owned())
    }
}

/// Reads a trace, and skips the lines of signals and of ended threads.
pub(crate) fn read(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished = HashMap::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(began) = unfinished.remove(thread) {
                let call: &mut Call = &mut calls[began];
                (call.ended, call.result) = (at, result(rest));
            }
        } else if let Some(mut call) = begin(rest, at) {
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

fn begin(line: &str, at: usize) -> Option<Call> {
    let (name, arguments) = line.split_once('(')?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut pieces: Vec<_> = arguments.split('"').collect();
    let (rest, before) = (pieces.pop()?, pieces.first().copied().unwrap_or(arguments));
    let file = before.split_once('<').and_then(|(_, after)| after.split_once('>')).map(|(file, _)| file);
    // Without a text, the rest begins after the path of the descriptor.
    let rest = if pieces.is_empty() { rest.split_once('>').map_or(rest, |(_, rest)| rest) } else { rest };
    Some(Call {
        name: name.to_owned(),
        file: String::from_utf8(decoded(file.unwrap_or_default())).ok()?,
        texts: pieces.iter().skip(1).step_by(2).map(|text| decoded(text)).collect(),
        rest: rest.to_owned(),
        begun: at,
        ended: at,
        result: None,
    })
}

fn result(line: &str) -> Option<i64> {
    let number = line.rsplit_once("= ")?.1;
    number.split([' ', '<']).next()?.parse().ok()
}

/// Returns a text with every `\xNN` as that byte.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (byte, rest) = part.split_at(part.len().min(2));
        bytes.push(u8::from_str_radix(byte, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

#[test]
fn a_trace_is_read() {
    let lines = [
        r#"7 openat(AT_FDCWD<\x2fx>, "\x2fd\x2fa", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 9<\x2fd\x2fa>"#,
        r#"7 pwrite64(9<\x2fd\x2fa>, "\x00\x41", 2, 4096 <unfinished ...>"#,
        r"8 fsync(3<\x2fd>) = -1 EIO (Input/output error)",
        r"7 <... pwrite64 resumed>) = 2",
        r"8 +++ exited with 0 +++",
        r"7 ftruncate(9<\x2fd\x2fa>, 17) = 0",
        r#"7 write(1<pipe:[5]>, "\x6b\x65\x70\x74\x0a", 5) = 5"#,
    ];
    let calls = read(&lines.join("\n"));
    let seen: Vec<_> =
        calls.iter().map(|c| (c.name.as_str(), c.file.as_str(), c.begun, c.ended, c.result)).collect();
    assert_eq!(
        seen,
        [
            ("openat", "/x", 0, 0, Some(9)),
            ("pwrite64", "/d/a", 1, 3, Some(2)),
            ("fsync", "/d", 2, 2, Some(-1)),
            ("ftruncate", "/d/a", 5, 5, Some(0)),
            ("write", "pipe:[5]", 6, 6, Some(5)),
        ]
    );
    assert_eq!((calls[0].path(0).as_str(), calls[1].texts[0].as_slice()), ("/d/a", b"\0A".as_slice()));
    assert_eq!((calls[1].last_number(), calls[3].last_number()), (4096, 17));
    assert_eq!(calls[4].printed().unwrap(), "kept");
    assert!(!calls[2].is_sync());
}
