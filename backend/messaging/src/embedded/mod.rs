//! The queue and the fan-out of one machine: a queue on SQLite, a broadcast in the process.
//!
//! - [`queue`]: the queue as its port sees it: publishing, consumers that share one cursor
//! - `store`: its tables and what is known of them; every write goes through one worker, all that waits in one commit
//! - `batch`: what such a commit writes
//! - [`fanout`]: the broadcast

mod batch;
pub mod fanout;
pub mod queue;
mod store;

pub use fanout::BroadcastFanout;
pub use queue::SqliteOrderQueue;
