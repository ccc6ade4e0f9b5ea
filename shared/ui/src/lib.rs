//! The pages that people see: the student's, the console of staff and admins, and the pick-up board.
//!
//! The map of the crate:
//! - [`text`]: every text in English and Bangla; [`format`](mod@format): numbers, money and times
//! - [`state`]: what the pages know, pure and tested natively
//! - [`hooks`]: what keeps that state true: session, socket, timers, what the device keeps
//! - [`components`]: what pages are put together from
//! - [`pages`]: one file for each page
//! - [`surface`]: what is mounted as a whole; each is a program of its own in `src/bin/`
//! - [`browser`], [`sound`]: the browser around it
//!
//! What is not Rust (styles, pictures, fonts, the page around the program) is in `web/`.

pub mod browser;
pub mod components;
pub mod format;
pub mod hooks;
pub mod pages;
pub mod sound;
pub mod state;
pub mod surface;
pub mod text;

#[cfg(test)]
mod rendered;
