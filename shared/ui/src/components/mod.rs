//! Building blocks that pages share.
//!
//! - [`icon`], [`picture`]: icons and pictures
//! - [`notice`]: errors and empty states with the next step; [`toast`]: messages that disappear after a delay
//! - [`dialog`]: modal dialogs
//! - [`stepper`]: quantity of a dish
//! - [`connection`]: state of the socket connection
//! - [`settings`]: language, appearance, sound
//! - [`confirm`]: confirmation of an action that affects others
//! - [`field`], [`table`]: parts of forms and tables; [`plot`]: charts over time
//! - [`sign_in`]: the sign-in form of every surface

pub mod confirm;
pub mod connection;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod notice;
pub mod picture;
pub mod plot;
pub mod qr;
pub mod settings;
pub mod sign_in;
pub mod stepper;
pub mod table;
pub mod toast;
