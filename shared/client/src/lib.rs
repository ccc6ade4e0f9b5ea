//! Typed client of the platform: every call, every event, and the session that both need.
//!
//! Map of the crate:
//! - [`api`]: the calls, and the addresses of the services
//! - [`transport`]: requests by service and path, and the transports that carry them
//! - [`carried`]: the transport through somebody else, such as a native core behind a page
//! - [`session`]: the signed-in user, and the refresh of the session before it expires
//! - [`socket`]: events pushed by the hub, and the state of the connection to it
//! - [`error`]: failures of a call, and whether a retry may help
//! - [`platform`]: clock, timers, tasks and shared ownership of browsers and programs
//! - [`random`]: order ids, jitter and backoff
//!
//! The crate builds for browsers (`wasm32-unknown-unknown`: `fetch`, and the package `socket.io-client`) and for
//! programs (`reqwest`, and its own Socket.IO over `tokio-tungstenite`). [`platform`] and the two adapters of
//! [`socket`] hold every difference.

pub mod api;
pub mod carried;
pub mod error;
pub mod platform;
pub mod random;
pub mod session;
pub mod socket;
pub mod transport;

pub use api::{Client, Endpoints, Placed};
pub use error::Failure;
pub use platform::{Portable, now, sleep};
pub use random::new_order_id;
pub use session::{SessionListener, SignedIn, TokenStorage};
pub use socket::{ConnectionState, Event, Subscription};
