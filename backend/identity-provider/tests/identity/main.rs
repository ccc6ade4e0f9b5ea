//! The identity-provider as a whole: its routes, its store, and the service as it is run.
#![expect(clippy::unwrap_used, reason = "tests end where something is not as it should be")]

mod attempts;
mod keys;
mod kiosks;
mod postgres;
mod serve;
mod sessions;
mod store;
mod support;
mod users;
