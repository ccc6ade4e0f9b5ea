//! What pages are put together from.
//!
//! - [`icon`], [`picture`]: drawings
//! - [`notice`]: an error or an empty place, and what to do next; [`toast`]: a short word that goes by itself
//! - [`dialog`]: a question in front of the page
//! - [`stepper`]: how many of a dish
//! - [`line`](mod@line): how the socket is
//! - [`settings`]: language, appearance, sound
//! - [`confirm`]: a question before something that others notice
//! - [`field`], [`table`]: parts of forms and tables; [`plot`]: figures over time
//! - [`sign_in`]: the form that every surface begins with

pub mod confirm;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod line;
pub mod notice;
pub mod picture;
pub mod plot;
pub mod settings;
pub mod sign_in;
pub mod stepper;
pub mod table;
pub mod toast;
