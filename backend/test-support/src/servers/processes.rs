//! Stopping a server where it stands, and letting it go on: all of its processes, and all threads of each.
//!
//! `kill` returns when a signal has been sent, not when every thread has obeyed it: a thread goes on until the kernel
//! next interrupts it. A broker whose last scheduler thread still runs answers one more request. So both return when
//! `/proc` shows that every thread has changed its state.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use crate::wait::until_blocking;

/// Stops a process and all its descendants (SIGSTOP), and waits until no thread of them runs.
///
/// # Panics
/// A thread still runs after a minute.
pub(crate) fn stop(root: u32) {
    until_blocking("every thread to stand still after SIGSTOP", || {
        let family = family(root);
        send("STOP", &family);
        match family.iter().flat_map(|pid| threads(*pid)).find(|thread| !thread.rests()) {
            Some(running) => Err(format!("{running:?}")),
            // A process that was forked while the first list was read is in the second one.
            None if self::family(root) != family => Err("a new process".to_owned()),
            None => Ok(()),
        }
    });
}

/// Lets a process and all its descendants go on (SIGCONT), and waits until no thread of them is stopped.
///
/// # Panics
/// A thread is still stopped after a minute.
pub(crate) fn resume(root: u32) {
    until_blocking("every thread to go on after SIGCONT", || {
        let family = family(root);
        send("CONT", &family);
        family.iter().flat_map(|pid| threads(*pid)).find(Thread::is_stopped).map_or(Ok(()), Err)
    });
}

/// Lets a process and all its descendants go on, so that they hear the signal that ends them, and does not wait.
pub(crate) fn release(root: u32) {
    send("CONT", &family(root));
}

/// A thread, and its state as in proc_pid_stat(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    /// Process id of the process that it belongs to.
    pub pid: u32,
    /// Thread id.
    pub tid: u32,
    /// `R` running, `S` and `D` asleep, `T` stopped, `Z` ended and not yet waited for.
    pub state: char,
}

impl Thread {
    /// Returns whether a signal has stopped it.
    pub fn is_stopped(&self) -> bool {
        self.state == 'T'
    }

    /// Returns whether it does nothing any more until it is resumed: stopped, or ended.
    pub fn rests(&self) -> bool {
        matches!(self.state, 'T' | 'Z' | 'X')
    }
}

/// Returns the threads of a process and of all its descendants.
pub fn all_threads(root: u32) -> Vec<Thread> {
    family(root).into_iter().flat_map(threads).collect()
}

/// A process and its descendants. Those in process groups of their own, as programs that Erlang has started, are among
/// them.
fn family(root: u32) -> BTreeSet<u32> {
    let parents: Vec<(u32, u32)> = numbers_in("/proc")
        .filter_map(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, fields(&stat).nth(1)?.parse().ok()?))
        })
        .collect();
    let mut family = BTreeSet::from([root]);
    loop {
        let known = family.len();
        let children = parents.iter().filter(|(_, parent)| family.contains(parent));
        let children: Vec<_> = children.map(|(pid, _)| *pid).collect();
        family.extend(children);
        if family.len() == known {
            return family;
        }
    }
}

fn threads(pid: u32) -> impl Iterator<Item = Thread> {
    let folder = format!("/proc/{pid}/task");
    numbers_in(&folder).filter_map(move |tid| {
        // One that has ended meanwhile does nothing any more.
        let stat = fs::read_to_string(format!("{folder}/{tid}/stat")).ok()?;
        let state = fields(&stat).next()?.chars().next()?;
        Some(Thread { pid, tid, state })
    })
}

/// The fields of a `stat` file behind the name, which may hold blanks and brackets itself.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default().split_whitespace()
}

fn numbers_in(folder: &str) -> impl Iterator<Item = u32> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Sends a signal. A process that has ended meanwhile needs none.
fn send(name: &str, pids: &BTreeSet<u32>) {
    let pids = pids.iter().map(u32::to_string);
    let sent =
        Command::new("kill").arg(format!("-{name}")).arg("--").args(pids).stderr(Stdio::null()).status();
    assert!(sent.is_ok(), "`kill` cannot be started: {sent:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_may_look_like_fields() {
        let stat = "7 (a) S 1 (b) T 42 7 7 0";
        assert_eq!(fields(stat).take(2).collect::<Vec<_>>(), ["T", "42"]);
        assert_eq!(fields("").next(), None);
    }
}
