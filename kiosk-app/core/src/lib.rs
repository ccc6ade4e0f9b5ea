//! Core of the kiosk without a window.
//!
//! Map of the crate:
//! - [`config`]: configuration files, each fault with its file and line
//! - [`card`]: card reader that types like a keyboard
//! - [`receipt`]: slip as a bitmap; [`escpos`]: commands of receipt printers; [`printer`]: printing and its state
//! - [`kiosk`]: running kiosk, with everything around the machine
//! - [`machine`]: state machine of the screens
//! - [`pin`]: PIN of the staff
//! - [`vault`]: encryption of everything that is stored of a student
//! - `files`: files written whole or not at all
//! - [`outbox`]: orders that are kept until the server has answered them

pub mod card;
pub mod config;
pub mod escpos;
mod files;
pub mod kiosk;
pub mod machine;
pub mod outbox;
pub mod pin;
pub mod printer;
pub mod receipt;
pub mod vault;
