//! What components use: preferences, the shop of a student, the console, the time that passes.

pub mod console;
mod listen;
mod now;
mod prefs;
pub mod shop;

pub use console::{ConsoleProvider, use_beats, use_console};
pub use listen::use_window_event;
pub use now::use_now;
pub use prefs::{PrefsProvider, use_language, use_prefs};
pub use shop::{ShopProvider, use_shop};
