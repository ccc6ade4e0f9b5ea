//! What pages are put together from.
//!
//! - [`icon`], [`picture`]: drawings
//! - [`notice`]: an error or an empty place, and what to do next; [`toast`]: a short word that goes by itself
//! - [`dialog`]: a question in front of the page
//! - [`stepper`]: how many of a dish
//! - [`line`]: how the socket is
//! - [`settings`]: language, appearance, sound
//! - [`sign_in`]: the form that every surface begins with

pub mod dialog;
pub mod icon;
pub mod line;
pub mod notice;
pub mod picture;
pub mod settings;
pub mod sign_in;
pub mod stepper;
pub mod toast;
