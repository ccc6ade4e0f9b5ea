//! Ports of loopback that a test may give to a server which it starts later, or again.
//!
//! The kernel's own choice (port 0) is free for a moment only: between asking and the server's start, another process,
//! or the near end of a connection, may be given the same. So each test process takes a range below the kernel's for
//! itself, and gives each port of it once.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering},
    },
};

/// The first port of the first range.
const FIRST: u16 = 10_000;
/// Ports in a range.
const SIZE: u16 = 1_000;
/// Test processes that may run at the same time. The last range ends where the kernel's own choice begins on Linux.
const RANGES: u16 = 22;

/// A range that is this process's as long as it holds the range's first port.
struct Range {
    first: TcpListener,
    given: AtomicU16,
}

static RANGE: LazyLock<Range> = LazyLock::new(|| {
    let mut firsts = (0..RANGES).map(|range| FIRST + range * SIZE);
    let first =
        firsts.find_map(listen).unwrap_or_else(|| panic!("{RANGES} test processes hold ports already"));
    Range { first, given: AtomicU16::new(1) }
});

/// A port that no other test is given.
///
/// # Panics
/// This process has used up its thousand ports, or too many test processes run at once.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` consecutive ports that no other test is given.
///
/// # Panics
/// As [`free_port`].
pub fn free_ports(count: u16) -> u16 {
    let first = RANGE.first.local_addr().unwrap().port();
    loop {
        let given = RANGE.given.fetch_add(count, Ordering::Relaxed);
        assert!(given + count <= SIZE, "this test process has used up its {SIZE} ports");
        let ports = first + given..first + given + count;
        // Somebody else's server may be there.
        if ports.clone().all(|port| listen(port).is_some()) {
            return ports.start;
        }
    }
}

fn listen(port: u16) -> Option<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_port_is_given_once_and_one_that_is_taken_is_passed_over() {
        let ports: BTreeSet<_> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
        assert!(ports.into_iter().all(|port| listen(port).is_some()));
        let base = free_ports(6);
        let _taken: Vec<_> = (base + 6..base + 16).filter_map(listen).collect();
        let next = free_ports(6);
        assert!(next >= base + 16, "{base} {next}");
        assert!((next..next + 6).all(|port| listen(port).is_some()), "{next}");
    }
}
