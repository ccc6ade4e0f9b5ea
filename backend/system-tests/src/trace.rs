//! Whether what was answered was on the disk before: told from a trace of system calls, below the page cache.
//!
//! The order of the lines of `strace -f` is the order of the events: a thread goes on only after the tracer has
//! written its line, so what happens because of a finished call is written below it.
