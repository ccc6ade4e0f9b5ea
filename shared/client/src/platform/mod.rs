//! Clock, timers, tasks and shared ownership, each in the form that browsers and programs have.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::{BoxFuture, Guard, Portable, Shared, WeakShared, now, sleep, spawn};
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{Http, millis, randomize};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{BoxFuture, Guard, Portable, Shared, WeakShared, now, sleep, spawn};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{Http, randomize};
