//! What components use: preferences, the shop of a student, the time that passes.

mod listen;
mod now;
mod prefs;
pub mod shop;

pub use listen::use_window_event;
pub use now::use_now;
pub use prefs::{PrefsProvider, use_language, use_prefs};
pub use shop::{ShopProvider, use_shop};
