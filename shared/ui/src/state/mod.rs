//! State of the pages that is about showing, pure and tested natively. Everything else is in the crate `app`.
//!
//! - [`kiosk`]: snapshot and menu of the kiosk's core
//! - [`prefs`]: language, appearance and sound
//! - [`sections`]: the menu by category, searched in either language
//! - [`stock_table`]: the table of dishes, and the dish being edited

pub mod kiosk;
pub mod prefs;
pub mod sections;
pub mod stock_table;
