//! Hooks: preferences, the session, the shop, the console and the board of the crate `app`, toasts, the passing time.

pub mod console;
mod listen;
mod now;
mod prefs;
mod session;
mod shop;
mod store;
mod toast;

pub use console::{ConsoleProvider, use_console, use_stats};
pub use listen::use_window_event;
pub use now::use_now;
pub use prefs::{LanguageProvider, PrefsProvider, use_language, use_prefs};
pub use session::{SessionHandle, SessionProvider, use_device, use_session};
pub use shop::{ShopHandle, ShopProvider, use_shop};
pub use store::use_store;
pub use toast::{Toast, ToastAction, ToastHandle, ToastProvider, use_toast};

use yew::prelude::*;

/// Properties of a provider.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Children {
    /// Content.
    pub children: Html,
}
