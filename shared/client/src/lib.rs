//! The typed client of the platform: every call, every event, and the session that both need.
//!
//! The map of the crate:
//! - [`api`]: the calls, and where the services are
//! - [`error`]: why a call has no good answer, and whether it is worth another try
//! - [`session`]: who is signed in, and how the session is kept fresh
//! - [`live`]: what the hub pushes, how the line to it is, and snapshots brought up to date by events
//!
//! It is built for browsers (`wasm32-unknown-unknown`: `fetch`, and the package `socket.io-client`) and for programs
//! (`reqwest`, and its own Socket.IO over `tokio-tungstenite`). What differs stands in `platform` and in the two
//! adapters of [`live`]; all else is one code.

pub mod api;
mod chance;
pub mod error;
pub mod live;
mod platform;
pub mod session;

pub use api::{Client, Endpoints, Placed};
pub use chance::new_order_id;
pub use error::Failure;
pub use live::{Live, LiveEvent, LiveState};
pub use platform::{Portable, now, pause};
pub use session::{Keeping, SignedIn};
